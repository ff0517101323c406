//! User-facing strings of the program itself, in the language of the system; all others are the page's.

/// The strings in one language.
pub(crate) struct Strings {
    pub(crate) language: &'static str,
    pub(crate) open: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) quit: &'static str,
    pub(crate) starting: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) nothing_lost: &'static str,
    pub(crate) retry: &'static str,
    /// The dictation bar: its title, its states, and what the keys do.
    pub(crate) bar: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) listening: &'static str,
    pub(crate) transcribing: &'static str,
    pub(crate) release_asks: &'static str,
    pub(crate) pause_asks: &'static str,
    pub(crate) to_front: &'static str,
    /// Notification after work, with the number of files.
    pub(crate) ready: &'static str,
    pub(crate) failed: &'static str,
    /// Notification after a question.
    pub(crate) answered: &'static str,
}

const ENGLISH_STRINGS: Strings = Strings {
    language: "en",
    open: "Open Hearth",
    ask: "Ask",
    quit: "Quit",
    starting: "Hearth is starting",
    refused: "Hearth cannot start",
    ended: "Hearth stopped unexpectedly and is restarting",
    nothing_lost: "No data was lost. Reason: {why}",
    retry: "Try again",
    bar: "Ask Hearth",
    opening: "Opening the microphone…",
    listening: "Listening…",
    transcribing: "Transcribing…",
    release_asks: "Release {keys} to ask · Esc cancels",
    pause_asks: "Pause to ask · Esc cancels",
    to_front: "Open Hearth",
    ready: "Ready for questions: {n}",
    failed: "Could not be read: {n}",
    answered: "Your answer is here",
};

const GERMAN_STRINGS: Strings = Strings {
    language: "de",
    open: "Hearth öffnen",
    ask: "Fragen",
    quit: "Beenden",
    starting: "Hearth startet",
    refused: "Hearth kann nicht starten",
    ended: "Hearth wurde unerwartet beendet und startet neu",
    nothing_lost: "Es sind keine Daten verloren gegangen. Grund: {why}",
    retry: "Erneut versuchen",
    bar: "Hearth fragen",
    opening: "Das Mikrofon wird geöffnet …",
    listening: "Hört zu …",
    transcribing: "Wird transkribiert …",
    release_asks: "Zum Fragen {keys} loslassen · Esc bricht ab",
    pause_asks: "Eine Sprechpause stellt die Frage · Esc bricht ab",
    to_front: "Hearth öffnen",
    ready: "Bereit für Fragen: {n}",
    failed: "Nicht lesbar: {n}",
    answered: "Ihre Antwort ist da",
};

/// The strings in the language of the system; English if there is no translation.
pub(crate) fn system_strings() -> &'static Strings {
    let is_german = sys_locale::get_locale().is_some_and(|locale| locale.starts_with("de"));
    if is_german { &GERMAN_STRINGS } else { &ENGLISH_STRINGS }
}
