//! Two sets of fresh claims and quotes, written after the module worked and without its code in view.

use super::tests::{Case, failures};

/// First set.
pub(crate) const FIRST: [Case; 40] = [
    ("The museum opens at 10 a.m. and closes at 5:30 p.m.", "en", "Öffnungszeiten: 10:00–17:30 Uhr", "de", 0),
    ("The museum opens at 10 a.m. and closes at 5:30 p.m.", "en", "Öffnungszeiten: 10:00–17:00 Uhr", "de", 1),
    (
        "Der Eintritt kostet 12,50 € für Erwachsene.",
        "de",
        "Admission is €12.50 for adults and €6 for children.",
        "en",
        0,
    ),
    ("Der Eintritt kostet 12,50 € für Erwachsene.", "de", "Admission is €15.20 for adults.", "en", 1),
    ("The pump delivers 3,600 l/h at 2.5 bar.", "en", "Fördermenge 3.600 l/h bei 2,5 bar", "de", 0),
    ("The pump delivers 3,600 l/h at 2.5 bar.", "en", "Fördermenge 3.600 l/h bei 5,2 bar", "de", 1),
    ("Le contrat expire le 31 décembre 2027.", "fr", "The contract ends on 12/31/2027.", "en", 0),
    ("Le contrat expire le 31 décembre 2027.", "fr", "The contract ends on 11/30/2027.", "en", 1),
    ("El tren sale a las 14:05 del andén 7.", "es", "The train leaves platform 7 at 2:05 pm.", "en", 0),
    ("El tren sale a las 14:05 del andén 7.", "es", "The train leaves platform 9 at 2:05 pm.", "en", 1),
    ("1. **Preheat** the oven to 180 °C.", "en", "Den Ofen auf 180°C vorheizen.", "de", 0),
    ("2. Bake for 25–30 minutes.", "en", "25 bis 30 Minuten backen", "de", 0),
    ("2. Bake for 25–30 minutes.", "en", "20 bis 30 Minuten backen", "de", 1),
    ("Add three eggs and 250 g of flour.", "en", "Drei Eier und 250g Mehl zugeben.", "de", 0),
    ("Aggiungere tre uova e 250 g di farina.", "it", "Add two eggs and 250 g of flour.", "en", 1),
    ("Use the fuse T3.15A rated 250 V.", "en", "Sicherung T3.15A, 250V", "de", 0),
    ("Error E04 means overheating.", "en", "E04: Überhitzung; E05: Kurzschluss", "de", 0),
    ("Error E06 means overheating.", "en", "E04: Überhitzung; E05: Kurzschluss", "de", 1),
    ("The warranty lasts 24 months.", "en", "Die Garantie beträgt vierundzwanzig Monate.", "de", 0),
    ("La garantie est de deux ans.", "fr", "The warranty period is two years.", "en", 0),
    ("La garantie est de deux ans.", "fr", "The warranty period is three years.", "en", 1),
    ("Call +49 30 1234567 for help.", "en", "Hotline: 030/1234567 (Mo–Fr 8–16 Uhr)", "de", 0),
    ("Call 030 1234576 for help.", "en", "Hotline: 030/1234567 (Mo–Fr 8–16 Uhr)", "de", 1),
    ("The hotline is staffed from 8 am to 4 pm.", "en", "Hotline: 030/1234567 (Mo–Fr 8–16 Uhr)", "de", 0),
    ("About 1.4 billion people live there.", "en", "Rund 1,4 Milliarden Menschen leben dort.", "de", 0),
    ("About 1.4 million people live there.", "en", "Rund 1,4 Milliarden Menschen leben dort.", "de", 1),
    ("De vergadering is op 3 maart om 9.30 uur.", "nl", "The meeting is on March 3rd at 9:30.", "en", 0),
    ("De vergadering is op 3 mei om 9.30 uur.", "nl", "The meeting is on March 3rd at 9:30.", "en", 1),
    ("O prazo é de 15 de março a 30 de abril de 2026.", "pt", "Deadline: 15 March to 30 April 2026", "en", 0),
    ("Firmware 3.12.1 was released in May 2025.", "en", "3.12.1 (2025-05-14): fixes", "en", 0),
    ("Firmware 3.12.2 was released in May 2025.", "en", "3.12.1 (2025-05-14): fixes", "en", 1),
    ("Высота башни 324 метра.", "ru", "The tower is 324 metres tall.", "en", 0),
    ("يبلغ ارتفاع البرج ٣٢٤ مترا", "ar", "The tower is 330 metres tall.", "en", 1),
    ("Norm DIN EN 60529, class IP67", "en", "Schutzart IP67 nach DIN EN 60529", "de", 0),
    ("Temperatures from -20 to +45 °C are allowed.", "en", "Zulässig: −20 °C bis +45 °C", "de", 0),
    ("Temperatures from -20 to +45 °C are allowed.", "en", "Zulässig: −25 °C bis +45 °C", "de", 1),
    (
        "A quarter of the 1,200 members voted.",
        "en",
        "Von den 1200 Mitgliedern stimmte ein Viertel ab.",
        "de",
        0,
    ),
    ("The battery has 5,000 mAh and 18 W.", "en", "Akku: 5000mAh, 18W", "de", 0),
    ("Bus 42 runs every 20 minutes until 23:40.", "en", "Linie 42: alle 20 Min. bis 23.40 Uhr", "de", 0),
    ("Bus 42 runs every 20 minutes until 23:40.", "en", "Linie 42: alle 20 Min. bis 23.04 Uhr", "de", 1),
];

#[test]
fn first_set() {
    let failed = failures(&FIRST);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), FIRST.len(), failed.join("\n"));
}
