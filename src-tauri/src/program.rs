//! The desktop program: node thread, main window, tray, hotkeys, bar.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::{Directories, EffectiveSettings};
use hearth_node::is_page_path;
use tauri::{App, AppHandle, Manager, RunEvent, Url};
use tauri_plugin_window_state::StateFlags;

use crate::arguments::Arguments;
use crate::dictation_bar::DictationBar;
use crate::node_thread::{NodeStartOptions, NodeThread};
use crate::running_node::{self, RunningNode};
use crate::shell::{DesktopShell, lock_mutex};
use crate::supervisor::NodePhase;
use crate::window::{self, MAIN_LABEL, WindowOptions};
use crate::{associations, dictation_bar, pages, tray};

/// Time that the window waits for the node before it shows the starting page: mostly saves loading that page.
const START_WAIT: Duration = Duration::from_millis(600);

/// Address of the node's pages, which the window may show; it changes when the node restarts.
#[derive(Clone, Default)]
pub(crate) struct PageAddress(Arc<Mutex<Option<Url>>>);

impl PageAddress {
    fn set_url(&self, url: Url) {
        *lock_mutex(&self.0) = Some(url);
    }

    /// True if a URL is a page of the node; other responses of the node are not shown.
    pub(crate) fn is_node_page(&self, url: &Url) -> bool {
        is_page_path(url.path())
            && lock_mutex(&self.0).as_ref().is_some_and(|node_url| node_url.origin() == url.origin())
    }
}

/// State of the program, shared by all its parts through Tauri.
pub(crate) struct Program {
    pub(crate) desktop: Arc<DesktopShell>,
    pub(crate) bar: DictationBar,
    settings_file: PathBuf,
    /// Data folder of the web view.
    pub(crate) browser_data: PathBuf,
    has_tray: OnceLock<bool>,
    node: Mutex<Option<NodeThread>>,
    /// Held while settings are applied.
    applying_settings: Mutex<()>,
}

impl Program {
    /// True if the program should keep running when its window is closed, by the current settings.
    pub(crate) fn should_keep_running(&self) -> bool {
        let effective = EffectiveSettings::load(&self.settings_file, &[]);
        self.has_tray.get() == Some(&true)
            && effective.is_ok_and(|effective| effective.settings.desktop.keep_running)
    }

    /// Applies the current settings: microphone, voice, file associations. One call at a time, so that the last one
    /// applies what is in effect then.
    pub(crate) fn apply_settings(&self) {
        let _guard = lock_mutex(&self.applying_settings);
        let Ok(effective) = EffectiveSettings::load(&self.settings_file, &[]) else { return };
        self.desktop.apply_settings(&effective.settings.desktop);
        if let Err(error) = associations::apply_associations(effective.settings.desktop.open_with) {
            tracing::warn!(%error, "the file associations could not be updated");
        }
    }

    /// Retries the start of the node at once.
    fn retry_start(&self) {
        if let Some(node) = lock_mutex(&self.node).as_ref() {
            node.retry_start();
        }
    }

    /// Stops the node; unfinished jobs continue at the next start.
    fn stop_node(&self) {
        if let Some(mut node) = lock_mutex(&self.node).take() {
            node.stop();
        }
    }
}

/// Current phase of the node, with a signal for changes.
#[derive(Default)]
struct NodeState {
    phase: Mutex<NodePhase>,
    changed: Condvar,
}

impl NodeState {
    fn set_phase(&self, phase: NodePhase) {
        *lock_mutex(&self.phase) = phase;
        self.changed.notify_all();
    }

    fn current_phase(&self) -> NodePhase {
        lock_mutex(&self.phase).clone()
    }

    /// Waits until the node has started, or for a short time; returns the phase.
    fn wait_for_start(&self) -> NodePhase {
        let is_starting = |phase: &mut NodePhase| *phase == NodePhase::Starting;
        let result = self.changed.wait_timeout_while(lock_mutex(&self.phase), START_WAIT, is_starting);
        result.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// Runs the program until it is quit.
pub(crate) fn run_program(arguments: Arguments) -> anyhow::Result<()> {
    if !hearth_host::has_display() {
        bail!("no display was found for the window; run `hearth node` and open its address in a browser");
    }
    let directories = Directories::from_environment(arguments.data_dir.as_deref())?;
    let request = arguments.show_request();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let running = runtime.block_on(running_node::find_node(&directories.data, &request))?;
    drop(runtime);
    let (state, address) = (Arc::new(NodeState::default()), PageAddress::default());
    let desktop = Arc::new(DesktopShell::new(directories.data.clone()));
    let node = match running {
        RunningNode::Window => return Ok(()),
        RunningNode::Node(page) => {
            address.set_url(page.parse().context("the node's address is invalid")?);
            state.set_phase(NodePhase::Ready(page));
            None
        }
        RunningNode::Nothing => {
            let options = NodeStartOptions {
                data_dir: arguments.data_dir,
                desktop: Arc::clone(&desktop),
                first_notebook: request.notebook_id,
            };
            let (desktop, state, address) = (Arc::clone(&desktop), Arc::clone(&state), address.clone());
            Some(NodeThread::start(options, move |phase| {
                show_phase(phase, &state, &address, desktop.app_handle());
            })?)
        }
    };
    let program = Program {
        desktop,
        bar: DictationBar::new(),
        settings_file: directories.settings_file.clone(),
        browser_data: create_browser_data(&directories.data),
        has_tray: OnceLock::new(),
        node: Mutex::new(node),
        applying_settings: Mutex::default(),
    };
    build_app(program, directories, state, address, request.paths)
}

/// Builds and runs the Tauri application.
fn build_app(
    program: Program,
    directories: Directories,
    state: Arc<NodeState>,
    address: PageAddress,
    paths: Vec<PathBuf>,
) -> anyhow::Result<()> {
    let page_state = Arc::clone(&state);
    let state_flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let built_app = tauri::Builder::default()
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(state_flags)
                .with_denylist(&["bar"])
                .build(),
        )
        .register_uri_scheme_protocol(pages::PAGE_SCHEME, move |context, request| {
            if request.uri().path() == pages::RETRY_PATH {
                context.app_handle().state::<Program>().retry_start();
            }
            match request.uri().path() {
                pages::BAR_PATH => pages::bar_page(),
                _ => pages::phase_page(&page_state.current_phase()),
            }
        })
        .manage(program)
        .setup(move |app| Ok(set_up(app, &directories, &state, address, paths)?))
        .build(tauri_context());
    let app = built_app.context("the application could not be started")?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            app.state::<Program>().stop_node();
        }
    });
    Ok(())
}

#[allow(clippy::exit, reason = "the macro's own code")]
fn tauri_context() -> tauri::Context {
    tauri::generate_context!()
}

/// Sets up the window, tray, hotkeys and bar, once Tauri runs.
fn set_up(
    app: &App,
    directories: &Directories,
    state: &NodeState,
    address: PageAddress,
    paths: Vec<PathBuf>,
) -> tauri::Result<()> {
    let program = app.state::<Program>();
    program.desktop.attach_app(app.handle().clone());
    let phase = state.wait_for_start();
    let has_node = lock_mutex(&program.node).is_some();
    let window = window::open_window(
        app.handle(),
        WindowOptions {
            url: phase_url(&phase),
            browser_data: program.browser_data.clone(),
            address,
            takes_drops: has_node,
        },
    )?;
    // A phase that changed while the window was being created is not shown yet.
    if state.current_phase() != phase {
        window.navigate(phase_url(&state.current_phase()))?;
    }
    if has_node {
        // Set-up runs once.
        let _ = program.has_tray.set(tray::add_tray_icon(app));
        if let Err(error) = app.handle().plugin(tauri_plugin_global_shortcut::Builder::new().build()) {
            tracing::warn!(%error, "global hotkeys are not available on this system");
        }
        let ask_keys = EffectiveSettings::load(&directories.settings_file, &[])
            .map(|effective| effective.settings.desktop.ask_keys);
        program.desktop.register_hotkeys(&ask_keys.unwrap_or_default());
        tauri::async_runtime::spawn(dictation_bar::follow_events(app.handle().clone()));
        program.desktop.queue_files(paths);
        let app = app.handle().clone();
        tauri::async_runtime::spawn_blocking(move || app.state::<Program>().apply_settings());
    }
    Ok(())
}

/// Creates the web view's data folder; a temporary one if the library's folder is not writable (which the
/// window then shows as an error).
fn create_browser_data(data: &Path) -> PathBuf {
    let folder = data.join("window");
    match std::fs::create_dir_all(&folder) {
        Ok(()) => folder,
        Err(_) => std::env::temp_dir().join(format!("hearth-window-{}", std::process::id())),
    }
}

/// Shows a phase of the node in the window, if there is one, and records it.
fn show_phase(phase: NodePhase, state: &NodeState, address: &PageAddress, app: Option<&AppHandle>) {
    if let NodePhase::Ready(page) = &phase
        && let Ok(url) = page.parse()
    {
        address.set_url(url);
    }
    if let (Some(app), false) = (app, matches!(phase, NodePhase::Ready(_))) {
        dictation_bar::reset_bar(app);
    }
    let url = phase_url(&phase);
    state.set_phase(phase);
    if let Some(window) = app.and_then(|app| app.get_webview_window(MAIN_LABEL))
        && let Err(error) = window.navigate(url)
    {
        tracing::warn!(%error, "the window could not show the page of the node's new phase");
    }
}

/// URL that the window shows in a phase.
fn phase_url(phase: &NodePhase) -> Url {
    match phase {
        NodePhase::Ready(page) => page.parse().unwrap_or_else(|_| pages::page_url("/")),
        _ => pages::page_url("/"),
    }
}
