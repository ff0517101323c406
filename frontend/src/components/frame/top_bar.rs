//! The bar above every page: title and navigation.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::shared::{Icon, IconButton};
use crate::contexts::appearance::{AppearanceContext, Theme};
use crate::contexts::localisation::use_strings;

/// Top bar; `children` stand beside the logo: the title of the open page.
#[component]
pub fn TopBar(children: Children) -> impl IntoView {
    let strings = use_strings();
    let appearance = expect_context::<AppearanceContext>();
    let switch_theme = move || {
        let theme = if appearance.is_dark() { Theme::Light } else { Theme::Dark };
        appearance.theme.set(theme);
    };
    let theme_icon = move || if appearance.is_dark() { "sun" } else { "moon" };
    view! {
        <header class="top">
            <A href="/" attr:class="mark" attr:aria-label=strings.notebooks>
                <img src="/hearth.svg" alt="" width="24" height="24" />
            </A>
            {children()}
            <span class="grow"></span>
            <kbd class="wide">"Ctrl K"</kbd>
            {move || view! { <IconButton name=theme_icon() label=strings.switch_theme on_click=switch_theme /> }}
            <A href="/settings" attr:class="icon" attr:aria-label=strings.settings attr:title=strings.settings>
                <Icon name="settings" />
            </A>
        </header>
    }
}
