//! One command a file.

pub(crate) mod add;
pub(crate) mod ask;
pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod key;
pub(crate) mod models;
pub(crate) mod node;
pub(crate) mod notebooks;
pub(crate) mod open;
pub(crate) mod search;
pub(crate) mod status;
