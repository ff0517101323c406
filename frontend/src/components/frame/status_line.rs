//! The line below every page: the node, its models, its jobs.

use hearth_domain::JobState;
use hearth_wire::ModelTask;
use leptos::prelude::*;

use super::activity::Activity;
use crate::api::ConnectionState;
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;

/// Status line.
#[component]
pub fn StatusLine() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let node_name = move || node.status.with(|status| status.as_ref().map(|status| status.node.name.clone()));
    let model =
        move || node.engine_status(ModelTask::Chat).map(|engine| engine.chosen.filter(|_| engine.reachable));
    let running_job_count = move || {
        node.jobs.with(|jobs| {
            jobs.iter().filter(|job| matches!(job.state, JobState::Queued | JobState::Running)).count()
        })
    };
    let is_open = RwSignal::new(false);
    let is_lost = move || node.connection.get() == ConnectionState::Lost;
    view! {
        <footer class="status">
            <Show
                when=is_lost
                fallback=move || {
                    view! {
                        <span>
                            <i class="dot"></i>
                            {node_name}
                        </span>
                    }
                }
            >
                <span role="alert">
                    <i class="dot bad"></i>
                    {strings.node_disconnected}
                </span>
            </Show>
            {move || {
                model()
                    .map(|model| match model {
                        Some(model) => {
                            view! {
                                <span>
                                    <i class="dot"></i>
                                    {model}
                                </span>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <span>
                                    <i class="dot off"></i>
                                    {strings.no_model}
                                </span>
                            }
                                .into_any()
                        }
                    })
            }}
            <button class="status-button" type="button" on:click=move |_| is_open.set(true)>
                <i
                    class="dot"
                    class:warn=move || { running_job_count() > 0 }
                    class:off=move || running_job_count() == 0
                ></i>
                {move || {
                    if running_job_count() > 0 {
                        strings.jobs_running(running_job_count())
                    } else {
                        strings.activity.to_owned()
                    }
                }}
            </button>
            <span class="grow"></span>
            <span class="wide">{strings.nothing_leaves}</span>
        </footer>
        <Activity is_open />
    }
}
