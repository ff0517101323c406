//! The middle pane: questions and their answers.

mod answer;
mod ask_bar;
mod chat_context;
mod conversations;
mod dictation;
mod hover_card;
mod pane;
mod suggestions;
mod turn;

pub use chat_context::provide_chat_context;
pub use dictation::LevelMeter;
pub use hover_card::HoverCard;
pub use pane::ChatPane;
pub use suggestions::Suggestions;
