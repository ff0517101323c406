//! The whole page: what everything shares, and which path shows what.

use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::components::frame::{Locked, Palette, Toasts};
use crate::contexts::{appearance, live, notices, words};
use crate::pages::{LibraryPage, NotebookPage, SettingsPage};

#[component]
pub fn App() -> impl IntoView {
    let appearance = appearance::provide();
    words::provide(&appearance);
    notices::provide();
    let live = live::provide();
    view! {
        <Show when=move || !live.is_locked.get() fallback=|| view! { <Locked/> }>
            <Router>
                <Palette/>
                <Routes fallback=|| view! { <LibraryPage/> }>
                    <Route path=path!("/") view=LibraryPage/>
                    <Route path=path!("/notebook/:id") view=NotebookPage/>
                    <Route path=path!("/settings") view=SettingsPage/>
                </Routes>
            </Router>
        </Show>
        <Toasts/>
    }
}
