//! Readings of a fact and the rules by which a reading of a claim agrees with one of a quote.

/// Calendar date; parts that the text does not say are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    /// Year with its century.
    pub(crate) year: Option<u16>,
    /// Month from 1 to 12.
    pub(crate) month: u8,
    /// Day of the month.
    pub(crate) day: Option<u8>,
}

/// One way to understand a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Number as canonical decimal.
    Number(String),
    /// Date.
    Date(Date),
    /// Time as minute of the day; `half_day` is set if it was written with am or pm.
    Time {
        /// Minute of the day, 0 to 1439.
        minute: u16,
        /// Written on the twelve-hour clock.
        half_day: bool,
    },
    /// Code in lower case without hyphens and slashes.
    Code(String),
    /// Digits whose grouping does not count: phone numbers, number with leading zeros; "+" is kept.
    Digits(String),
}

/// One fact of a text with all its readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// Ways to understand the fact; it agrees if one agrees.
    pub(crate) readings: Vec<Reading>,
    /// False for a fact that satisfies a claim but never is asked of a quote.
    pub(crate) required: bool,
}

impl Reading {
    /// Time from hour and minute on the 24-hour clock.
    pub(crate) fn time(hour: u32, minute: u32) -> Option<Reading> {
        let valid = minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
        let minute = u16::try_from(hour % 24 * 60 + minute % 60).ok()?;
        valid.then_some(Reading::Time { minute, half_day: false })
    }

    /// Year that this reading says, as date or as plain number.
    fn says_year(&self, year: u16) -> bool {
        match self {
            Reading::Number(value) => *value == year.to_string(),
            Reading::Date(date) => date.year == Some(year),
            _ => false,
        }
    }
}

/// True if a fact of the claim agrees with some fact of the quote.
pub(crate) fn is_covered(claim: &Fact, quote: &[Fact]) -> bool {
    quote.iter().any(|fact| claim.readings.iter().any(|c| fact.readings.iter().any(|q| agrees(c, q, quote))))
}

/// True if one reading of the claim agrees with one of the quote.
fn agrees(claim: &Reading, quote: &Reading, all: &[Fact]) -> bool {
    match (claim, quote) {
        (Reading::Number(c), Reading::Date(date)) => number_in_date(c, *date),
        (Reading::Number(c), Reading::Time { minute, half_day }) => number_is_hour(c, *minute, *half_day),
        (Reading::Date(c), Reading::Date(q)) => same_date(*c, *q, all),
        (Reading::Time { minute: c, .. }, Reading::Time { minute: q, .. }) => c == q,
        (Reading::Number(c), Reading::Number(q)) | (Reading::Code(c), Reading::Code(q)) => c == q,
        (Reading::Digits(c), Reading::Digits(q)) => same_digits(c, q),
        (Reading::Digits(a), Reading::Number(b)) | (Reading::Number(b), Reading::Digits(a)) => a == b,
        _ => false,
    }
}

/// True if a bare number is the year or the day of the date.
fn number_in_date(number: &str, date: Date) -> bool {
    let Ok(value) = number.parse::<u16>() else {
        return false;
    };
    date.year == Some(value) || date.day.map(u16::from) == Some(value)
}

/// True if a bare number is the hour of a time on the full hour.
fn number_is_hour(number: &str, minute: u16, half_day: bool) -> bool {
    let (Ok(hour), 0) = (number.parse::<u16>(), minute % 60) else {
        return false;
    };
    let full = minute / 60;
    hour == full
        || (hour == 24 && full == 0)
        || (half_day && (1..=12).contains(&hour) && hour % 12 == full % 12)
}

/// True if the date of the claim is said by the date of the quote and, for the year, by the whole quote.
fn same_date(claim: Date, quote: Date, all: &[Fact]) -> bool {
    let day = claim.day.is_none() || claim.day == quote.day;
    let year = match (claim.year, quote.year) {
        (None, _) => true,
        (Some(c), Some(q)) => c == q,
        (Some(c), None) => all.iter().any(|f| f.readings.iter().any(|r| r.says_year(c))),
    };
    claim.month == quote.month && day && year
}

/// True if two digit strings are one number; a country code may stand for the leading zero.
fn same_digits(a: &str, b: &str) -> bool {
    let national = |plus: &str, zero: &str| {
        let (Some(plus), Some(zero)) = (plus.strip_prefix('+'), zero.strip_prefix('0')) else {
            return false;
        };
        let country = plus.len().saturating_sub(zero.len());
        zero.len() >= 6 && (1..=3).contains(&country) && plus.ends_with(zero)
    };
    let international = |plus: &str, zero: &str| {
        let (plus, zero) = (plus.strip_prefix('+'), zero.strip_prefix("00"));
        plus.is_some() && plus == zero
    };
    a == b || national(a, b) || national(b, a) || international(a, b) || international(b, a)
}
