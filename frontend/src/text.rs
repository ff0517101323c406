//! Text processing for display: pure, and tested natively.

pub mod address;
pub mod answer;
pub mod export;
pub mod find;
pub mod markdown;
pub mod offsets;
pub mod pieces;
pub mod place;
pub mod turn_projection;
pub mod visible_rows;
