//! An emoji picker.

use leptos::prelude::*;

use super::Menu;

/// Emojis for topics of a notebook.
const NOTEBOOK_EMOJIS: [&str; 32] = [
    "📓", "📚", "📄", "📝", "📊", "📈", "🧾", "💶", "🏠", "🔧", "🔌", "🚗", "🚲", "⛵", "✈️", "🗺️", "🏔️",
    "🌱", "🍳", "🍷", "🐕", "🧬", "🔬", "🩺", "⚖️", "🎓", "🎧", "🎬", "📷", "🧵", "🎮", "💡",
];

/// Button with the current emoji, and a menu of all others.
#[component]
pub fn EmojiPicker(
    #[prop(into)] label: String,
    #[prop(into)] current: Signal<String>,
    on_choose: impl Fn(String) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let emoji_button = move |emoji: &'static str| {
        view! {
            <button class="emoji" role="menuitem" type="button" on:click=move |_| on_choose(emoji.to_owned())>
                {emoji}
            </button>
        }
    };
    view! {
        <Menu text=current label class="emojis">
            {NOTEBOOK_EMOJIS.into_iter().map(emoji_button).collect_view()}
        </Menu>
    }
}
