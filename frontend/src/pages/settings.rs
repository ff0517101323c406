//! Settings: how it looks, which models do what, where the data is.

use leptos::prelude::*;

use super::creator;
use crate::components::frame::{StatusLine, TopBar};
use crate::components::settings::{
    AboutSection, AppearanceSection, DataSection, DesktopSection, KeysSection, ModelsSection,
    SpeakingSection, TrashSection,
};
use crate::components::sources::DropZone;
use crate::contexts::words::words;

#[component]
pub fn SettingsPage() -> impl IntoView {
    let words = words();
    let create = creator();
    view! {
        <div class="app">
            <TopBar><h1 class="title">{words.settings}</h1></TopBar>
            <main class="settings">
                <AppearanceSection/>
                <SpeakingSection/>
                <DesktopSection/>
                <ModelsSection/>
                <DataSection/>
                <TrashSection/>
                <KeysSection/>
                <AboutSection/>
            </main>
            <StatusLine/>
        </div>
        <DropZone message=words.drop_new.to_owned() on_files=move |files| create(Some(files))/>
    }
}
