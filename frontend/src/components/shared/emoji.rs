//! An emoji, chosen by hand.

use leptos::prelude::*;

use super::Menu;

/// Some that say what a notebook may be about.
const EMOJIS: [&str; 32] = [
    "📓", "📚", "📄", "📝", "📊", "📈", "🧾", "💶", "🏠", "🔧", "🔌", "🚗", "🚲", "⛵", "✈️", "🗺️", "🏔️",
    "🌱", "🍳", "🍷", "🐕", "🧬", "🔬", "🩺", "⚖️", "🎓", "🎧", "🎬", "📷", "🧵", "🎮", "💡",
];

/// A button that shows the emoji of now, and all others behind it.
#[component]
pub fn EmojiPicker(
    #[prop(into)] label: String,
    #[prop(into)] now: Signal<String>,
    on_choose: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let one = move |emoji: &'static str| {
        view! { <button class="emoji" role="menuitem" type="button" on:click=move |_| on_choose(emoji.to_owned())>{emoji}</button> }
    };
    view! {
        <Menu text=now label class="emojis">
            {EMOJIS.into_iter().map(one).collect_view()}
        </Menu>
    }
}
