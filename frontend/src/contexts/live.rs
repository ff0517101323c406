//! What happens on the node, told to whoever shows it; and the node's status.

use std::rc::Rc;

use hearth_domain::{Job, TurnState};
use hearth_wire::operations::{GetStatus, ListJobs};
use hearth_wire::{EngineStatus, ErrorCode, NodeEvent, Status};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::{Connection, Feed, call, page_of};

type Listener = Rc<dyn Fn(&NodeEvent)>;

#[derive(Clone, Copy)]
pub struct Live {
    pub connection: RwSignal<Connection>,
    /// This page has no cookie that the node knows.
    pub is_locked: RwSignal<bool>,
    pub status: RwSignal<Option<Status>>,
    pub jobs: RwSignal<Vec<Job>>,
    /// How often the jobs are being asked for, and what was told of them meanwhile: the answers may be older.
    asked: StoredValue<(u32, Vec<Job>)>,
    listeners: StoredValue<Vec<(u32, Listener)>, LocalStorage>,
    next: StoredValue<u32>,
}

pub fn live() -> Live {
    expect_context()
}

/// Connects; stays connected as long as the page is open.
pub fn provide() -> Live {
    let live = Live {
        connection: RwSignal::new(Connection::Connecting),
        is_locked: RwSignal::new(false),
        status: RwSignal::new(None),
        jobs: RwSignal::new(Vec::new()),
        asked: StoredValue::new((0, Vec::new())),
        listeners: StoredValue::new_local(Vec::new()),
        next: StoredValue::new(0),
    };
    provide_context(live);
    let feed = Feed::open(move |event| live.heard(&event), move |connection| live.connected(connection));
    let feed = StoredValue::new_local(feed);
    on_cleanup(move || feed.with_value(Feed::close));
    live.refresh();
    live
}

impl Live {
    /// Tells a component of every event until it is gone.
    pub fn listen(self, listener: impl Fn(&NodeEvent) + 'static) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.listeners.update_value(|all| all.push((id, Rc::new(listener))));
        on_cleanup(move || {
            self.listeners.try_update_value(|all| all.retain(|(other, _)| *other != id));
        });
    }

    fn heard(self, event: &NodeEvent) {
        match event {
            NodeEvent::Job { job } => {
                self.jobs.update(|jobs| put(jobs, job));
                self.asked.update_value(|(times, told)| {
                    if *times > 0 {
                        told.push(job.clone());
                    }
                });
            }
            NodeEvent::Settings {} | NodeEvent::Model { .. } | NodeEvent::Reset {} => self.refresh(),
            // It may have found that the language model came, or went.
            NodeEvent::Turn { turn } if turn.state != TurnState::Running => self.refresh(),
            _ => {}
        }
        let listeners = self.listeners.get_value();
        for (_, listener) in listeners {
            listener(event);
        }
    }

    fn connected(self, connection: Connection) {
        let before = self.connection.get_untracked();
        if before != connection {
            self.connection.set(connection);
        }
        match (before, connection) {
            // What happened meanwhile was not told.
            (Connection::Lost, Connection::Open) => self.heard(&NodeEvent::Reset {}),
            (_, Connection::Lost) => self.refresh(),
            _ => {}
        }
    }

    /// What does a task, as the node says.
    pub fn engine(self, task: &str) -> Option<EngineStatus> {
        self.status.with(|status| status.as_ref()?.engines.iter().find(|engine| engine.task == task).cloned())
    }

    /// Asks how the node is, and whether it knows us.
    pub fn refresh(self) {
        spawn_local(async move {
            match call::<GetStatus>(&[], &(), &()).await {
                Ok(status) => {
                    self.is_locked.set(false);
                    self.status.set(Some(status));
                }
                Err(error) => self.is_locked.set(error.code == ErrorCode::Unauthorized),
            }
            self.asked.update_value(|(times, _)| *times += 1);
            let list = call::<ListJobs>(&[], &page_of(None), &()).await;
            let told = self.asked.try_update_value(|(times, told)| {
                *times -= 1;
                if *times == 0 { std::mem::take(told) } else { told.clone() }
            });
            if let Ok(mut list) = list {
                told.unwrap_or_default().iter().for_each(|job| put(&mut list.jobs, job));
                self.jobs.set(list.jobs);
            }
        });
    }
}

/// Puts a job at its place in the list, newest first.
fn put(jobs: &mut Vec<Job>, job: &Job) {
    match jobs.iter_mut().find(|known| known.id == job.id) {
        Some(known) => known.clone_from(job),
        None => jobs.insert(0, job.clone()),
    }
}
