//! The main window: creation, allowed navigation, coming to the front.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use hearth_node::is_page_path;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::mutex::lock_mutex;
use crate::pages;

/// Label of the main window.
pub(crate) const MAIN_LABEL: &str = "main";
/// Default size, in logical pixels.
const DEFAULT_SIZE: (f64, f64) = (1280.0, 840.0);
/// Smallest size, in logical pixels.
const MIN_SIZE: (f64, f64) = (380.0, 480.0);

/// Address of the node's pages, which the window may show; it changes when the node restarts.
#[derive(Clone, Default)]
pub(crate) struct PageAddress(Arc<Mutex<Option<Url>>>);

impl PageAddress {
    /// Sets the address, of any page of the node.
    pub(crate) fn set_url(&self, url: Url) {
        *lock_mutex(&self.0) = Some(url);
    }

    /// True if a URL is a page of the node; other responses of the node are not shown.
    pub(crate) fn is_node_page(&self, url: &Url) -> bool {
        is_page_path(url.path())
            && lock_mutex(&self.0).as_ref().is_some_and(|node_url| node_url.origin() == url.origin())
    }
}

/// Options of opening the main window.
pub(crate) struct WindowOptions {
    pub(crate) url: Url,
    /// Data folder of the web view.
    pub(crate) browser_data: PathBuf,
    /// Address of the node's pages, to which navigation is allowed.
    pub(crate) address: PageAddress,
    /// True if dropped files go through this program, not through the page.
    pub(crate) takes_drops: bool,
    /// Called with each event of the window.
    pub(crate) on_event: fn(&AppHandle, &WindowEvent),
}

/// Opens the main window.
pub(crate) fn open_window(app: &AppHandle, options: WindowOptions) -> tauri::Result<WebviewWindow> {
    let WindowOptions { url, browser_data, address, takes_drops, on_event } = options;
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
    window.on_window_event(move |event| on_event(&handle, event));
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

/// Opens an external link in the default browser.
fn open_in_browser(url: &Url) {
    if matches!(url.scheme(), "http" | "https")
        && let Err(error) = open::that_detached(url.as_str())
    {
        tracing::warn!(%error, "the link could not be opened in a browser");
    }
}
