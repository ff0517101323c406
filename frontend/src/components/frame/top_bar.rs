//! The bar above every page: where one is, and the way elsewhere.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::shared::{Icon, IconButton};
use crate::contexts::appearance::{Appearance, Theme};
use crate::contexts::words::words;

/// `children` stand beside the mark: the title of what is open.
#[component]
pub fn TopBar(children: Children) -> impl IntoView {
    let words = words();
    let appearance = expect_context::<Appearance>();
    let switch = move || {
        let theme = if appearance.is_dark() { Theme::Light } else { Theme::Dark };
        appearance.theme.set(theme);
    };
    let theme_icon = move || if appearance.is_dark() { "sun" } else { "moon" };
    view! {
        <header class="top">
            <A href="/" attr:class="mark" attr:aria-label=words.notebooks>
                <img src="/hearth.svg" alt="" width="24" height="24"/>
            </A>
            {children()}
            <span class="grow"></span>
            <kbd class="wide">"Ctrl K"</kbd>
            {move || view! { <IconButton name=theme_icon() label=words.switch_theme on_click=switch/> }}
            <A href="/settings" attr:class="icon" attr:aria-label=words.settings attr:title=words.settings>
                <Icon name="settings"/>
            </A>
        </header>
    }
}
