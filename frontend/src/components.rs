//! Components, one folder a feature.

pub mod chat;
pub mod frame;
pub mod library;
pub mod settings;
pub mod shared;
pub mod sources;
pub mod studio;
pub mod viewer;
