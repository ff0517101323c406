//! Labelled sentences of several languages, and single cases.

use proptest::prelude::*;
use proptest::{collection, sample};

use super::*;

/// A file of the fixtures: one sentence a line, an empty line between paragraphs.
struct Fixture {
    language: &'static str,
    lines: &'static str,
    /// Between the sentences of a paragraph.
    separator: &'static str,
    min_f1: f64,
}

macro_rules! fixtures {
    ($(($language:literal, $separator:literal, $min_f1:literal)),* $(,)?) => {
        &[$(Fixture {
            language: $language,
            lines: include_str!(concat!("../../tests/fixtures/sentences/", $language, ".txt")),
            separator: $separator,
            min_f1: $min_f1,
        }),*]
    };
}

const FIXTURES: &[Fixture] = fixtures![
    ("en", " ", 0.98),
    ("de", " ", 0.98),
    ("fr", " ", 0.98),
    ("es", " ", 0.95),
    ("it", " ", 0.95),
    ("nl", " ", 0.95),
    ("pt", " ", 0.95),
    ("ru", " ", 0.95),
    ("pl", " ", 0.95),
    ("zh", "", 0.95),
    ("ja", "", 0.95),
    ("ar", " ", 0.95),
    ("hi", " ", 0.95),
];

impl Fixture {
    fn paragraphs(&self) -> impl Iterator<Item = Vec<&'static str>> {
        self.lines.split("\n\n").map(|paragraph| paragraph.trim().lines().collect())
    }
}

/// Bounds between sentences of a paragraph: how many were found rightly, wrongly, not.
#[derive(Clone, Copy, Default)]
struct BoundCounts {
    right: usize,
    wrong: usize,
    missing: usize,
}

impl BoundCounts {
    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.wrong += other.wrong;
        self.missing += other.missing;
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.wrong + self.missing).max(1) as f64
    }
}

/// Compares the sentences found in a paragraph with its lines.
#[expect(clippy::print_stderr, reason = "the test is also read for its figures")]
fn count_bounds(lines: &[&str], separator: &str, language: Option<&str>, is_shown: bool) -> BoundCounts {
    let text = lines.join(separator);
    let mut expected = Vec::new();
    let mut at = 0;
    for line in &lines[..lines.len() - 1] {
        at += line.len() + separator.len();
        expected.push(at);
    }
    let found: Vec<usize> =
        split_sentences_in(&text, language).iter().skip(1).map(|range| range.start).collect();
    if is_shown {
        let show = |what: &str, at: usize| {
            let from = text.floor_char_boundary(at.saturating_sub(50));
            eprintln!("{what}: {}|{}", &text[from..at], &text[at..text.floor_char_boundary(at + 20)]);
        };
        found.iter().filter(|at| !expected.contains(at)).for_each(|&at| show("wrong", at));
        expected.iter().filter(|at| !found.contains(at)).for_each(|&at| show("missing", at));
    }
    let right = found.iter().filter(|at| expected.contains(at)).count();
    BoundCounts { right, wrong: found.len() - right, missing: expected.len() - right }
}

#[test]
#[expect(clippy::print_stderr, reason = "the test is also read for its figures")]
fn sentences_of_each_language_are_found() {
    let mut failed = Vec::new();
    for fixture in FIXTURES {
        // The rules were written with the first of every two paragraphs in view; the second ones check them.
        let mut halves = [BoundCounts::default(); 2];
        let mut hinted = BoundCounts::default();
        for (at, lines) in fixture.paragraphs().enumerate() {
            halves[at % 2].add(count_bounds(&lines, fixture.separator, None, at % 2 == 0));
            hinted.add(count_bounds(&lines, fixture.separator, Some(fixture.language), false));
        }
        let mut all = halves[0];
        all.add(halves[1]);
        eprintln!(
            "{}: F1 {:.4} of {} bounds (written with {:.4}, checked with {:.4}; language known {:.4})",
            fixture.language,
            all.f1(),
            all.right + all.missing,
            halves[0].f1(),
            halves[1].f1(),
            hinted.f1(),
        );
        if all.f1().min(hinted.f1()) < fixture.min_f1 {
            failed.push(fixture.language);
        }
    }
    assert!(failed.is_empty(), "below the least F1: {failed:?}");
}

/// Checks that text appended to a prefix changes its last sentence alone.
fn check_prefixes(text: &str) {
    let complete = split_sentences(text);
    for (end, _) in text.char_indices() {
        let mut found = split_sentences(&text[..end]);
        found.pop();
        for range in found {
            assert!(complete.contains(&range), "{:?} of {:?} in {text:?}", &text[range], &text[..end]);
        }
    }
}

#[test]
fn appended_text_changes_the_last_sentence_alone() {
    for fixture in FIXTURES {
        for lines in fixture.paragraphs() {
            check_prefixes(&lines.join(fixture.separator));
            check_prefixes(&lines.join("\n"));
        }
        check_prefixes(&fixture.lines[..fixture.lines.floor_char_boundary(800)]);
    }
}

proptest! {
    #[test]
    fn appended_text_changes_the_last_sentence_alone_whatever_the_text(
        words in collection::vec(sample::select(WORDS), 1..24),
    ) {
        check_prefixes(&words.concat());
    }
}

/// Pieces of texts whose ends depend on what follows.
const WORDS: &[&str] = &[
    "The ", "der ", "p.m. ", "p. ", "m. ", "z. ", "B. ", "1. ", "12", "31.12. ", "2025", "April ", "Nr. ",
    "no. ", "etc. ", "U.S. ", "Army", "foo ", "Bar. ", "é", "(", ")", "[1]", "[", "\"", "“", "„", "”", "«",
    "» ", "...", "… ", ". ", "! ", "?", "。", "「", "」", "は", "漢字", "؟ ", "т. ", "е. ", "Он ", "\n",
    "\n\n", "\n- ", "\n1. ", "\n|", "#", "```", "*", "- ", "— ", "vitamin ", "C. ", "J. ", "II. ", "'",
    "l'art. ", "L'eau ", "\u{a0}", " ", "am ", "A", ", ", ".NET",
];

fn check(text: &str, expected: &[&str]) {
    let found: Vec<&str> = split_sentences(text).into_iter().map(|range| &text[range]).collect();
    assert_eq!(found, expected);
}

#[test]
fn sentences_end_where_readers_see_them_end() {
    check("One is here. Two is there! Three?", &["One is here.", "Two is there!", "Three?"]);
    check(
        "See Fig. 3 for J. Smith et al. 2020. It grew by 3.5 mm.",
        &["See Fig. 3 for J. Smith et al. 2020.", "It grew by 3.5 mm."],
    );
    check("A line\nthat goes on. Next\none.", &["A line\nthat goes on.", "Next\none."]);
    check(
        "# Title\n\nText here.\n- first item\n- second\n",
        &["# Title", "Text here.", "- first item", "- second"],
    );
    check("| a | b |\n| --- | --- |\n| 1 | 2 |\n", &["| a | b |", "| 1 | 2 |"]);
    check("", &[]);
}

/// Checks a text with a bar after each sentence but the last.
fn check_marked(marked: &str) {
    let sentences: Vec<&str> = marked.split('|').map(str::trim).collect();
    check(&marked.replace('|', ""), &sentences);
}

#[test]
fn numbers_do_not_end_sentences_before_what_they_count() {
    check_marked("Am 1. April kommt er.| Im 3. Stock wohnt sie.");
    check_marked("Der Termin am 1. 3. 2025 entfällt.| Der nächste ist am 2. 4. 2025.");
    check_marked("Siehe § 5 Abs. 2 und Nr. 5.| Danach geht es weiter.");
    check_marked("It was in 2020.| The next was in May.| We need 12.| Bring them.");
    check("1. First do this. Then that.\n2. Stop.", &["1. First do this.", "Then that.", "2. Stop."]);
}

#[test]
fn abbreviations_end_sentences_only_before_what_begins_one() {
    check_marked("The pump stops at 6 p.m. on Monday.| It starts at 6 p.m.| Plants need it.");
    check_marked(
        "Sgt. Hill left Mt. Vernon on Jan. 5.| The U.S. Army sent him.| He works for the U.S.| They pay well.",
    );
    check_marked(
        "Use it e.g. for gardens.| J. R. R. Tolkien wrote it.| Open config.toml.| Next, see https://a.b/c.| End.",
    );
    check_marked(
        "Gem. § 5 zahlt Hr. Ott inkl. Zinsen 5 Mio. Euro, z. B. bzgl. Nr. 5.| Er zahlt 5 Mio.| Das ist viel.",
    );
    check_marked("Mme. Petit et M. Garnier citent l'art. 5 et le no. 12.| Ils parlent, etc.| Nous écoutons.");
    check_marked("El Sr. Gil lee la pág. 3.| ¿Viene la Sra. Paz?| ¡Sí!");
    check_marked("Il Sig. Rossi e il dott. Neri partono.| L'ing. Sala resta.");
    check_marked("Dhr. De Vries neemt bijv. Tom mee.| Mevr. Bos blijft.");
    check_marked("O Sr. Gil lê o n.º 5.| A Dra. Paz vem.");
    check_marked(
        "В 2024 г. он, т. е. проф. А. С. Белов, уехал в г. Тверь.| Он вернулся в 2025 г.| Все рады.",
    );
    check_marked("Psy, np. Burek, i prof. Nowak śpią.| Koty itd.| Nie śpią.");
}

#[test]
fn scripts_have_stops_of_their_own() {
    check_marked("你好。|你来吗？|来！");
    check_marked("「はい。」と言った。|彼は行った。");
    check_marked("هل تأتي؟| نعم.| د. أحمد هنا.");
    check_marked("यह अच्छा है।| डॉ. शर्मा आए।");
}

#[test]
fn what_closes_belongs_to_the_sentence_before() {
    check("\"Stop!\" He ran.", &["\"Stop!\"", "He ran."]);
    check("„Halt!“ Er lief.", &["„Halt!“", "Er lief."]);
    check("« Halte ! » Il courut.", &["« Halte ! »", "Il courut."]);
    check("»Halt!« »Nein.«", &["»Halt!«", "»Nein.«"]);
    check("This is **bold.** Next is `code`.", &["This is **bold.**", "Next is `code`."]);
    check("It fell.[12] Then it rose.", &["It fell.[12]", "Then it rose."]);
    check("It fell (see p. 5!) and rose.", &["It fell (see p. 5!) and rose."]);
}
