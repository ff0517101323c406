//! All words of the interface, in English and German, side by side: a missing one does not compile.
//! `{n}` and the like are filled in by [`fill`]; `one|many` is chosen between by [`count`].

macro_rules! strings {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// The words in one language.
        pub struct Strings {
            $(pub $name: &'static str,)*
        }

        pub static ENGLISH: Strings = Strings { $($name: $english,)* };
        pub static GERMAN: Strings = Strings { $($name: $german,)* };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $german),)*];
    };
}

strings! {
    // Everywhere
    loading: "Loading…", "Lädt…";
    cancel: "Cancel", "Abbrechen";
    close: "Close", "Schließen";
    save: "Save", "Sichern";
    delete: "Delete", "Löschen";
    rename: "Rename", "Umbenennen";
    retry: "Try again", "Noch einmal";
    save_and_test: "Save and test", "Sichern und prüfen";
    first_of_server: "The server's first", "Das erste des Servers";
    undo: "Undo", "Rückgängig";
    copied: "Copied", "Kopiert";
    not_copied: "the browser gives this page no clipboard", "der Browser gibt dieser Seite keine Zwischenablage";
    copy: "Copy", "Kopieren";
    more: "More", "Mehr";
    open: "Open", "Öffnen";
    settings: "Settings", "Einstellungen";
    back: "Back", "Zurück";
    name: "Name", "Name";
    failed_to: "That did not work: {why}", "Das ging nicht: {why}";
    nothing_leaves: "Nothing leaves these machines", "Nichts verlässt diese Rechner";
    untitled: "Untitled", "Ohne Titel";
    not_added: "Hearth does not answer; {n} file was not added|Hearth does not answer; {n} files were not added", "Hearth antwortet nicht; {n} Datei wurde nicht aufgenommen|Hearth antwortet nicht; {n} Dateien wurden nicht aufgenommen";
    too_many_files: "Only the first {n} files are added; drop the others by themselves", "Nur die ersten {n} Dateien werden aufgenommen; legen Sie die übrigen für sich ab";

    // The node
    node_away: "Hearth does not answer. It may be starting again; what you typed is kept.", "Hearth antwortet nicht. Vielleicht startet es gerade neu; was Sie geschrieben haben, bleibt.";
    node_lost: "Not connected. Trying again…", "Nicht verbunden. Neuer Versuch…";
    locked_title: "This page needs to be let in", "Diese Seite braucht Einlass";
    locked_text: "Run “hearth open” on the machine where Hearth runs, or open the address that “hearth node” printed. It works once; this browser then stays signed in.", "Führen Sie „hearth open“ auf dem Rechner aus, auf dem Hearth läuft, oder öffnen Sie die Adresse, die „hearth node“ genannt hat. Sie gilt einmal; danach bleibt dieser Browser angemeldet.";
    jobs_running: "{n} job running|{n} jobs running", "{n} Vorgang läuft|{n} Vorgänge laufen";
    no_model: "No language model: answers are quotes", "Kein Sprachmodell: Antworten sind Zitate";

    // Library
    notebooks: "Notebooks", "Notizbücher";
    new_notebook: "New notebook", "Neues Notizbuch";
    new_notebook_hint: "or drop files here", "oder Dateien hier ablegen";
    sources_count: "{n} source|{n} sources", "{n} Quelle|{n} Quellen";
    notes_count: "{n} note|{n} notes", "{n} Notiz|{n} Notizen";
    sample: "Try it with Hearth's own documentation", "Mit Hearths eigener Dokumentation ausprobieren";
    first_title: "Ask your own documents", "Fragen Sie Ihre eigenen Dokumente";
    first_one: "Drop in papers, manuals, pages, tables and recordings.", "Legen Sie Artikel, Handbücher, Seiten, Tabellen und Aufnahmen ab.";
    first_two: "Ask in your words. Every claim of the answer carries a number.", "Fragen Sie in Ihren Worten. Jede Aussage der Antwort trägt eine Nummer.";
    first_three: "The number opens the very passage. Nothing leaves your machines.", "Die Nummer öffnet genau die Stelle. Nichts verlässt Ihre Rechner.";
    deleted: "“{name}” is in the trash", "„{name}“ ist im Papierkorb";
    search_everything: "Search all notebooks", "Alle Notizbücher durchsuchen";
    nothing_found: "Nothing found for “{query}”", "Nichts gefunden zu „{query}“";
    note: "Note", "Notiz";

    // Sources
    sources: "Sources", "Quellen";
    sources_chosen: "{chosen} of {all}", "{chosen} von {all}";
    add: "Add", "Hinzufügen";
    add_sources: "Add sources", "Quellen hinzufügen";
    choose_files: "Choose files", "Dateien wählen";
    choose_folder: "Choose a folder", "Ordner wählen";
    drop_hint: "or drop them anywhere in this window", "oder irgendwo in diesem Fenster ablegen";
    drop_here: "Drop to add to “{notebook}”", "Ablegen, um sie zu „{notebook}“ hinzuzufügen";
    drop_new: "Drop to make a notebook of them", "Ablegen, um ein Notizbuch daraus zu machen";
    addresses: "Addresses of pages, one a line", "Adressen von Seiten, eine je Zeile";
    pasted: "Text", "Text";
    pasted_title: "Title of the text", "Titel des Textes";
    pasted_text: "Pasted text", "Eingefügter Text";
    add_pages: "Add pages", "Seiten hinzufügen";
    add_text: "Add text", "Text hinzufügen";
    kinds_hint: "PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, calendars, recordings, pictures", "PDF, Word, PowerPoint, Excel, HTML, Markdown, Text, CSV, Kalender, Aufnahmen, Bilder";
    sort: "Sort", "Sortieren";
    sort_added: "As added", "Wie hinzugefügt";
    sort_title: "By title", "Nach Titel";
    sort_kind: "By kind", "Nach Art";
    select_all: "Select all", "Alle auswählen";
    use_source: "Use “{title}” for answers", "„{title}“ für Antworten nutzen";
    no_sources_title: "No sources yet", "Noch keine Quellen";
    no_sources_text: "Add documents; then ask about them.", "Fügen Sie Dokumente hinzu und fragen Sie dann.";
    refused: "“{name}” was not added: {why}", "„{name}“ wurde nicht hinzugefügt: {why}";
    already_here: "{n} was here already|{n} were here already", "{n} war schon da|{n} waren schon da";
    sending: "Sending", "Wird gesendet";
    more_to_send: "{n} more|{n} more", "{n} weitere|{n} weitere";
    pages: "{n} page|{n} pages", "{n} Seite|{n} Seiten";
    words: "{n} word|{n} words", "{n} Wort|{n} Wörter";
    problems: "{n} problem|{n} problems", "{n} Problem|{n} Probleme";
    status_queued: "Waiting", "Wartet";
    status_reading: "Reading", "Wird gelesen";
    status_transcribing: "Writing down", "Wird mitgeschrieben";
    status_embedding: "Understanding", "Wird erschlossen";
    status_indexing: "Making findable", "Wird auffindbar gemacht";
    remove_source: "Remove from this notebook", "Aus diesem Notizbuch nehmen";
    filter_sources: "Filter sources", "Quellen filtern";

    // Viewer
    page: "page {n}", "Seite {n}";
    page_short: "p. {n}", "S. {n}";
    row: "row {n}", "Zeile {n}";
    speaker: "Speaker {n}", "Stimme {n}";
    rows: "rows {first}–{last}", "Zeilen {first}–{last}";
    as_pages: "Pages", "Seiten";
    as_text: "Text", "Text";
    open_original: "Download the original", "Original herunterladen";
    close_source: "Back to the sources", "Zurück zu den Quellen";
    about_source: "About this source", "Über diese Quelle";
    written_by: "Written by {model}", "Geschrieben von {model}";
    player: "Player of this recording", "Abspieler dieser Aufnahme";
    play: "Play", "Abspielen";
    pause: "Pause", "Anhalten";
    position: "Position", "Stelle";
    speed: "Speed", "Geschwindigkeit";
    unplayable: "This recording cannot be played here. Its text is below, and the original can be downloaded.", "Diese Aufnahme kann hier nicht abgespielt werden. Ihr Text steht unten, und das Original lässt sich herunterladen.";
    enlarge: "More room", "Mehr Platz";
    smaller: "Less room", "Weniger Platz";
    text_size: "Text size", "Schriftgröße";
    zoom_in: "Zoom in", "Vergrößern";
    zoom_out: "Zoom out", "Verkleinern";
    go_to_page: "Page", "Seite";
    of_pages: "of {n}", "von {n}";
    find: "Find in this source", "In dieser Quelle suchen";
    reading_on: "This source is still being read.", "Diese Quelle wird noch gelesen.";
    source_failed: "This source could not be read: {why}", "Diese Quelle konnte nicht gelesen werden: {why}";

    // Chat
    chat: "Chat", "Gespräch";
    ask_placeholder: "Ask about these sources", "Fragen Sie zu diesen Quellen";
    ask: "Ask", "Fragen";
    speak: "Speak", "Sprechen";
    speak_text: "Hold to speak; a click listens until you pause", "Halten zum Sprechen; ein Klick hört zu, bis Sie innehalten";
    hold_to_speak: "Nothing was said. Hold the keys while you speak, or press them twice to speak without hands.", "Es war nichts zu hören. Halten Sie die Tasten, während Sie sprechen, oder drücken Sie sie zweimal für freie Hände.";
    opening_microphone: "Opening the microphone…", "Das Mikrofon wird geöffnet …";
    listening: "Listening: {name}", "Hört zu: {name}";
    writing_down: "Writing it down…", "Wird aufgeschrieben …";
    release: "Release", "Loslassen von";
    space_key: "Space", "Leertaste";
    to_ask: "to ask", "fragt";
    drops: "drops it", "verwirft es";
    ends_at_pause: "A pause asks", "Eine Pause fragt";
    stop: "Stop", "Anhalten";
    new_conversation: "New conversation", "Neues Gespräch";
    conversations: "Conversations", "Gespräche";
    no_conversations: "No conversations yet", "Noch keine Gespräche";
    chat_empty_title: "Ask a question", "Stellen Sie eine Frage";
    chat_empty_text: "The answer is made from the checked sources, and each claim shows where it stands.", "Die Antwort entsteht aus den angekreuzten Quellen, und jede Aussage zeigt, wo sie steht.";
    citation_label: "Source {n}: {title}", "Quelle {n}: {title}";
    unsupported: "No selected source supports this sentence", "Keine ausgewählte Quelle stützt diesen Satz";
    facts: "{passages} of {sources}", "{passages} aus {sources}";
    passages_count: "{n} passage|{n} passages", "{n} Stelle|{n} Stellen";
    left_out: "{n} left out", "{n} ausgelassen";
    found_in: "found in {ms} ms", "gefunden in {ms} ms";
    first_word: "first word {s} s", "erstes Wort nach {s} s";
    answered_in: "answered in {s} s", "beantwortet in {s} s";
    extracts: "Quotes from your sources", "Zitate aus Ihren Quellen";
    connect_model: "Connect a language model", "Ein Sprachmodell verbinden";
    thinking: "Thinking", "Denkt nach";
    thought: "What the model thought", "Was das Modell dachte";
    stopped: "Stopped", "Angehalten";
    answer_failed: "The answer failed: {why}", "Die Antwort ist gescheitert: {why}";
    save_as_note: "Save as note", "Als Notiz sichern";
    saved_as_note: "Saved as a note", "Als Notiz gesichert";
    answer_copied: "Answer copied", "Antwort kopiert";
    to_the_end: "To the end", "Zum Ende";
    code_copied: "Code copied", "Code kopiert";
    answer_label: "Answer", "Antwort";

    // Studio
    studio: "Studio", "Studio";
    notes: "Notes", "Notizen";
    new_note: "New note", "Neue Notiz";
    no_notes: "Notes that you write or save from answers stand here.", "Hier stehen Notizen, die Sie schreiben oder aus Antworten sichern.";
    note_title: "Title", "Titel";
    note_body: "Text of the note (Markdown)", "Text der Notiz (Markdown)";
    edit: "Edit", "Bearbeiten";
    preview: "Preview", "Vorschau";
    export_note: "Save as a Markdown file", "Als Markdown-Datei sichern";
    make_source: "Make a source of it", "Zur Quelle machen";
    made_source: "The note is a source now", "Die Notiz ist jetzt eine Quelle";
    citations_count: "{n} citation|{n} citations", "{n} Zitat|{n} Zitate";

    // Frame
    collapse: "Collapse {pane}", "{pane} einklappen";
    expand: "Show {pane}", "{pane} zeigen";
    resize: "Width of {pane}", "Breite von {pane}";
    activity: "Activity", "Aktivität";
    notices: "Messages", "Meldungen";
    no_notices: "No messages", "Keine Meldungen";
    no_jobs: "Nothing is being worked on", "Zurzeit läuft nichts";
    job_ingest: "Adding a source", "Quelle hinzufügen";
    job_reembed: "Preparing another embedder", "Anderen Einbetter vorbereiten";
    job_download: "Downloading", "Wird geladen";
    job_done: "Done", "Fertig";
    palette: "Go to", "Gehe zu";
    palette_hint: "Notebooks, passages, actions", "Notizbücher, Stellen, Aktionen";
    switch_theme: "Light or dark", "Hell oder dunkel";

    // Settings
    appearance: "Appearance", "Darstellung";
    theme: "Theme", "Farben";
    theme_system: "As the system", "Wie das System";
    theme_light: "Light", "Hell";
    theme_dark: "Dark", "Dunkel";
    size_small: "Small", "Klein";
    size_normal: "Normal", "Normal";
    size_large: "Large", "Groß";
    language: "Language", "Sprache";
    language_system: "As the browser", "Wie der Browser";
    models: "Models", "Modelle";
    models_text: "Which model does what, and why that one.", "Welches Modell was tut, und warum dieses.";
    task_chat: "Answers", "Antworten";
    task_embed: "Finding", "Finden";
    task_speakers: "Who speaks", "Wer spricht";
    task_transcribe: "Writing down", "Mitschreiben";
    reachable: "reachable", "erreichbar";
    unreachable: "not reachable", "nicht erreichbar";
    ollama_address: "Address of Ollama", "Adresse von Ollama";
    test_good: "Reached, version {version}, {models}", "Erreicht, Version {version}, {models}";
    models_count: "{n} model|{n} models", "{n} Modell|{n} Modelle";
    chat_model: "Model for answers", "Modell für Antworten";
    catalogue: "Models for finding", "Modelle für das Finden";
    speakers_catalogue: "Model for telling who speaks", "Modell für das Unterscheiden von Stimmen";
    speech_catalogue: "Models for writing recordings down", "Modelle zum Mitschreiben von Aufnahmen";
    megabytes: "{n} MB", "{n} MB";
    get_model: "Download", "Herunterladen";
    in_use: "in use", "in Gebrauch";
    use_model: "Use this one", "Dieses verwenden";
    hears_now: "Recordings are written down with it from now on", "Aufnahmen werden von jetzt an damit mitgeschrieben";
    vectors_anew: "All sources are embedded anew; questions go on meanwhile", "Alle Quellen werden neu eingebettet; Fragen gehen unterdessen weiter";
    pull: "Another model for Ollama to bring", "Ein weiteres Modell, das Ollama bringt";
    pulling: "Ollama is bringing it; see Activity", "Ollama holt es; siehe Aktivität";
    licences: "Licences of all parts", "Lizenzen aller Teile";
    parts: "{n} part|{n} parts", "{n} Teil|{n} Teile";
    choose_emoji: "Choose an emoji", "Emoji wählen";
    data: "Data", "Daten";
    data_where: "Where it is", "Wo es liegt";
    data_size: "Size", "Größe";
    backup_create: "Make a backup", "Sicherung anlegen";
    backup_made: "The backup is written: {path}", "Die Sicherung ist geschrieben: {path}";
    backups: "Backups", "Sicherungen";
    backup_verify: "Check", "Prüfen";
    backup_good: "The backup is whole", "Die Sicherung ist vollständig";
    trash: "Trash", "Papierkorb";
    trash_empty: "The trash is empty. What is deleted stays here for thirty days.", "Der Papierkorb ist leer. Gelöschtes bleibt hier dreißig Tage.";
    trash_clear: "Empty the trash", "Papierkorb leeren";
    trash_really: "Delete all of it for good", "Alles endgültig löschen";
    restore: "Bring back", "Zurückholen";
    desktop: "This program", "Dieses Programm";
    ask_keys: "Keys that ask from anywhere", "Tasten, die überall fragen";
    microphone: "Microphone", "Mikrofon";
    speaking: "Speaking", "Sprechen";
    microphone_of_browser: "The browser's own", "Das des Browsers";
    microphone_insecure: "Browsers let a page hear only over HTTPS or on the same machine. Open this notebook by https://, or use Hearth's window.", "Browser lassen eine Seite nur über HTTPS oder auf demselben Rechner zuhören. Öffnen Sie dieses Notizbuch über https:// oder nutzen Sie das Fenster von Hearth.";
    microphone_denied: "The browser does not let this page hear you. Allow the microphone beside the address, and try again.", "Der Browser lässt diese Seite nicht zuhören. Erlauben Sie das Mikrofon neben der Adresse und versuchen Sie es noch einmal.";
    microphone_none: "No microphone was found. Connect one and try again.", "Es wurde kein Mikrofon gefunden. Schließen Sie eines an und versuchen Sie es noch einmal.";
    microphone_busy: "Another program holds the microphone. Close it there and try again.", "Ein anderes Programm hält das Mikrofon. Schließen Sie es dort und versuchen Sie es noch einmal.";
    no_card: "No graphics card was found that Hearth can use: it listens on the processor, which takes longer. Mend the driver and start Hearth again to try it once more.", "Es wurde keine Grafikkarte gefunden, die Hearth nutzen kann: Es hört auf dem Prozessor zu, was länger dauert. Richten Sie den Treiber ein und starten Sie Hearth neu, um es noch einmal zu versuchen.";
    card_failed: "The graphics card could not listen: Hearth goes on with the processor, which takes longer. Start Hearth again to try the card once more.", "Die Grafikkarte konnte nicht zuhören: Hearth macht mit dem Prozessor weiter, was länger dauert. Starten Sie Hearth neu, um die Karte noch einmal zu versuchen.";
    microphone_lost: "The microphone was disconnected.", "Das Mikrofon wurde getrennt.";
    dictation_broke: "The connection broke while you spoke. What was heard until then is kept: Settings, Speaking.", "Die Verbindung brach ab, während Sie sprachen. Was bis dahin zu hören war, ist aufgehoben: Einstellungen, Sprechen.";
    still_writing: "What was said before is still being written down. A moment, please.", "Was vorher gesagt wurde, wird noch aufgeschrieben. Einen Moment, bitte.";
    dictations: "What was said and did not become text", "Gesprochenes, das nicht zu Text wurde";
    dictation_empty: "Nobody is heard in it.", "Darin ist niemand zu hören.";
    write_down: "Write down", "Aufschreiben";
    microphone_of_system: "The system's own", "Das des Systems";
    microphone_ready: "Keep the microphone open, so that the first word is never cut", "Das Mikrofon offen halten, damit das erste Wort nie fehlt";
    microphone_test: "Test", "Prüfen";
    microphone_test_end: "End the test", "Prüfung beenden";
    microphone_heard: "Heard: {text}", "Gehört: {text}";
    microphone_nothing: "nothing", "nichts";
    read_by_itself: "Answers that are read aloud by themselves", "Antworten, die von selbst vorgelesen werden";
    read_never: "None", "Keine";
    read_spoken: "Those to spoken questions", "Die auf gesprochene Fragen";
    read_always: "All", "Alle";
    voice: "Voice", "Stimme";
    voice_of_language: "One of the answer's language", "Eine in der Sprache der Antwort";
    voice_rate: "How fast it speaks", "Wie schnell sie spricht";
    voice_test: "Hear it", "Anhören";
    voice_sample: "This is how answers sound when they are read aloud.", "So klingen Antworten, wenn sie vorgelesen werden.";
    read_aloud: "Read aloud", "Vorlesen";
    stop_reading: "Stop reading", "Nicht weiterlesen";
    ask_keys_text: "Hold them to speak; a tap brings this window to the front. Leave the field empty for none.", "Zum Sprechen halten; ein Druck holt dieses Fenster nach vorn. Leer lassen für keine.";
    keep_running: "Go on in the tray when the window is closed", "Im Infobereich weiterlaufen, wenn das Fenster geschlossen wird";
    open_with: "Offer Hearth for documents in the file manager, and open hearth:// links with it", "Hearth für Dokumente im Dateimanager anbieten und hearth://-Links damit öffnen";
    saved_to: "Saved to {path}", "Gesichert unter {path}";
    show_folder: "Show the folder", "Ordner zeigen";
    backup_restore: "Restore", "Wiederherstellen";
    backup_really: "Put this library in place of the present one", "Diese Bibliothek an die Stelle der jetzigen setzen";
    backup_restored: "The backup is whole and takes the present library's place at the next start; the present one is kept beside it", "Die Sicherung ist vollständig und tritt beim nächsten Start an die Stelle der jetzigen Bibliothek; diese bleibt daneben erhalten";
    keys: "Keys", "Schlüssel";
    keys_text: "Other programs reach this node with a key: its own API, or OpenAI's.", "Andere Programme erreichen diesen Knoten mit einem Schlüssel: über seine API oder die von OpenAI.";
    key_name: "What the key is for", "Wofür der Schlüssel ist";
    key_create: "Make a key", "Schlüssel anlegen";
    key_once: "Shown this once:", "Wird nur jetzt gezeigt:";
    key_revoke: "Revoke", "Widerrufen";
    about: "About", "Über Hearth";
    version: "Version", "Version";
    saved: "Saved", "Gesichert";
    needs_restart: "Counts after a restart", "Gilt nach einem Neustart";
}

/// Puts values into a text.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = text.to_owned();
    for (name, value) in values {
        out = out.replace(&format!("{{{name}}}"), value);
    }
    out
}

/// The form of a text for a number, with the number in it.
pub fn count(forms: &str, n: usize) -> String {
    let (one, many) = forms.split_once('|').unwrap_or((forms, forms));
    fill(if n == 1 { one } else { many }, &[("n", &grouped(n))])
}

/// A number with narrow spaces between thousands from five digits on, as both languages may.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is filled in, in order of name.
    fn slots(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn both_languages_say_the_same_things() {
        for (name, english, german) in ALL {
            assert!(!english.is_empty() && !german.is_empty(), "{name} is empty");
            assert_eq!(slots(english), slots(german), "{name} is filled in differently");
            assert_eq!(english.contains('|'), german.contains('|'), "{name} has other forms");
        }
    }

    #[test]
    fn one_and_many() {
        assert_eq!(count(ENGLISH.pages, 1), "1 page");
        assert_eq!(count(GERMAN.pages, 7), "7 Seiten");
        assert_eq!(count(ENGLISH.words, 4395), "4395 words");
        assert_eq!(count(ENGLISH.words, 1_234_567), "1\u{202f}234\u{202f}567 words");
        assert_eq!(fill(ENGLISH.deleted, &[("name", "A")]), "“A” is in the trash");
    }
}
