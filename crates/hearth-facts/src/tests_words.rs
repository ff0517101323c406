//! Number words from 0 to 1000 in six languages, spelled by rules of their own, and the speed.

use crate::Facts;

/// Parts of a number as words: hundreds, tens and units of a number below 1000.
fn split(n: usize) -> (usize, usize) {
    (n / 100, n % 100)
}

/// Words of a list by index.
fn pick(list: &str, index: usize) -> String {
    list.split(' ').nth(index).unwrap_or_default().to_string()
}

/// English, with "and" after the hundred.
fn english(n: usize) -> String {
    const SMALL: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen \
    fourteen fifteen \
        sixteen seventeen eighteen nineteen";
    const TENS: &str = "- - twenty thirty forty fifty sixty seventy eighty ninety";
    let (hundreds, rest) = split(n);
    let below = |r: usize| match (r / 10, r % 10) {
        (0 | 1, _) => pick(SMALL, r),
        (tens, 0) => pick(TENS, tens),
        (tens, unit) => format!("{}-{}", pick(TENS, tens), pick(SMALL, unit)),
    };
    match (hundreds, rest) {
        (10, _) => "one thousand".to_string(),
        (0, rest) => below(rest),
        (h, 0) => format!("{} hundred", pick(SMALL, h)),
        (h, rest) => format!("{} hundred and {}", pick(SMALL, h), below(rest)),
    }
}

/// German or Dutch: units before tens, all in one word.
fn compound(n: usize, dutch: bool) -> String {
    let (small, tens, hundred, thousand) = if dutch {
        (
            "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien \
            zestien \
             zeventien achttien negentien",
            "- - twintig dertig veertig vijftig zestig zeventig tachtig negentig",
            "honderd",
            "duizend",
        )
    } else {
        (
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn \
            sechzehn \
             siebzehn achtzehn neunzehn",
            "- - zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
            "hundert",
            "tausend",
        )
    };
    let unit = |u: usize| if u == 1 && !dutch { "ein".to_string() } else { pick(small, u) };
    let link = |u: usize| match (dutch, u) {
        (true, 2 | 3) => "ën",
        (true, _) => "en",
        _ => "und",
    };
    let below = |r: usize| match (r / 10, r % 10) {
        (0 | 1, _) => pick(small, r),
        (t, 0) => pick(tens, t),
        (t, u) => format!("{}{}{}", unit(u), link(u), pick(tens, t)),
    };
    let head = |h: usize| if dutch && h == 1 { String::new() } else { unit(h) };
    match split(n) {
        (10, _) => thousand.to_string(),
        (0, rest) => below(rest),
        (h, 0) => format!("{}{hundred}", head(h)),
        (h, rest) => format!("{}{hundred}{}", head(h), below(rest)),
    }
}

/// French of France.
fn french(n: usize) -> String {
    const SMALL: &str = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze \
    quinze seize \
        dix-sept dix-huit dix-neuf";
    const TENS: &str = "- - vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt";
    let below = |r: usize| {
        let base = if matches!(r / 10, 7 | 9) { r % 20 } else { r % 10 };
        match (r / 10, base) {
            (0 | 1, _) => pick(SMALL, r),
            (8, 0) => "quatre-vingts".to_string(),
            (t, 0) => pick(TENS, t),
            (t, 1 | 11) if t < 8 => format!("{} et {}", pick(TENS, t), pick(SMALL, base)),
            (t, base) => format!("{}-{}", pick(TENS, t), pick(SMALL, base)),
        }
    };
    match split(n) {
        (10, _) => "mille".to_string(),
        (0, rest) => below(rest),
        (1, 0) => "cent".to_string(),
        (1, rest) => format!("cent {}", below(rest)),
        (h, 0) => format!("{} cents", pick(SMALL, h)),
        (h, rest) => format!("{} cent {}", pick(SMALL, h), below(rest)),
    }
}

/// Spanish.
fn spanish(n: usize) -> String {
    const SMALL: &str = "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce \
    quince \
        dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro \
        veinticinco \
        veintiséis veintisiete veintiocho veintinueve";
    const TENS: &str = "- - - treinta cuarenta cincuenta sesenta setenta ochenta noventa";
    const HUNDREDS: &str = "- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos \
        ochocientos novecientos";
    let below = |r: usize| match (r / 10, r % 10) {
        (0..=2, _) => pick(SMALL, r),
        (t, 0) => pick(TENS, t),
        (t, u) => format!("{} y {}", pick(TENS, t), pick(SMALL, u)),
    };
    match split(n) {
        (10, _) => "mil".to_string(),
        (0, rest) => below(rest),
        (1, 0) => "cien".to_string(),
        (h, 0) => pick(HUNDREDS, h),
        (h, rest) => format!("{} {}", pick(HUNDREDS, h), below(rest)),
    }
}

/// Italian, in one word.
fn italian(n: usize) -> String {
    const SMALL: &str = "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici \
    quattordici \
        quindici sedici diciassette diciotto diciannove";
    const TENS: &str = "- - venti trenta quaranta cinquanta sessanta settanta ottanta novanta";
    let below = |r: usize| match (r / 10, r % 10) {
        (0 | 1, _) => pick(SMALL, r),
        (t, 0) => pick(TENS, t),
        (t, u @ (1 | 8)) => {
            let mut word = pick(TENS, t);
            word.pop();
            word + &pick(SMALL, u)
        }
        (t, 3) => pick(TENS, t) + "tré",
        (t, u) => pick(TENS, t) + &pick(SMALL, u),
    };
    match split(n) {
        (10, _) => "mille".to_string(),
        (0, rest) => below(rest),
        (1, 0) => "cento".to_string(),
        (1, rest) => format!("cento{}", below(rest)),
        (h, 0) => format!("{}cento", pick(SMALL, h)),
        (h, rest) => format!("{}cento{}", pick(SMALL, h), below(rest)),
    }
}

/// What is wrong with one number in words; none if it agrees with its digits only.
fn fault(n: usize, words: &str, code: &str) -> Option<String> {
    let spoken = Facts::from_text(&format!("x {words} x"), Some(code));
    let digits = |value: usize| Facts::from_text(&format!("x {value} x"), Some(code));
    let mut found = Vec::new();
    if !digits(n).missing_from(&spoken).is_empty() {
        found.push("digits lack words");
    }
    if !spoken.missing_from(&digits(n)).is_empty() {
        found.push("words lack digits");
    }
    if digits(n + 1).missing_from(&spoken).is_empty() {
        found.push("next agrees");
    }
    if spoken.missing_from(&digits(n + 1)).is_empty() {
        found.push("words agree with next");
    }
    (!found.is_empty()).then(|| format!("{code} {n} {words}: {}; {:?}", found.join(", "), spoken.list))
}

#[test]
fn words_from_zero_to_thousand() {
    // The word for one is not required; "neuf" and "sei" are required only before a plural.
    const KNOWN: [(&str, usize); 8] =
        [("en", 1), ("de", 1), ("fr", 1), ("es", 1), ("it", 1), ("nl", 1), ("fr", 9), ("it", 6)];
    let languages: [(&str, &dyn Fn(usize) -> String); 6] = [
        ("en", &english),
        ("de", &|n| compound(n, false)),
        ("fr", &french),
        ("es", &spanish),
        ("it", &italian),
        ("nl", &|n| compound(n, true)),
    ];
    let mut faults = Vec::new();
    for (code, words) in languages {
        for n in (0..=1000).filter(|n| !KNOWN.contains(&(code, *n))) {
            faults.extend(fault(n, &words(n), code));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn digits_in_all_writings() {
    for n in 0..3000_usize {
        let claim = Facts::from_text(&format!("x {n} x"), Some("en"));
        let next = Facts::from_text(&format!("x {} x", n + 1), Some("en"));
        let mut writings = vec![format!("({n}kg)"), format!("€{n}"), format!("{n}%"), format!("x {n}.0 x")];
        writings.push(n.to_string().chars().filter_map(|c| char::from_u32(u32::from(c) + 0x630)).collect());
        if n >= 1000 {
            let (a, b) = (n / 1000, n % 1000);
            writings.extend(
                [",", ".", "'", " ", "\u{a0}", "\u{202f}"].map(|mark| format!("x {a}{mark}{b:03} x")),
            );
        }
        for writing in writings {
            let quote = Facts::from_text(&writing, Some("en"));
            assert!(claim.missing_from(&quote).is_empty(), "{n} in {writing}: {:?}", quote.list);
            assert!(quote.missing_from(&claim).is_empty(), "{writing} in {n}: {:?}", quote.list);
            assert_eq!(next.missing_from(&quote).len(), 1, "{n} + 1 in {writing}");
        }
    }
}

#[test]
fn days_of_a_year_in_all_writings() {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    for month in 1..=12_usize {
        for day in 1..=28_usize {
            let name = NAMES[month - 1];
            let claim = Facts::from_text(&format!("on {name} {day}, 2030"), Some("en"));
            let other = Facts::from_text(&format!("on {name} {}, 2030", day + 1), Some("en"));
            assert_eq!((claim.len(), other.len()), (1, 1), "{name} {day}");
            for writing in [
                format!("2030-{month:02}-{day:02}"),
                format!("{day}.{month}.2030"),
                format!("{day:02}.{month:02}.30"),
                format!("{day} {name} 2030"),
            ] {
                let quote = Facts::from_text(&writing, None);
                assert!(claim.missing_from(&quote).is_empty(), "{name} {day} in {writing}: {:?}", quote.list);
                assert_eq!(other.missing_from(&quote).len(), 1, "{name} {day} + 1 in {writing}");
            }
        }
    }
}

#[test]
fn minutes_of_a_day() {
    for minute in 0..1440_usize {
        let (hour, rest) = (minute / 60, minute % 60);
        let half = if hour < 12 { "am" } else { "p.m." };
        let claim = Facts::from_claim(&format!("at {}:{rest:02} {half}", (hour + 11) % 12 + 1), Some("en"));
        let next =
            Facts::from_claim(&format!("at {}:{:02}", (minute + 1) / 60 % 24, (rest + 1) % 60), Some("en"));
        for writing in
            [format!("{hour}:{rest:02}"), format!("{hour:02}h{rest:02}"), format!("{hour}.{rest:02} Uhr")]
        {
            let quote = Facts::from_text(&writing, Some("de"));
            assert!(claim.missing_from(&quote).is_empty(), "{minute} in {writing}: {:?}", quote.list);
            assert_eq!(next.missing_from(&quote).len(), 1, "{minute} + 1 in {writing}");
        }
    }
}
