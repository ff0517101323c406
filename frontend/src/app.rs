//! Root of the page: the contexts that all pages share, and the routes.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::browser;
use crate::components::frame::{Locked, Palette, Toasts};
use crate::contexts::{appearance, localisation, node, notebook, notices, read_aloud, shell, voice};
use crate::pages::{LibraryPage, NotebookPage, SettingsPage};

/// Contexts that need the router, and the palette: around every page.
#[component]
fn RouterContexts(children: Children) -> impl IntoView {
    shell::provide_shell_context();
    voice::provide_voice_context();
    read_aloud::provide_read_aloud_context();
    view! {
        <Palette />
        {children()}
    }
}

/// Root component.
#[component]
pub fn App() -> impl IntoView {
    let appearance = appearance::provide_appearance_context();
    localisation::provide_strings_context(&appearance);
    notices::provide_notices_context();
    notebook::provide_pending_files_context();
    browser::files::prevent_file_navigation();
    let node = node::provide_node_context();
    view! {
        <Show when=move || !node.is_locked.get() fallback=|| view! { <Locked /> }>
            <Router>
                <RouterContexts>
                    <Routes fallback=|| view! { <LibraryPage /> }>
                        <Route path=path!("/") view=LibraryPage />
                        <Route path=path!("/notebook/:id") view=NotebookPage />
                        <Route path=path!("/settings") view=SettingsPage />
                    </Routes>
                </RouterContexts>
            </Router>
        </Show>
        <Toasts />
    }
}
