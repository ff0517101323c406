//! The bar: small, above all windows, while somebody asks by voice from another program. It shows what Hearth's own window
//! would: that it listens, how loud it is, what it heard, and whom it will ask.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hearth_wire::operations::DropListening;
use hearth_wire::{ShellEvent, Voice, WhichListening};
use serde_json::{Value, json};
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
/// How soon after the window lost the keyboard the keys are pressed that took it.
const GRABBED: Duration = Duration::from_millis(300);
/// Puts what is told into the page; all of it as text.
const SCRIPT: &str = include_str!("bar.js");

/// Whether somebody asks from another program.
#[derive(Default)]
pub(crate) struct Bar {
    is_wanted: AtomicBool,
    has_begun: AtomicBool,
    /// When the program's own window lost the keyboard; none while it has it.
    unfocused: Mutex<Option<Instant>>,
}

impl Bar {
    /// The keys that work everywhere were pressed; another program has the keyboard.
    pub(crate) fn want(&self, app: &AppHandle) {
        self.is_wanted.store(true, Ordering::SeqCst);
        self.has_begun.store(false, Ordering::SeqCst);
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            let bar = &app.state::<Program>().bar;
            if bar.is_wanted.load(Ordering::SeqCst) && !bar.has_begun.load(Ordering::SeqCst) {
                bar.is_wanted.store(false, Ordering::SeqCst);
                window::show(&app);
            }
        });
    }

    /// The program's own window has the keyboard, or has it no more.
    pub(crate) fn focused(&self, is_focused: bool) {
        *locked(&self.unfocused) = (!is_focused).then(Instant::now);
    }

    /// Whether another program has the keyboard. On X11 the very press of keys that work everywhere takes it away.
    pub(crate) fn is_elsewhere(&self) -> bool {
        locked(&self.unfocused).is_some_and(|since| since.elapsed() > GRABBED)
    }

    fn shows(&self) -> bool {
        self.is_wanted.load(Ordering::SeqCst)
    }
}

/// Hears what becomes of what somebody says, for as long as the program runs.
pub(crate) async fn follow(app: AppHandle) {
    let mut told = app.state::<Program>().desktop.events.hear();
    loop {
        match told.recv().await {
            Ok(ShellEvent::Voice { voice, .. }) if app.state::<Program>().bar.shows() => heard(&app, &voice),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn heard(app: &AppHandle, voice: &Voice) {
    let words = words();
    match voice {
        Voice::Opening { notebook, hands_free } => {
            app.state::<Program>().bar.has_begun.store(true, Ordering::SeqCst);
            let hint = if *hands_free {
                words.pause_asks.to_owned()
            } else {
                words.release_asks.replace("{keys}", &app.state::<Program>().desktop.ask_keys())
            };
            let told = json!({
                "state": words.opening, "notebook": notebook, "hint": hint, "committed": "", "tentative": "", "level": 0,
            });
            open(app, &told);
        }
        Voice::Listening { .. } => tell(app, &json!({ "state": words.listening })),
        Voice::Level { level } => tell(app, &json!({ "level": level })),
        Voice::Partial { committed, tentative } => {
            tell(app, &json!({ "committed": committed, "tentative": tentative }));
        }
        Voice::Writing {} => tell(app, &json!({ "state": words.writing, "hint": "" })),
        Voice::Said { .. } | Voice::Failed { .. } | Voice::Dropped {} => close(app),
    }
}

/// Shows the bar, without taking the keyboard from whoever has it.
fn open(app: &AppHandle, told: &Value) {
    if app.get_webview_window(BAR).is_some() {
        return tell(app, told);
    }
    // Not on the thread of windows, which this would wait for.
    match build(app, told) {
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
    let script = format!("{SCRIPT}\nwindow.addEventListener('DOMContentLoaded', () => tell({told}));");
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

fn tell(app: &AppHandle, told: &Value) {
    if let Some(window) = app.get_webview_window(BAR) {
        // The page may be loading still; what comes next says it again.
        let _ = window.eval(format!("tell({told})"));
    }
}

fn close(app: &AppHandle) {
    app.state::<Program>().bar.is_wanted.store(false, Ordering::SeqCst);
    listen_for_escape(app, false);
    if let Some(window) = app.get_webview_window(BAR)
        && let Err(error) = window.close()
    {
        tracing::warn!(%error, "the bar stays");
    }
}

/// Escape drops what is said, although another program has the keyboard; with the keys that are held, and without.
fn listen_for_escape(app: &AppHandle, is_wanted: bool) {
    let held = app.state::<Program>().desktop.ask_keys().parse::<Shortcut>().map(|keys| keys.mods).ok();
    for mods in [None, held.filter(|mods| !mods.is_empty())] {
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
        if held.is_none_or(|mods| mods.is_empty()) {
            return;
        }
    }
}

fn drop_it(app: &AppHandle) {
    let Some(client) = app.state::<Program>().desktop.node() else { return };
    tauri::async_runtime::spawn(async move {
        let dropped = client.call::<DropListening>(&[], &(), &WhichListening::default()).await;
        if let Err(error) = dropped {
            tracing::warn!(%error, "what is said could not be dropped");
        }
    });
}
