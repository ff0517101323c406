//! Language detection.

use whatlang::{Detector, Lang};

/// ISO 639-1 code of a text's language, from its first 6000 characters, or `None` if it is unclear.
pub fn detect_language(text: &str) -> Option<&'static str> {
    let sample: String = text.chars().take(6000).collect();
    let info = Detector::new().detect(&sample)?;
    // Short texts give too little evidence.
    if !info.is_reliable() && sample.chars().count() < 200 {
        return None;
    }
    Some(match info.lang() {
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Fra => "fr",
        Lang::Spa => "es",
        Lang::Ita => "it",
        Lang::Por => "pt",
        Lang::Nld => "nl",
        Lang::Swe => "sv",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Fin => "fi",
        Lang::Rus => "ru",
        Lang::Ron => "ro",
        Lang::Hun => "hu",
        Lang::Tur => "tr",
        Lang::Ara => "ar",
        Lang::Cmn => "zh",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Pol => "pl",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Heb => "he",
        Lang::Ukr => "uk",
        Lang::Hin => "hi",
        _ => return None,
    })
}
