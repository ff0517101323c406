//! The node's one stream of events, from three scopes (library, machine, shell), each with its own positions.
//!
//! The id of each event carries the positions of all three scopes, each with the process that counts it, so that a
//! client continues where it stopped, even if library and machine are on two nodes.

use axum::response::Response;
use futures::{Stream, StreamExt, stream};
use hearth_domain::Positioned;
use hearth_library::LibraryEvent;
use hearth_machine::MachineEvent;
use hearth_wire::{NodeEvent, ShellEvent};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use crate::app::App;
use crate::event_stream::{StreamEvent, stream_events};
use crate::routes::find_local_model;
use crate::shell::ShellHandle;

/// Positions of the three scopes, counted by the process `run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct EventPositions {
    library: u64,
    machine: u64,
    shell: u64,
}

impl EventPositions {
    /// Id of the event after which these are the positions: `RUN:LIBRARY_RUN:MACHINE_RUN:SHELL`.
    fn format_id(self, run: &str) -> String {
        let Self { library, machine, shell } = self;
        format!("{run}:{library}_{run}:{machine}_{run}:{shell}")
    }

    /// Positions of an id of the process `run`; `None` for an id of another process.
    fn parse_id(id: &str, run: &str) -> Option<Self> {
        let mut parts = id.split('_').map(|part| {
            let (counted_by, position) = part.split_once(':')?;
            (counted_by == run).then(|| position.parse().ok()).flatten()
        });
        let positions = Self { library: parts.next()??, machine: parts.next()??, shell: parts.next()?? };
        parts.next().is_none().then_some(positions)
    }
}

/// A change of one scope with its position and, unless there is nothing to publish, its event. Without a position the
/// subscriber fell behind.
enum Change {
    Library(Option<u64>, Option<NodeEvent>),
    Machine(Option<u64>, Option<NodeEvent>),
    Shell(Option<u64>, Option<NodeEvent>),
}

/// Response with the node's events after `last_event_id`, or from now on; with those of the shell if one is given.
/// `guard` is dropped when the client has gone.
pub(crate) fn stream_node_events<G: Send + 'static>(
    app: &App,
    last_event_id: Option<&str>,
    shell: Option<&ShellHandle>,
    guard: G,
) -> Response {
    // Taken before the subscriptions: an event in between is sent, not skipped.
    let now = EventPositions {
        library: app.library.event_position(),
        machine: app.machine.event_position(),
        shell: shell.map_or(0, ShellHandle::event_position),
    };
    let known = last_event_id.map(|id| EventPositions::parse_id(id, &app.run_id));
    let start = known.flatten().unwrap_or(now);
    // Shell events are of the moment: a page that comes back late must not act on them.
    let start = EventPositions { shell: now.shell, ..start };
    let (missed, receiver) = app.library.subscribe_events(Some(start.library));
    let is_library_known = missed.is_some();
    // Each scope loads its events by itself: those of the shell do not wait for the library's.
    let library = follow(missed, receiver).then({
        let app = app.clone();
        move |change| load_library_change(app.clone(), change)
    });
    let (missed, receiver) = app.machine.subscribe_events(Some(start.machine));
    let is_machine_known = missed.is_some();
    let machine = follow(missed, receiver).map({
        let app = app.clone();
        move |change| match change {
            Some((position, event)) => Change::Machine(Some(position), load_machine_event(&app, event)),
            None => Change::Machine(None, Some(NodeEvent::Reset {})),
        }
    });
    let waiting = shell.map(|shell| shell.shell.waiting_file_count()).filter(|files| *files > 0);
    let shell = match shell {
        None => stream::pending().boxed(),
        Some(shell) => {
            let (missed, receiver) = shell.subscribe_events(Some(start.shell));
            let to_change = |change| match change {
                Some((position, event)) => Change::Shell(Some(position), Some(NodeEvent::Shell { event })),
                None => Change::Shell(None, None),
            };
            follow(missed, receiver).map(to_change).boxed()
        }
    };
    let changes = stream::select_all([library.boxed(), machine.boxed(), shell]);
    let events = number_events(app.run_id.clone(), start, changes);
    let has_missed = known.is_some_and(|known| known.is_none()) || !is_library_known || !is_machine_known;
    let reset = has_missed.then(|| unnumbered(NodeEvent::Reset {}));
    let waiting = waiting.map(|files| unnumbered(NodeEvent::Shell { event: ShellEvent::Waiting { files } }));
    let all = stream::iter(reset.into_iter().chain(waiting)).chain(events).inspect(move |_| {
        // Held until the stream is dropped.
        let _ = &guard;
    });
    stream_events(app, all)
}

fn unnumbered(event: NodeEvent) -> StreamEvent<NodeEvent> {
    StreamEvent { id: None, name: event.event_name(), data: event }
}

/// Missed events, then new ones; `None` where the subscriber fell behind.
fn follow<E: Clone + Send + 'static>(
    missed: Option<Vec<Positioned<E>>>,
    receiver: broadcast::Receiver<Positioned<E>>,
) -> impl Stream<Item = Option<Positioned<E>>> + Send + 'static {
    let new = BroadcastStream::new(receiver).map(Result::ok);
    stream::iter(missed.unwrap_or_default()).map(Some).chain(new)
}

/// Loads the present state of a change when it is sent: a slow client misses intermediate states, never the last.
async fn load_library_change(app: App, change: Option<Positioned<LibraryEvent>>) -> Change {
    match change {
        Some((position, event)) => Change::Library(Some(position), load_library_event(&app, event).await),
        None => Change::Library(None, Some(NodeEvent::Reset {})),
    }
}

/// Gives each event an id with the positions of all scopes after it.
fn number_events(
    run: String,
    start: EventPositions,
    changes: impl Stream<Item = Change> + Send + 'static,
) -> impl Stream<Item = StreamEvent<NodeEvent>> + Send + 'static {
    let numbered = changes.scan(start, move |positions, change| {
        let (position, counter, event) = match change {
            Change::Library(position, event) => (position, &mut positions.library, event),
            Change::Machine(position, event) => (position, &mut positions.machine, event),
            Change::Shell(position, event) => (position, &mut positions.shell, event),
        };
        if let Some(position) = position {
            *counter = position;
        }
        let id = position.map(|_| positions.format_id(&run));
        let event = event.map(|event| StreamEvent { id, name: event.event_name(), data: event });
        std::future::ready(Some(event))
    });
    numbered.filter_map(std::future::ready)
}

/// Present state of an event's subject; `None` if there is nothing to publish.
async fn load_library_event(app: &App, event: LibraryEvent) -> Option<NodeEvent> {
    Some(match event {
        LibraryEvent::Job(id) => NodeEvent::Job { job: app.library.get_job(id).await.ok()? },
        LibraryEvent::Source(id) => match app.library.get_source(id).await {
            Ok(source) => NodeEvent::Source { source: Box::new(source) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Notebook(notebook_id) => NodeEvent::Notebook { notebook_id },
        LibraryEvent::Note(id) => match app.library.get_note(id).await {
            Ok(note) => NodeEvent::Note { note: Box::new(note) },
            Err(_) => NodeEvent::Gone { id: id.to_string() },
        },
        LibraryEvent::Turn(id) => NodeEvent::Turn { turn: Box::new(app.library.get_turn(id).await.ok()?) },
        LibraryEvent::Embedder(id) => NodeEvent::Model { model: Box::new(find_local_model(app, &id)?) },
        // The machine publishes that settings changed.
        LibraryEvent::Settings => return None,
    })
}

fn load_machine_event(app: &App, event: MachineEvent) -> Option<NodeEvent> {
    Some(match event {
        MachineEvent::Job(id) => NodeEvent::Job { job: app.machine.find_job(id)? },
        MachineEvent::Model(id) => NodeEvent::Model { model: Box::new(find_local_model(app, &id)?) },
        MachineEvent::Settings => NodeEvent::Settings {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_the_positions_of_all_scopes() {
        let positions = EventPositions { library: 12, machine: 3, shell: 0 };
        let id = positions.format_id("run");
        assert_eq!(id, "run:12_run:3_run:0");
        assert_eq!(EventPositions::parse_id(&id, "run"), Some(positions));
        for other in [
            "",
            "run:12",
            "run:12_run:3",
            "run:1_run:2_run:3_run:4",
            "old:1_run:2_run:3",
            "run:x_run:2_run:3",
        ] {
            assert_eq!(EventPositions::parse_id(other, "run"), None, "{other}");
        }
    }

    #[tokio::test]
    async fn each_event_moves_the_position_of_its_own_scope() {
        let settings = || Some(NodeEvent::Settings {});
        let changes = [
            Change::Library(Some(8), settings()),
            // Nothing to publish, but passed.
            Change::Library(Some(9), None),
            Change::Machine(Some(4), settings()),
            Change::Shell(None, None),
            Change::Machine(None, Some(NodeEvent::Reset {})),
            Change::Shell(Some(2), settings()),
        ];
        let start = EventPositions { library: 7, machine: 3, shell: 1 };
        let events: Vec<_> = number_events("r".into(), start, stream::iter(changes)).collect().await;
        let ids: Vec<Option<&str>> = events.iter().map(|event| event.id.as_deref()).collect();
        assert_eq!(ids, [Some("r:8_r:3_r:1"), Some("r:9_r:4_r:1"), None, Some("r:9_r:4_r:2")]);
    }
}
