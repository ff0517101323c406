//! The window: where it may go, and what is dropped on it.

use std::path::PathBuf;

use hearth_wire::ShellEvent;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, DragDropEvent, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use crate::desktop::{Address, Program};
use crate::pages;

/// The only window.
pub(crate) const MAIN: &str = "main";
const SIZE: (f64, f64) = (1280.0, 840.0);
const LEAST: (f64, f64) = (380.0, 480.0);

/// How a window is made.
pub(crate) struct Opening {
    pub(crate) url: Url,
    /// Where the page's browser keeps what it keeps.
    pub(crate) browser_data: PathBuf,
    /// What the page may be asked to show.
    pub(crate) address: Address,
    /// Files that are dropped go through this program, not through the page.
    pub(crate) takes_drops: bool,
}

/// Makes the window.
pub(crate) fn open(app: &AppHandle, opening: Opening) -> tauri::Result<WebviewWindow> {
    let Opening { url, browser_data, address, takes_drops } = opening;
    let url = if pages::is_own(&url) { WebviewUrl::CustomProtocol(url) } else { WebviewUrl::External(url) };
    let mut builder = WebviewWindowBuilder::new(app, MAIN, url)
        .title("Hearth")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(LEAST.0, LEAST.1)
        .data_directory(browser_data)
        .on_navigation(move |url| pages::is_own(url) || address.is_at(url))
        .on_new_window(|url, _| {
            open_outside(&url);
            NewWindowResponse::Deny
        })
        // Files are saved by the shell.
        .on_download(|_, _| false);
    if !takes_drops {
        builder = builder.disable_drag_drop_handler();
    }
    let window = builder.build()?;
    #[cfg(target_os = "linux")]
    if !hearth_host::has_graphics_card() {
        draw_without_one(&window)?;
    }
    let handle = app.clone();
    window.on_window_event(move |event| happened(&handle, event));
    Ok(window)
}

/// Where there is no graphics card, WebKit would play one on the processor: slower, and some eighty megabytes more.
#[cfg(target_os = "linux")]
fn draw_without_one(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};
    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    // A system that does not let windows come to the front is no failure.
    let _ = window.show();
    let _ = window.unminimize();
    let _ = window.set_focus();
}

fn happened(app: &AppHandle, event: &WindowEvent) {
    let program = app.state::<Program>();
    match event {
        WindowEvent::DragDrop(event) => match event {
            DragDropEvent::Enter { paths, .. } if !paths.is_empty() => {
                program.desktop.events.tell(ShellEvent::Hover { files: paths.len() as u32 });
            }
            DragDropEvent::Drop { paths, .. } => {
                program.desktop.events.tell(ShellEvent::Hover { files: 0 });
                program.desktop.leave(paths.clone());
            }
            DragDropEvent::Leave => program.desktop.events.tell(ShellEvent::Hover { files: 0 }),
            _ => {}
        },
        WindowEvent::Focused(is_focused) => program.bar.focused(*is_focused),
        WindowEvent::CloseRequested { api, .. } if program.goes_on() => {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(MAIN) {
                let _ = window.hide();
            }
        }
        _ => {}
    }
}

/// A link to elsewhere is opened in the browser, which is made for that.
fn open_outside(url: &Url) {
    if matches!(url.scheme(), "http" | "https")
        && let Err(error) = open::that_detached(url.as_str())
    {
        tracing::warn!(%error, "the link could not be opened in a browser");
    }
}
