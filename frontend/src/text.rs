//! What is done with text before anything is shown: pure, and tested natively.

pub mod answer;
pub mod markdown;
pub mod offsets;
pub mod place;
pub mod said;
pub mod window;
