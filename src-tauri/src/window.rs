//! The main window: creation, allowed navigation, dropped files, focus.

use std::path::PathBuf;

use hearth_wire::ShellEvent;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, DragDropEvent, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use crate::pages;
use crate::program::{PageAddress, Program};

/// Label of the main window.
pub(crate) const MAIN_LABEL: &str = "main";
/// Default size, in logical pixels.
const DEFAULT_SIZE: (f64, f64) = (1280.0, 840.0);
/// Smallest size, in logical pixels.
const MIN_SIZE: (f64, f64) = (380.0, 480.0);

/// Options of opening the main window.
pub(crate) struct WindowOptions {
    pub(crate) url: Url,
    /// Data folder of the web view.
    pub(crate) browser_data: PathBuf,
    /// Address of the node's pages, to which navigation is allowed.
    pub(crate) address: PageAddress,
    /// True if dropped files go through this program, not through the page.
    pub(crate) takes_drops: bool,
}

/// Opens the main window.
pub(crate) fn open_window(app: &AppHandle, options: WindowOptions) -> tauri::Result<WebviewWindow> {
    let WindowOptions { url, browser_data, address, takes_drops } = options;
    let url =
        if pages::is_own_page(&url) { WebviewUrl::CustomProtocol(url) } else { WebviewUrl::External(url) };
    let mut builder = WebviewWindowBuilder::new(app, MAIN_LABEL, url)
        .title("Hearth")
        .inner_size(DEFAULT_SIZE.0, DEFAULT_SIZE.1)
        .min_inner_size(MIN_SIZE.0, MIN_SIZE.1)
        .data_directory(browser_data)
        .on_navigation(move |url| pages::is_own_page(url) || address.is_node_page(url))
        .on_new_window(|url, _| {
            open_in_browser(&url);
            NewWindowResponse::Deny
        })
        // The shell saves files, not the web view.
        .on_download(|_, _| false);
    if !takes_drops {
        builder = builder.disable_drag_drop_handler();
    }
    let window = builder.build()?;
    #[cfg(target_os = "linux")]
    if !hearth_host::has_graphics_card() {
        disable_hardware_acceleration(&window)?;
    }
    let handle = app.clone();
    window.on_window_event(move |event| handle_event(&handle, event));
    Ok(window)
}

/// Disables hardware acceleration: without a graphics card WebKit would emulate one, slower and with some 80
/// MB more.
#[cfg(target_os = "linux")]
fn disable_hardware_acceleration(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Brings the window to the front.
pub(crate) fn show_window(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN_LABEL) else { return };
    // A system that does not let windows come to the front is no error.
    let _ = window.show();
    let _ = window.unminimize();
    let _ = window.set_focus();
}

/// Handles an event of the main window: drops, focus, closing.
fn handle_event(app: &AppHandle, event: &WindowEvent) {
    let program = app.state::<Program>();
    match event {
        WindowEvent::DragDrop(event) => match event {
            DragDropEvent::Enter { paths, .. } if !paths.is_empty() => {
                program.desktop.events.publish(ShellEvent::Hover { files: paths.len() as u32 });
            }
            DragDropEvent::Drop { paths, .. } => {
                program.desktop.events.publish(ShellEvent::Hover { files: 0 });
                program.desktop.queue_files(paths.clone());
            }
            DragDropEvent::Leave => program.desktop.events.publish(ShellEvent::Hover { files: 0 }),
            _ => {}
        },
        WindowEvent::Focused(is_focused) => program.bar.set_window_focus(*is_focused),
        WindowEvent::CloseRequested { api, .. } if program.should_keep_running() => {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(MAIN_LABEL) {
                let _ = window.hide();
            }
        }
        _ => {}
    }
}

/// Opens an external link in the default browser.
fn open_in_browser(url: &Url) {
    if matches!(url.scheme(), "http" | "https")
        && let Err(error) = open::that_detached(url.as_str())
    {
        tracing::warn!(%error, "the link could not be opened in a browser");
    }
}
