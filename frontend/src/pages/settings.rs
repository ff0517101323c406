//! Settings: how it looks, which models do what, where the data is.

use leptos::prelude::*;

use crate::components::frame::{StatusLine, TopBar};
use crate::components::settings::{
    AboutSection, AppearanceSection, DataSection, KeysSection, ModelsSection, TrashSection,
};
use crate::contexts::words::words;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let words = words();
    view! {
        <div class="app">
            <TopBar><h1 class="title">{words.settings}</h1></TopBar>
            <main class="settings">
                <AppearanceSection/>
                <ModelsSection/>
                <DataSection/>
                <TrashSection/>
                <KeysSection/>
                <AboutSection/>
            </main>
            <StatusLine/>
        </div>
    }
}
