//! What the program itself says, in the language of the system; all else is said by the page.

/// The words in one language.
pub(crate) struct Words {
    pub(crate) language: &'static str,
    pub(crate) open: &'static str,
    pub(crate) ask: &'static str,
    pub(crate) quit: &'static str,
    pub(crate) starting: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) nothing_lost: &'static str,
    pub(crate) again: &'static str,
    /// The bar: its name, what it says at each stage, and what the keys do.
    pub(crate) bar: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) listening: &'static str,
    pub(crate) writing: &'static str,
    pub(crate) release_asks: &'static str,
    pub(crate) pause_asks: &'static str,
    pub(crate) to_front: &'static str,
    /// After work with so many files.
    pub(crate) ready: &'static str,
    pub(crate) failed: &'static str,
    /// After a question.
    pub(crate) answered: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    open: "Open Hearth",
    ask: "Ask",
    quit: "Quit",
    starting: "Hearth is starting",
    refused: "Hearth cannot start",
    ended: "Hearth stopped and is starting again",
    nothing_lost: "Nothing is lost. What happened: {why}",
    again: "Try again",
    bar: "Ask Hearth",
    opening: "Opening the microphone…",
    listening: "Listening…",
    writing: "Writing it down…",
    release_asks: "Release {keys} to ask · Esc drops",
    pause_asks: "A pause asks · Esc drops",
    to_front: "Open Hearth",
    ready: "Ready to be asked: {n}",
    failed: "Could not be read: {n}",
    answered: "Your answer is here",
};

const GERMAN: Words = Words {
    language: "de",
    open: "Hearth öffnen",
    ask: "Fragen",
    quit: "Beenden",
    starting: "Hearth startet",
    refused: "Hearth kann nicht starten",
    ended: "Hearth ist stehen geblieben und startet neu",
    nothing_lost: "Nichts ist verloren. Was geschah: {why}",
    again: "Noch einmal",
    bar: "Hearth fragen",
    opening: "Das Mikrofon wird geöffnet …",
    listening: "Hört zu …",
    writing: "Wird aufgeschrieben …",
    release_asks: "{keys} loslassen fragt · Esc verwirft",
    pause_asks: "Eine Pause fragt · Esc verwirft",
    to_front: "Hearth öffnen",
    ready: "Bereit für Fragen: {n}",
    failed: "Nicht lesbar: {n}",
    answered: "Ihre Antwort ist da",
};

/// In the language of the system; English where it is none of ours.
pub(crate) fn words() -> &'static Words {
    let is_german = sys_locale::get_locale().is_some_and(|locale| locale.starts_with("de"));
    if is_german { &GERMAN } else { &ENGLISH }
}
