//! Components of the library page.

mod card;
mod first_run;
mod search;

pub use card::NotebookCard;
pub use first_run::FirstRun;
pub use search::{SearchBox, SearchResults};
