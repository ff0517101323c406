//! Licences of Hearth's parts. The list is generated when the interface is built.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

use crate::api::fetch_json;
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;

const LICENCES_PATH: &str = "/licences.json";

/// A part, as in the list.
#[derive(Clone, Deserialize)]
struct Part {
    name: String,
    version: String,
    licence: String,
}

/// Table of the parts' licences.
#[component]
pub fn Licences() -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let parts = RwSignal::new(Vec::<Part>::new());
    // Loaded when opened: the list is long.
    let load = move |_| {
        if parts.with_untracked(Vec::is_empty) {
            spawn_local(async move {
                match fetch_json::<Vec<Part>>(LICENCES_PATH).await {
                    Ok(list) => {
                        parts.try_set(list);
                    }
                    Err(error) => notices.show_error(&error),
                }
            });
        }
    };
    view! {
        <details class="wide-row licences" on:toggle=load>
            <summary>{strings.licences}</summary>
            <p class="meta">{move || strings.parts(parts.with(Vec::len))}</p>
            <div class="table" tabindex="0" role="group" aria-label=strings.licences>
                <table>
                    <tbody>
                        {move || {
                            parts
                                .get()
                                .into_iter()
                                .map(|part| {
                                    view! {
                                        <tr>
                                            <td>{part.name}</td>
                                            <td>{part.version}</td>
                                            <td>{part.licence}</td>
                                        </tr>
                                    }
                                })
                                .collect_view()
                        }}
                    </tbody>
                </table>
            </div>
        </details>
    }
}
