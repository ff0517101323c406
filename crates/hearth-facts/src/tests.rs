//! Tables of claims and quotes with the number of facts that the quote lacks, worked out by hand.

use crate::Facts;

/// Claim, its language, quote, its language, facts of the claim that the quote lacks.
pub(crate) type Case = (&'static str, &'static str, &'static str, &'static str, usize);

/// Language of a table entry; "" stands for none.
pub(crate) fn language(code: &str) -> Option<&str> {
    (!code.is_empty()).then_some(code)
}

/// Cases whose result differs, in words.
pub(crate) fn failures(cases: &[Case]) -> Vec<String> {
    let mut out = Vec::new();
    for (claim, claim_language, quote, quote_language, expected) in cases {
        let claim_facts = Facts::from_claim(claim, language(claim_language));
        let quote_facts = Facts::from_text(quote, language(quote_language));
        let missing = claim_facts.missing_from(&quote_facts);
        if missing.len() != *expected {
            out.push(format!(
                "{claim} | {quote}: expected {expected}, missing {:?}\n  claim {:?}\n  quote {:?}",
                missing.list, claim_facts.list, quote_facts.list
            ));
        }
    }
    out
}

/// Asserts a whole table.
fn check(cases: &[Case]) {
    let failed = failures(cases);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn numbers_agree() {
    check(&[
        ("1085 people", "en", "1,085 people", "en", 0),
        ("1.085 Personen", "de", "1,085 people", "en", 0),
        ("1 085 personnes", "fr", "1.085 Personen", "de", 0),
        ("1\u{202f}085 personnes", "fr", "1085 people", "en", 0),
        ("1'085 Personen", "de", "1085", "", 0),
        ("1’085 Personen", "de", "1085", "", 0),
        ("Es kostet 890,50 Euro", "de", "It costs €890.50", "en", 0),
        ("Es kostet 890,5 €", "de", "890.50€", "", 0),
        ("1.200,50 Euro", "de", "EUR 1,200.50", "en", 0),
        ("1 200,50 euros", "fr", "1200.5", "", 0),
        ("12.4 percent", "en", "12,4 %", "de", 0),
        ("12,500 items", "en", "12 500", "fr", 0),
        ("1,234,567 items", "en", "1.234.567", "de", 0),
        ("12,34,567 rupees", "en", "1234567", "", 0),
        ("It weighs 12 kg", "en", "Gewicht: 12kg", "de", 0),
        ("550 watts", "en", "550W", "", 0),
        ("27 degrees", "en", "27°C", "", 0),
        ("598 euros", "en", "€598", "", 0),
        ("598 euros", "en", "598€", "", 0),
        ("50 percent", "en", "50%", "", 0),
        ("5 to 10 days", "en", "5-10 days", "en", 0),
        ("5 bis 10 Tage", "de", "5–10 days", "en", 0),
        ("5-10 kg", "en", "5kg-10kg", "", 0),
        ("-5 °C", "en", "−5 °C", "de", 0),
        ("(-5)", "en", "minus 5 Grad", "de", 0),
    ]);
}

#[test]
fn fractions_powers_and_scripts_agree() {
    check(&[
        ("½ cup", "en", "1/2 Tasse", "de", 0),
        ("0.5 litres", "en", "½ l", "", 0),
        ("0,75 l", "de", "3/4 litre", "en", 0),
        ("1.5 cups", "en", "1 1/2 cups", "en", 0),
        ("1.5 cups", "en", "1½ cups", "en", 0),
        ("2.5 million people", "en", "2,5 Millionen Menschen", "de", 0),
        ("2.5 million people", "en", "2 500 000 habitants", "fr", 0),
        ("3 Mrd. Euro", "de", "3 billion euros", "en", 0),
        ("5 mil euros", "es", "5000 €", "", 0),
        ("The 11th floor", "en", "11. Stock", "de", 0),
        ("le 2e étage", "fr", "2nd floor", "en", 0),
        ("la 3ª edizione", "it", "3rd edition", "en", 0),
        ("the 1990s", "en", "die 1990er", "de", 0),
        ("the 10⁶ cells", "en", "10^6 cells", "en", 0),
        ("1000000 cells", "en", "10⁶ cells", "en", 0),
        ("5 m³ of water", "en", "5m3 Wasser", "de", 0),
        ("5 m^3", "en", "5 m³", "de", 0),
        ("5m² Fläche", "de", "5 m2", "", 0),
        ("120 km/h", "de", "120km/h", "", 0),
        ("a 10 x 20 cm box", "en", "10x20cm", "", 0),
        ("٢٥ كتاب", "ar", "25 books", "en", 0),
        ("२५ पुस्तकें", "hi", "25 books", "en", 0),
        ("２５冊の本", "ja", "25 books", "en", 0),
        ("١٢٬٥٠٠٫٥", "ar", "12500.5", "", 0),
        ("25 книг", "ru", "25 books", "en", 0),
        ("共有25本书", "zh", "25 books", "en", 0),
        ("יש 25 ספרים", "he", "25 books", "en", 0),
        ("5кг", "ru", "5 kg", "", 0),
        ("5-й этаж", "ru", "5th floor", "en", 0),
        ("3-fold and 5 kg and again 5 kg", "en", "5 kg, 3-fach", "de", 0),
        ("50/60 Hz", "en", "60 Hz or 50 Hz", "", 0),
        (".5 mm", "en", "0,5 mm", "de", 0),
        ("a 12-V battery", "en", "12-V-Batterie", "de", 0),
        ("a 7-day trip", "en", "7 Tage", "de", 0),
    ]);
}

#[test]
fn numbers_differ() {
    check(&[
        ("1058 people", "en", "1,085 people", "en", 1),
        ("1.850 Personen", "de", "1,085 people", "en", 1),
        ("890,05 Euro", "de", "890.50", "", 1),
        ("12 kg and 14 kg", "en", "12 kg and 15 kg", "en", 1),
        ("13kg", "en", "12kg", "", 1),
        ("505 W", "en", "550W", "", 1),
        ("5 °C", "en", "-5 °C", "en", 1),
        ("-5 °C", "en", "5 °C", "en", 1),
        ("-10 days", "en", "5-10 days", "en", 1),
        ("106 cells", "en", "10⁶ cells", "en", 1),
        ("10 cells", "en", "10⁶ cells", "en", 1),
        ("53 litres", "en", "5 m³", "en", 1),
        ("3 litres", "en", "5 m³", "en", 1),
        ("2 parts", "en", "H2O and CO2 and 5 m2", "en", 1),
        ("1/4 cup", "en", "1/2 cup", "en", 1),
        ("2.5 million", "en", "2.5 thousand", "en", 1),
        ("2.5", "en", "2.5 million", "en", 1),
        ("12.4 %", "en", "1.24 %", "en", 1),
        ("٢٤ كتاب", "ar", "25 books", "en", 1),
        ("3 von 4", "de", "3 von 5", "de", 1),
        ("77 steps", "en", "BR-77/3", "en", 1),
        ("172", "en", "GB-172-24", "en", 1),
        ("12 500 km", "en", "12 600 km", "en", 1),
        ("In 2031", "en", "13 January 2030", "en", 1),
        ("1 kg", "en", "2 kg", "en", 1),
        ("1.200,50", "de", "1.200,05", "de", 1),
    ]);
}

#[test]
fn dates_agree() {
    check(&[
        ("13 January 2030", "en", "2030-01-13", "", 0),
        ("13.01.2030", "de", "January 13, 2030", "en", 0),
        ("13.1.30", "de", "13 January 2030", "en", 0),
        ("13/01/2030", "fr", "01/13/2030", "en", 0),
        ("05/06/2030", "en", "5 June 2030", "en", 0),
        ("05/06/2030", "en", "May 6, 2030", "en", 0),
        ("January 13th", "en", "13. Januar 2030", "de", 0),
        ("le 1er avril 2023", "fr", "April 1st, 2023", "en", 0),
        ("13 de enero de 2030", "es", "13 January 2030", "en", 0),
        ("13 gennaio 2030", "it", "13 janvier 2030", "fr", 0),
        ("13 januari 2030", "nl", "13 de janeiro de 2030", "pt", 0),
        ("13. januar 2030", "da", "13 stycznia 2030", "pl", 0),
        ("13 января 2030 года", "ru", "13. ledna 2030", "cs", 0),
        ("13 Jan 2030", "en", "13-Jan-2030", "en", 0),
        ("Jan. 13, 2030", "en", "13. Jan. 2030", "de", 0),
        ("July 2026", "en", "im Juli 2026", "de", 0),
        ("July 2026", "en", "04.07.2026", "de", 0),
        ("juillet 2026", "fr", "07/2026", "", 0),
        ("In 2030 it opened.", "en", "Opened on 13.01.2030", "en", 0),
        ("13 January 2030", "en", "In 2030: opening on 13 January", "en", 0),
        ("May 5, 2026", "en", "5 mai 2026", "fr", 0),
        ("am 13. und 15. Januar", "de", "January 13 and January 15", "en", 0),
        ("13.–15. Januar 2030", "de", "January 13–15, 2030", "en", 0),
        ("June 2026", "en", "in June and July 2026", "en", 0),
        ("am ersten Januar 2030", "de", "1 January 2030", "en", 0),
        ("the 3rd of March 2021", "en", "3 mars 2021", "fr", 0),
        ("2030年1月13日", "ja", "13 January 2030", "en", 0),
        ("on 13.01. in Kassel", "en", "am 13. Januar", "de", 0),
        ("2. Januar 2030 war ein Mittwoch", "de", "January 2, 2030", "en", 0),
        ("open from 13 January", "en", "open from the 13 to 20 January 2030", "en", 0),
        ("2030-01-13T18:00", "en", "13 Jan 2030, 6 pm", "en", 0),
        ("on the 13", "en", "13 January 2030", "en", 0),
    ]);
}

#[test]
fn dates_differ() {
    check(&[
        ("13 June 2030", "en", "13 January 2030", "en", 1),
        ("13. Juni", "de", "13 July", "en", 1),
        ("14 January 2030", "en", "13 January 2030", "en", 1),
        ("13 January 2031", "en", "13 January 2030", "en", 1),
        ("13.02.2030", "de", "2030-01-13", "", 1),
        ("July 2026", "en", "July 2027", "en", 1),
        ("July 2026", "en", "June 2026", "en", 1),
        ("13 January 2030", "en", "13 January", "en", 1),
        ("13 January 2030", "en", "January 2030", "en", 1),
        ("31 mars 2021", "fr", "13 mars 2021", "fr", 1),
        ("13 января", "ru", "13 февраля", "ru", 1),
        ("13 de enero de 2030", "es", "13 de febrero de 2030", "es", 1),
        ("12.10.2020", "de", "10.12.2020", "de", 1),
        ("You may take 5", "en", "You may take 6", "en", 1),
        ("12 out of 20", "en", "12 out of 30", "en", 1),
    ]);
}
