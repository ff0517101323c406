//! What failed, in the words of a language and in those of the node.

use hearth_domain::{ErrorCode, Failure, Problem};

use crate::{Strings, english_strings};

/// A failure or problem for readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    pub text: String,
    /// The node's own message, which is English and more precise; `None` if the text is that.
    pub details: Option<String>,
}

impl Explanation {
    /// A text without details.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self { text: text.into(), details: None }
    }

    /// Text and details in one line.
    pub fn into_line(self) -> String {
        match self.details {
            Some(details) => format!("{} ({details})", self.text),
            None => self.text,
        }
    }
}

impl Strings {
    /// Explains an error by its code and the message of the node.
    pub fn explain_error(&self, code: ErrorCode, message: &str) -> Explanation {
        self.explain(self.describe_error(code), message)
    }

    /// Explains what became of a question, or of a job without a source.
    pub fn explain_failure(&self, failure: &Failure) -> Explanation {
        self.explain_error(failure.code, &failure.message)
    }

    /// Explains why a source could not be added or read.
    pub fn explain_source_error(&self, code: ErrorCode, message: &str) -> Explanation {
        match code {
            // The bytes of the source are the request.
            ErrorCode::InvalidRequest => self.explain(self.source_unreadable, message),
            code => self.explain_error(code, message),
        }
    }

    /// Explains a problem with a part of a source.
    pub fn explain_problem(&self, problem: &Problem) -> Explanation {
        self.explain(self.describe_problem(problem.code), &problem.message)
    }

    /// Explains by a text of this language and the message of a program: English readers get the message alone, all
    /// others the text with the message as details.
    pub fn explain(&self, text: &str, message: &str) -> Explanation {
        let is_english = self.language_tag == english_strings().language_tag;
        if message.is_empty() || message == text {
            Explanation::of_text(text)
        } else if is_english {
            Explanation::of_text(message)
        } else {
            Explanation { text: text.to_owned(), details: Some(message.to_owned()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find_strings;

    #[test]
    fn a_german_reader_sees_german_and_an_english_one_the_message() {
        let failure = Failure { code: ErrorCode::TooLarge, message: "it has 9 GB".to_owned() };
        let german = find_strings(["de"]).explain_failure(&failure);
        assert_eq!(german.text, "Das ist zu groß.");
        assert_eq!(german.details.as_deref(), Some("it has 9 GB"));
        assert_eq!(english_strings().explain_failure(&failure), Explanation::of_text("it has 9 GB"));
        let silent = Failure { message: String::new(), ..failure };
        assert_eq!(english_strings().explain_failure(&silent).text, "It is too large.");
    }

    #[test]
    fn a_damaged_file_is_no_wrong_request() {
        let german = find_strings(["de"]).explain_source_error(ErrorCode::InvalidRequest, "it is damaged");
        assert_eq!(
            german.into_line(),
            "Die Datei ist beschädigt oder geschützt und kann nicht gelesen werden. (it is damaged)"
        );
    }

    #[test]
    fn a_message_that_is_the_text_itself_is_shown_once() {
        let german = find_strings(["de"]);
        assert_eq!(german.explain("Voll.", "Voll."), Explanation::of_text("Voll."));
        assert_eq!(german.explain("Voll.", "").into_line(), "Voll.");
        assert_eq!(german.explain("Voll.", "disk 0 B free").into_line(), "Voll. (disk 0 B free)");
    }

    #[test]
    fn only_a_wrong_request_means_a_damaged_source() {
        for strings in [english_strings(), find_strings(["de"])] {
            for code in ErrorCode::ALL {
                let is_same = strings.explain_source_error(*code, "") == strings.explain_error(*code, "");
                assert_eq!(is_same, *code != ErrorCode::InvalidRequest, "{code:?}");
            }
        }
    }
}
