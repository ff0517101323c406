//! The frame of letters and mails: headers, greetings and closings, which have the words of all that stands between them
//! and answer nothing.

/// Field names of a mail's header, in lower case.
const HEADER_FIELDS: &[&str] = &[
    "from", "to", "cc", "date", "sent", "subject", "von", "an", "datum", "gesendet", "betreff", "de", "à",
    "envoyé", "objet", "para", "fecha", "asunto", "re",
];
/// Openings of a greeting.
const GREETINGS: &[&str] = &[
    "dear",
    "hello",
    "hi",
    "sehr geehrte",
    "sehr geehrter",
    "liebe",
    "lieber",
    "hallo",
    "guten tag",
    "madame",
    "monsieur",
    "cher",
    "chère",
    "chers",
    "bonjour",
    "estimado",
    "estimada",
    "querido",
    "querida",
    "hola",
    "gentile",
    "beste",
    "geachte",
];
/// Openings of the lines above a signature.
const CLOSINGS: &[&str] = &[
    "kind regards",
    "best regards",
    "regards",
    "best wishes",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "sincerely",
    "many thanks",
    "mit freundlichen grüßen",
    "mit freundlichem gruß",
    "viele grüße",
    "beste grüße",
    "herzliche grüße",
    "cordialement",
    "bien à vous",
    "veuillez agréer",
    "salutations",
    "atentamente",
    "saludos",
    "un saludo",
    "cordiali saluti",
    "met vriendelijke groet",
];
/// Maximum words of a greeting.
const MAX_GREETING_WORDS: usize = 6;

/// True for the header of a mail, a subject line, a greeting or a closing.
pub(super) fn is_letter_frame(text: &str) -> bool {
    is_header(text) || is_greeting(text) || is_closing(text)
}

/// True for the closing of a letter, with the signature if it follows on the same line.
pub(super) fn is_closing(text: &str) -> bool {
    let lower = text.to_lowercase();
    CLOSINGS.iter().any(|closing| lower.starts_with(closing))
}

/// True if each line is a field of a header: a name and a value.
fn is_header(text: &str) -> bool {
    let is_field = |line: &str| {
        line.split_once(':')
            .is_some_and(|(name, _)| HEADER_FIELDS.contains(&name.trim().to_lowercase().as_str()))
    };
    !text.is_empty() && text.lines().all(is_field)
}

fn is_greeting(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let opens = GREETINGS.iter().any(|greeting| {
        lower.strip_prefix(greeting).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    opens && lower.ends_with([',', '!', ':']) && lower.split_whitespace().count() <= MAX_GREETING_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_what_is_written() {
        for text in [
            "From: Ada\nTo: Bert\nDate: Mon, 4 May 2026\nSubject: Offer",
            "Objet : révision du loyer",
            "Dear Mr Okonkwo-Hale,",
            "Madame Kerbrat,",
            "Kind regards,\nJörg Weißenfels",
            "Veuillez agréer, Madame, mes salutations distinguées.",
        ] {
            assert!(is_letter_frame(text), "{text}");
        }
        for text in [
            "Dear Devika, the shelves will cost 14,380 euros, delivered to Aarhus.",
            "High water is at noon.",
            "Weight: 12 kg",
            "To: the gate.\nThen turn left.",
            "Madame Kerbrat paie 640 euros.",
            "",
        ] {
            assert!(!is_letter_frame(text), "{text}");
        }
    }
}
