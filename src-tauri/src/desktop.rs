//! The program as a whole: the node's thread, the window, and what stands around it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use hearth_host::{Directories, Effective};
use hearth_node::is_page;
use tauri::{App, AppHandle, Manager, RunEvent, Url};
use tauri_plugin_window_state::StateFlags;

use crate::arguments::Arguments;
use crate::bar::Bar;
use crate::node::{NodeThread, Start};
use crate::running::{self, Found};
use crate::shell::{Desktop, locked};
use crate::supervise::Stage;
use crate::window::{self, MAIN, Opening};
use crate::{associations, bar, pages, tray};

/// How long the window waits for the node before it shows that it does: a page less to load, mostly.
const GLANCE: Duration = Duration::from_millis(600);

/// The address that the window may show, which changes when the node starts again.
#[derive(Clone, Default)]
pub(crate) struct Address(Arc<Mutex<Option<Url>>>);

impl Address {
    fn set(&self, url: Url) {
        *locked(&self.0) = Some(url);
    }

    /// Whether an address is a page of it; what the node answers besides is no page.
    pub(crate) fn is_at(&self, url: &Url) -> bool {
        is_page(url.path()) && locked(&self.0).as_ref().is_some_and(|own| own.origin() == url.origin())
    }
}

/// What every part of the program reaches.
pub(crate) struct Program {
    pub(crate) desktop: Arc<Desktop>,
    pub(crate) bar: Bar,
    settings_file: PathBuf,
    /// Where pages keep what they keep.
    pub(crate) browser_data: PathBuf,
    has_tray: OnceLock<bool>,
    node: Mutex<Option<NodeThread>>,
}

impl Program {
    /// Whether the program goes on when its window is closed, as the settings say now.
    pub(crate) fn goes_on(&self) -> bool {
        let wanted = Effective::load(&self.settings_file, &[]);
        self.has_tray.get() == Some(&true) && wanted.is_ok_and(|now| now.settings.desktop.keep_running)
    }

    /// Tells the system what the settings say now.
    pub(crate) fn apply_settings(&self) {
        let Ok(now) = Effective::load(&self.settings_file, &[]) else { return };
        self.desktop.apply(&now.settings.desktop);
        if let Err(error) = associations::apply(now.settings.desktop.open_with) {
            tracing::warn!(%error, "the system could not be told what opens with Hearth");
        }
    }

    fn again(&self) {
        if let Some(node) = locked(&self.node).as_ref() {
            node.again();
        }
    }

    /// Stops the node; what was begun goes on at the next start.
    fn end(&self) {
        if let Some(mut node) = locked(&self.node).take() {
            node.stop();
        }
    }
}

/// How the node is, for whoever waits for it.
#[derive(Default)]
struct State {
    stage: Mutex<Stage>,
    changed: Condvar,
}

impl State {
    fn set(&self, stage: Stage) {
        *locked(&self.stage) = stage;
        self.changed.notify_all();
    }

    fn now(&self) -> Stage {
        locked(&self.stage).clone()
    }

    /// How it is once it has started, or after a glance.
    fn soon(&self) -> Stage {
        let is_starting = |stage: &mut Stage| *stage == Stage::Starting;
        let waited = self.changed.wait_timeout_while(locked(&self.stage), GLANCE, is_starting);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// Runs until the program is quit.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<()> {
    if !hearth_host::has_display() {
        bail!("there is no display for a window here; run `hearth node` and open its address in a browser");
    }
    let directories = Directories::find(arguments.data_dir.as_deref())?;
    let show = arguments.show();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(running::find(&directories.data, &show))?;
    drop(runtime);
    let (state, address) = (Arc::new(State::default()), Address::default());
    let desktop = Arc::new(Desktop::new(directories.data.clone()));
    let node = match found {
        Found::Window => return Ok(()),
        Found::Node(page) => {
            address.set(page.parse().context("the node's address")?);
            state.set(Stage::Ready(page));
            None
        }
        Found::Nothing => {
            let start = Start {
                data_dir: arguments.data_dir,
                desktop: Arc::clone(&desktop),
                first: show.notebook_id,
            };
            let (desktop, state, address) = (Arc::clone(&desktop), Arc::clone(&state), address.clone());
            Some(NodeThread::start(start, move |stage| changed(stage, &state, &address, desktop.app()))?)
        }
    };
    let program = Program {
        desktop,
        bar: Bar::new(),
        settings_file: directories.settings_file.clone(),
        browser_data: browser_data(&directories.data),
        has_tray: OnceLock::new(),
        node: Mutex::new(node),
    };
    build(program, directories, state, address, show.paths)
}

fn build(
    program: Program,
    directories: Directories,
    state: Arc<State>,
    address: Address,
    paths: Vec<PathBuf>,
) -> anyhow::Result<()> {
    let shown = Arc::clone(&state);
    let kept = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let built = tauri::Builder::default()
        .plugin(
            tauri_plugin_window_state::Builder::new().with_state_flags(kept).with_denylist(&["bar"]).build(),
        )
        .register_uri_scheme_protocol(pages::SCHEME, move |context, request| {
            if request.uri().path() == pages::AGAIN {
                context.app_handle().state::<Program>().again();
            }
            match request.uri().path() {
                pages::BAR => pages::bar(),
                _ => pages::page(&shown.now()),
            }
        })
        .manage(program)
        .setup(move |app| Ok(set_up(app, &directories, &state, address, paths)?))
        .build(context());
    let app = built.context("the window cannot be made")?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            app.state::<Program>().end();
        }
    });
    Ok(())
}

#[allow(clippy::exit, reason = "the macro's own code")]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

fn set_up(
    app: &App,
    directories: &Directories,
    state: &State,
    address: Address,
    paths: Vec<PathBuf>,
) -> tauri::Result<()> {
    let program = app.state::<Program>();
    program.desktop.attach(app.handle().clone());
    let stage = state.soon();
    let has_node = locked(&program.node).is_some();
    let window = window::open(
        app.handle(),
        Opening {
            url: url_at(&stage),
            browser_data: program.browser_data.clone(),
            address,
            takes_drops: has_node,
        },
    )?;
    // What changed while the window was being made, nobody has shown yet.
    if state.now() != stage {
        window.navigate(url_at(&state.now()))?;
    }
    if has_node {
        // It is set up once.
        let _ = program.has_tray.set(tray::put(app));
        if let Err(error) = app.handle().plugin(tauri_plugin_global_shortcut::Builder::new().build()) {
            tracing::warn!(%error, "this system gives programs no keys of their own");
        }
        let keys = Effective::load(&directories.settings_file, &[]).map(|now| now.settings.desktop.ask_keys);
        program.desktop.start_hotkeys(&keys.unwrap_or_default());
        tauri::async_runtime::spawn(bar::follow(app.handle().clone()));
        program.desktop.leave(paths);
        let app = app.handle().clone();
        tauri::async_runtime::spawn_blocking(move || app.state::<Program>().apply_settings());
    }
    Ok(())
}

/// Where the page's browser keeps what it keeps; where the library's folder cannot be written, which the
/// window then tells, in a folder of this moment.
fn browser_data(data: &Path) -> PathBuf {
    let folder = data.join("window");
    match std::fs::create_dir_all(&folder) {
        Ok(()) => folder,
        Err(_) => std::env::temp_dir().join(format!("hearth-window-{}", std::process::id())),
    }
}

/// Shows how the node is, in the window where there is one.
fn changed(stage: Stage, state: &State, address: &Address, app: Option<&AppHandle>) {
    if let Stage::Ready(page) = &stage
        && let Ok(url) = page.parse()
    {
        address.set(url);
    }
    if let (Some(app), false) = (app, matches!(stage, Stage::Ready(_))) {
        // Nobody tells what becomes of what is being said.
        bar::close(app, None);
    }
    let url = url_at(&stage);
    state.set(stage);
    if let Some(window) = app.and_then(|app| app.get_webview_window(MAIN))
        && let Err(error) = window.navigate(url)
    {
        tracing::warn!(%error, "the window shows what was before");
    }
}

/// Where the window is at a stage.
fn url_at(stage: &Stage) -> Url {
    match stage {
        Stage::Ready(page) => page.parse().unwrap_or_else(|_| pages::address("/")),
        _ => pages::address("/"),
    }
}
