//! The tray icon with its menu: open, ask, quit.

use hearth_node::ShellEvents;
use hearth_wire::ShellEvent;
use tauri::menu::{MenuBuilder, MenuItemBuilder};
use tauri::tray::{MouseButton, TrayIconBuilder, TrayIconEvent};
use tauri::{App, AppHandle};

use crate::strings::system_strings;
use crate::window;

const OPEN_ITEM: &str = "open";
const ASK_ITEM: &str = "ask";
const QUIT_ITEM: &str = "quit";

/// Adds the tray icon; false if this system has no tray. The page gets its items as `events`.
pub(crate) fn add_tray_icon(app: &App, events: &ShellEvents) -> bool {
    // The tray crate loads its library at run time, and panics without it.
    let built = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| build_tray_icon(app, events)));
    match built {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the tray icon could not be created");
            false
        }
        Err(_) => {
            tracing::warn!("the tray icon could not be created: libayatana-appindicator3 is not installed");
            false
        }
    }
}

/// Builds the icon with its menu.
fn build_tray_icon(app: &App, events: &ShellEvents) -> tauri::Result<()> {
    let (strings, events) = (system_strings(), events.clone());
    let item = |id: &str, text: &str| MenuItemBuilder::with_id(id, text).build(app);
    let menu = MenuBuilder::new(app)
        .items(&[&item(OPEN_ITEM, strings.open_hearth)?, &item(ASK_ITEM, strings.ask)?])
        .separator()
        .item(&item(QUIT_ITEM, strings.quit)?)
        .build()?;
    let mut tray = TrayIconBuilder::with_id("hearth")
        .tooltip("Hearth")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(move |app, event| handle_menu_click(app, &events, event.id().as_ref()))
        .on_tray_icon_event(|tray, event| {
            if matches!(event, TrayIconEvent::Click { button: MouseButton::Left, .. }) {
                window::show_window(tray.app_handle());
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app).map(drop)
}

/// Handles a click on an item of the menu.
fn handle_menu_click(app: &AppHandle, events: &ShellEvents, id: &str) {
    match id {
        OPEN_ITEM => window::show_window(app),
        ASK_ITEM => {
            window::show_window(app);
            events.publish(ShellEvent::Ask {});
        }
        QUIT_ITEM => app.exit(0),
        _ => {}
    }
}
