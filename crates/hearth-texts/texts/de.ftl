### German. Address users with “Sie”.

language_name = Deutsch

## Everywhere

loading = Lädt…
cancel = Abbrechen
close = Schließen
save = Sichern
delete = Löschen
rename = Umbenennen
retry = Noch einmal
read_again = Erneut lesen
reading_again = { $title } wird erneut gelesen; weiterfragen geht
save_and_test = Sichern und prüfen
first_server_model = Erstes Modell des Servers
undo = Rückgängig
copied = Kopiert
not_copied = der Browser lässt diese Seite die Zwischenablage nicht benutzen
copy = Kopieren
more = Mehr
open = Öffnen
settings = Einstellungen
back = Zurück
name = Name
action_failed = Das hat nicht funktioniert: { $why }
nothing_leaves = Nichts verlässt diese Rechner
untitled = Ohne Titel
files_not_added = { $n ->
    [one] Hearth antwortet nicht; { $n } Datei wurde nicht aufgenommen
   *[other] Hearth antwortet nicht; { $n } Dateien wurden nicht aufgenommen
}
too_many_files = Nur die ersten { $n } Dateien werden aufgenommen; fügen Sie die übrigen getrennt hinzu

## The node

node_unreachable = Hearth antwortet nicht. Vielleicht startet es gerade neu; Ihr Text bleibt erhalten.
node_disconnected = Nicht verbunden. Neuer Versuch…
locked_title = Bei Hearth anmelden
locked_text = Führen Sie „hearth open“ auf dem Rechner aus, auf dem Hearth läuft, oder öffnen Sie die Adresse, die „hearth node“ ausgegeben hat. Sie gilt einmal; danach bleibt dieser Browser angemeldet.
jobs_running = { $n ->
    [one] { $n } Vorgang läuft
   *[other] { $n } Vorgänge laufen
}
no_model = Kein Sprachmodell: Antworten sind Zitate

## Library

notebooks = Notizbücher
new_notebook = Neues Notizbuch
new_notebook_hint = oder Dateien hier ablegen
sources_count = { $n ->
    [one] { $n } Quelle
   *[other] { $n } Quellen
}
notes_count = { $n ->
    [one] { $n } Notiz
   *[other] { $n } Notizen
}
sample = Mit Hearths eigener Dokumentation ausprobieren
first_run_title = Fragen Sie Ihre eigenen Dokumente
first_run_add = Legen Sie Artikel, Handbücher, Seiten, Tabellen und Aufnahmen ab.
first_run_ask = Fragen Sie in eigenen Worten. Jede Aussage der Antwort hat eine Nummer.
first_run_cite = Die Nummer öffnet genau die Stelle. Nichts verlässt Ihre Rechner.
deleted = „{ $name }“ ist im Papierkorb
search_everything = Alle Notizbücher durchsuchen
nothing_found = Nichts gefunden zu „{ $query }“
note = Notiz

## Sources

sources = Quellen
sources_chosen = { $chosen } von { $all }
add = Hinzufügen
add_sources = Quellen hinzufügen
choose_files = Dateien wählen
choose_folder = Ordner wählen
drop_hint = oder irgendwo in diesem Fenster ablegen
drop_here = Ablegen, um sie zu „{ $notebook }“ hinzuzufügen
drop_new = Ablegen, um daraus ein Notizbuch anzulegen
addresses = Webadressen, eine pro Zeile
pasted = Text
pasted_title = Titel des Textes
pasted_text = Eingefügter Text
add_pages = Webseiten hinzufügen
add_text = Text hinzufügen
source_kinds_hint = PDF, Word, PowerPoint, Excel, HTML, Markdown, Text, CSV, Kalender, Aufnahmen, Bilder
sort = Sortieren
sort_added = Nach Reihenfolge des Hinzufügens
sort_title = Nach Titel
sort_kind = Nach Art
select_all = Alle auswählen
use_source = „{ $title }“ für Antworten nutzen
no_sources_title = Noch keine Quellen
no_sources_text = Fügen Sie Dokumente hinzu und fragen Sie dann.
source_refused = „{ $name }“ wurde nicht hinzugefügt: { $why }
already_added = { $n ->
    [one] { $n } Quelle war schon in diesem Notizbuch
   *[other] { $n } Quellen waren schon in diesem Notizbuch
}
sending = Wird gesendet
more_to_send = { $n ->
    [one] { $n } weitere
   *[other] { $n } weitere
}
pages = { $n ->
    [one] { $n } Seite
   *[other] { $n } Seiten
}
words = { $n ->
    [one] { $n } Wort
   *[other] { $n } Wörter
}
problems = { $n ->
    [one] { $n } Problem
   *[other] { $n } Probleme
}
status_queued = Wartet
status_reading = Wird gelesen
status_transcribing = Wird transkribiert
status_embedding = Wird eingebettet
status_indexing = Wird indiziert
status_ready = Bereit
status_failed = Nicht lesbar
remove_source = Aus diesem Notizbuch nehmen
filter_sources = Quellen filtern

## Viewer

page = Seite { $number }
page_short = S. { $number }
row = Zeile { $number }
speaker = Sprecher { $number }
rows = Zeilen { $first }–{ $last }
as_pages = Seiten
as_text = Text
open_original = Original herunterladen
close_source = Zurück zu den Quellen
about_source = Über diese Quelle
written_by = Geschrieben von { $model }
player = Wiedergabe der Aufnahme
play = Abspielen
pause = Anhalten
position = Stelle
speed = Geschwindigkeit
unplayable = Diese Aufnahme kann hier nicht abgespielt werden. Ihr Text steht unten, und das Original lässt sich herunterladen.
enlarge_source = Quelle vergrößern
shrink_source = Quelle verkleinern
text_size = Schriftgröße
zoom_in = Vergrößern
zoom_out = Verkleinern
go_to_page = Seite
of_pages = von { $n }
find = In dieser Quelle suchen
still_reading = Diese Quelle wird noch gelesen.
source_failed = Diese Quelle konnte nicht gelesen werden: { $why }

## Chat

chat = Gespräch
ask_placeholder = Fragen Sie zu diesen Quellen
ask = Fragen
dictate = Diktieren
dictate_hint = Zum Diktieren halten; ein Klick diktiert freihändig bis zur Sprechpause
hold_hint = Es wurde keine Sprache erkannt. Halten Sie die Tasten, während Sie sprechen, oder drücken Sie sie zweimal, um freihändig zu diktieren.
opening_microphone = Das Mikrofon wird geöffnet …
listening = Hört zu: { $name }
transcribing = Wird transkribiert …
release = Loslassen von
space_key = Leertaste
to_ask = sendet die Frage
cancels_dictation = bricht ab
pause_sends = Eine Sprechpause sendet die Frage
stop = Anhalten
new_conversation = Neues Gespräch
conversations = Gespräche
no_conversations = Noch keine Gespräche
chat_empty_title = Stellen Sie eine Frage
chat_empty_text = Die Antwort stützt sich auf die ausgewählten Quellen, und jede Aussage nennt ihre Belegstelle.
citation_label = Quelle { $number }: { $title }
unsupported = Keine ausgewählte Quelle stützt diesen Satz
facts = { $passages } aus { $sources }
passages_count = { $n ->
    [one] { $n } Stelle
   *[other] { $n } Stellen
}
left_out = { $n } ausgelassen
found_in = gefunden in { $ms } ms
first_word = erstes Wort nach { $s } s
answered_in = beantwortet in { $s } s
extracts = Zitate aus Ihren Quellen
connect_model = Ein Sprachmodell verbinden
thinking = Denkt nach
reasoning = Überlegungen des Modells
not_in_sources = Das finde ich in Ihren Quellen nicht.
searched_for = Gesucht nach: { $question }
answer_truncated = Die Antwort wurde abgebrochen: Sie hat ihre Höchstlänge erreicht oder sich wiederholt.
answer_fallback = Auszüge statt einer Antwort: { $why }
unsupported_count = { $n ->
    [one] 1 Aussage hat keine Quelle.
   *[other] { $n } Aussagen haben keine Quelle.
}
missing_in_sources = Das finde ich in Ihren Quellen nicht: { $names } steht in keiner davon.
refused_no_sources = Dieses Notizbuch hat noch keine Quellen. Fügen Sie welche hinzu und fragen Sie dann noch einmal.
refused_none_selected = Es ist keine Quelle ausgewählt. Wählen Sie die Quellen aus, die gefragt werden sollen.
refused_all_unready = Die ausgewählten Quellen sind noch nicht gelesen. Fragen Sie noch einmal, sobald sie bereit sind.
stopped = Angehalten
interrupted = Hearth wurde beendet, bevor die Antwort vollständig war.
answer_failed = Die Antwort ist gescheitert: { $why }
save_as_note = Als Notiz sichern
saved_as_note = Als Notiz gesichert
answer_copied = Antwort kopiert
scroll_to_end = Zum Ende
code_copied = Code kopiert
answer_label = Antwort

## Studio

studio = Studio
notes = Notizen
new_note = Neue Notiz
no_notes = Hier erscheinen Notizen, die Sie schreiben oder aus Antworten sichern.
note_title = Titel
note_body = Text der Notiz (Markdown)
edit = Bearbeiten
preview = Vorschau
export_note = Als Markdown-Datei sichern
add_as_source = Als Quelle hinzufügen
added_as_source = Die Notiz wurde als Quelle hinzugefügt
citations_count = { $n ->
    [one] { $n } Zitat
   *[other] { $n } Zitate
}

## Frame

collapse = { $pane } einklappen
expand = { $pane } zeigen
resize = Breite von { $pane }
activity = Aktivität
notices = Meldungen
no_notices = Keine Meldungen
no_jobs = Keine Vorgänge
job_ingest = Quelle hinzufügen
job_reread = Quelle erneut lesen
job_reembed = Wechsel zu einem anderen Suchmodell: { $model }
job_download = Wird geladen: { $model }
status_downloading = Wird geladen
job_done = Fertig
job_running = Läuft
job_failed = Gescheitert
palette = Gehe zu
palette_hint = Notizbücher, Stellen, Aktionen
switch_theme = Hell oder dunkel

## Settings

appearance = Darstellung
theme = Farben
theme_system = Wie das System
theme_light = Hell
theme_dark = Dunkel
size_small = Klein
size_normal = Normal
size_large = Groß
language = Sprache
language_system = Wie der Browser
models = Modelle
models_text = Die verwendeten Modelle und der Grund für ihre Wahl.
task_chat = Antworten
task_embed = Suche
task_speakers = Sprecher
task_transcribe = Spracherkennung
reachable = erreichbar
unreachable = nicht erreichbar
ollama_address = Adresse von Ollama
test_succeeded = Verbunden: Version { $version }, { $models }
models_count = { $n ->
    [one] { $n } Modell
   *[other] { $n } Modelle
}
chat_model = Modell für Antworten
search_models = Suchmodelle
speaker_models = Modelle zur Sprechererkennung
speech_models = Modelle zur Spracherkennung
megabytes = { $number } MB
get_model = Herunterladen
in_use = in Gebrauch
use_model = Dieses verwenden
speech_model_changed = Aufnahmen werden von jetzt an mit diesem Modell transkribiert
search_model_changed = Alle Quellen werden neu eingebettet; Sie können währenddessen Fragen stellen
pull_model = Ein weiteres Modell mit Ollama herunterladen
pulling_model = Ollama lädt das Modell herunter; siehe Aktivität
licences = Lizenzen aller Teile
parts = { $n ->
    [one] { $n } Teil
   *[other] { $n } Teile
}
choose_emoji = Emoji wählen
data = Daten
data_location = Speicherort
data_size = Größe
backup_create = Sicherung anlegen
backup_made = Sicherung gespeichert unter { $path }
backups = Sicherungen
backup_verify = Prüfen
backup_complete = Die Sicherung ist vollständig
trash = Papierkorb
trash_empty = Der Papierkorb ist leer. Gelöschtes bleibt hier dreißig Tage.
trash_clear = Papierkorb leeren
trash_confirm = Alles endgültig löschen
restore = Wiederherstellen
desktop_program = Desktop-Programm
push_to_talk_keys = Tasten zum Diktieren in allen Programmen
microphone = Mikrofon
dictation_and_reading = Diktieren und Vorlesen
microphone_browser_default = Standard des Browsers
microphone_insecure = Browser erlauben das Mikrofon nur über HTTPS oder auf demselben Rechner. Öffnen Sie dieses Notizbuch über https:// oder nutzen Sie das Fenster von Hearth.
microphone_denied = Der Browser lässt diese Seite das Mikrofon nicht benutzen. Erlauben Sie es neben der Adresszeile und versuchen Sie es noch einmal.
microphone_none = Es wurde kein Mikrofon gefunden. Schließen Sie eines an und versuchen Sie es noch einmal.
microphone_busy = Ein anderes Programm benutzt das Mikrofon. Schließen Sie dieses Programm und versuchen Sie es noch einmal.
graphics_card_missing = Es wurde keine Grafikkarte gefunden, die Hearth nutzen kann: Die Spracherkennung läuft auf dem Prozessor, was länger dauert. Richten Sie den Treiber ein und starten Sie Hearth neu, um es noch einmal zu versuchen.
graphics_card_failed = Die Spracherkennung ist auf der Grafikkarte gescheitert: Sie läuft auf dem Prozessor weiter, was länger dauert. Starten Sie Hearth neu, um es mit der Grafikkarte noch einmal zu versuchen.
microphone_failed = Das Mikrofon kann nicht benutzt werden.
reading_failed = Das Vorlesen ist gescheitert.
hotkey_failed = Die Tasten können nicht benutzt werden.
server_failed = Der Server antwortet nicht wie erwartet.
microphone_lost = Das Mikrofon wurde getrennt.
dictation_interrupted = Die Verbindung brach während des Diktats ab. Die Aufnahme bis dahin ist gespeichert: Einstellungen, Diktieren und Vorlesen.
still_transcribing = Das vorige Diktat wird noch transkribiert. Einen Moment, bitte.
pending_dictations = Nicht transkribierte Diktate
dictation_empty = Darin wurde keine Sprache erkannt.
transcribe = Transkribieren
microphone_system_default = Standard des Systems
microphone_ready = Das Mikrofon offen halten, damit das erste Wort nie fehlt
microphone_test = Prüfen
microphone_test_end = Prüfung beenden
microphone_test_text = Erkannt: { $text }
microphone_test_empty = nichts
read_automatically = Antworten, die automatisch vorgelesen werden
read_never = Keine
read_spoken = Antworten auf diktierte Fragen
read_always = Alle
voice = Stimme
voice_automatic = Automatisch, nach der Sprache der Antwort
voice_rate = Sprechgeschwindigkeit
voice_test = Probe anhören
voice_sample = So klingen Antworten, wenn sie vorgelesen werden.
read_aloud = Vorlesen
stop_reading = Vorlesen beenden
push_to_talk_keys_hint = Zum Diktieren einer Frage halten; ein kurzer Druck holt dieses Fenster nach vorn. Leer lassen für keine.
keep_running = Im Infobereich weiterlaufen, wenn das Fenster geschlossen wird
open_with = Hearth für Dokumente im Dateimanager anbieten und hearth://-Links damit öffnen
saved_to = Gesichert unter { $path }
show_folder = Ordner zeigen
backup_restore = Wiederherstellen
backup_confirm = Die jetzige Bibliothek durch diese ersetzen
backup_restored = Die Sicherung ist vollständig und ersetzt beim nächsten Start die jetzige Bibliothek; diese bleibt daneben erhalten
keys = Schlüssel
keys_text = Andere Programme erreichen diesen Knoten mit einem Schlüssel: über seine API oder die von OpenAI.
key_name = Wofür der Schlüssel ist
key_create = Schlüssel anlegen
key_shown_once = Wird nur jetzt gezeigt:
key_revoke = Widerrufen
about = Über Hearth
version = Version
saved = Gesichert
needs_restart = Gilt nach einem Neustart

## What the domain enumerates

error_invalid_request = Die Anfrage ist nicht gültig.
error_unauthorized = Sie sind nicht angemeldet.
error_forbidden = Das ist hier nicht erlaubt.
error_not_found = Es ist nicht mehr da oder liegt im Papierkorb.
error_model_not_found = Dieses Modell ist nicht bekannt.
error_no_shell = Das kann nur das Desktop-Programm, und hier läuft keines.
error_conflict = Das ist im jetzigen Zustand nicht möglich.
error_too_large = Das ist zu groß.
error_unsupported_media = Dateien dieser Art kann Hearth nicht lesen.
error_rate_limit_exceeded = Zu viele Anfragen in kurzer Zeit. Warten Sie einen Moment.
error_inference_failed = Das Modell ist gescheitert. Versuchen Sie es noch einmal, oder wählen Sie ein anderes Modell.
error_internal = Ein Fehler von Hearth selbst. Näheres steht im Protokoll.
error_upstream_unavailable = Ein Server, den Hearth braucht, antwortet nicht wie erwartet.
error_model_not_loaded = Das Modell ist noch nicht auf diesem Rechner. Laden Sie es in den Einstellungen herunter.
error_model_load_failed = Das Modell lässt sich nicht laden.
error_resource_exhausted = Festplatte oder Arbeitsspeicher ist voll.
error_overloaded = Es warten schon zu viele Anfragen. Versuchen Sie es später noch einmal.
source_unreadable = Die Datei ist beschädigt oder geschützt und kann nicht gelesen werden.
problem_page_without_text = Eine Seite enthält keinen Text, nur Bilder.
problem_part_unreadable = Ein Teil konnte nicht gelesen werden.
problem_truncated = Es ist länger, als Hearth liest; das Ende fehlt.
problem_encoding = Zeichen einer unbekannten Kodierung wurden ersetzt.
problem_damaged = Es ist beschädigt; was lesbar war, wurde übernommen.
problem_no_speech = Die Aufnahme enthält keine Sprache.
problem_reread_failed = Das erneute Lesen ist gescheitert; benutzt wird, was zuvor gelesen wurde.
step_searching = Ihre Quellen werden durchsucht
step_asking = { $model } wird gefragt
step_loading = { $model } wird geladen
step_truncated = Die Antwort hat ihre Höchstlänge erreicht

## Desktop program

open_hearth = Hearth öffnen
quit = Beenden
node_starting = Hearth startet
node_refused = Hearth kann nicht starten
node_ended = Hearth wurde unerwartet beendet und startet neu
nothing_lost = Es sind keine Daten verloren gegangen. Grund: { $why }
ask_hearth = Hearth fragen
bar_listening = Hört zu …
bar_release_asks = Zum Fragen { $keys } loslassen · Esc bricht ab
bar_pause_asks = Eine Sprechpause stellt die Frage · Esc bricht ab
sources_ready = Bereit für Fragen: { $n }
sources_unreadable = Nicht lesbar: { $n }
answer_ready = Ihre Antwort ist da
