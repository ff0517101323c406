//! The sections of the settings.

mod about;
mod appearance;
mod data;
mod models;

pub use about::AboutSection;
pub use appearance::AppearanceSection;
pub use data::DataSection;
pub use models::ModelsSection;
