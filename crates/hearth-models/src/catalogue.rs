//! Catalogue of the models that Hearth knows: `config/models.toml`, built into the program.

use hearth_domain::ModelTask;
use serde::{Deserialize, Serialize};

const CATALOGUE_TOML: &str = include_str!("../../../config/models.toml");

/// Parse error of the catalogue.
#[derive(Debug, thiserror::Error)]
#[error("the model catalogue is not valid: {0}")]
pub struct CatalogueError(String);

/// Pooling of a sequence's token vectors into one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Mean of all token vectors, special tokens included.
    Mean,
    /// Vector of the first token.
    Cls,
}

/// File of a model: its path in the repository, its size in bytes and its SHA-256 in hex, where known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub size: Option<u64>,
    pub sha256: Option<String>,
}

/// Python package that contains a model's files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PypiPackage {
    pub package: String,
    pub version: String,
    /// Folder of the files inside the package.
    pub folder: String,
    /// Python version that the package requires, or `None` if it runs on any.
    pub python: Option<String>,
}

/// Parameters of an embedder: vector length, token limit, pooling and text prefixes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedderParameters {
    pub dimensions: usize,
    pub max_tokens: usize,
    pub pooling: Pooling,
    #[serde(default)]
    pub query_prefix: String,
    #[serde(default)]
    pub passage_prefix: String,
}

/// Catalogue entry of one model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    pub id: String,
    pub task: ModelTask,
    pub name: String,
    pub about: String,
    pub licence: String,
    /// Repository `organisation/name` on the Hugging Face hub; with an `address`, only the name of its cache
    /// folder.
    pub hub: String,
    /// URL of the folder with the model's files, or `None` if they are on the hub.
    pub address: Option<String>,
    /// ISO 639-1 codes; empty means any.
    pub languages: Vec<String>,
    /// Parameters of an embedder, or `None` for other models.
    pub embed: Option<EmbedderParameters>,
    pub pypi: Option<PypiPackage>,
    pub files: Vec<FileEntry>,
}

impl CatalogueEntry {
    /// Download URL of one of the model's files, on `hub` or at the entry's own address.
    pub fn file_url(&self, hub: &str, file: &str) -> String {
        match &self.address {
            Some(folder) => format!("{folder}/{file}"),
            None => format!("{hub}/{}/resolve/main/{file}", self.hub),
        }
    }

    /// Total bytes of the files whose size is known.
    pub fn known_bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.size).sum()
    }
}

/// Catalogue of all models.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "model")]
    pub models: Vec<CatalogueEntry>,
}

impl Catalogue {
    /// Loads the catalogue that is built into the program.
    pub fn load_built_in() -> Result<Self, CatalogueError> {
        toml::from_str(CATALOGUE_TOML).map_err(|error| CatalogueError(error.to_string()))
    }

    /// Model with this id, or `None` if the catalogue has none.
    pub fn find_model(&self, id: &str) -> Option<&CatalogueEntry> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Models for a task.
    pub fn models_for_task(&self, task: ModelTask) -> impl Iterator<Item = &CatalogueEntry> {
        self.models.iter().filter(move |model| model.task == task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_embedder_has_verified_files() {
        let catalogue = Catalogue::load_built_in().expect("a valid catalogue");
        let model = catalogue.find_model("all-MiniLM-L6-v2").expect("the default");
        assert!(model.files.iter().all(|file| file.sha256.is_some()));
        assert_eq!(model.embed.as_ref().map(|embed| embed.pooling), Some(Pooling::Mean));
        for model in &catalogue.models {
            assert_eq!(model.embed.is_some(), model.task == ModelTask::Embed, "{}", model.id);
        }
    }

    #[test]
    fn a_file_is_downloaded_from_the_hub_unless_the_entry_has_an_address() {
        let catalogue: Catalogue = toml::from_str(
            r#"
            [[model]]
            id = "on-hub"
            task = "embed"
            name = "A"
            about = ""
            licence = "MIT"
            hub = "house/small"
            languages = []
            files = [{ path = "a.bin", size = 2 }, { path = "b.bin" }, { path = "c.bin", size = 40 }]
            "#,
        )
        .unwrap();
        let mut model = catalogue.find_model("on-hub").unwrap().clone();
        assert_eq!(model.file_url("https://hub", "a.bin"), "https://hub/house/small/resolve/main/a.bin");
        model.address = Some("https://mirror/models".into());
        assert_eq!(model.file_url("https://hub", "a.bin"), "https://mirror/models/a.bin");
        assert_eq!(model.known_bytes(), 42);
        assert!(catalogue.find_model("other").is_none());
    }

    #[test]
    fn a_misspelt_field_of_the_catalogue_is_an_error() {
        let text = CATALOGUE_TOML.replacen("\nlicence", "\nlicense", 1);
        let error = toml::from_str::<Catalogue>(&text).unwrap_err();
        assert!(error.to_string().contains("license"), "{error}");
    }

    #[test]
    fn the_built_in_models_have_ids_of_their_own_and_files_inside_of_their_folder() {
        let catalogue = Catalogue::load_built_in().unwrap();
        let ids: std::collections::HashSet<_> = catalogue.models.iter().map(|model| &model.id).collect();
        assert_eq!(ids.len(), catalogue.models.len());
        for model in &catalogue.models {
            assert!(!model.files.is_empty(), "{}", model.id);
            for file in &model.files {
                // Files are joined to a folder; the download makes no folders below it.
                assert!(!file.path.contains(['/', '\\']) && !file.path.starts_with('.'), "{}", file.path);
                let is_sum = |sum: &String| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
                assert!(file.sha256.as_ref().is_none_or(is_sum), "{}", file.path);
            }
        }
    }
}
