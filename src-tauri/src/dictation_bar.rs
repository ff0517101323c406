//! The dictation bar: a small window above all others, shown during push-to-talk from another program. The
//! bar shows what Hearth's own window would: the state, the level, the partial transcript, and the notebook
//! that is asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hearth_domain::{DictationEffect, DictationInput, DictationLife, DictationPhase};
use hearth_wire::operations::CancelDictation;
use hearth_wire::{DictationEvent, DictationNumber, ShellEvent};
use serde_json::{Map, Value, json};
use tauri::{
    AppHandle, LogicalPosition, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutState};
use tokio::sync::broadcast::error::RecvError;

use crate::mutex::lock_mutex;
use crate::shell::DesktopShell;
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

/// State of the dictation bar, which its functions find through Tauri.
pub(crate) struct DictationBar {
    desktop: Arc<DesktopShell>,
    /// Data folder of the bar's web view.
    browser_data: PathBuf,
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
    /// Follows the node's dictations, shown or not.
    life: DictationLife,
    display: BarDisplay,
}

/// What the bar shows.
#[derive(Debug, Default, PartialEq)]
enum BarDisplay {
    #[default]
    Hidden,
    /// The dictation with that number, with the content by field.
    Shown { number: u64, content: Map<String, Value> },
}

/// What an event means to the bar.
#[derive(Debug, PartialEq, Eq)]
struct EventMeaning {
    /// True if the event is news of the current dictation.
    is_news: bool,
    /// Number of a dictation that has ended.
    ended: Option<u64>,
    /// Phase after the event.
    phase: DictationPhase,
}

impl BarState {
    /// Follows an event, shown or not.
    fn follow_event(&mut self, input: DictationInput) -> EventMeaning {
        let (life, effects) = self.life.handle(input);
        self.life = life;
        let mut meaning = EventMeaning { is_news: false, ended: None, phase: life.phase() };
        for effect in effects {
            match effect {
                DictationEffect::Announce { .. } => meaning.is_news = true,
                DictationEffect::Release { number } => meaning.ended = Some(number),
                // The node has the microphone.
                _ => {}
            }
        }
        meaning
    }

    /// Starts showing a dictation; false, and nothing changes, if none is expected.
    fn begin_dictation(&mut self, number: u64) -> bool {
        let was_expected = std::mem::take(&mut self.is_expected);
        if was_expected {
            self.display = BarDisplay::Shown { number, content: Map::new() };
        }
        was_expected
    }

    /// Stops showing a dictation, or any if `number` is `None`; false if it is not shown.
    fn end_dictation(&mut self, number: Option<u64>) -> bool {
        match self.display {
            BarDisplay::Shown { number: shown, .. } if number.is_none_or(|number| number == shown) => {
                self.display = BarDisplay::Hidden;
                true
            }
            _ => false,
        }
    }

    /// Merges new fields into the content; returns all of the content, or `None` if this dictation is not
    /// shown.
    fn update_content(&mut self, number: u64, fields: Value) -> Option<Value> {
        match &mut self.display {
            BarDisplay::Shown { number: shown, content } if *shown == number => {
                if let Value::Object(fields) = fields {
                    content.extend(fields);
                }
                Some(Value::Object(content.clone()))
            }
            _ => None,
        }
    }
}

impl DictationBar {
    pub(crate) fn new(desktop: Arc<DesktopShell>, browser_data: PathBuf) -> Self {
        // The main window counts as unfocused until its first focus event.
        let unfocused_at = Mutex::new(Some(Instant::now()));
        Self { desktop, browser_data, state: Mutex::default(), unfocused_at }
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
            if app.state::<Self>().take_unanswered(press) {
                window::show_window(&app);
            }
        });
    }

    /// True if no dictation has started since a press; then none is expected any more.
    fn take_unanswered(&self, press: u64) -> bool {
        let mut state = lock_mutex(&self.state);
        state.presses == press && std::mem::take(&mut state.is_expected)
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
}

/// Follows the dictation events of the shell, for as long as the program runs.
pub(crate) async fn follow_events(app: AppHandle) {
    let mut events = app.state::<DictationBar>().desktop.events.subscribe();
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
    let meaning = lock_mutex(&app.state::<DictationBar>().state).follow_event(event.to_input(number));
    if meaning.ended.is_some() {
        close_bar(app, meaning.ended);
    }
    if !meaning.is_news {
        return;
    }
    let state = match meaning.phase {
        DictationPhase::Opening => strings.opening_microphone,
        DictationPhase::Idle | DictationPhase::Capturing => strings.bar_listening,
        DictationPhase::Transcribing => strings.transcribing,
    };
    let fields = match event {
        DictationEvent::Opening { notebook, hands_free } => {
            if !lock_mutex(&app.state::<DictationBar>().state).begin_dictation(number) {
                return;
            }
            let hint = if *hands_free {
                strings.bar_pause_asks.to_owned()
            } else {
                strings.bar_release_asks(&app.state::<DictationBar>().desktop.ask_keys())
            };
            let fields = json!({
                "state": state, "notebook": notebook, "hint": hint, "committed": "", "tentative": "", "level": 0,
            });
            return open_bar(app, number, fields).await;
        }
        DictationEvent::Finished { .. } | DictationEvent::Failed { .. } | DictationEvent::Cancelled {} => {
            return;
        }
        DictationEvent::Started { .. } => json!({ "state": state }),
        DictationEvent::Level { level } => json!({ "level": level }),
        DictationEvent::Partial { committed, tentative } => {
            json!({ "committed": committed, "tentative": tentative })
        }
        DictationEvent::Transcribing {} => json!({ "state": state, "hint": "" }),
    };
    if let Some(content) = lock_mutex(&app.state::<DictationBar>().state).update_content(number, fields) {
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
    let Some(content) = lock_mutex(&app.state::<DictationBar>().state).update_content(number, fields) else {
        return;
    };
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
    .title(system_strings().ask_hearth)
    .inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .min_inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .max_inner_size(BAR_SIZE.0, BAR_SIZE.1)
    .decorations(false)
    .always_on_top(true)
    .skip_taskbar(true)
    .focused(false)
    .visible(false)
    .data_directory(app.state::<DictationBar>().browser_data.clone())
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

/// Closes the bar, as the node has ended: it publishes no end of a running dictation, and the next one counts from
/// the beginning.
pub(crate) fn reset_bar(app: &AppHandle) {
    lock_mutex(&app.state::<DictationBar>().state).follow_event(DictationInput::Reset);
    close_bar(app, None);
}

/// Closes the bar of a dictation, or of any if `number` is `None`.
fn close_bar(app: &AppHandle, number: Option<u64>) {
    if !lock_mutex(&app.state::<DictationBar>().state).end_dictation(number) {
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
    let modifiers =
        app.state::<DictationBar>().desktop.ask_keys().parse::<Shortcut>().ok().map(|keys| keys.mods);
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
    let Some(client) = app.state::<DictationBar>().desktop.node_client() else { return close_bar(app, None) };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let result = client.call::<CancelDictation>(&[], &(), &DictationNumber::default()).await;
        if let Err(error) = result {
            tracing::warn!(%error, "the dictation could not be cancelled");
        }
        close_bar(&app, None);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expected_dictation_is_shown_until_its_end_and_no_late_event_of_another() {
        let mut bar = BarState::default();
        let opening = bar.follow_event(DictationInput::Opening { number: 1 });
        assert_eq!((opening.is_news, opening.phase), (true, DictationPhase::Opening));
        assert!(!bar.begin_dictation(1), "it was started in the window");
        // A tap, and a second press before the bar has seen the end of the first.
        bar.is_expected = true;
        assert!(bar.follow_event(DictationInput::Opening { number: 2 }).is_news && bar.begin_dictation(2));
        bar.is_expected = true;
        let ended = bar.follow_event(DictationInput::Ended { number: 2 });
        assert!(ended.ended == Some(2) && bar.end_dictation(ended.ended));
        assert!(bar.follow_event(DictationInput::Opening { number: 3 }).is_news && bar.begin_dictation(3));
        assert_eq!(bar.update_content(2, json!({ "state": "late" })), None);
        assert_eq!(bar.update_content(3, json!({ "state": "present" })), Some(json!({ "state": "present" })));
        assert!(!bar.follow_event(DictationInput::Ended { number: 2 }).is_news);
        // The end was missed: the next dictation ends the display.
        let next = bar.follow_event(DictationInput::Opening { number: 4 });
        assert!(next.is_news && bar.end_dictation(next.ended) && bar.display == BarDisplay::Hidden);
        // Another node counts from the beginning.
        bar.follow_event(DictationInput::Reset);
        assert!(bar.follow_event(DictationInput::Opening { number: 1 }).is_news);
    }
}
