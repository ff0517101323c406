//! The dictation bar: a small window above all others, shown during push-to-talk from another program. The
//! bar shows what Hearth's own window would: the state, the level, the partial transcript, and the notebook
//! that is asked.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use hearth_wire::operations::CancelDictation;
use hearth_wire::{DictationEvent, DictationNumber, ShellEvent};
use serde_json::{Map, Value, json};
use tauri::{
    AppHandle, LogicalPosition, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutState};
use tokio::sync::broadcast::error::RecvError;

use crate::program::Program;
use crate::shell::lock_mutex;
use crate::strings::system_strings;
use crate::{pages, window};

/// Label of the bar's window.
const BAR_LABEL: &str = "bar";
/// Size of the bar, in logical pixels.
const BAR_SIZE: (f64, f64) = (480.0, 96.0);
/// Distance from the lower edge of the screen, in logical pixels.
const BOTTOM_MARGIN: f64 = 64.0;
/// Timeout of the page for starting a dictation; after it the main window is shown, which has the reason.
const DICTATION_START_TIMEOUT: Duration = Duration::from_millis(1500);
/// Polls, and the interval between them, for the end of a bar that is being closed.
const MAX_CLOSE_POLLS: u32 = 50;
const CLOSE_POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Time after the main window's loss of focus in which a hotkey may itself be the cause.
const FOCUS_GRAB_DURATION: Duration = Duration::from_millis(300);
/// Script of the bar's page, which inserts the content as text, never as markup.
const PAGE_SCRIPT: &str = include_str!("bar.js");

/// State of the dictation bar.
pub(crate) struct DictationBar {
    state: Mutex<BarState>,
    /// Time at which the main window lost focus; `None` while focused.
    unfocused_at: Mutex<Option<Instant>>,
}

/// The dictation that is shown, or expected.
#[derive(Default)]
struct BarState {
    /// Number of presses of the hotkey.
    presses: u64,
    /// True after a press of the hotkey: the next dictation that starts is shown.
    is_expected: bool,
    /// Number of the dictation that is shown.
    number: Option<u64>,
    /// Content of the bar, by field.
    content: Map<String, Value>,
}

impl DictationBar {
    pub(crate) fn new() -> Self {
        // The main window counts as unfocused until its first focus event.
        Self { state: Mutex::default(), unfocused_at: Mutex::new(Some(Instant::now())) }
    }

    /// Expects a dictation after a press of the hotkey in another program; shows the main window if none
    /// starts.
    pub(crate) fn expect_dictation(&self, app: &AppHandle) {
        let press = {
            let mut state = lock_mutex(&self.state);
            state.is_expected = true;
            state.presses += 1;
            state.presses
        };
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(DICTATION_START_TIMEOUT).await;
            if app.state::<Program>().bar.take_unanswered(press) {
                window::show_window(&app);
            }
        });
    }

    /// True if no dictation has started since a press; then none is expected any more.
    fn take_unanswered(&self, press: u64) -> bool {
        let mut state = lock_mutex(&self.state);
        state.presses == press && std::mem::take(&mut state.is_expected)
    }

    /// Starts showing a dictation; false, and nothing changes, if none is expected.
    fn begin_dictation(&self, number: u64) -> bool {
        let mut state = lock_mutex(&self.state);
        let was_expected = std::mem::take(&mut state.is_expected);
        if was_expected {
            state.number = Some(number);
            state.content.clear();
        }
        was_expected
    }

    /// Stops showing a dictation, or any if `number` is `None`; false if it is not shown.
    fn end_dictation(&self, number: Option<u64>) -> bool {
        let mut state = lock_mutex(&self.state);
        state.number.take_if(|shown| number.is_none_or(|number| *shown <= number)).is_some()
    }

    /// Records that the main window gained or lost focus.
    pub(crate) fn set_window_focus(&self, is_focused: bool) {
        *lock_mutex(&self.unfocused_at) = (!is_focused).then(Instant::now);
    }

    /// True if another program has the keyboard focus. On X11 a press of a global hotkey itself takes the
    /// focus away.
    pub(crate) fn is_focus_elsewhere(&self) -> bool {
        lock_mutex(&self.unfocused_at).is_some_and(|since| since.elapsed() > FOCUS_GRAB_DURATION)
    }

    /// Merges new fields into the content; returns all of the content, or `None` if this dictation is not
    /// shown.
    fn update_content(&self, number: u64, fields: Value) -> Option<Value> {
        let mut state = lock_mutex(&self.state);
        if state.number != Some(number) {
            return None;
        }
        if let Value::Object(fields) = fields {
            state.content.extend(fields);
        }
        Some(Value::Object(state.content.clone()))
    }
}

/// Follows the dictation events of the shell, for as long as the program runs.
pub(crate) async fn follow_events(app: AppHandle) {
    let mut events = app.state::<Program>().desktop.events.subscribe();
    loop {
        match events.recv().await {
            Ok((_, ShellEvent::Dictation { number, event })) => handle_event(&app, number, &event).await,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Shows one dictation event.
async fn handle_event(app: &AppHandle, number: u64, event: &DictationEvent) {
    let strings = system_strings();
    let fields = match event {
        DictationEvent::Opening { notebook, hands_free } => {
            if !app.state::<Program>().bar.begin_dictation(number) {
                return;
            }
            let hint = if *hands_free {
                strings.pause_asks.to_owned()
            } else {
                strings.release_asks.replace("{keys}", &app.state::<Program>().desktop.ask_keys())
            };
            let fields = json!({
                "state": strings.opening, "notebook": notebook, "hint": hint, "committed": "", "tentative": "", "level": 0,
            });
            return open_bar(app, number, fields).await;
        }
        DictationEvent::Finished { .. } | DictationEvent::Failed { .. } | DictationEvent::Cancelled {} => {
            return close_bar(app, Some(number));
        }
        DictationEvent::Started { .. } => json!({ "state": strings.listening }),
        DictationEvent::Level { level } => json!({ "level": level }),
        DictationEvent::Partial { committed, tentative } => {
            json!({ "committed": committed, "tentative": tentative })
        }
        DictationEvent::Transcribing {} => json!({ "state": strings.transcribing, "hint": "" }),
    };
    if let Some(content) = app.state::<Program>().bar.update_content(number, fields) {
        send_content(app, &content);
    }
}

/// Opens the bar, without taking the keyboard focus from another program.
async fn open_bar(app: &AppHandle, number: u64, fields: Value) {
    // The bar before may still be closing.
    for _ in 0..MAX_CLOSE_POLLS {
        if app.get_webview_window(BAR_LABEL).is_none() {
            break;
        }
        tokio::time::sleep(CLOSE_POLL_INTERVAL).await;
    }
    let Some(content) = app.state::<Program>().bar.update_content(number, fields) else { return };
    // Not on the main thread, for which creating a window would wait.
    match build_bar(app, &content) {
        Ok(window) => drop(window.show()),
        Err(error) => {
            tracing::warn!(%error, "the dictation bar could not be opened");
            window::show_window(app);
        }
    }
    set_escape_key(app, true);
}

/// Creates the bar's window, with its first content.
fn build_bar(app: &AppHandle, content: &Value) -> tauri::Result<WebviewWindow> {
    let handle = app.clone();
    let script = format!("{PAGE_SCRIPT}\nupdateContent({content});");
    let builder = WebviewWindowBuilder::new(
        app,
        BAR_LABEL,
        WebviewUrl::CustomProtocol(pages::page_url(pages::BAR_PATH)),
    )
    .title(system_strings().bar)
    .inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .min_inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .max_inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .decorations(false)
    .always_on_top(true)
    .skip_taskbar(true)
    .focused(false)
    .visible(false)
    .data_directory(app.state::<Program>().browser_data.join("bar"))
    .initialization_script(&script)
    .on_navigation(move |url| {
        if url.path() == pages::FRONT_PATH {
            window::show_window(&handle);
        }
        pages::is_own_page(url) && url.path() == pages::BAR_PATH
    });
    let window = builder.build()?;
    if let Some(position) = bar_position(&window) {
        window.set_position(position)?;
    }
    Ok(window)
}

/// Position of the bar: in the middle of the lower edge of the primary screen.
fn bar_position(window: &WebviewWindow) -> Option<PhysicalPosition<i32>> {
    let monitor = window.primary_monitor().ok().flatten()?;
    let (scale, size, origin) = (monitor.scale_factor(), monitor.size(), monitor.position());
    let left = (f64::from(size.width) / scale - BAR_SIZE.0) / 2.0;
    let top = f64::from(size.height) / scale - BAR_SIZE.1 - BOTTOM_MARGIN;
    let position: PhysicalPosition<i32> = LogicalPosition::new(left, top).to_physical(scale);
    Some(PhysicalPosition::new(origin.x + position.x, origin.y + position.y))
}

/// Sends all of the content to the bar's page.
fn send_content(app: &AppHandle, content: &Value) {
    if let Some(window) = app.get_webview_window(BAR_LABEL) {
        // The page may still be loading; the next update has all of the content again.
        let _ = window.eval(format!("updateContent({content})"));
    }
}

/// Closes the bar of a dictation, or of any if `number` is `None`.
pub(crate) fn close_bar(app: &AppHandle, number: Option<u64>) {
    if !app.state::<Program>().bar.end_dictation(number) {
        return;
    }
    set_escape_key(app, false);
    if let Some(window) = app.get_webview_window(BAR_LABEL)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the dictation bar could not be closed");
    }
}

/// Registers Escape as a global key that cancels the dictation, with the held modifiers and without; or
/// removes it.
fn set_escape_key(app: &AppHandle, is_active: bool) {
    let modifiers = app.state::<Program>().desktop.ask_keys().parse::<Shortcut>().ok().map(|keys| keys.mods);
    for mods in std::iter::once(None).chain(modifiers.map(Some)) {
        let shortcut = Shortcut::new(mods, tauri_plugin_global_shortcut::Code::Escape);
        let result = if is_active {
            app.global_shortcut().on_shortcut(shortcut, |app, _, event| {
                if event.state == ShortcutState::Pressed {
                    cancel_dictation(app);
                }
            })
        } else {
            app.global_shortcut().unregister(shortcut)
        };
        if let Err(error) = result {
            tracing::debug!(%error, "the Escape key could not be registered or released");
        }
    }
}

/// Cancels the dictation, and closes the bar.
fn cancel_dictation(app: &AppHandle) {
    let Some(client) = app.state::<Program>().desktop.node_client() else { return close_bar(app, None) };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let result = client.call::<CancelDictation>(&[], &(), &DictationNumber::default()).await;
        if let Err(error) = result {
            tracing::warn!(%error, "the dictation could not be cancelled");
        }
        close_bar(&app, None);
    });
}
