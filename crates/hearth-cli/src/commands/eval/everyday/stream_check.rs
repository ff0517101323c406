//! Check of the turn that came of one scripted stream.

use std::ops::Range;

use regex::Regex;
use serde_json::{Map, Value};

use super::comparison::{
    CitedQuote, contains_text, find_span, has_content, join_quotes, ranges_overlap, read_list, read_range,
    read_text, slice_chars,
};
use super::documents::LATE_FIELD;
use super::scripted_ollama::ReceivedRequests;
use super::stream_expectation::{ExpectedOutcome, StreamFigures};

/// Fields that every turn has. Any other field with content is something that the turn says about itself.
const PLAIN_FIELDS: [&str; 17] = [
    "id",
    "notebook_id",
    "conversation_id",
    "question",
    "state",
    "mode",
    "answer",
    "citations",
    "unsupported",
    "model",
    "reasoning",
    "passages_used",
    "passages_left_out",
    "timings",
    "follow_ups",
    "created_at",
    "searched_for",
];
/// State of a stream that may end in any state, if the turn says what happened.
const ANY_STATE: &str = "said";

/// Comparison of a turn with what is expected.
pub(super) struct StreamCheck<'a> {
    expected: &'a ExpectedOutcome,
    turn: &'a Value,
    answer: &'a str,
    citations: Vec<CitedQuote>,
    unsupported: Vec<Range<usize>>,
    figures: &'a mut StreamFigures,
    faults: Vec<String>,
}

impl<'a> StreamCheck<'a> {
    pub(super) fn new(
        expected: &'a ExpectedOutcome,
        turn: &'a Value,
        figures: &'a mut StreamFigures,
    ) -> Self {
        let to_quote = |citation: &Value| CitedQuote {
            range: read_range(&citation["covers"]),
            quote: join_quotes(citation),
        };
        Self {
            expected,
            turn,
            answer: read_text(turn, "answer"),
            citations: read_list(turn, "citations").iter().map(to_quote).collect(),
            unsupported: read_list(turn, "unsupported").iter().map(read_range).collect(),
            figures,
            faults: Vec::new(),
        }
    }

    /// Counts the turn in the figures; returns what is wrong with it.
    pub(super) fn run(mut self, requests: &ReceivedRequests) -> anyhow::Result<Vec<String>> {
        self.check_requests(requests);
        self.check_text()?;
        self.check_cited_sentences();
        if self.expected.exact {
            self.check_other_citations();
        }
        self.check_uncited_sentences();
        self.check_silent_sentences();
        self.check_state()?;
        Ok(self.faults)
    }

    fn check_requests(&mut self, requests: &ReceivedRequests) {
        if requests.was_asked {
            self.figures.asked += 1;
        } else if self.expected.asked.unwrap_or(true) {
            self.faults.push("the model was not asked".into());
        }
        if !requests.missing_passages.is_empty() {
            self.faults.push(format!("no passage in the prompt has {:?}", requests.missing_passages));
        }
    }

    fn check_text(&mut self) -> anyhow::Result<()> {
        if let Some(expected) = &self.expected.answer {
            self.figures.text_checked += 1;
            let is_right = trim_lines(self.answer) == trim_lines(expected)
                || matches_pattern(self.expected.said.as_deref(), self.answer)?;
            if is_right {
                self.figures.text_right += 1;
            } else {
                self.faults.push(format!("text: {:?} instead of {expected:?}", self.answer));
            }
        }
        for part in self.expected.never.iter().filter(|part| self.answer.contains(part.as_str())) {
            self.faults.push(format!("must not be in the text: {part:?} in {:?}", self.answer));
        }
        Ok(())
    }

    /// Each expected citation is right, lost (the sentence has none) or wrong (it has only others).
    fn check_cited_sentences(&mut self) {
        for expected in &self.expected.cited {
            self.figures.cited_expected += 1;
            let span = find_span(self.answer, &expected.sentence);
            let quotes = self.quotes_of(span.as_ref());
            if quotes.iter().any(|quote| contains_text(quote, &expected.quote)) {
                self.figures.kept += 1;
                if self.is_unsupported(span.as_ref()) {
                    self.faults.push(format!("cited and called unsupported: {}", expected.sentence));
                }
            } else if let Some(wrong) =
                span.as_ref().and_then(|span| quotes.iter().find(|quote| !self.is_expected(quote, span)))
            {
                let fault = format!("wrong citation of {:?}: {wrong:?}", expected.sentence);
                self.figures.wrong += 1;
                self.faults.push(fault);
            } else {
                self.figures.lost += 1;
                self.faults.push(format!("lost citation of {:?}", expected.sentence));
            }
        }
    }

    /// Every citation must be one that is expected.
    fn check_other_citations(&mut self) {
        for citation in &self.citations {
            if !self.is_expected(&citation.quote, &citation.range) {
                self.figures.wrong += 1;
                let sentence = slice_chars(self.answer, &citation.range);
                self.faults.push(format!("cited by another passage: {sentence:?} by {:?}", citation.quote));
            }
        }
    }

    /// Sentences that no document supports must be called unsupported, and not be cited.
    fn check_uncited_sentences(&mut self) {
        for sentence in &self.expected.uncited {
            self.figures.uncited_expected += 1;
            let span = find_span(self.answer, sentence);
            if let Some(quote) = self.quotes_of(span.as_ref()).first() {
                let fault = format!("cited, should not be: {sentence:?} by {quote:?}");
                self.figures.wrong += 1;
                self.faults.push(fault);
            } else if self.is_unsupported(span.as_ref()) {
                self.figures.unsupported_right += 1;
            } else {
                self.faults.push(format!("not called unsupported: {sentence:?}"));
            }
        }
    }

    /// Sentences that claim nothing must not be called unsupported.
    fn check_silent_sentences(&mut self) {
        for sentence in &self.expected.silent {
            let span = find_span(self.answer, sentence);
            if self.is_unsupported(span.as_ref()) {
                self.faults.push(format!("called unsupported, is no claim: {sentence:?}"));
            }
            if self.expected.silent_uncited && !self.quotes_of(span.as_ref()).is_empty() {
                self.faults.push(format!("cited, is no claim: {sentence:?}"));
            }
        }
    }

    fn check_state(&mut self) -> anyhow::Result<()> {
        let expected = self.expected.state.as_deref().unwrap_or("done");
        let statements = list_statements(self.turn);
        let text = serde_json::to_string(&statements)?;
        let is_right = (self.turn["state"] == expected || (expected == ANY_STATE && !statements.is_empty()))
            && (self.expected.error.is_none() || matches_pattern(self.expected.error.as_deref(), &text)?);
        if is_right {
            self.figures.state_right += 1;
        } else {
            let error = self.expected.error.as_deref().unwrap_or_default();
            self.faults.push(format!("state {} {text}, expected {expected} {error}", self.turn["state"]));
        }
        if let Some(reasoning) = &self.expected.reasoning
            && !read_text(self.turn, "reasoning").contains(reasoning)
        {
            self.faults.push(format!("not in the reasoning: {reasoning:?}"));
        }
        if has_content(&self.turn[LATE_FIELD]) {
            self.faults.push("not done in time".into());
        }
        Ok(())
    }

    /// Quotes of the citations that support a part of this range.
    fn quotes_of(&self, span: Option<&Range<usize>>) -> Vec<&str> {
        let is_of_span = |citation: &&CitedQuote| span.is_some_and(|s| ranges_overlap(&citation.range, s));
        self.citations.iter().filter(is_of_span).map(|citation| citation.quote.as_str()).collect()
    }

    fn is_unsupported(&self, span: Option<&Range<usize>>) -> bool {
        span.is_some_and(|span| self.unsupported.iter().any(|range| ranges_overlap(range, span)))
    }

    /// True if a sentence that overlaps this range is expected to be cited by this quote.
    fn is_expected(&self, quote: &str, range: &Range<usize>) -> bool {
        self.expected.cited.iter().any(|expected| {
            let span = find_span(self.answer, &expected.sentence);
            span.is_some_and(|span| ranges_overlap(&span, range)) && contains_text(quote, &expected.quote)
        })
    }
}

/// Trims the text and the ends of its lines.
fn trim_lines(text: &str) -> String {
    let trimmed = text.trim();
    let lines: Vec<&str> = trimmed.split('\n').map(|line| line.trim_end_matches([' ', '\t'])).collect();
    lines.join("\n")
}

/// True if there is a pattern and the text matches it somewhere.
fn matches_pattern(pattern: Option<&str>, text: &str) -> anyhow::Result<bool> {
    Ok(match pattern {
        Some(pattern) => Regex::new(pattern)?.is_match(text),
        None => false,
    })
}

/// What a turn says about itself: fields with content that not every turn has.
fn list_statements(turn: &Value) -> Map<String, Value> {
    let is_statement = |(name, value): &(&String, &Value)| {
        !PLAIN_FIELDS.contains(&name.as_str()) && *name != LATE_FIELD && has_content(value)
    };
    let fields = turn.as_object().into_iter().flatten();
    fields.filter(is_statement).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::stream_expectation::ExpectedCitation;
    use super::*;

    const ANSWER: &str = "Über den Druck:\nThe pressure is 9 bar. It costs 12.65. It never fails.";

    fn citation(start: usize, end: usize, quote: &str) -> Value {
        json!({"covers": {"start": start, "end": end}, "quote": quote})
    }

    /// An expectation that fits [`ANSWER`].
    fn expect_answer() -> ExpectedOutcome {
        let cited =
            |sentence: &str, quote: &str| ExpectedCitation { sentence: sentence.into(), quote: quote.into() };
        ExpectedOutcome {
            answer: Some(ANSWER.into()),
            cited: vec![cited("The pressure is 9 bar.", "**9** bar"), cited("It costs 12.65.", "12.65")],
            uncited: vec!["It never fails.".into()],
            silent: vec!["Über den Druck:".into()],
            silent_uncited: true,
            ..ExpectedOutcome::default()
        }
    }

    fn check_turn(expected: &ExpectedOutcome, turn: &Value) -> (StreamFigures, Vec<String>) {
        let mut figures = StreamFigures::default();
        let requests = ReceivedRequests { was_asked: true, missing_passages: Vec::new() };
        let faults = StreamCheck::new(expected, turn, &mut figures).run(&requests).unwrap();
        (figures, faults)
    }

    #[test]
    fn a_right_turn_has_no_fault() {
        let turn = json!({
            "state": "done", "answer": format!("{ANSWER}\n"), "model": "m",
            "citations": [citation(16, 38, "at 9 BAR"), citation(39, 54, "12.65 EUR")],
            "unsupported": [{"start": 55, "end": 70}],
        });
        let (figures, faults) = check_turn(&expect_answer(), &turn);
        assert_eq!(faults, [""; 0]);
        let right = StreamFigures {
            asked: 1,
            text_right: 1,
            text_checked: 1,
            cited_expected: 2,
            kept: 2,
            uncited_expected: 1,
            unsupported_right: 1,
            state_right: 1,
            ..StreamFigures::default()
        };
        assert_eq!(figures, right);
    }

    #[test]
    fn citations_are_lost_or_wrong() {
        let turn = json!({
            "state": "done", "answer": ANSWER,
            "citations": [citation(0, 38, "another passage"), citation(55, 70, "12.65")],
            "unsupported": [{"start": 0, "end": 15}],
        });
        let (figures, faults) = check_turn(&expect_answer(), &turn);
        assert_eq!((figures.kept, figures.lost, figures.wrong, figures.unsupported_right), (0, 1, 2, 0));
        let openings =
            ["wrong citation", "lost citation", "cited, should", "called unsupported", "cited, is no"];
        assert_eq!(faults.len(), openings.len(), "{faults:?}");
        for (fault, opening) in faults.iter().zip(openings) {
            assert!(fault.starts_with(opening), "{fault}");
        }
    }

    #[test]
    fn an_exact_expectation_allows_no_other_citation() {
        let expected = ExpectedOutcome { exact: true, uncited: Vec::new(), ..expect_answer() };
        let turn = json!({
            "state": "done", "answer": ANSWER,
            "citations": [citation(16, 38, "9 bar"), citation(39, 54, "12.65"), citation(39, 54, "other")],
        });
        let (figures, faults) = check_turn(&expected, &turn);
        assert_eq!((figures.kept, figures.wrong, faults.len()), (2, 1, 1), "{faults:?}");
    }

    #[test]
    fn a_turn_says_what_happened() {
        let expected = ExpectedOutcome {
            state: Some(ANY_STATE.into()),
            error: Some("(?i)memory".into()),
            ..ExpectedOutcome::default()
        };
        let is_right = |turn: &Value| check_turn(&expected, turn).1.is_empty();
        assert!(is_right(&json!({"state": "failed", "error": {"message": "out of Memory"}})));
        assert!(is_right(&json!({"state": "done", "fallback": "memory"})));
        assert!(!is_right(&json!({"state": "done", "answer": "memory", "error": null})));
        assert!(!is_right(&json!({"state": "failed", "error": {"message": "other"}})));
        let mut late = json!({"state": "done", "fallback": "memory"});
        late[LATE_FIELD] = json!(true);
        assert!(!is_right(&late));
    }

    #[test]
    fn a_text_may_be_another_that_matches() {
        let mut expected = ExpectedOutcome { answer: Some("a \nb".into()), ..ExpectedOutcome::default() };
        let count_faults = |expected: &ExpectedOutcome, answer: &str| {
            check_turn(expected, &json!({"state": "done", "answer": answer})).1.len()
        };
        assert_eq!(count_faults(&expected, "a\nb\n"), 0);
        assert_eq!(count_faults(&expected, "other"), 1);
        expected.said = Some("^o".into());
        assert_eq!(count_faults(&expected, "other"), 0);
        expected.never = vec!["the".into()];
        assert_eq!(count_faults(&expected, "other"), 1);
    }
}
