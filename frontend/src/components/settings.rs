//! The sections of the settings.

mod about;
mod appearance;
mod catalogue;
mod data;
mod desktop;
mod keys;
mod licences;
mod microphone;
mod models;
mod speaking;
mod trash;
mod voice;

pub use about::AboutSection;
pub use appearance::AppearanceSection;
pub use data::DataSection;
pub use desktop::DesktopSection;
pub use keys::KeysSection;
pub use models::ModelsSection;
pub use speaking::SpeakingSection;
pub use trash::TrashSection;
