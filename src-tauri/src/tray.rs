//! The sign in the tray: open, ask, quit.

use tauri::menu::{MenuBuilder, MenuItemBuilder};
use tauri::tray::{MouseButton, TrayIconBuilder, TrayIconEvent};
use tauri::{App, AppHandle};

use crate::words::words;
use crate::{hotkeys, window};

const OPEN: &str = "open";
const ASK: &str = "ask";
const QUIT: &str = "quit";

/// Puts the sign there; false where this system has no tray.
pub(crate) fn put(app: &App) -> bool {
    // The library that draws it is looked for at run time, and the crate that does so panics without it.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build(app)));
    match built {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "there is no sign in the tray");
            false
        }
        Err(_) => {
            tracing::warn!("there is no sign in the tray: this system lacks libayatana-appindicator3");
            false
        }
    }
}

fn build(app: &App) -> tauri::Result<()> {
    let words = words();
    let item = |id: &str, text: &str| MenuItemBuilder::with_id(id, text).build(app);
    let menu = MenuBuilder::new(app)
        .items(&[&item(OPEN, words.open)?, &item(ASK, words.ask)?])
        .separator()
        .item(&item(QUIT, words.quit)?)
        .build()?;
    let mut tray = TrayIconBuilder::with_id("hearth")
        .tooltip("Hearth")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            if matches!(event, TrayIconEvent::Click { button: MouseButton::Left, .. }) {
                window::show(tray.app_handle());
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app).map(drop)
}

fn chosen(app: &AppHandle, id: &str) {
    match id {
        OPEN => window::show(app),
        ASK => hotkeys::ask(app),
        QUIT => app.exit(0),
        _ => {}
    }
}
