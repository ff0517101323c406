//! Repetition of a model that has got stuck in a loop.

/// Characters at the end of a text that are examined.
const EXAMINED_CHARS: usize = 3000;
/// Minimum repetitions in a row of a loop.
const MIN_REPETITIONS: usize = 6;
/// Minimum characters that a loop covers.
const MIN_LOOP_CHARS: usize = 150;
/// Minimum letters of what is repeated: rules and empty cells of a table repeat, too.
const MIN_UNIT_LETTERS: usize = 2;

/// True if a text ends in a loop: the same unit many times in a row.
pub(super) fn ends_in_loop(text: &str) -> bool {
    let tail: Vec<char> = text.trim_end().chars().rev().take(EXAMINED_CHARS).collect();
    // The borders of each beginning of the reversed text (Knuth, Morris and Pratt); a text of length n with the
    // longest border b has the period n - b.
    let mut borders = vec![0; tail.len()];
    for at in 1..tail.len() {
        let mut border: usize = borders[at - 1];
        while border > 0 && tail[at] != tail[border] {
            border = borders[border - 1];
        }
        borders[at] = border + usize::from(tail[at] == tail[border]);
        let (length, period) = (at + 1, at + 1 - borders[at]);
        if length >= MIN_LOOP_CHARS
            && length >= MIN_REPETITIONS * period
            && tail[..period].iter().filter(|c| c.is_alphabetic()).count() >= MIN_UNIT_LETTERS
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::ends_in_loop;

    #[test]
    fn a_sentence_again_and_again_is_a_loop() {
        let text = format!("It is so. {}", "The pressure must be 1.5 bar. ".repeat(8));
        assert!(ends_in_loop(&text));
        assert!(!ends_in_loop(&"The pressure must be 1.5 bar. ".repeat(4)));
        assert!(ends_in_loop(&"no ".repeat(60)));
    }

    #[test]
    fn rules_and_lists_are_no_loops() {
        assert!(!ends_in_loop(&"| --- ".repeat(80)));
        assert!(!ends_in_loop(&"-".repeat(400)));
        let list: String = (0..60).map(|n| format!("- Part {n} costs {} euros\n", n * 3)).collect();
        assert!(!ends_in_loop(&list));
    }
}
