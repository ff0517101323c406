//! The list of models that Hearth knows: `config/models.toml`, embedded.

use serde::{Deserialize, Serialize};

const CATALOGUE: &str = include_str!("../../../config/models.toml");

#[derive(Debug, thiserror::Error)]
#[error("the model catalogue is not valid: {0}")]
pub struct CatalogueError(String);

/// How token vectors become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The mean of all tokens, special ones included.
    Mean,
    /// The first token.
    Cls,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub size: Option<u64>,
    pub sha256: Option<String>,
}

/// A Python package that carries a model's files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PypiPackage {
    pub package: String,
    pub version: String,
    /// The files' folder inside the package.
    pub folder: String,
    /// The Python that it is made for, where that is only one.
    pub python: Option<String>,
}

/// What an embedder makes of texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedShape {
    pub dimensions: usize,
    pub max_tokens: usize,
    pub pooling: Pooling,
    #[serde(default)]
    pub query_prefix: String,
    #[serde(default)]
    pub passage_prefix: String,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    pub id: String,
    pub task: String,
    pub name: String,
    pub about: String,
    pub licence: String,
    /// `organisation/name` on the Hugging Face hub, or where `address` leads.
    pub hub: String,
    /// The folder of its files, where they are not on the hub.
    pub address: Option<String>,
    /// ISO 639-1 codes; empty means any.
    pub languages: Vec<String>,
    /// Of an embedder.
    pub embed: Option<EmbedShape>,
    pub pypi: Option<PypiPackage>,
    pub files: Vec<FileEntry>,
}

impl CatalogueEntry {
    /// Where one of its files is, on that hub or where it has an address of its own.
    pub fn url(&self, hub: &str, file: &str) -> String {
        match &self.address {
            Some(folder) => format!("{folder}/{file}"),
            None => format!("{hub}/{}/resolve/main/{file}", self.hub),
        }
    }

    /// Bytes of all files whose size is known.
    pub fn known_bytes(&self) -> u64 {
        self.files.iter().filter_map(|file| file.size).sum()
    }
}

/// All models.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "model")]
    pub models: Vec<CatalogueEntry>,
}

impl Catalogue {
    /// The catalogue that the program carries.
    pub fn embedded() -> Result<Self, CatalogueError> {
        toml::from_str(CATALOGUE).map_err(|error| CatalogueError(error.to_string()))
    }

    /// The model of that id.
    pub fn find(&self, id: &str) -> Option<&CatalogueEntry> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The models that do a task: `embed`, `transcribe` or `speakers`.
    pub fn of(&self, task: &str) -> impl Iterator<Item = &CatalogueEntry> {
        self.models.iter().filter(move |model| model.task == task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_embedder_has_verified_files() {
        let catalogue = Catalogue::embedded().expect("a valid catalogue");
        let model = catalogue.find("all-MiniLM-L6-v2").expect("the default");
        assert!(model.files.iter().all(|file| file.sha256.is_some()));
        assert_eq!(model.embed.as_ref().map(|embed| embed.pooling), Some(Pooling::Mean));
        for model in &catalogue.models {
            assert_eq!(model.embed.is_some(), model.task == "embed", "{}", model.id);
        }
    }
}
