//! The middle pane: questions and their answers.

mod answer;
mod ask_bar;
mod conversations;
mod hover_card;
mod pane;
mod speaking;
mod suggestions;
mod talk;
mod turn;

pub use hover_card::HoverCard;
pub use pane::ChatPane;
pub use speaking::Meter;
pub use suggestions::Suggestions;
pub use talk::provide;
