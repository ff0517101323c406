//! The line below every page: the node, its models, its work.

use hearth_domain::JobState;
use leptos::prelude::*;

use super::activity::Activity;
use crate::api::Connection;
use crate::contexts::live::live;
use crate::contexts::words::words;
use crate::strings::count;

#[component]
pub fn StatusLine() -> impl IntoView {
    let words = words();
    let live = live();
    let node = move || live.status.with(|status| status.as_ref().map(|status| status.node.name.clone()));
    let model = move || live.engine("chat").map(|engine| engine.chosen.filter(|_| engine.reachable));
    let at_work = move || {
        live.jobs.with(|jobs| {
            jobs.iter().filter(|job| matches!(job.state, JobState::Queued | JobState::Running)).count()
        })
    };
    let is_open = RwSignal::new(false);
    let is_lost = move || live.connection.get() == Connection::Lost;
    view! {
        <footer class="status">
            <Show when=is_lost fallback=move || view! { <span><i class="dot"></i>{node}</span> }>
                <span role="alert"><i class="dot bad"></i>{words.node_lost}</span>
            </Show>
            {move || model().map(|model| match model {
                Some(model) => view! { <span><i class="dot"></i>{model}</span> }.into_any(),
                None => view! { <span><i class="dot off"></i>{words.no_model}</span> }.into_any(),
            })}
            <button class="status-button" type="button" on:click=move |_| is_open.set(true)>
                <i class="dot" class:warn=move || { at_work() > 0 } class:off=move || at_work() == 0></i>
                {move || if at_work() > 0 { count(words.jobs_running, at_work()) } else { words.activity.to_owned() }}
            </button>
            <span class="grow"></span>
            <span class="wide">{words.nothing_leaves}</span>
        </footer>
        <Activity is_open/>
    }
}
