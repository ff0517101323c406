//! Markers one after the other, and what they are at their place: markers, nouns, values or doubtful.

use super::before::Before;
use super::cursor::{Cursor, Parse, Stop, is_blank};
use super::element::read_element;
use super::form::{Element, Form, Place, begins_marker};
use super::numbers::MAX_RANGE;
use super::words;
use super::wrapped::read_word;

/// Position up to which a sequence is continued.
const MAX_SEQUENCE_CHARS: usize = 56;

/// What the text at a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Text as written, up to the position.
    Text(usize),
    /// Markers, each with its numbers, up to the position; the white space before them goes with them unless
    /// `keeps_blank`.
    Markers { lists: Vec<Vec<u32>>, end: usize, keeps_blank: bool, has_open_link: bool },
    /// A marker that stands for a noun.
    Noun { numbers: Vec<u32>, end: usize, has_open_link: bool },
    /// A list that the caller decides on.
    Doubtful { numbers: Vec<u32>, end: usize },
}

/// Reads one marker and those that follow it, joined by white space, commas and conjunctions.
pub(super) fn read_sequence(cur: &mut Cursor<'_>, place: Place<'_>, found: &mut Vec<Element>) -> Parse<()> {
    let start = found.len();
    read_element(cur, place, found)?;
    if place.depth > 0 && found[start..].iter().any(|element| element.is_beyond(place.passages)) {
        return Err(Stop::No);
    }
    while cur.at <= MAX_SEQUENCE_CHARS && found.last().is_some_and(|last| !last.has_open_link) {
        match cur.attempt(|cur| read_next(cur, place, found))? {
            Some(next) => found.extend(next),
            None => break,
        }
    }
    Ok(())
}

/// What stands between two markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// Nothing.
    None,
    /// White space only.
    Blank,
    /// A comma or a conjunction.
    Joined,
    /// A dash: all numbers between are meant too.
    Dash,
}

/// Reads what joins a marker to those found, and the marker.
fn read_next(cur: &mut Cursor<'_>, place: Place<'_>, found: &[Element]) -> Parse<Vec<Element>> {
    let gap = read_gap(cur)?;
    if gap == Gap::Joined && place.is_in_parenthesis {
        while cur.attempt(read_word)?.is_some() {}
    }
    let last = found.last().ok_or(Stop::No)?;
    let is_sure = found.iter().any(|element| element.is_sure);
    if !is_sure && matches!(gap, Gap::Joined | Gap::Dash) {
        return Err(Stop::No);
    }
    // A raised number after another one is a marker too; after white space it may be anything.
    let takes_raised = last.form == Form::Raised || (place.takes_raised && gap == Gap::None);
    let mut next = Vec::new();
    read_element(cur, Place { takes_raised, ..place }, &mut next)?;
    if next.iter().any(|element| element.is_beyond(place.passages)) {
        return Err(Stop::No);
    }
    if gap == Gap::Dash {
        let (Some(&from), Some(&to)) = (last.numbers.last(), next[0].numbers.first()) else {
            return Err(Stop::No);
        };
        if to <= from || to - from > MAX_RANGE {
            return Err(Stop::No);
        }
        next[0].numbers.splice(..0, from + 1..to);
    }
    Ok(next)
}

/// Reads what stands between two markers.
fn read_gap(cur: &mut Cursor<'_>) -> Parse<Gap> {
    let blanks = cur.skip_blanks()?;
    if cur.take_if(|c| "-–—".contains(c))? {
        cur.skip_blanks()?;
        return Ok(Gap::Dash);
    }
    let mut is_joined = cur.take_if(|c| ",;،、，；،؛&+/".contains(c))?;
    let blanks = blanks + cur.skip_blanks()?;
    if (blanks > 0 || is_joined) && cur.attempt(|cur| cur.listed_word(&[words::CONJUNCTIONS]))?.is_some() {
        is_joined = true;
        cur.skip_blanks()?;
    }
    Ok(match (is_joined, blanks) {
        (true, _) => Gap::Joined,
        (false, 0) => Gap::None,
        (false, _) => Gap::Blank,
    })
}

/// Reads a comma or conjunction that joins the marker after it to one before.
pub(super) fn read_join(cur: &mut Cursor<'_>, passages: u32) -> Parse<usize> {
    if read_gap(cur)? != Gap::Joined {
        return Err(Stop::No);
    }
    let end = cur.at;
    let mut found = Vec::new();
    read_element(cur, Place::new(read_sequence, passages, Some(&Before::default())), &mut found)?;
    if found.iter().any(|element| element.is_sure) { Ok(end) } else { Err(Stop::No) }
}

/// Judges the text at the cursor, which may begin with white space.
pub(super) fn read_markers(cur: &mut Cursor<'_>, before: &Before, passages: u32) -> Parse<Verdict> {
    let blanks = cur.skip_blanks()?;
    let first = cur.peek()?.ok_or(Stop::No)?;
    if !begins_marker(first) {
        return Err(Stop::No);
    }
    let place = Place::new(read_sequence, passages, Some(before));
    let note = *cur;
    let mut found = Vec::new();
    read_sequence(cur, place, &mut found)?;
    let Some(element) = found.first() else {
        return Err(Stop::No);
    };
    let end = element.end;
    let is_index = blanks == 0 && first == '[' && before.is_identifier();
    let is_value = first == '[' && before.last_visible().is_some_and(|c| "=∈≠≤≥≈".contains(c));
    if is_index || is_value || element.is_beyond(passages) || is_note_definition(note, *cur, before)? {
        return Ok(Verdict::Text(end));
    }
    if !found.iter().any(|element| element.is_sure) {
        cur.at = end;
        return judge_list(cur, element, before);
    }
    let has_open_link = found.last().is_some_and(|last| last.has_open_link);
    if is_noun(cur, &found, before, blanks > 0)? {
        let numbers = existing(found.iter().flat_map(|element| element.numbers.iter()), passages);
        if !numbers.is_empty() {
            return Ok(Verdict::Noun { numbers, end: cur.at, has_open_link });
        }
    }
    let lists = found.iter().map(|element| existing(element.numbers.iter(), passages));
    let lists = lists.filter(|list| !list.is_empty()).collect();
    let opens_line = blanks > 0 && before.opens_raw_line();
    // Two words must not be joined.
    let is_glued = cur.peek().or_else(none_at_limit)?.is_some_and(is_cased);
    let keeps_blank = blanks > 0 && (opens_line || (is_glued && !has_open_link));
    let drops_blank = before.drops_blank() && (blanks == 0 || opens_line);
    skip_rest(cur, drops_blank, before)?;
    Ok(Verdict::Markers { lists, end: cur.at, keeps_blank, has_open_link })
}

/// True for a character of a script that separates its words.
fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || c.is_ascii_digit()
}

/// Numbers of passages that exist, each once.
fn existing<'a>(numbers: impl Iterator<Item = &'a u32>, passages: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for &number in numbers {
        if number <= passages && !found.contains(&number) {
            found.push(number);
        }
    }
    found
}

/// True for `[^1]: …` at the start of a line.
fn is_note_definition(start: Cursor<'_>, end: Cursor<'_>, before: &Before) -> Parse<bool> {
    let mut start = start;
    let has_caret = start.take('[')? && start.take('^')?;
    Ok(has_caret && before.opens_line() && end.peek().or_else(none_at_limit)? == Some(':'))
}

/// Takes the limit of the held text for the end of the stream.
fn none_at_limit<T>(stop: Stop) -> Parse<Option<T>> {
    if stop == Stop::No { Ok(None) } else { Err(stop) }
}

/// Passes white space after a marker that would be left over.
fn skip_rest(cur: &mut Cursor<'_>, drops_blank: bool, before: &Before) -> Parse<()> {
    cur.attempt(|cur| {
        if before.opens_line() {
            cur.take(':')?;
        }
        if drops_blank {
            cur.skip_blanks()?;
        }
        Ok(())
    })?;
    cur.attempt(|cur| {
        if cur.skip_blanks()? == 0 {
            return Err(Stop::No);
        }
        let mut next = *cur;
        match next.next()? {
            ',' | ')' | '，' | '。' | '、' | '،' => Ok(()),
            '.' if next.peek()?.is_none_or(char::is_whitespace) => Ok(()),
            _ => Err(Stop::No),
        }
    })?;
    Ok(())
}

/// True if the sentence needs a noun in the place of the markers.
fn is_noun(cur: &Cursor<'_>, found: &[Element], before: &Before, has_gap: bool) -> Parse<bool> {
    if found[0].form != Form::Bracket || before.is_in_parenthesis() {
        return Ok(false);
    }
    if before.opens_sentence(has_gap) {
        let mut next = *cur;
        let reads_on = next.attempt(|next| {
            next.skip_blanks()?;
            next.peek()
        })?;
        if reads_on.flatten().is_some_and(char::is_lowercase) && next.at > cur.at {
            return Ok(true);
        }
    }
    let mut next = *cur;
    let is_genitive = next.attempt(|next| {
        let has_mark = next.take_if(|c| c == '\'' || c == '’')?;
        Ok(has_mark && next.take('s')? && !next.peek()?.is_some_and(char::is_alphanumeric))
    })?;
    let count = found.iter().map(|element| element.numbers.len()).sum();
    if is_genitive == Some(true) {
        return Ok(true);
    }
    // `geht aus [1] hervor` needs a noun, `schalten Sie sie aus [1].` has all it needs.
    let word = before.word();
    let goes_on = words::is_listed("aus zu nach", &word) && is_before_word(*cur)?;
    Ok(needs_noun(before, count, goes_on))
}

/// True if a word follows.
fn is_before_word(cur: Cursor<'_>) -> Parse<bool> {
    let mut next = cur;
    let letter = next.attempt(|next| {
        next.skip_blanks()?;
        next.peek()
    })?;
    Ok(letter.flatten().is_some_and(char::is_alphabetic))
}

/// True if the word before needs a noun after it; `count` numbers are in the markers, and `goes_on` says
/// whether the clause does.
fn needs_noun(before: &Before, count: usize, goes_on: bool) -> bool {
    let word = before.word();
    let ends_with_colon = before.last_visible() == Some(':');
    if words::is_listed(words::NOUN_NAMES, &word) || before_phrase(before) {
        return true;
    }
    if words::is_listed(words::PLURAL_NAMES, &word) {
        return count > 1 || ends_with_colon;
    }
    if words::is_listed(words::DOCUMENT_NAMES, &word) {
        let prior = before.word_before_last();
        return prior.is_empty() || words::is_listed(words::NOUN_LEADERS, &prior);
    }
    if ends_with_colon || !words::is_listed(words::NOUN_LEADERS, &word) {
        return false;
    }
    let sentence = before.sentence_words();
    let prior = before.word_before_last();
    // Single letters are prepositions only after a word.
    if word.len() == 1 && prior.chars().count() < 4 {
        return false;
    }
    // `5 in [1]` has inches; `schalten Sie die Pumpe aus [1]` is complete.
    let is_unit = word == "in" && prior.chars().all(|c| c.is_ascii_digit()) && !prior.is_empty();
    let is_particle = !goes_on
        && words::PARTICLE_VERBS.iter().filter(|(particle, _)| *particle == word).any(|(_, stems)| {
            sentence.iter().any(|word| stems.split(' ').any(|stem| word.starts_with(stem)))
        });
    let is_adjective = word == "laut" && words::is_listed(words::BEFORE_ADJECTIVES, &prior);
    !is_unit && !is_particle && !is_adjective
}

/// True after a phrase that needs a noun.
fn before_phrase(before: &Before) -> bool {
    words::NOUN_PHRASES.split(';').any(|phrase| before.ends_with_words(phrase))
}

/// Judges a list or range without a name.
fn judge_list(cur: &mut Cursor<'_>, list: &Element, before: &Before) -> Parse<Verdict> {
    let numbers = existing(list.numbers.iter(), u32::MAX);
    let end = list.end;
    if before.ends_sentence() && !before.opens_line() {
        skip_rest(cur, false, before)?;
        let (lists, end) = (vec![numbers], cur.at);
        return Ok(Verdict::Markers { lists, end, keeps_blank: false, has_open_link: list.has_open_link });
    }
    let word = before.word();
    if (words::is_listed(words::ATTRIBUTIONS, &word) && needs_noun(before, 2, true))
        || before.ends_with_words("according to")
    {
        return Ok(Verdict::Noun { numbers, end, has_open_link: list.has_open_link });
    }
    let is_value_sign = |c: char| "=∈([{（$≤≥<>≈±~≠".contains(c);
    let is_value = before.last_visible().is_some_and(is_value_sign)
        || before.ends_with_list()
        || (words::is_listed(words::FUNCTION_WORDS, &word) && before.last_visible() != Some(':'))
        || is_before_unit(*cur, before)?;
    Ok(if is_value { Verdict::Text(end) } else { Verdict::Doubtful { numbers, end } })
}

/// True if a word such as a unit follows and little stands before in the sentence.
fn is_before_unit(cur: Cursor<'_>, before: &Before) -> Parse<bool> {
    if before.sentence_words().len() >= 4 {
        return Ok(false);
    }
    let mut next = cur;
    let word = next.attempt(|next| {
        if next.skip(is_blank)? == 0 || !next.peek()?.is_some_and(char::is_lowercase) {
            return Err(Stop::No);
        }
        let mut word = String::new();
        while next.peek()?.is_some_and(char::is_alphabetic) {
            word.push(next.next()?);
        }
        Ok(word)
    })?;
    let is_function = |word: &String| {
        [words::FUNCTION_WORDS, words::CONJUNCTIONS].iter().any(|list| words::is_listed(list, word))
    };
    Ok(word.is_some_and(|word| !is_function(&word)))
}
