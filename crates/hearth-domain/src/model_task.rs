//! Tasks of models.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelTask {
    /// Vectors of texts: search models.
    Embed,
    /// Answers: language models.
    Chat,
    /// Text of speech: speech models.
    Transcribe,
    /// Voiceprints, which distinguish the speakers of a recording.
    Speakers,
}

impl ModelTask {
    /// All tasks.
    pub const ALL: [Self; 4] = [Self::Embed, Self::Chat, Self::Transcribe, Self::Speakers];

    /// The name that is serialised.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embed => "embed",
            Self::Chat => "chat",
            Self::Transcribe => "transcribe",
            Self::Speakers => "speakers",
        }
    }
}

impl fmt::Display for ModelTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text names no task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a model task; the tasks are embed, chat, transcribe, speakers")]
pub struct UnknownTask(String);

impl FromStr for ModelTask {
    type Err = UnknownTask;

    fn from_str(name: &str) -> Result<Self, UnknownTask> {
        Self::ALL.into_iter().find(|task| task.as_str() == name).ok_or_else(|| UnknownTask(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_serialised_ones_and_are_parsed() {
        for task in ModelTask::ALL {
            assert_eq!(serde_json::to_value(task).expect("a unit variant serialises"), task.as_str());
            assert_eq!(task.as_str().parse(), Ok(task));
        }
        assert!("listen".parse::<ModelTask>().is_err());
    }
}
