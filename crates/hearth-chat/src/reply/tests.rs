//! Tests of the filter of a reply.

use hearth_domain::ChatEvent;

use super::ReplyFilter;

/// What becomes of a reply: the text, the reasoning, and the tools that are called.
fn filter(parts: &[&str]) -> (String, String, Vec<String>) {
    let mut filter = ReplyFilter::default();
    let mut events: Vec<ChatEvent> = parts.iter().flat_map(|part| filter.push(part)).collect();
    events.extend(filter.finish());
    let (mut text, mut reasoning, mut tools) = (String::new(), String::new(), Vec::new());
    for event in events {
        match event {
            ChatEvent::Text(part) => text.push_str(&part),
            ChatEvent::Reasoning(part) => reasoning.push_str(&part),
            ChatEvent::Retracted => reasoning = std::mem::take(&mut text),
            ChatEvent::ToolCall { name } => tools.push(name),
            ChatEvent::Loading | ChatEvent::Done { .. } => {}
        }
    }
    (text, reasoning, tools)
}

/// Checks a reply as one piece, and cut after each character.
fn check(reply: &str, text: &str, reasoning: &str) {
    let characters: Vec<String> = reply.chars().map(String::from).collect();
    let characters: Vec<&str> = characters.iter().map(String::as_str).collect();
    for parts in [&[reply][..], &characters] {
        let found = filter(parts);
        assert_eq!((found.0.as_str(), found.1.as_str()), (text, reasoning), "{parts:?}");
    }
}

#[test]
fn reasoning_in_tags_is_told_apart() {
    check("<think>\nHm [2].\n</think>\n\nIt is 5 bar. [1]", "It is 5 bar. [1]", "\nHm [2].\n");
    check("<thinking>Hm.</thinking>It is.", "It is.", "Hm.");
    check("[THINK]Hm.[/THINK]It is.", "It is.", "Hm.");
    check("◁think▷Hm.◁/think▷It is.", "It is.", "Hm.");
    check("<think></think>It is.", "It is.", "");
}

#[test]
fn reasoning_without_its_opening_tag_is_taken_back() {
    check("Hm, passage 2 says 9.\n</think>\n\nIt is 5.", "It is 5.", "Hm, passage 2 says 9.\n");
}

#[test]
fn reasoning_that_never_ends_is_no_answer() {
    check("<think>Hm, and on", "", "Hm, and on");
}

#[test]
fn channels_with_their_tokens_are_told_apart() {
    let reply = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>It is.<|return|>";
    check(reply, "It is.", "Hm.");
}

#[test]
fn channels_without_their_tokens_are_told_apart() {
    check("analysisWe look.assistantfinalIt is.", "It is.", "We look.");
    check("analysis of the pump: it is.", "analysis of the pump: it is.", "");
}

#[test]
fn tokens_of_templates_are_left_out() {
    check("<|start_header_id|>assistant<|end_header_id|>\n\nIt is.<|eot_id|>", "It is.", "");
    check("<|im_start|>assistant\nIt is.<|im_end|>", "It is.", "");
    check("It is.</s><end_of_turn>", "It is.", "");
    check("It is.<｜end▁of▁sentence｜>", "It is.", "");
}

#[test]
fn comparisons_and_brackets_are_text() {
    let reply = "If a <| b or a < b, take [1] or <b>x</b> || [INSTALL] <thin.";
    check(reply, reply, "");
}

#[test]
fn tags_in_code_are_text() {
    let reply = "Write `<think>` or\n```\n<|im_end|></s>\n```\nand so on.";
    check(reply, reply, "");
}

#[test]
fn tool_calls_are_no_text() {
    let call = "<tool_call>\n{\"name\": \"search\", \"arguments\": {\"q\": \"x\"}}\n</tool_call>";
    assert_eq!(filter(&[call]), (String::new(), String::new(), vec!["search".to_owned()]));
    let call = "{\"name\": \"search\", \"parameters\": {}}";
    assert_eq!(filter(&[call]).2, ["search"]);
    assert_eq!(filter(&["[TOOL_CALLS][{\"name\": \"find\", \"arguments\": {}}]"]).2, ["find"]);
}

#[test]
fn json_that_calls_no_tool_is_text() {
    check("{\"name\": \"Pump\", \"weight\": 12}", "{\"name\": \"Pump\", \"weight\": 12}", "");
    check("{\"questions\": [\"What?\"]}", "{\"questions\": [\"What?\"]}", "");
}

#[test]
fn white_space_alone_is_no_text() {
    check("\n  \n\n", "", "");
}
