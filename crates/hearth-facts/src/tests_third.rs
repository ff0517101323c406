//! Third set of fresh claims and quotes: nine languages, everyday texts.

use super::tests::{Case, failures};

/// Third set.
const THIRD: [Case; 40] = [
    ("De winkel is open van 9 tot 18 uur.", "nl", "Open 9:00–18:00", "", 0),
    ("De winkel is open van 9 tot 17 uur.", "nl", "Open 9:00–18:00", "", 1),
    ("Butikken har åbent kl. 10-18.", "da", "Open from 10 am to 6 pm", "en", 0),
    ("La tienda abre de 10:00 a 20:00 horas.", "es", "Geöffnet von 10 bis 20 Uhr", "de", 0),
    ("A loja fica a 350 m da estação.", "pt", "350 metres from the station", "en", 0),
    ("Il museo è stato fondato nel 1902.", "it", "gegründet am 4. März 1902", "de", 0),
    ("Il museo è stato fondato nel 1920.", "it", "gegründet am 4. März 1902", "de", 1),
    ("Le délai est de trente jours à compter du 1er mars.", "fr", "30 Tage ab 1. März", "de", 0),
    ("Le délai est de trente jours à compter du 1er mars.", "fr", "30 Tage ab 1. Mai", "de", 1),
    ("Die Frist beträgt 14 Tage.", "de", "You have fourteen days.", "en", 0),
    ("Die Frist beträgt 14 Tage.", "de", "You have forty days.", "en", 1),
    ("The tank holds 1.5 L, enough for twelve cups.", "en", "Tank: 1,5 l (12 Tassen)", "de", 0),
    ("Press and hold button 2 for five seconds.", "en", "Taste 2 fünf Sekunden lang drücken", "de", 0),
    ("Press and hold button 2 for five seconds.", "en", "Taste 2 drei Sekunden lang drücken", "de", 1),
    ("Filter part number 4055-312-B", "en", "Filter: Best.-Nr. 4055-312-B", "de", 0),
    ("Filter part number 4055-321-B", "en", "Filter: Best.-Nr. 4055-312-B", "de", 1),
    ("In 2023 sales rose by 8 % to 4,321 units.", "en", "2023: +8 %, 4.321 Stück", "de", 0),
    ("In 2023 sales rose by 8 % to 4,231 units.", "en", "2023: +8 %, 4.321 Stück", "de", 1),
    ("The grant covers up to 70% (max. €15,000).", "en", "max. 15.000 EUR, höchstens 70 Prozent", "de", 0),
    ("The grant covers up to 70% (max. €50,000).", "en", "max. 15.000 EUR, höchstens 70 Prozent", "de", 1),
    ("Applications are due by September 30, 2026, 11:59 pm.", "en", "bis 30.09.2026, 23:59 Uhr", "de", 0),
    ("Applications are due by September 30, 2026, 11:59 am.", "en", "bis 30.09.2026, 23:59 Uhr", "de", 1),
    ("Mindestens 18 Jahre alt", "de", "must be at least eighteen", "en", 0),
    ("El vuelo IB3167 dura 2 h 35 min.", "es", "Flight IB3167, 2h35", "en", 0),
    ("The train ICE 587 departs at 07:04 from track 12.", "en", "ICE 587 ab 7.04 Uhr, Gleis 12", "de", 0),
    ("The train ICE 587 departs at 07:40 from track 12.", "en", "ICE 587 ab 7.04 Uhr, Gleis 12", "de", 1),
    ("Cook for one hour at 160 °C.", "en", "1 Stunde bei 160 Grad garen", "de", 0),
    ("The diameter is 3/8 inch.", "en", "⅜ Zoll Durchmesser", "de", 0),
    ("Ambient temperature between +5 and +40 °C", "en", "5…40 °C", "", 0),
    ("The speed limit is 130 km/h.", "en", "Höchstgeschwindigkeit 120km/h", "de", 1),
    ("B12 deficiency affects 6% of adults.", "en", "6 Prozent haben einen Vitamin-B12-Mangel", "de", 0),
    ("Room 2.14 is on the second floor.", "en", "Raum 2.14", "de", 0),
    ("Die Umsatzsteuer-ID lautet DE123456789.", "de", "VAT ID: DE 123456789", "en", 0),
    ("Em 12 de outubro de 1492", "pt", "on October 12, 1492", "en", 0),
    ("Am 11.11. um 11:11 Uhr", "de", "November 11 at 11:11 am", "en", 0),
    ("Há vinte e cinco salas e mil lugares.", "pt", "25 rooms, 1,000 seats", "en", 0),
    ("Ci sono ventitré sale.", "it", "There are 32 rooms.", "en", 1),
    ("Er zijn drieëntwintig zalen.", "nl", "23 rooms", "en", 0),
    ("The loan runs until Q3 2027 at 3.9 %.", "en", "Laufzeit bis Q3 2027, Zins 3,9 %", "de", 0),
    ("2 июня 2025 г. в 15:30", "ru", "2 June 2025, 3:30 p.m.", "en", 0),
];

#[test]
fn third_set() {
    let failed = failures(&THIRD);
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), THIRD.len(), failed.join("\n"));
}
