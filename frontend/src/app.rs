//! The whole page: what everything shares, and which path shows what.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::browser;
use crate::components::frame::{Locked, Palette, Toasts};
use crate::contexts::{appearance, live, notebook, notices, reading, shell, voice, words};
use crate::pages::{LibraryPage, NotebookPage, SettingsPage};

/// What hears the desktop program and the keys of the palette: on every page.
#[component]
fn Inside(children: Children) -> impl IntoView {
    shell::provide();
    voice::provide();
    reading::provide();
    view! { <Palette/>{children()} }
}

#[component]
pub fn App() -> impl IntoView {
    let appearance = appearance::provide();
    words::provide(&appearance);
    notices::provide();
    notebook::provide_left();
    browser::files::keep_the_page();
    let live = live::provide();
    view! {
        <Show when=move || !live.is_locked.get() fallback=|| view! { <Locked/> }>
            <Router>
                <Inside>
                    <Routes fallback=|| view! { <LibraryPage/> }>
                        <Route path=path!("/") view=LibraryPage/>
                        <Route path=path!("/notebook/:id") view=NotebookPage/>
                        <Route path=path!("/settings") view=SettingsPage/>
                    </Routes>
                </Inside>
            </Router>
        </Show>
        <Toasts/>
    }
}
