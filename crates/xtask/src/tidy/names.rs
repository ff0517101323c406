//! Names and documentation lines, counted, and the words of `crates/GLOSSARY.md`.

use std::fs;
use std::path::Path;

use anyhow::Context;

use super::code::CodeFile;

/// Largest shares, in percent: function names of one word, module constants of one word, and documentation that opens
/// with a question word instead of the thing's own.
const MAX_ONE_WORD_FUNCTIONS: usize = 35;
const MAX_ONE_WORD_CONSTANTS: usize = 15;
const MAX_QUESTION_OPENINGS: usize = 6;
/// Smallest share of documented public items, in percent.
const MIN_DOCUMENTED: usize = 93;

/// Words that open a riddle.
const QUESTION_WORDS: [&str; 9] =
    ["What", "Whether", "Where", "Who", "Whoever", "How", "Why", "When", "Which"];
/// Names that the language or its conventions give.
const GIVEN_NAMES: [&str; 11] =
    ["new", "default", "fmt", "from", "drop", "main", "eq", "hash", "next", "clone", "cmp"];

/// Names of shipped code in figures; each above its limit is a complaint.
pub(super) fn check_names(files: &[CodeFile], complaints: &mut Vec<String>) {
    let shipped = || files.iter().filter(|file| !file.is_support());
    let functions: Vec<&str> = shipped()
        .flat_map(|file| &file.functions)
        .filter(|function| !function.is_test && !function.is_component)
        .map(|function| function.name.as_str())
        .filter(|name| !GIVEN_NAMES.contains(name))
        .collect();
    let constants: Vec<&str> = shipped().flat_map(|file| &file.constants).map(String::as_str).collect();
    let summaries: Vec<&str> =
        shipped().flat_map(|file| &file.summaries).map(|(text, _)| text.as_str()).collect();
    let is_question = |text: &&str| {
        text.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| QUESTION_WORDS.contains(&word))
    };
    let (public, documented) = shipped().fold((0, 0), |(public, documented), file| {
        (public + file.public_items.0, documented + file.public_items.1)
    });
    let is_one_word = |name: &&str| !name.contains('_');
    let share = |part: usize, all: usize| part * 100 / all.max(1);
    let figures = [
        (
            "functions named with one word",
            share(functions.iter().copied().filter(|name| is_one_word(name)).count(), functions.len()),
            MAX_ONE_WORD_FUNCTIONS,
        ),
        (
            "constants named with one word",
            share(constants.iter().copied().filter(|name| is_one_word(name)).count(), constants.len()),
            MAX_ONE_WORD_CONSTANTS,
        ),
        (
            "documentation that opens with a question word",
            share(summaries.iter().filter(|text| is_question(text)).count(), summaries.len()),
            MAX_QUESTION_OPENINGS,
        ),
    ];
    for (what, percent, limit) in figures {
        println!("tidy: {what}: {percent} % ({limit} at most)");
        if percent > limit {
            complaints
                .push(format!("{what}: {percent} %, {limit} at most; CONTRIBUTING.md says how to name"));
        }
    }
    let percent = share(documented, public);
    println!("tidy: documented public items: {percent} % ({MIN_DOCUMENTED} at least)");
    if percent < MIN_DOCUMENTED {
        complaints.push(format!("documented public items: {percent} %, {MIN_DOCUMENTED} at least"));
    }
}

/// No type and no module is named with a word that the glossary keeps out.
pub(super) fn check_glossary(
    root: &Path,
    files: &[CodeFile],
    complaints: &mut Vec<String>,
) -> anyhow::Result<()> {
    let page = fs::read_to_string(root.join("crates/GLOSSARY.md")).context("crates/GLOSSARY.md")?;
    let banned = banned_words(&page);
    if banned.is_empty() {
        complaints.push("crates/GLOSSARY.md has no table of words to avoid".into());
    }
    for file in files {
        for (name, line) in &file.names {
            for word in words_of(name) {
                if let Some((_, instead)) = banned.iter().find(|(banned, _)| *banned == word) {
                    complaints.push(format!("{}:{line}: {name}: say {instead} instead of {word}", file.path));
                }
            }
        }
    }
    Ok(())
}

/// The second table of the glossary: a word, and what to say instead.
fn banned_words(page: &str) -> Vec<(&str, &str)> {
    let (_, table) = page.split_once("| word | instead |").unwrap_or_default();
    table
        .lines()
        .skip(2)
        .map_while(|line| {
            let (word, instead) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
            Some((word, instead))
        })
        .collect()
}

/// The words of a name in either case, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        if c != '_'
            && let Some(last) = words.last_mut()
        {
            last.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_their_words() {
        assert_eq!(words_of("DictationOutcome"), ["dictation", "outcome"]);
        assert_eq!(words_of("push_to_talk"), ["push", "to", "talk"]);
        assert_eq!(words_of("HTTPServer2Chunk"), ["httpserver2", "chunk"]);
    }

    #[test]
    fn the_second_table_is_read() {
        let page = "| word | meaning |\n|---|---|\n| a | b |\n\n| word | instead |\n|---|---|\n| chunk | passage |\n| util | what it does |\n\nEnd\n";
        assert_eq!(banned_words(page), [("chunk", "passage"), ("util", "what it does")]);
    }
}
