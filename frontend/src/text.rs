//! What is done with text before anything is shown: pure, and tested natively.

pub mod address;
pub mod answer;
pub mod export;
pub mod find;
pub mod markdown;
pub mod offsets;
pub mod pieces;
pub mod place;
pub mod said;
pub mod window;
