### English: what the other files of this folder are compared with. Names are those of the code (strings.loading).
### $n is a count: it alone chooses plural forms, and its digits are grouped. All other parameters are texts.

# The language's own name, in the settings.
language_name = English

## Everywhere

loading = Loading…
cancel = Cancel
close = Close
save = Save
delete = Delete
rename = Rename
retry = Try again
read_again = Read again
reading_again = { $title } is being read again; you can go on asking
save_and_test = Save and test
first_server_model = First model of the server
undo = Undo
copied = Copied
not_copied = the browser does not let this page use the clipboard
copy = Copy
more = More
open = Open
settings = Settings
back = Back
name = Name
action_failed = That did not work: { $why }
nothing_leaves = Nothing leaves these machines
untitled = Untitled
files_not_added = { $n ->
    [one] Hearth is not responding; { $n } file was not added
   *[other] Hearth is not responding; { $n } files were not added
}
too_many_files = Only the first { $n } files are added; add the others separately

## The node

node_unreachable = Hearth is not responding. It may be restarting; your text is kept.
node_disconnected = Not connected. Trying again…
locked_title = Sign in to Hearth
locked_text = Run “hearth open” on the machine where Hearth runs, or open the address that “hearth node” printed. It works once; this browser then stays signed in.
jobs_running = { $n ->
    [one] { $n } job running
   *[other] { $n } jobs running
}
no_model = No language model: answers are quotes

## Library

notebooks = Notebooks
new_notebook = New notebook
new_notebook_hint = or drop files here
sources_count = { $n ->
    [one] { $n } source
   *[other] { $n } sources
}
notes_count = { $n ->
    [one] { $n } note
   *[other] { $n } notes
}
sample = Try it with Hearth's own documentation
first_run_title = Ask your own documents
first_run_add = Drop in papers, manuals, pages, tables and recordings.
first_run_ask = Ask in your own words. Every claim of the answer has a number.
first_run_cite = The number opens the exact passage. Nothing leaves your machines.
deleted = “{ $name }” is in the trash
search_everything = Search all notebooks
nothing_found = Nothing found for “{ $query }”
note = Note

## Sources

sources = Sources
sources_chosen = { $chosen } of { $all }
add = Add
add_sources = Add sources
choose_files = Choose files
choose_folder = Choose a folder
drop_hint = or drop them anywhere in this window
drop_here = Drop to add to “{ $notebook }”
drop_new = Drop to create a notebook from them
addresses = Web addresses, one per line
pasted = Text
pasted_title = Title of the text
pasted_text = Pasted text
add_pages = Add web pages
add_text = Add text
source_kinds_hint = PDF, Word, PowerPoint, Excel, HTML, Markdown, text, CSV, calendars, recordings, images
sort = Sort
sort_added = In the order added
sort_title = By title
sort_kind = By kind
select_all = Select all
use_source = Use “{ $title }” for answers
no_sources_title = No sources yet
no_sources_text = Add documents; then ask about them.
source_refused = “{ $name }” was not added: { $why }
already_added = { $n ->
    [one] { $n } source was already in this notebook
   *[other] { $n } sources were already in this notebook
}
sending = Sending
more_to_send = { $n ->
    [one] { $n } more
   *[other] { $n } more
}
pages = { $n ->
    [one] { $n } page
   *[other] { $n } pages
}
words = { $n ->
    [one] { $n } word
   *[other] { $n } words
}
problems = { $n ->
    [one] { $n } problem
   *[other] { $n } problems
}
status_queued = Waiting
status_reading = Reading
status_transcribing = Transcribing
status_embedding = Embedding
status_indexing = Indexing
status_ready = Ready
status_failed = Not readable
remove_source = Remove from this notebook
filter_sources = Filter sources

## Viewer

page = page { $number }
page_short = p. { $number }
row = row { $number }
speaker = Speaker { $number }
rows = rows { $first }–{ $last }
as_pages = Pages
as_text = Text
open_original = Download the original
close_source = Back to the sources
about_source = About this source
written_by = Written by { $model }
player = Recording player
play = Play
pause = Pause
position = Position
speed = Speed
unplayable = This recording cannot be played here. Its text is below, and the original can be downloaded.
enlarge_source = Enlarge the source
shrink_source = Shrink the source
text_size = Text size
zoom_in = Zoom in
zoom_out = Zoom out
go_to_page = Page
of_pages = of { $n }
find = Find in this source
still_reading = This source is still being read.
source_failed = This source could not be read: { $why }

## Chat

chat = Chat
ask_placeholder = Ask about these sources
ask = Ask
dictate = Dictate
dictate_hint = Hold to dictate; click to dictate hands-free until you pause
hold_hint = No speech was recognised. Hold the keys while you speak, or press them twice to dictate hands-free.
opening_microphone = Opening the microphone…
listening = Listening: { $name }
transcribing = Transcribing…
release = Release
space_key = Space
to_ask = to ask
cancels_dictation = cancels
pause_sends = A pause sends the question
stop = Stop
new_conversation = New conversation
conversations = Conversations
no_conversations = No conversations yet
chat_empty_title = Ask a question
chat_empty_text = The answer is based on the selected sources, and each claim cites its passage.
citation_label = Source { $number }: { $title }
unsupported = No selected source supports this sentence
facts = { $passages } of { $sources }
passages_count = { $n ->
    [one] { $n } passage
   *[other] { $n } passages
}
left_out = { $n } left out
found_in = found in { $ms } ms
first_word = first word { $s } s
answered_in = answered in { $s } s
extracts = Quotes from your sources
connect_model = Connect a language model
thinking = Thinking
reasoning = Reasoning of the model
not_in_sources = I don't find that in your sources.
searched_for = Searched for: { $question }
answer_truncated = The answer was cut off: it reached its length limit or repeated itself.
answer_fallback = Extracts instead of an answer: { $why }
unsupported_count = { $n ->
    [one] 1 statement has no source.
   *[other] { $n } statements have no source.
}
missing_in_sources = I don't find that in your sources: { $names } is in none of them.
refused_no_sources = This notebook has no sources yet. Add some, then ask again.
refused_none_selected = No source is selected. Select the sources to ask.
refused_all_unready = The selected sources have not been read yet. Ask again once they are ready.
stopped = Stopped
interrupted = Hearth stopped before the answer was complete.
answer_failed = The answer failed: { $why }
save_as_note = Save as note
saved_as_note = Saved as a note
answer_copied = Answer copied
scroll_to_end = Scroll to the end
code_copied = Code copied
answer_label = Answer

## Studio

studio = Studio
notes = Notes
new_note = New note
no_notes = Notes that you write or save from answers appear here.
note_title = Title
note_body = Text of the note (Markdown)
edit = Edit
preview = Preview
export_note = Save as a Markdown file
add_as_source = Add as a source
added_as_source = The note was added as a source
citations_count = { $n ->
    [one] { $n } citation
   *[other] { $n } citations
}

## Frame

collapse = Collapse { $pane }
expand = Show { $pane }
resize = Width of { $pane }
activity = Activity
notices = Messages
no_notices = No messages
no_jobs = No jobs
job_ingest = Adding a source
job_reread = Reading a source again
job_reembed = Switching to another search model: { $model }
job_download = Downloading: { $model }
status_downloading = Downloading
job_done = Done
job_running = Running
job_failed = Failed
palette = Go to
palette_hint = Notebooks, passages, actions
switch_theme = Light or dark

## Settings

appearance = Appearance
theme = Theme
theme_system = System default
theme_light = Light
theme_dark = Dark
size_small = Small
size_normal = Normal
size_large = Large
language = Language
language_system = Browser default
models = Models
models_text = The models in use, and the reason for each choice.
task_chat = Answers
task_embed = Search
task_speakers = Speakers
task_transcribe = Speech recognition
reachable = reachable
unreachable = not reachable
ollama_address = Address of Ollama
test_succeeded = Connected: version { $version }, { $models }
models_count = { $n ->
    [one] { $n } model
   *[other] { $n } models
}
chat_model = Model for answers
search_models = Search models
speaker_models = Speaker models
speech_models = Speech models
megabytes = { $number } MB
get_model = Download
in_use = in use
use_model = Use this one
speech_model_changed = Recordings are transcribed with this model from now on
search_model_changed = All sources are being re-embedded; you can ask questions meanwhile
pull_model = Download another model with Ollama
pulling_model = Ollama is downloading the model; see Activity
licences = Licences of all parts
parts = { $n ->
    [one] { $n } part
   *[other] { $n } parts
}
choose_emoji = Choose an emoji
data = Data
data_location = Location
data_size = Size
backup_create = Make a backup
backup_made = Backup saved to { $path }
backups = Backups
backup_verify = Check
backup_complete = The backup is complete
trash = Trash
trash_empty = The trash is empty. Deleted items stay here for thirty days.
trash_clear = Empty the trash
trash_confirm = Delete everything permanently
restore = Restore
desktop_program = Desktop program
push_to_talk_keys = Push-to-talk keys for all programs
microphone = Microphone
dictation_and_reading = Dictation and reading aloud
microphone_browser_default = Browser default
microphone_insecure = Browsers allow the microphone only over HTTPS or on the same machine. Open this notebook by https://, or use Hearth's window.
microphone_denied = The browser does not let this page use the microphone. Allow it next to the address bar, and try again.
microphone_none = No microphone was found. Connect one and try again.
microphone_busy = Another program is using the microphone. Close that program and try again.
graphics_card_missing = No graphics card was found that Hearth can use: speech recognition runs on the processor, which takes longer. Install or repair the driver, then restart Hearth to try again.
graphics_card_failed = Speech recognition failed on the graphics card: it continues on the processor, which takes longer. Restart Hearth to try the graphics card again.
microphone_failed = The microphone cannot be used.
reading_failed = Reading aloud failed.
hotkey_failed = The keys cannot be used.
server_failed = The server does not answer as it should.
microphone_lost = The microphone was disconnected.
dictation_interrupted = The connection was lost during the dictation. The recording up to that point is saved: Settings, Dictation and reading aloud.
still_transcribing = The previous dictation is still being transcribed. Please wait a moment.
pending_dictations = Dictations that were not transcribed
dictation_empty = No speech was recognised in it.
transcribe = Transcribe
microphone_system_default = System default
microphone_ready = Keep the microphone open, so that the first word is never cut off
microphone_test = Test
microphone_test_end = End the test
microphone_test_text = Recognised: { $text }
microphone_test_empty = nothing
read_automatically = Answers that are read aloud automatically
read_never = None
read_spoken = Answers to dictated questions
read_always = All
voice = Voice
voice_automatic = Automatic, by the answer's language
voice_rate = Speaking rate
voice_test = Play a sample
voice_sample = This is how answers sound when they are read aloud.
read_aloud = Read aloud
stop_reading = Stop reading
push_to_talk_keys_hint = Hold them to dictate a question; a tap brings this window to the front. Leave the field empty for none.
keep_running = Keep running in the tray when the window is closed
open_with = Offer Hearth for documents in the file manager, and open hearth:// links with it
saved_to = Saved to { $path }
show_folder = Show the folder
backup_restore = Restore
backup_confirm = Replace the current library with this one
backup_restored = The backup is complete and replaces the current library at the next start; the current one is kept beside it
keys = Keys
keys_text = Other programs use a key to access this node, by its own API or by OpenAI's.
key_name = What the key is for
key_create = Make a key
key_shown_once = Shown this once:
key_revoke = Revoke
about = About
version = Version
saved = Saved
needs_restart = Takes effect after a restart

## What the domain enumerates

# Of what happened, by code. English readers see the node's own message, which is more precise.
error_invalid_request = The request is not valid.
error_unauthorized = You are not signed in.
error_forbidden = That is not allowed here.
error_not_found = It is gone or in the trash.
error_model_not_found = This model is not known.
error_no_shell = Only the desktop program can do that, and none is running here.
error_conflict = That is not possible in the present state.
error_too_large = It is too large.
error_unsupported_media = Hearth cannot read files of this kind.
error_rate_limit_exceeded = Too many requests in a short time. Wait a moment.
error_inference_failed = The model failed. Try again, or choose another model.
error_internal = A fault of Hearth itself. Its log has the details.
error_upstream_unavailable = A server that Hearth needs does not answer as it should.
error_model_not_loaded = The model is not on this machine yet. Download it in the settings.
error_model_load_failed = The model cannot be loaded.
error_resource_exhausted = Disk or memory is full.
error_overloaded = Too many requests are waiting already. Try again later.
source_unreadable = The file is damaged or protected, and cannot be read.
problem_page_without_text = A page holds no text, only pictures.
problem_part_unreadable = A part could not be read.
problem_truncated = It is longer than Hearth reads; the end is missing.
problem_encoding = Characters of an unknown encoding were replaced.
problem_damaged = It is damaged; what could be read was kept.
problem_no_speech = The recording contains no speech.
problem_reread_failed = Reading it again failed; what was read before is used.
step_searching = Searching your sources
step_asking = Asking { $model }
step_loading = Loading { $model }
step_truncated = The answer reached its length limit

## Desktop program

open_hearth = Open Hearth
quit = Quit
node_starting = Hearth is starting
node_refused = Hearth cannot start
node_ended = Hearth stopped unexpectedly and is restarting
nothing_lost = No data was lost. Reason: { $why }
ask_hearth = Ask Hearth
bar_listening = Listening…
bar_release_asks = Release { $keys } to ask · Esc cancels
bar_pause_asks = Pause to ask · Esc cancels
sources_ready = Ready for questions: { $n }
sources_unreadable = Could not be read: { $n }
answer_ready = Your answer is here
