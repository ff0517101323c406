//! The desktop program: starts and connects its parts: node thread, main window, tray, hotkeys, bar.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::Directories;
use hearth_wire::ShellEvent;
use tauri::{App, AppHandle, DragDropEvent, Manager, RunEvent, Url, WindowEvent};
use tauri_plugin_window_state::StateFlags;

use crate::arguments::Arguments;
use crate::dictation_bar::DictationBar;
use crate::mutex::lock_mutex;
use crate::node_thread::{NodeStartOptions, NodeThread};
use crate::running_node::{self, RunningNode};
use crate::shell::DesktopShell;
use crate::supervisor::NodePhase;
use crate::window::{self, MAIN_LABEL, PageAddress, WindowOptions};
use crate::{dictation_bar, pages, tray};

/// Time that the window waits for the node before it shows the starting page: mostly saves loading that page.
const START_WAIT: Duration = Duration::from_millis(600);

/// State of the program, which the handlers of events find through Tauri.
struct Program {
    desktop: Arc<DesktopShell>,
    /// Data folder of the web view.
    browser_data: PathBuf,
    has_tray: OnceLock<bool>,
    node: Mutex<Option<NodeThread>>,
}

impl Program {
    /// True if the program should keep running when its window is closed, by the current settings.
    fn should_keep_running(&self) -> bool {
        self.has_tray.get() == Some(&true)
            && self.desktop.load_settings().is_some_and(|settings| settings.keep_running)
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
    let desktop =
        DesktopShell::new(directories.data.clone(), directories.settings_file.clone(), handle_ask_keys);
    let desktop = Arc::new(desktop);
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
    let browser_data = create_browser_data(&directories.data);
    let bar = DictationBar::new(Arc::clone(&desktop), browser_data.join("bar"));
    let program = Program { desktop, browser_data, has_tray: OnceLock::new(), node: Mutex::new(node) };
    build_app(program, bar, state, address, request.paths)
}

/// Builds and runs the Tauri application.
fn build_app(
    program: Program,
    bar: DictationBar,
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
        .manage(bar)
        .setup(move |app| Ok(set_up(app, &state, address, paths)?))
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
fn set_up(app: &App, state: &NodeState, address: PageAddress, paths: Vec<PathBuf>) -> tauri::Result<()> {
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
            on_event: handle_window_event,
        },
    )?;
    // A phase that changed while the window was being created is not shown yet.
    if state.current_phase() != phase {
        window.navigate(phase_url(&state.current_phase()))?;
    }
    if has_node {
        // Set-up runs once.
        let _ = program.has_tray.set(tray::add_tray_icon(app, &program.desktop.events));
        if let Err(error) = app.handle().plugin(tauri_plugin_global_shortcut::Builder::new().build()) {
            tracing::warn!(%error, "global hotkeys are not available on this system");
        }
        let ask_keys = program.desktop.load_settings().map(|settings| settings.ask_keys);
        program.desktop.register_hotkeys(&ask_keys.unwrap_or_default());
        tauri::async_runtime::spawn(dictation_bar::follow_events(app.handle().clone()));
        program.desktop.queue_files(paths);
        let desktop = Arc::clone(&program.desktop);
        tauri::async_runtime::spawn_blocking(move || desktop.apply_settings());
    }
    Ok(())
}

/// Handles an event of the main window: drops, focus, closing.
fn handle_window_event(app: &AppHandle, event: &WindowEvent) {
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
        WindowEvent::Focused(is_focused) => app.state::<DictationBar>().set_window_focus(*is_focused),
        WindowEvent::CloseRequested { api, .. } if program.should_keep_running() => {
            api.prevent_close();
            if let Some(window) = app.get_webview_window(MAIN_LABEL) {
                let _ = window.hide();
            }
        }
        _ => {}
    }
}

/// Handles the hotkey that asks, in whichever program it is pressed.
fn handle_ask_keys(app: &AppHandle, is_down: bool) {
    let bar = app.state::<DictationBar>();
    if is_down && bar.is_focus_elsewhere() {
        bar.expect_dictation(app);
    }
    app.state::<Program>().desktop.events.publish(ShellEvent::Talk { is_down });
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
