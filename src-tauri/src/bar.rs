//! The bar: small, above all windows, while somebody asks by voice from another program. It shows what Hearth's own window
//! would: that it listens, how loud it is, what it heard, and whom it will ask.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use hearth_wire::operations::DropListening;
use hearth_wire::{ShellEvent, Voice, WhichListening};
use serde_json::{Map, Value, json};
use tauri::{
    AppHandle, LogicalPosition, Manager, PhysicalPosition, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutState};
use tokio::sync::broadcast::error::RecvError;

use crate::desktop::Program;
use crate::shell::locked;
use crate::words::words;
use crate::{pages, window};

const BAR: &str = "bar";
const SIZE: (f64, f64) = (480.0, 96.0);
/// From the lower edge of the screen.
const ABOVE: f64 = 64.0;
/// How long the page may take to begin; then its window comes, which says why it did not.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long a bar that is being closed is waited for.
const CLOSING: u32 = 50;
const TICK: Duration = Duration::from_millis(20);
/// How soon after the window lost the keyboard the keys are pressed that took it.
const GRABBED: Duration = Duration::from_millis(300);
/// Puts what is told into the page; all of it as text.
const SCRIPT: &str = include_str!("bar.js");

/// Somebody who asks from another program.
pub(crate) struct Bar {
    now: Mutex<Now>,
    /// When the program's own window lost the keyboard; none while it has it.
    unfocused: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Now {
    /// How often the keys were pressed.
    presses: u64,
    /// The keys were pressed, and the next dictation that begins is shown.
    is_wanted: bool,
    /// The dictation that is shown.
    number: Option<u64>,
    /// All that is shown of it.
    told: Map<String, Value>,
}

impl Bar {
    pub(crate) fn new() -> Self {
        // Whether its window has the keyboard is not known before that is told.
        Self { now: Mutex::default(), unfocused: Mutex::new(Some(Instant::now())) }
    }

    /// The keys that work everywhere were pressed; another program has the keyboard.
    pub(crate) fn want(&self, app: &AppHandle) {
        let press = {
            let mut now = locked(&self.now);
            now.is_wanted = true;
            now.presses += 1;
            now.presses
        };
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            if app.state::<Program>().bar.is_lost(press) {
                window::show(&app);
            }
        });
    }

    /// Whether nothing came of a press; then it is not waited for any more.
    fn is_lost(&self, press: u64) -> bool {
        let mut now = locked(&self.now);
        now.presses == press && std::mem::take(&mut now.is_wanted)
    }

    /// Takes a dictation that begins, where one is wanted.
    fn begin(&self, number: u64) -> bool {
        let mut now = locked(&self.now);
        let is_wanted = std::mem::take(&mut now.is_wanted);
        if is_wanted {
            now.number = Some(number);
            now.told.clear();
        }
        is_wanted
    }

    /// Lets go of a dictation, or of any; false where it is not shown.
    fn end(&self, number: Option<u64>) -> bool {
        let mut now = locked(&self.now);
        now.number.take_if(|shown| number.is_none_or(|number| *shown <= number)).is_some()
    }

    /// The program's own window has the keyboard, or has it no more.
    pub(crate) fn focused(&self, is_focused: bool) {
        *locked(&self.unfocused) = (!is_focused).then(Instant::now);
    }

    /// Whether another program has the keyboard. On X11 the very press of keys that work everywhere takes it away.
    pub(crate) fn is_elsewhere(&self) -> bool {
        locked(&self.unfocused).is_some_and(|since| since.elapsed() > GRABBED)
    }

    /// Takes what is told of the dictation that is shown; gives all that is to be shown.
    fn take(&self, number: u64, told: Value) -> Option<Value> {
        let mut now = locked(&self.now);
        if now.number != Some(number) {
            return None;
        }
        if let Value::Object(told) = told {
            now.told.extend(told);
        }
        Some(Value::Object(now.told.clone()))
    }
}

/// Hears what becomes of what somebody says, for as long as the program runs.
pub(crate) async fn follow(app: AppHandle) {
    let mut told = app.state::<Program>().desktop.events.hear();
    loop {
        match told.recv().await {
            Ok(ShellEvent::Voice { number, voice }) => heard(&app, number, &voice).await,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn heard(app: &AppHandle, number: u64, voice: &Voice) {
    let words = words();
    let told = match voice {
        Voice::Opening { notebook, hands_free } => {
            if !app.state::<Program>().bar.begin(number) {
                return;
            }
            let hint = if *hands_free {
                words.pause_asks.to_owned()
            } else {
                words.release_asks.replace("{keys}", &app.state::<Program>().desktop.ask_keys())
            };
            let told = json!({
                "state": words.opening, "notebook": notebook, "hint": hint, "committed": "", "tentative": "", "level": 0,
            });
            return open(app, number, told).await;
        }
        Voice::Said { .. } | Voice::Failed { .. } | Voice::Dropped {} => return close(app, Some(number)),
        Voice::Listening { .. } => json!({ "state": words.listening }),
        Voice::Level { level } => json!({ "level": level }),
        Voice::Partial { committed, tentative } => json!({ "committed": committed, "tentative": tentative }),
        Voice::Writing {} => json!({ "state": words.writing, "hint": "" }),
    };
    if let Some(all) = app.state::<Program>().bar.take(number, told) {
        tell(app, &all);
    }
}

/// Shows the bar, without taking the keyboard from whoever has it.
async fn open(app: &AppHandle, number: u64, told: Value) {
    // One that is being closed is another one.
    for _ in 0..CLOSING {
        if app.get_webview_window(BAR).is_none() {
            break;
        }
        tokio::time::sleep(TICK).await;
    }
    let Some(all) = app.state::<Program>().bar.take(number, told) else { return };
    // Not on the thread of windows, which this would wait for.
    match build(app, &all) {
        Ok(window) => drop(window.show()),
        Err(error) => {
            tracing::warn!(%error, "the bar cannot be made");
            window::show(app);
        }
    }
    listen_for_escape(app, true);
}

fn build(app: &AppHandle, told: &Value) -> tauri::Result<WebviewWindow> {
    let handle = app.clone();
    let script = format!("{SCRIPT}\ntell({told});");
    let builder = WebviewWindowBuilder::new(app, BAR, WebviewUrl::CustomProtocol(pages::address(pages::BAR)))
        .title(words().bar)
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SIZE.0, SIZE.1)
        .max_inner_size(SIZE.0, SIZE.1)
        .decorations(false)
        .always_on_top(true)
        .skip_taskbar(true)
        .focused(false)
        .visible(false)
        .data_directory(app.state::<Program>().browser_data.join("bar"))
        .initialization_script(&script)
        .on_navigation(move |url| {
            if url.path() == pages::FRONT {
                window::show(&handle);
            }
            pages::is_own(url) && url.path() == pages::BAR
        });
    let window = builder.build()?;
    if let Some(place) = place(&window) {
        window.set_position(place)?;
    }
    Ok(window)
}

/// In the middle of the screen's lower edge.
fn place(window: &WebviewWindow) -> Option<PhysicalPosition<i32>> {
    let monitor = window.primary_monitor().ok().flatten()?;
    let (scale, size, at) = (monitor.scale_factor(), monitor.size(), monitor.position());
    let left = (f64::from(size.width) / scale - SIZE.0) / 2.0;
    let top = f64::from(size.height) / scale - SIZE.1 - ABOVE;
    let place: PhysicalPosition<i32> = LogicalPosition::new(left, top).to_physical(scale);
    Some(PhysicalPosition::new(at.x + place.x, at.y + place.y))
}

fn tell(app: &AppHandle, all: &Value) {
    if let Some(window) = app.get_webview_window(BAR) {
        // Its page may be loading still; whatever comes next says all of it again.
        let _ = window.eval(format!("tell({all})"));
    }
}

/// Ends the bar of a dictation, or of any.
pub(crate) fn close(app: &AppHandle, number: Option<u64>) {
    if !app.state::<Program>().bar.end(number) {
        return;
    }
    listen_for_escape(app, false);
    if let Some(window) = app.get_webview_window(BAR)
        && let Err(error) = window.destroy()
    {
        tracing::warn!(%error, "the bar stays");
    }
}

/// Escape drops what is said, although another program has the keyboard; with the keys that are held, and without.
fn listen_for_escape(app: &AppHandle, is_wanted: bool) {
    let held = app.state::<Program>().desktop.ask_keys().parse::<Shortcut>().ok().map(|keys| keys.mods);
    for mods in std::iter::once(None).chain(held.map(Some)) {
        let escape = Shortcut::new(mods, tauri_plugin_global_shortcut::Code::Escape);
        let done = if is_wanted {
            app.global_shortcut().on_shortcut(escape, |app, _, event| {
                if event.state == ShortcutState::Pressed {
                    drop_it(app);
                }
            })
        } else {
            app.global_shortcut().unregister(escape)
        };
        if let Err(error) = done {
            tracing::debug!(%error, "Escape is another program's");
        }
    }
}

fn drop_it(app: &AppHandle) {
    let Some(client) = app.state::<Program>().desktop.node() else { return close(app, None) };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let dropped = client.call::<DropListening>(&[], &(), &WhichListening::default()).await;
        if let Err(error) = dropped {
            tracing::warn!(%error, "what is said could not be dropped");
        }
        close(&app, None);
    });
}
