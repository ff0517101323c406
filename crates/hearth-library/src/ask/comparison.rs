//! Questions that compare two things, each of which is searched for by itself.

use super::question_phrases::OR_WORDS;

/// Words that ask for a comparison.
const COMPARISON_WORDS: &[&str] = &[
    "compare",
    "comparison",
    "difference",
    "differences",
    "differ",
    "versus",
    "vs",
    "vergleiche",
    "vergleich",
    "unterschied",
    "unterschiede",
    "unterscheiden",
    "comparez",
    "compare-moi",
    "comparer",
    "comparaison",
    "différence",
    "différences",
    "compara",
    "comparar",
    "diferencia",
    "diferencias",
    "confronta",
    "differenza",
    "vergelijk",
    "verschil",
];
/// Words between two things that are compared.
const AND_WORDS: &[&str] = &[
    "and", "und", "et", "y", "e", "en", "with", "mit", "avec", "con", "met", "versus", "vs", "to", "from",
    "zwischen",
];
/// Articles before a name.
const ARTICLES: &[&str] = &[
    "the", "a", "an", "der", "die", "das", "dem", "den", "le", "la", "les", "el", "los", "las", "il", "lo",
    "de", "het",
];

/// A question about two things, once for each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The question about one of the things, without the other.
    pub(super) sides: [String; 2],
}

impl Comparison {
    /// The comparison that a question asks for; `None` if it names no two things.
    pub(super) fn from_question(question: &str) -> Option<Self> {
        let words: Vec<&str> = question.split_whitespace().collect();
        let bare: Vec<String> = words
            .iter()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .collect();
        let compares = bare.iter().any(|word| COMPARISON_WORDS.contains(&word.as_str()));
        let joins = |word: &str| OR_WORDS.contains(&word) || compares && AND_WORDS.contains(&word);
        for (at, _) in bare.iter().enumerate().skip(1).filter(|(_, word)| joins(word)) {
            let left = find_left_name(&words, at);
            let right = find_right_name(&words, at);
            if let (Some(left), Some(right)) = (left, right) {
                let without = |part: std::ops::Range<usize>| {
                    let kept = words.iter().enumerate().filter(|(n, _)| *n != at && !part.contains(n));
                    kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
                };
                return Some(Self { sides: [without(right), without(left)] });
            }
        }
        None
    }
}

/// True for a word that names something: with a capital or a digit.
fn is_name(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    bare.starts_with(char::is_uppercase) || bare.contains(|c: char| c.is_ascii_digit())
}

fn is_article(word: &str) -> bool {
    ARTICLES.contains(&word.to_lowercase().as_str())
}

/// Name that ends before a word, with its article. The first word of a question has a capital anyway.
fn find_left_name(words: &[&str], at: usize) -> Option<std::ops::Range<usize>> {
    let count = words[1..at].iter().rev().take_while(|word| is_name(word)).count();
    let first = at - count;
    let start = first - usize::from(first > 1 && is_article(words[first - 1]));
    (count > 0).then_some(start..at)
}

/// Name that begins after a word, behind its article.
fn find_right_name(words: &[&str], at: usize) -> Option<std::ops::Range<usize>> {
    let start = at + 1 + usize::from(words.get(at + 1).is_some_and(|word| is_article(word)));
    let mut end = start;
    while words.get(end).is_some_and(|word| is_name(word)) {
        end += 1;
        if words[end - 1].ends_with([',', '?', '.', '!', ':']) {
            break;
        }
    }
    (end > start).then_some(at + 1..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_things_get_a_question_of_their_own() {
        let check = |question: &str, left: &str, right: &str| {
            let sides = Comparison::from_question(question).map(|comparison| comparison.sides);
            assert_eq!(sides, Some([left.to_owned(), right.to_owned()]), "{question}");
        };
        check(
            "Which pump has the higher head, the JP-5 or the 4SR?",
            "Which pump has the higher head, the JP-5",
            "Which pump has the higher head, the 4SR?",
        );
        check(
            "Compare the guarantee of the Grunwald JP-5 and the Pedrex 4SR",
            "Compare the guarantee of the Grunwald JP-5",
            "Compare the guarantee of the Pedrex 4SR",
        );
        check("Ist Berlin oder Hamburg größer?", "Ist Berlin größer?", "Ist Hamburg größer?");
    }

    #[test]
    fn other_questions_compare_nothing() {
        for question in [
            "Is it open on Monday and Tuesday?",
            "Who are Anna and Bert?",
            "What is the difference?",
            "Do I pay in cash or by card?",
            "",
            "or",
        ] {
            assert_eq!(Comparison::from_question(question), None, "{question}");
        }
    }
}
