//! Tables for times, codes, phone numbers, number words and the openings of claims.

use super::tests::{Case, failures, language};
use crate::Facts;

/// Asserts a whole table.
fn check(cases: &[Case]) {
    let failed = failures(cases);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn times() {
    check(&[
        ("at 18:00", "en", "6 pm", "en", 0),
        ("at 18:00", "en", "18 Uhr", "de", 0),
        ("at 18:00", "en", "18.00 Uhr", "de", 0),
        ("at 6 p.m.", "en", "um 18 Uhr", "de", 0),
        ("at 6:30pm", "en", "18h30", "fr", 0),
        ("at 6:30 PM", "en", "18 h 30", "fr", 0),
        ("à 18 h", "fr", "18:00", "", 0),
        ("alle ore 18", "it", "18:00", "", 0),
        ("a las 18 horas", "es", "6 pm", "en", 0),
        ("om 18 uur", "nl", "18:00", "", 0),
        ("from 7 am to 6 pm", "en", "7:00–18:00", "de", 0),
        ("7-9 pm", "en", "19:00 bis 21:00 Uhr", "de", 0),
        ("10-2 pm", "en", "10:00 bis 14:00", "de", 0),
        ("18 bis 20 Uhr", "de", "6 pm to 8 pm", "en", 0),
        ("10.00–18.00 Uhr", "de", "10 am to 6 pm", "en", 0),
        ("18 Uhr 30", "de", "6:30 p.m.", "en", 0),
        ("six pm", "en", "18:00", "", 0),
        ("um achtzehn Uhr", "de", "18:00", "", 0),
        ("12 pm", "en", "12:00", "", 0),
        ("12 am", "en", "0:00", "", 0),
        ("at 18", "en", "18:00", "", 0),
        ("at 6 o'clock", "en", "18:00", "", 0),
        ("1:50 mixture", "en", "Mischung 1:50", "de", 0),
        ("3:1 mixture", "en", "Mischung 3:1", "de", 0),
        ("8 h", "fr", "8 hours", "en", 0),
        ("kl. 18.30", "da", "18:30", "", 0),
        ("at 19:00", "en", "6 pm", "en", 1),
        ("at 18:30", "en", "18 Uhr", "de", 1),
        ("at 6 am", "en", "18 Uhr", "de", 1),
        ("7 am and 6 pm", "en", "7 am and 5 pm", "en", 1),
        ("18h30", "fr", "18h20", "fr", 1),
        ("1:30 mixture", "en", "Mischung 1:50", "de", 1),
        ("1:3 mixture", "en", "Mischung 3:1", "de", 1),
        ("18", "en", "18:30", "", 1),
        ("Zimmer 6 am Montag", "de", "room 6", "en", 0),
    ]);
}

#[test]
fn codes_and_phones() {
    check(&[
        ("model f75", "en", "F75", "", 0),
        ("JP-5", "en", "jp5", "", 0),
        ("GB-172-24", "en", "Typ GB-172-24.", "de", 0),
        ("rated IPX4", "en", "IPX-4", "", 0),
        ("ZK02588-B", "en", "ZK02588-B", "", 0),
        ("BR-77/3", "en", "(BR-77/3)", "", 0),
        ("the 4SR", "en", "4SR", "", 0),
        ("AX-1042-K", "en", "AX1042K", "", 0),
        ("screw M8x40", "en", "Schraube M8x40", "de", 0),
        ("v2.4.0", "en", "Version 2.4.0", "de", 0),
        ("CO2", "en", "CO₂", "", 0),
        ("call 0561 9188-240", "en", "Tel. 05619188240", "de", 0),
        ("call 0561/9188240", "en", "0561 9188-240", "de", 0),
        ("+49 561 9188240", "en", "0561 9188-240", "de", 0),
        ("+49 (0)561 9188240", "en", "+49 561 9188-240", "de", 0),
        ("0049 561 9188240", "en", "+49 561 9188-240", "de", 0),
        ("800 555 1234", "en", "800-555-1234", "", 0),
        ("ISBN 978-3-16-148410-0", "en", "ISBN 978-3-16-148410-0", "", 0),
        ("code 007", "en", "007", "", 0),
        ("16GB of memory", "en", "16 GB", "de", 0),
        ("a 3D print", "en", "3D-print", "en", 0),
        ("F57", "en", "F75", "", 1),
        ("G75", "en", "F75", "", 1),
        ("GB-172-42", "en", "GB-172-24", "", 1),
        ("AX-1042-L", "en", "AX-1042-K", "", 1),
        ("AX-1024-K", "en", "AX-1042-K", "", 1),
        ("IPX5", "en", "IPX4", "", 1),
        ("M8x50", "en", "M8x40", "", 1),
        ("flight LH 1234", "en", "LH1234", "", 0),
        ("flight LH 1234", "en", "LH1243", "", 1),
        ("flight LH1234", "en", "LH 1243", "", 1),
        ("M6x40", "en", "M8x40", "", 1),
        ("v2.4.1", "en", "2.4.0", "", 1),
        ("BR-78/3", "en", "BR-77/3", "", 1),
        ("5SR", "en", "4SR", "", 1),
        ("0561 9188-241", "en", "0561 9188-240", "", 1),
        ("0516 9188-240", "en", "0561 9188-240", "", 1),
        ("+44 561 9188240", "en", "+49 561 9188240", "", 1),
        ("code 7", "en", "007", "", 1),
        ("75 units", "en", "F75", "", 1),
        ("5", "en", "JP-5", "", 1),
    ]);
}

#[test]
fn number_words() {
    check(&[
        ("two people", "en", "2 Personen", "de", 0),
        ("dreiundzwanzig", "de", "23", "", 0),
        ("23 Tage", "de", "vingt-trois jours", "fr", 0),
        ("quatre-vingt-dix", "fr", "ninety", "en", 0),
        ("two hundred and fifty", "en", "250", "", 0),
        ("Zweihundertfünfzig Stück", "de", "two hundred fifty pieces", "en", 0),
        ("doscientos cincuenta", "es", "250", "", 0),
        ("duecentocinquanta", "it", "250", "", 0),
        ("tweehonderdvijftig", "nl", "250", "", 0),
        ("duzentos e cinquenta", "pt", "250", "", 0),
        ("treogtyve", "da", "23", "", 0),
        ("fu\u{308}nf Tage", "de", "5 days", "en", 0),
        ("the third floor", "en", "3. Stock", "de", 0),
        ("1 kg", "en", "ein Kilogramm", "de", 0),
        ("1 day", "en", "un jour", "fr", 0),
        ("one of the best", "en", "das beste", "de", 0),
        ("einer der besten, ein Ort", "de", "the best", "en", 0),
        ("twenty-one-year-old", "en", "21 Jahre", "de", 0),
        ("two million people", "en", "2,000,000", "", 0),
        ("zwei Mio. Menschen", "de", "2000000", "", 0),
        ("between twenty and thirty", "en", "20–30", "", 0),
        ("zwischen acht und zwanzig", "de", "8 bis 20", "de", 0),
        ("ten seconds per second", "en", "10 s", "", 0),
        ("un appareil neuf", "fr", "a new device", "en", 0),
        ("neuf jours", "fr", "9 days", "en", 0),
        ("non è vero", "it", "it is not true", "en", 0),
        ("three point five litres", "en", "3,5 l", "de", 0),
        ("between one hundred and two hundred", "en", "100-200", "", 0),
        ("hundreds of people", "en", "many people", "en", 0),
        ("no language: two", "", "2", "", 0),
        ("three people", "en", "2 Personen", "de", 1),
        ("dreiundzwanzig", "de", "32", "", 1),
        ("two hundred and fifty", "en", "260", "", 1),
        ("quatre-vingt-onze", "fr", "ninety", "en", 1),
        ("neuf jours", "fr", "8 days", "en", 1),
        ("2 kg", "en", "ein Kilogramm", "de", 1),
        ("the third floor", "en", "4. Stock", "de", 1),
        ("cinco y seis", "es", "5 and 7", "en", 1),
        ("zeven dagen", "nl", "8 days", "en", 1),
        ("sette giorni", "it", "8 days", "en", 1),
    ]);
}

#[test]
fn words_that_are_no_numbers() {
    check(&[
        ("cinq pour cent", "fr", "5 %", "", 0),
        ("el cinco por ciento", "es", "5 %", "", 0),
        ("il cinque per cento", "it", "5 %", "", 0),
        ("cinco por cento", "pt", "5 %", "", 0),
        ("na quinta-feira", "pt", "on Thursday", "en", 0),
        ("12 sept. 2026", "fr", "12 September 2026", "en", 0),
        ("1 kg", "en", "mit einer Masse von einem Kilogramm", "de", 0),
        ("eine Million Euro", "de", "1,000,000 euros", "en", 0),
        ("two thirds", "en", "2/3", "", 0),
        ("drei Viertel", "de", "three-quarters", "en", 0),
        ("two-thirds", "en", "deux tiers", "fr", 0),
        ("one third", "en", "some", "en", 0),
        ("two fifths", "en", "3/5", "", 1),
        ("12.000 Einwohner", "de", "12 Einwohner", "de", 1),
        ("12 May", "en", "12.5 kg", "en", 1),
        ("10-го мая", "ru", "10 May", "en", 0),
        ("in nineteen eighty-four", "en", "1984", "", 0),
        ("10 May 2025", "en", "10.-12.5.2025", "de", 0),
        ("dreimal", "de", "3 times", "en", 0),
        ("zwei- bis dreimal", "de", "2 to 4 times", "en", 1),
        ("$5M", "en", "5 million dollars", "en", 0),
        ("1m80", "fr", "1,80 m", "fr", 0),
        ("à 9 heures 30", "fr", "9:30", "", 0),
        ("the mid-1990s", "en", "Mitte der 1990er", "de", 0),
        ("the F75 pump", "en", "die F75-Pumpe", "de", 0),
        ("the F75 pump", "en", "die F57-Pumpe", "de", 1),
        ("the CO2 output", "en", "der CO2-Ausstoß", "de", 0),
        ("12 V and 5 A", "en", "12 V/5 A", "", 0),
        ("three parts to one part", "en", "3:1", "", 0),
        ("EUR598", "en", "598 €", "", 0),
        ("vom 14. bis zum 15. September", "de", "14 to 15 September", "en", 0),
    ]);
}

#[test]
fn openings_of_claims() {
    let cases = [
        ("2. Turn the knob.", "en", 0),
        ("3) Turn the knob.", "en", 0),
        ("(3) Turn the knob.", "en", 0),
        ("**Step 4:** Turn the knob.", "en", 0),
        ("**Step 4**: Turn the knob.", "en", 0),
        ("### Step 4", "en", 0),
        ("Schritt 2: Drehen", "de", 0),
        ("Étape 3 – Tourner", "fr", 0),
        ("Paso 3. Girar", "es", 0),
        ("Шаг 3: повернуть", "ru", 0),
        ("- 2. **Turn** it", "en", 0),
        ("2.1. Turn it", "en", 0),
        ("1\\. Turn it", "en", 0),
        ("2. **Step 2:** use 5 bolts", "en", 1),
        ("* use **5** bolts", "en", 1),
        ("Step 4 needs 5 bolts", "en", 2),
        ("5 bolts are needed", "en", 1),
        ("2.5 kg are needed", "en", 1),
        ("2. Januar ist Feiertag", "de", 1),
        ("See [the page](https://example.com/a1?b=22) for 5", "en", 1),
        ("-5 °C is cold", "en", 1),
        ("A **12** kg and __13__ kg", "en", 2),
    ];
    for (claim, code, expected) in cases {
        let facts = Facts::from_claim(claim, language(code));
        assert_eq!(facts.len(), expected, "{claim}: {:?}", facts.list);
    }
    assert_eq!(Facts::from_text("2. Turn the knob.", Some("en")).len(), 1);
}

#[test]
fn merged_quotes() {
    let claim = Facts::from_claim("13 January 2030 at 18:00, 5 kg", Some("en"));
    let mut quote = Facts::from_text("am 13. Januar", Some("de"));
    assert_eq!(claim.missing_from(&quote).len(), 3);
    quote.merge(&Facts::from_text("Im Jahr 2030, 18 Uhr", Some("de")));
    assert_eq!(claim.missing_from(&quote).len(), 1);
    quote.merge(&Facts::from_text("fünf Kilo", Some("de-AT")));
    assert!(claim.missing_from(&quote).is_empty());
    let before = quote.clone();
    quote.merge(&before);
    assert_eq!(quote, before);
}

#[test]
fn odd_texts_do_not_panic() {
    let texts = [
        "| |^|5^|^5|-|--5|5-|1/0|0/0|99999999999999999999|+|+4|00|..5|5..|1,,2|13.13.13",
        "2030-13-45|25:61|1:2:3:4|²|x²|½½|]()|](|(1|1)|**|年1月|99月|'5'|1'5|5 pm pm|Step|Step 4",
        "und und|eins zwei|1e5|0x1F|é|ß5|0026年7月|10.-|1 1/2 1/2|m80|5m80|two thirds thirds|-",
        "10-|+00 0|a-b-1|1-b/2",
    ];
    for text in texts.iter().flat_map(|line| line.split('|')) {
        for code in ["", "en", "de", "fr", "it", "xx"] {
            let facts = Facts::from_claim(text, language(code));
            assert!(facts.missing_from(&facts).is_empty(), "{text}: {:?}", facts.list);
        }
    }
}
