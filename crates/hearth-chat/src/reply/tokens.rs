//! Tokens of chat templates that servers leave in a reply's text.

/// Opening and closing tags of reasoning.
pub(super) const REASONING_TAGS: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("[THINK]", "[/THINK]"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
];

/// Opening and closing tags of a tool call; without its closing tag it ends with the reply.
pub(super) const TOOL_CALL_TAGS: &[(&str, &str)] = &[
    ("<tool_call>", "</tool_call>"),
    ("<tool_calls>", "</tool_calls>"),
    ("<function_call>", "</function_call>"),
    ("<|tool_call|>", "<|/tool_call|>"),
    ("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>"),
    ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),
    ("[TOOL_CALLS]", "[/TOOL_CALLS]"),
    ("<|python_tag|>", "<|eom_id|>"),
];

/// Tokens that are dropped.
pub(super) const DROPPED_TOKENS: &[&str] = &[
    "<s>",
    "</s>",
    "[BOS]",
    "[EOS]",
    "<eos>",
    "<bos>",
    "<pad>",
    "<unk>",
    "<end_of_turn>",
    "<start_of_turn>model\n",
    "<start_of_turn>user\n",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "[/SYSTEM_PROMPT]",
];

/// Tokens between bars that name a role up to another one or the end of the line.
pub(super) const ROLE_TOKENS: &[(&str, &str)] =
    &[("<|start_header_id|>", "<|end_header_id|>"), ("<|im_start|>", "\n"), ("<|start|>", "")];

/// Tokens after which a channel of the harmony format has ended.
pub(super) const CHANNEL_ENDS: &[&str] = &["<|end|>", "<|start|>", "<|return|>", "<|call|>", "<|channel|>"];

/// Names of the roles that follow [`ROLE_TOKENS`].
pub(super) const ROLES: &[&str] = &["assistant", "system", "user", "tool", "developer"];

/// Opening and closing marks of tokens between bars, ASCII and full width.
pub(super) const BARS: &[(&str, &str)] = &[("<|", "|>"), ("<｜", "｜>")];

/// Maximum characters of a token between bars.
pub(super) const MAX_BARRED_CHARS: usize = 40;
