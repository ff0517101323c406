//! The parts that Hearth is made of, and their licences. The list is made when the interface is built.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

use crate::api::file;
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::count;

const LIST: &str = "/licences.json";

/// A part, as the list has it.
#[derive(Clone, Deserialize)]
struct Part {
    name: String,
    version: String,
    licence: String,
}

#[component]
pub fn Licences() -> impl IntoView {
    let words = words();
    let notices = notices();
    let parts = RwSignal::new(Vec::<Part>::new());
    // Asked for when someone looks: it is long.
    let load = move |_| {
        if parts.with_untracked(Vec::is_empty) {
            spawn_local(async move {
                match file::<Vec<Part>>(LIST).await {
                    Ok(list) => {
                        parts.try_set(list);
                    }
                    Err(error) => notices.fail(&error),
                }
            });
        }
    };
    view! {
        <details class="wide-row licences" on:toggle=load>
            <summary>{words.licences}</summary>
            <p class="meta">{move || count(words.parts, parts.with(Vec::len))}</p>
            <div class="table" tabindex="0" role="group" aria-label=words.licences>
                <table>
                    <tbody>
                        {move || parts.get().into_iter().map(|part| view! {
                            <tr><td>{part.name}</td><td>{part.version}</td><td>{part.licence}</td></tr>
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </details>
    }
}
