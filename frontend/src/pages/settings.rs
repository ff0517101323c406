//! Settings: appearance, models, data, and more.

use leptos::prelude::*;

use crate::components::frame::{StatusLine, TopBar};
use crate::components::settings::{
    AboutSection, AppearanceSection, DataSection, DesktopSection, KeysSection, ModelsSection,
    SpeakingSection, TrashSection,
};
use crate::components::sources::DropZone;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook_creation::use_notebook_creator;

/// Page of the settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let strings = use_strings();
    let create = use_notebook_creator();
    view! {
        <div class="app">
            <TopBar>
                <h1 class="title">{strings.settings}</h1>
            </TopBar>
            <main class="settings">
                <AppearanceSection />
                <SpeakingSection />
                <DesktopSection />
                <ModelsSection />
                <DataSection />
                <TrashSection />
                <KeysSection />
                <AboutSection />
            </main>
            <StatusLine />
        </div>
        <DropZone message=strings.drop_new.to_owned() on_files=move |files| create(Some(files)) />
    }
}
