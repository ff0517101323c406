//! Kinds of models by their names, where a server reports no capabilities.

/// Parts of the names of models that do not chat: embedders, rerankers, speech and pictures.
const OTHER_KINDS: &[&str] = &[
    "embed",
    "bge-",
    "e5-",
    "gte-",
    "minilm",
    "rerank",
    "colbert",
    "paraphrase-",
    "whisper",
    "tts-",
    "-tts",
    "piper",
    "clip-",
    "dall-e",
    "stable-diffusion",
    "moderation",
    "transcribe",
];

/// Parts of the names of models that reason before they answer.
const REASONING_MODELS: &[&str] = &[
    "qwen3",
    "qwq",
    "deepseek-r1",
    "gpt-oss",
    "magistral",
    "smollm3",
    "exaone-deep",
    "phi4-reasoning",
    "phi-4-reasoning",
    "thinking",
    "openthinker",
];

/// True if the name is that of a model that reasons before it answers.
pub(crate) fn can_reason_by_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    REASONING_MODELS.iter().any(|part| lower.contains(part))
}

/// False if the name is that of a model of another kind.
pub(crate) fn can_chat_by_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    !OTHER_KINDS.iter().any(|part| lower.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedders_and_rerankers_do_not_chat() {
        for name in [
            "nomic-embed-text:latest",
            "mxbai-embed-large",
            "bge-m3",
            "all-minilm:22m",
            "text-embedding-3-small",
            "intfloat/multilingual-e5-small",
            "BAAI/bge-reranker-v2-m3",
            "whisper-1",
            "tts-1-hd",
        ] {
            assert!(!can_chat_by_name(name), "{name}");
        }
        for name in
            ["llama3.1:8b", "qwen3:4b", "gpt-4o-mini", "mistral-nemo", "phi4", "gemma3n:e4b", "SmolLM2-135M"]
        {
            assert!(can_chat_by_name(name), "{name}");
        }
    }
}
