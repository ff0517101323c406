//! The page's connection to its node: the node's events, its status and its jobs.

use std::rc::Rc;

use hearth_domain::{Job, TurnState};
use hearth_wire::operations::{GetStatus, ListJobs};
use hearth_wire::{EngineStatus, ErrorCode, ModelTask, NodeEvent, Status};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{ConnectionState, NodeEventFeed, call_operation, page_query};

type NodeEventListener = Rc<dyn Fn(&NodeEvent)>;

/// Connection, status and jobs of the node.
#[derive(Clone, Copy)]
pub struct NodeContext {
    pub connection: RwSignal<ConnectionState>,
    /// The node does not know this page's session.
    pub is_locked: RwSignal<bool>,
    pub status: RwSignal<Option<Status>>,
    pub jobs: RwSignal<Vec<Job>>,
    /// Number of running requests for the jobs, and the job events since: a response may be older than they
    /// are.
    pending_jobs: StoredValue<(u32, Vec<Job>)>,
    listeners: StoredValue<Vec<(u32, NodeEventListener)>, LocalStorage>,
    next_listener_id: StoredValue<u32>,
}

/// The node's context.
pub fn use_node() -> NodeContext {
    expect_context()
}

/// Connects to the node; stays connected as long as the page is open.
pub fn provide_node_context() -> NodeContext {
    let node = NodeContext {
        connection: RwSignal::new(ConnectionState::Connecting),
        is_locked: RwSignal::new(false),
        status: RwSignal::new(None),
        jobs: RwSignal::new(Vec::new()),
        pending_jobs: StoredValue::new((0, Vec::new())),
        listeners: StoredValue::new_local(Vec::new()),
        next_listener_id: StoredValue::new(0),
    };
    provide_context(node);
    let feed = NodeEventFeed::open(
        move |event| node.handle_event(&event),
        move |connection| node.set_connection(connection),
    );
    let feed = StoredValue::new_local(feed);
    on_cleanup(move || feed.with_value(NodeEventFeed::close));
    node.refresh_status();
    node
}

impl NodeContext {
    /// Calls a listener with every event until the calling component is gone.
    pub fn subscribe_to_events(self, listener: impl Fn(&NodeEvent) + 'static) {
        let id = self.next_listener_id.get_value();
        self.next_listener_id.set_value(id + 1);
        self.listeners.update_value(|all| all.push((id, Rc::new(listener))));
        on_cleanup(move || {
            self.listeners.try_update_value(|all| all.retain(|(other, _)| *other != id));
        });
    }

    fn handle_event(self, event: &NodeEvent) {
        match event {
            NodeEvent::Job { job } => {
                self.jobs.update(|jobs| upsert_job(jobs, job));
                self.pending_jobs.update_value(|(requests, updates)| {
                    if *requests > 0 {
                        updates.push(job.clone());
                    }
                });
            }
            NodeEvent::Settings {} | NodeEvent::Model { .. } | NodeEvent::Reset {} => self.refresh_status(),
            // The turn may have found the language model to be reachable again, or gone.
            NodeEvent::Turn { turn } if turn.state != TurnState::Running => self.refresh_status(),
            _ => {}
        }
        let listeners = self.listeners.get_value();
        for (_, listener) in listeners {
            listener(event);
        }
    }

    fn set_connection(self, connection: ConnectionState) {
        let before = self.connection.get_untracked();
        if before != connection {
            self.connection.set(connection);
        }
        match (before, connection) {
            // Events were missed meanwhile.
            (ConnectionState::Lost, ConnectionState::Open) => self.handle_event(&NodeEvent::Reset {}),
            (_, ConnectionState::Lost) => self.refresh_status(),
            _ => {}
        }
    }

    /// Status of the engine for a task, as the node reports it, or `None`.
    pub fn engine_status(self, task: ModelTask) -> Option<EngineStatus> {
        self.status.with(|status| status.as_ref()?.engines.iter().find(|engine| engine.task == task).cloned())
    }

    /// Fetches the node's status and jobs; sets `is_locked` if the session is not known.
    pub fn refresh_status(self) {
        spawn_local(async move {
            match call_operation::<GetStatus>(&[], &(), &()).await {
                Ok(status) => {
                    self.is_locked.set(false);
                    self.status.set(Some(status));
                }
                Err(error) => self.is_locked.set(error.code == ErrorCode::Unauthorized),
            }
            self.pending_jobs.update_value(|(requests, _)| *requests += 1);
            let list = call_operation::<ListJobs>(&[], &page_query(None), &()).await;
            let updates = self.pending_jobs.try_update_value(|(requests, updates)| {
                *requests -= 1;
                if *requests == 0 { std::mem::take(updates) } else { updates.clone() }
            });
            if let Ok(mut list) = list {
                updates.unwrap_or_default().iter().for_each(|job| upsert_job(&mut list.jobs, job));
                self.jobs.set(list.jobs);
            }
        });
    }
}

/// Replaces a job in the list, or adds it at the front (newest first).
fn upsert_job(jobs: &mut Vec<Job>, job: &Job) {
    match jobs.iter_mut().find(|known| known.id == job.id) {
        Some(known) => known.clone_from(job),
        None => jobs.insert(0, job.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_replaced_where_it_stands_and_a_new_one_comes_first() {
        let job = |number: u32, progress: f32| -> Job {
            serde_json::from_value(serde_json::json!({
                "id": format!("01a1ffe2-4995-773f-9a82-45a4d6c23e9{number}"), "kind": "reembed", "embedder": "e",
                "state": "running", "step": "embedding", "progress": progress, "attempts": 0
            }))
            .unwrap()
        };
        let mut jobs = vec![job(2, 0.0), job(1, 0.0)];
        upsert_job(&mut jobs, &job(1, 0.5));
        upsert_job(&mut jobs, &job(3, 0.1));
        assert_eq!(jobs, [job(3, 0.1), job(2, 0.0), job(1, 0.5)]);
    }
}
