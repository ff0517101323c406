//! All texts of the interface, in English and German, side by side: a missing translation does not compile.
//! [`fill_placeholders`] fills in `{n}` and the like; [`format_count`] chooses between `one|many`.

macro_rules! strings {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// The interface's texts in one language.
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
    first_server_model: "First model of the server", "Erstes Modell des Servers";
    undo: "Undo", "Rückgängig";
    copied: "Copied", "Kopiert";
    not_copied: "the browser does not let this page use the clipboard", "der Browser lässt diese Seite die Zwischenablage nicht benutzen";
    copy: "Copy", "Kopieren";
    more: "More", "Mehr";
    open: "Open", "Öffnen";
    settings: "Settings", "Einstellungen";
    back: "Back", "Zurück";
    name: "Name", "Name";
    action_failed: "That did not work: {why}", "Das hat nicht funktioniert: {why}";
    nothing_leaves: "Nothing leaves these machines", "Nichts verlässt diese Rechner";
    untitled: "Untitled", "Ohne Titel";
    files_not_added: "Hearth is not responding; {n} file was not added|Hearth is not responding; {n} files were not added", "Hearth antwortet nicht; {n} Datei wurde nicht aufgenommen|Hearth antwortet nicht; {n} Dateien wurden nicht aufgenommen";
    too_many_files: "Only the first {n} files are added; add the others separately", "Nur die ersten {n} Dateien werden aufgenommen; fügen Sie die übrigen getrennt hinzu";

    // The node
    node_unreachable: "Hearth is not responding. It may be restarting; your text is kept.", "Hearth antwortet nicht. Vielleicht startet es gerade neu; Ihr Text bleibt erhalten.";
    node_disconnected: "Not connected. Trying again…", "Nicht verbunden. Neuer Versuch…";
    locked_title: "Sign in to Hearth", "Bei Hearth anmelden";
    locked_text: "Run “hearth open” on the machine where Hearth runs, or open the address that “hearth node” printed. It works once; this browser then stays signed in.", "Führen Sie „hearth open“ auf dem Rechner aus, auf dem Hearth läuft, oder öffnen Sie die Adresse, die „hearth node“ ausgegeben hat. Sie gilt einmal; danach bleibt dieser Browser angemeldet.";
    jobs_running: "{n} job running|{n} jobs running", "{n} Vorgang läuft|{n} Vorgänge laufen";
    no_model: "No language model: answers are quotes", "Kein Sprachmodell: Antworten sind Zitate";

    // Library
    notebooks: "Notebooks", "Notizbücher";
    new_notebook: "New notebook", "Neues Notizbuch";
    new_notebook_hint: "or drop files here", "oder Dateien hier ablegen";
    sources_count: "{n} source|{n} sources", "{n} Quelle|{n} Quellen";
    notes_count: "{n} note|{n} notes", "{n} Notiz|{n} Notizen";
    sample: "Try it with Hearth's own documentation", "Mit Hearths eigener Dokumentation ausprobieren";
    first_run_title: "Ask your own documents", "Fragen Sie Ihre eigenen Dokumente";
    first_run_add: "Drop in papers, manuals, pages, tables and recordings.", "Legen Sie Artikel, Handbücher, Seiten, Tabellen und Aufnahmen ab.";
    first_run_ask: "Ask in your own words. Every claim of the answer has a number.", "Fragen Sie in eigenen Worten. Jede Aussage der Antwort hat eine Nummer.";
    first_run_cite: "The number opens the exact passage. Nothing leaves your machines.", "Die Nummer öffnet genau die Stelle. Nichts verlässt Ihre Rechner.";
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
    drop_new: "Drop to create a notebook from them", "Ablegen, um daraus ein Notizbuch anzulegen";
    addresses: "Web addresses, one per line", "Webadressen, eine pro Zeile";
    pasted: "Text", "Text";
    pasted_title: "Title of the text", "Titel des Textes";
    pasted_text: "Pasted text", "Eingefügter Text";
    add_pages: "Add web pages", "Webseiten hinzufügen";
    add_text: "Add text", "Text hinzufügen";
    source_kinds_hint: "PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, calendars, recordings, images", "PDF, Word, PowerPoint, Excel, HTML, Markdown, Text, CSV, Kalender, Aufnahmen, Bilder";
    sort: "Sort", "Sortieren";
    sort_added: "In the order added", "Nach Reihenfolge des Hinzufügens";
    sort_title: "By title", "Nach Titel";
    sort_kind: "By kind", "Nach Art";
    select_all: "Select all", "Alle auswählen";
    use_source: "Use “{title}” for answers", "„{title}“ für Antworten nutzen";
    no_sources_title: "No sources yet", "Noch keine Quellen";
    no_sources_text: "Add documents; then ask about them.", "Fügen Sie Dokumente hinzu und fragen Sie dann.";
    source_refused: "“{name}” was not added: {why}", "„{name}“ wurde nicht hinzugefügt: {why}";
    already_added: "{n} source was already in this notebook|{n} sources were already in this notebook", "{n} Quelle war schon in diesem Notizbuch|{n} Quellen waren schon in diesem Notizbuch";
    sending: "Sending", "Wird gesendet";
    more_to_send: "{n} more|{n} more", "{n} weitere|{n} weitere";
    pages: "{n} page|{n} pages", "{n} Seite|{n} Seiten";
    words: "{n} word|{n} words", "{n} Wort|{n} Wörter";
    problems: "{n} problem|{n} problems", "{n} Problem|{n} Probleme";
    status_queued: "Waiting", "Wartet";
    status_reading: "Reading", "Wird gelesen";
    status_transcribing: "Transcribing", "Wird transkribiert";
    status_embedding: "Embedding", "Wird eingebettet";
    status_indexing: "Indexing", "Wird indiziert";
    remove_source: "Remove from this notebook", "Aus diesem Notizbuch nehmen";
    filter_sources: "Filter sources", "Quellen filtern";

    // Viewer
    page: "page {n}", "Seite {n}";
    page_short: "p. {n}", "S. {n}";
    row: "row {n}", "Zeile {n}";
    speaker: "Speaker {n}", "Sprecher {n}";
    rows: "rows {first}–{last}", "Zeilen {first}–{last}";
    as_pages: "Pages", "Seiten";
    as_text: "Text", "Text";
    open_original: "Download the original", "Original herunterladen";
    close_source: "Back to the sources", "Zurück zu den Quellen";
    about_source: "About this source", "Über diese Quelle";
    written_by: "Written by {model}", "Geschrieben von {model}";
    player: "Recording player", "Wiedergabe der Aufnahme";
    play: "Play", "Abspielen";
    pause: "Pause", "Anhalten";
    position: "Position", "Stelle";
    speed: "Speed", "Geschwindigkeit";
    unplayable: "This recording cannot be played here. Its text is below, and the original can be downloaded.", "Diese Aufnahme kann hier nicht abgespielt werden. Ihr Text steht unten, und das Original lässt sich herunterladen.";
    enlarge_source: "Enlarge the source", "Quelle vergrößern";
    shrink_source: "Shrink the source", "Quelle verkleinern";
    text_size: "Text size", "Schriftgröße";
    zoom_in: "Zoom in", "Vergrößern";
    zoom_out: "Zoom out", "Verkleinern";
    go_to_page: "Page", "Seite";
    of_pages: "of {n}", "von {n}";
    find: "Find in this source", "In dieser Quelle suchen";
    still_reading: "This source is still being read.", "Diese Quelle wird noch gelesen.";
    source_failed: "This source could not be read: {why}", "Diese Quelle konnte nicht gelesen werden: {why}";

    // Chat
    chat: "Chat", "Gespräch";
    ask_placeholder: "Ask about these sources", "Fragen Sie zu diesen Quellen";
    ask: "Ask", "Fragen";
    dictate: "Dictate", "Diktieren";
    dictate_hint: "Hold to dictate; click to dictate hands-free until you pause", "Zum Diktieren halten; ein Klick diktiert freihändig bis zur Sprechpause";
    hold_hint: "No speech was recognised. Hold the keys while you speak, or press them twice to dictate hands-free.", "Es wurde keine Sprache erkannt. Halten Sie die Tasten, während Sie sprechen, oder drücken Sie sie zweimal, um freihändig zu diktieren.";
    opening_microphone: "Opening the microphone…", "Das Mikrofon wird geöffnet …";
    listening: "Listening: {name}", "Hört zu: {name}";
    transcribing: "Transcribing…", "Wird transkribiert …";
    release: "Release", "Loslassen von";
    space_key: "Space", "Leertaste";
    to_ask: "to ask", "sendet die Frage";
    cancels_dictation: "cancels", "bricht ab";
    pause_sends: "A pause sends the question", "Eine Sprechpause sendet die Frage";
    stop: "Stop", "Anhalten";
    new_conversation: "New conversation", "Neues Gespräch";
    conversations: "Conversations", "Gespräche";
    no_conversations: "No conversations yet", "Noch keine Gespräche";
    chat_empty_title: "Ask a question", "Stellen Sie eine Frage";
    chat_empty_text: "The answer is based on the selected sources, and each claim cites its passage.", "Die Antwort stützt sich auf die ausgewählten Quellen, und jede Aussage nennt ihre Belegstelle.";
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
    reasoning: "Reasoning of the model", "Überlegungen des Modells";
    not_in_sources: "I don't find that in your sources.", "Das finde ich in Ihren Quellen nicht.";
    stopped: "Stopped", "Angehalten";
    interrupted: "Hearth stopped before the answer was complete.", "Hearth wurde beendet, bevor die Antwort vollständig war.";
    answer_failed: "The answer failed: {why}", "Die Antwort ist gescheitert: {why}";
    save_as_note: "Save as note", "Als Notiz sichern";
    saved_as_note: "Saved as a note", "Als Notiz gesichert";
    answer_copied: "Answer copied", "Antwort kopiert";
    scroll_to_end: "Scroll to the end", "Zum Ende";
    code_copied: "Code copied", "Code kopiert";
    answer_label: "Answer", "Antwort";

    // Studio
    studio: "Studio", "Studio";
    notes: "Notes", "Notizen";
    new_note: "New note", "Neue Notiz";
    no_notes: "Notes that you write or save from answers appear here.", "Hier erscheinen Notizen, die Sie schreiben oder aus Antworten sichern.";
    note_title: "Title", "Titel";
    note_body: "Text of the note (Markdown)", "Text der Notiz (Markdown)";
    edit: "Edit", "Bearbeiten";
    preview: "Preview", "Vorschau";
    export_note: "Save as a Markdown file", "Als Markdown-Datei sichern";
    add_as_source: "Add as a source", "Als Quelle hinzufügen";
    added_as_source: "The note was added as a source", "Die Notiz wurde als Quelle hinzugefügt";
    citations_count: "{n} citation|{n} citations", "{n} Zitat|{n} Zitate";

    // Frame
    collapse: "Collapse {pane}", "{pane} einklappen";
    expand: "Show {pane}", "{pane} zeigen";
    resize: "Width of {pane}", "Breite von {pane}";
    activity: "Activity", "Aktivität";
    notices: "Messages", "Meldungen";
    no_notices: "No messages", "Keine Meldungen";
    no_jobs: "No jobs", "Keine Vorgänge";
    job_ingest: "Adding a source", "Quelle hinzufügen";
    job_reembed: "Switching to another search model", "Wechsel zu einem anderen Suchmodell";
    job_download: "Downloading", "Wird geladen";
    job_done: "Done", "Fertig";
    palette: "Go to", "Gehe zu";
    palette_hint: "Notebooks, passages, actions", "Notizbücher, Stellen, Aktionen";
    switch_theme: "Light or dark", "Hell oder dunkel";

    // Settings
    appearance: "Appearance", "Darstellung";
    theme: "Theme", "Farben";
    theme_system: "System default", "Wie das System";
    theme_light: "Light", "Hell";
    theme_dark: "Dark", "Dunkel";
    size_small: "Small", "Klein";
    size_normal: "Normal", "Normal";
    size_large: "Large", "Groß";
    language: "Language", "Sprache";
    language_system: "Browser default", "Wie der Browser";
    models: "Models", "Modelle";
    models_text: "The models in use, and the reason for each choice.", "Die verwendeten Modelle und der Grund für ihre Wahl.";
    task_chat: "Answers", "Antworten";
    task_embed: "Search", "Suche";
    task_speakers: "Speakers", "Sprecher";
    task_transcribe: "Speech recognition", "Spracherkennung";
    reachable: "reachable", "erreichbar";
    unreachable: "not reachable", "nicht erreichbar";
    ollama_address: "Address of Ollama", "Adresse von Ollama";
    test_succeeded: "Connected: version {version}, {models}", "Verbunden: Version {version}, {models}";
    models_count: "{n} model|{n} models", "{n} Modell|{n} Modelle";
    chat_model: "Model for answers", "Modell für Antworten";
    search_models: "Search models", "Suchmodelle";
    speaker_models: "Speaker models", "Modelle zur Sprechererkennung";
    speech_models: "Speech models", "Modelle zur Spracherkennung";
    megabytes: "{n} MB", "{n} MB";
    get_model: "Download", "Herunterladen";
    in_use: "in use", "in Gebrauch";
    use_model: "Use this one", "Dieses verwenden";
    speech_model_changed: "Recordings are transcribed with this model from now on", "Aufnahmen werden von jetzt an mit diesem Modell transkribiert";
    search_model_changed: "All sources are being re-embedded; you can ask questions meanwhile", "Alle Quellen werden neu eingebettet; Sie können währenddessen Fragen stellen";
    pull_model: "Download another model with Ollama", "Ein weiteres Modell mit Ollama herunterladen";
    pulling_model: "Ollama is downloading the model; see Activity", "Ollama lädt das Modell herunter; siehe Aktivität";
    licences: "Licences of all parts", "Lizenzen aller Teile";
    parts: "{n} part|{n} parts", "{n} Teil|{n} Teile";
    choose_emoji: "Choose an emoji", "Emoji wählen";
    data: "Data", "Daten";
    data_location: "Location", "Speicherort";
    data_size: "Size", "Größe";
    backup_create: "Make a backup", "Sicherung anlegen";
    backup_made: "Backup saved to {path}", "Sicherung gespeichert unter {path}";
    backups: "Backups", "Sicherungen";
    backup_verify: "Check", "Prüfen";
    backup_complete: "The backup is complete", "Die Sicherung ist vollständig";
    trash: "Trash", "Papierkorb";
    trash_empty: "The trash is empty. Deleted items stay here for thirty days.", "Der Papierkorb ist leer. Gelöschtes bleibt hier dreißig Tage.";
    trash_clear: "Empty the trash", "Papierkorb leeren";
    trash_confirm: "Delete everything permanently", "Alles endgültig löschen";
    restore: "Restore", "Wiederherstellen";
    desktop_program: "Desktop program", "Desktop-Programm";
    push_to_talk_keys: "Push-to-talk keys for all programs", "Tasten zum Diktieren in allen Programmen";
    microphone: "Microphone", "Mikrofon";
    dictation_and_reading: "Dictation and reading aloud", "Diktieren und Vorlesen";
    microphone_browser_default: "Browser default", "Standard des Browsers";
    microphone_insecure: "Browsers allow the microphone only over HTTPS or on the same machine. Open this notebook by https://, or use Hearth's window.", "Browser erlauben das Mikrofon nur über HTTPS oder auf demselben Rechner. Öffnen Sie dieses Notizbuch über https:// oder nutzen Sie das Fenster von Hearth.";
    microphone_denied: "The browser does not let this page use the microphone. Allow it next to the address bar, and try again.", "Der Browser lässt diese Seite das Mikrofon nicht benutzen. Erlauben Sie es neben der Adresszeile und versuchen Sie es noch einmal.";
    microphone_none: "No microphone was found. Connect one and try again.", "Es wurde kein Mikrofon gefunden. Schließen Sie eines an und versuchen Sie es noch einmal.";
    microphone_busy: "Another program is using the microphone. Close that program and try again.", "Ein anderes Programm benutzt das Mikrofon. Schließen Sie dieses Programm und versuchen Sie es noch einmal.";
    graphics_card_missing: "No graphics card was found that Hearth can use: speech recognition runs on the processor, which takes longer. Install or repair the driver, then restart Hearth to try again.", "Es wurde keine Grafikkarte gefunden, die Hearth nutzen kann: Die Spracherkennung läuft auf dem Prozessor, was länger dauert. Richten Sie den Treiber ein und starten Sie Hearth neu, um es noch einmal zu versuchen.";
    graphics_card_failed: "Speech recognition failed on the graphics card: it continues on the processor, which takes longer. Restart Hearth to try the graphics card again.", "Die Spracherkennung ist auf der Grafikkarte gescheitert: Sie läuft auf dem Prozessor weiter, was länger dauert. Starten Sie Hearth neu, um es mit der Grafikkarte noch einmal zu versuchen.";
    microphone_lost: "The microphone was disconnected.", "Das Mikrofon wurde getrennt.";
    dictation_interrupted: "The connection was lost during the dictation. The recording up to that point is saved: Settings, Dictation and reading aloud.", "Die Verbindung brach während des Diktats ab. Die Aufnahme bis dahin ist gespeichert: Einstellungen, Diktieren und Vorlesen.";
    still_transcribing: "The previous dictation is still being transcribed. Please wait a moment.", "Das vorige Diktat wird noch transkribiert. Einen Moment, bitte.";
    pending_dictations: "Dictations that were not transcribed", "Nicht transkribierte Diktate";
    dictation_empty: "No speech was recognised in it.", "Darin wurde keine Sprache erkannt.";
    transcribe: "Transcribe", "Transkribieren";
    microphone_system_default: "System default", "Standard des Systems";
    microphone_ready: "Keep the microphone open, so that the first word is never cut off", "Das Mikrofon offen halten, damit das erste Wort nie fehlt";
    microphone_test: "Test", "Prüfen";
    microphone_test_end: "End the test", "Prüfung beenden";
    microphone_test_text: "Recognised: {text}", "Erkannt: {text}";
    microphone_test_empty: "nothing", "nichts";
    read_automatically: "Answers that are read aloud automatically", "Antworten, die automatisch vorgelesen werden";
    read_never: "None", "Keine";
    read_spoken: "Answers to dictated questions", "Antworten auf diktierte Fragen";
    read_always: "All", "Alle";
    voice: "Voice", "Stimme";
    voice_automatic: "Automatic, by the answer's language", "Automatisch, nach der Sprache der Antwort";
    voice_rate: "Speaking rate", "Sprechgeschwindigkeit";
    voice_test: "Play a sample", "Probe anhören";
    voice_sample: "This is how answers sound when they are read aloud.", "So klingen Antworten, wenn sie vorgelesen werden.";
    read_aloud: "Read aloud", "Vorlesen";
    stop_reading: "Stop reading", "Vorlesen beenden";
    push_to_talk_keys_hint: "Hold them to dictate a question; a tap brings this window to the front. Leave the field empty for none.", "Zum Diktieren einer Frage halten; ein kurzer Druck holt dieses Fenster nach vorn. Leer lassen für keine.";
    keep_running: "Keep running in the tray when the window is closed", "Im Infobereich weiterlaufen, wenn das Fenster geschlossen wird";
    open_with: "Offer Hearth for documents in the file manager, and open hearth:// links with it", "Hearth für Dokumente im Dateimanager anbieten und hearth://-Links damit öffnen";
    saved_to: "Saved to {path}", "Gesichert unter {path}";
    show_folder: "Show the folder", "Ordner zeigen";
    backup_restore: "Restore", "Wiederherstellen";
    backup_confirm: "Replace the current library with this one", "Die jetzige Bibliothek durch diese ersetzen";
    backup_restored: "The backup is complete and replaces the current library at the next start; the current one is kept beside it", "Die Sicherung ist vollständig und ersetzt beim nächsten Start die jetzige Bibliothek; diese bleibt daneben erhalten";
    keys: "Keys", "Schlüssel";
    keys_text: "Other programs use a key to access this node, by its own API or by OpenAI's.", "Andere Programme erreichen diesen Knoten mit einem Schlüssel: über seine API oder die von OpenAI.";
    key_name: "What the key is for", "Wofür der Schlüssel ist";
    key_create: "Make a key", "Schlüssel anlegen";
    key_shown_once: "Shown this once:", "Wird nur jetzt gezeigt:";
    key_revoke: "Revoke", "Widerrufen";
    about: "About", "Über Hearth";
    version: "Version", "Version";
    saved: "Saved", "Gesichert";
    needs_restart: "Takes effect after a restart", "Gilt nach einem Neustart";
}

/// Replaces placeholders (`{name}`) in a text by values.
pub fn fill_placeholders(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = text.to_owned();
    for (name, value) in values {
        out = out.replace(&format!("{{{name}}}"), value);
    }
    out
}

/// Chooses the form of a text for a number (`one|many`), with the number filled in.
pub fn format_count(forms: &str, n: usize) -> String {
    let (one, many) = forms.split_once('|').unwrap_or((forms, forms));
    fill_placeholders(if n == 1 { one } else { many }, &[("n", &group_digits(n))])
}

/// Formats a number with narrow spaces between thousands from five digits on, as both languages may.
fn group_digits(n: usize) -> String {
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

    /// Placeholders of a text, sorted by name.
    fn placeholder_names(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    #[test]
    fn both_languages_say_the_same_things() {
        for (name, english, german) in ALL {
            assert!(!english.is_empty() && !german.is_empty(), "{name} is empty");
            assert_eq!(
                placeholder_names(english),
                placeholder_names(german),
                "the placeholders of {name} differ"
            );
            assert_eq!(english.contains('|'), german.contains('|'), "the plural forms of {name} differ");
        }
    }

    #[test]
    fn one_and_many() {
        assert_eq!(format_count(ENGLISH.pages, 1), "1 page");
        assert_eq!(format_count(GERMAN.pages, 7), "7 Seiten");
        assert_eq!(format_count(ENGLISH.words, 4395), "4395 words");
        assert_eq!(format_count(ENGLISH.words, 1_234_567), "1\u{202f}234\u{202f}567 words");
        assert_eq!(fill_placeholders(ENGLISH.deleted, &[("name", "A")]), "“A” is in the trash");
    }
}
