//! The model's own list of sources at the end of its answer.

use super::bracket::is_address;
use super::cursor::{Cursor, Parse, Stop, is_blank};
use super::element::read_element;
use super::form::Place;
use super::sequence::read_sequence;
use super::words::{STRONG_NAMES, WEAK_NAMES};

/// Longest beginning of a line that is looked at.
const MAX_HEAD_CHARS: usize = 400;

/// Labels of a list of sources, between semicolons.
const LABELS: &str = "source;sources;sources used;used sources;sources cited;cited sources;\
    list of sources;source list;source references;references;reference;reference list;\
    list of references;citations;citation;cited passages;passages used;bibliography;works cited;\
    footnotes;sources and references;references and sources;quelle;quellen;quellenangabe;quellenangaben;\
    quellenverzeichnis;quellennachweis;quellennachweise;quellenliste;verwendete quellen;\
    genutzte quellen;referenzen;literaturverzeichnis;fußnoten;einzelnachweise;bibliografie;\
    bibliographie;literaturangaben;zitierte quellen;références;référence;sources utilisées;\
    sources citées;sources consultées;références bibliographiques;fuente;fuentes;fuentes consultadas;\
    fuentes utilizadas;fuentes citadas;referencia;referencias;referencias bibliográficas;bibliografía;\
    fonte;fonti;fonti utilizzate;fonti consultate;fonti citate;riferimenti;riferimento;\
    riferimenti bibliografici;bibliografia;bron;bronnen;bronvermelding;bronvermeldingen;\
    gebruikte bronnen;bronnenlijst;referenties;referentie;literatuur;literatuurlijst;verwijzingen;\
    fontes;fontes utilizadas;fontes consultadas;referências;referência;referências bibliográficas;\
    citações;źródło;źródła;wykorzystane źródła;przypisy;odnośniki;odniesienia;literatura;piśmiennictwo;\
    источник;источники;использованные источники;список источников;список литературы;литература;сноски;\
    参考文献;参考资料;參考文獻;參考資料;来源;來源;资料来源;資料來源;引用来源;引用;出处;出典;参照;引用元;情報源;출처;참고문헌;참고 문헌;מקורות;המקורות;מקור;\
    הפניות;ביבליוגרפיה;المصادر;المصدر;مصادر;مصدر;المراجع;مراجع;المرجع;kaynaklar;kaynakça;kaynak;källor;\
    källa;kilder;kilde;lähteet;zdroje;zdroj;джерела;πηγές;βιβλιογραφία";

/// Reader of a form.
type Form<'a> = dyn Fn(&mut Cursor<'_>) -> Parse<()> + 'a;

/// State of the line that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Begins at the position; what it is is not known yet.
    Open,
    /// Belongs to the list.
    Item,
}

/// Search for the end of a list of sources in the held text.
#[derive(Debug)]
pub(super) struct SourcesScan {
    /// Position after the label.
    pub(super) label_end: usize,
    /// Position up to which the lines are read.
    at: usize,
    /// State of the last line.
    line: Line,
}

/// Reads the white space, the rule and the label before a list; the place after the label.
pub(super) fn read_label(cur: &mut Cursor<'_>) -> Parse<SourcesScan> {
    let start = cur.at;
    let mut breaks = cur.skip(char::is_whitespace)?;
    breaks = if cur_has_break(cur, start, breaks) { breaks } else { 0 };
    while breaks > 0 && cur.attempt(read_rule)?.is_some() {
        cur.skip(char::is_whitespace)?;
    }
    if breaks == 0 {
        return Err(Stop::No);
    }
    let mut has_heading = false;
    while let Some(c) = cur.peek()?.filter(|&c| is_label_mark(c)) {
        cur.at += 1;
        // A single `*` before white space is the bullet of a list.
        has_heading |= c == '#' || ("*_".contains(c) && !cur.peek()?.is_none_or(is_blank));
    }
    read_label_words(cur)?;
    let mut has_colon = false;
    while let Some(c) = cur.peek()?.filter(|&c| "*_:：#".contains(c) || is_blank(c)) {
        has_colon |= c == ':' || c == '：';
        cur.at += 1;
    }
    let is_line = cur.peek()?.is_none_or(|c| c == '\n' || c == '\r');
    let is_label = has_colon || (has_heading && is_line);
    if !is_label {
        return Err(Stop::No);
    }
    Ok(SourcesScan { label_end: cur.at, at: cur.at, line: Line::Open })
}

/// True for what may stand before a label in its line: marks, the number of a heading, a pictogram.
fn is_label_mark(c: char) -> bool {
    let is_pictogram = matches!(c as u32, 0x2600..=0x27BF | 0xFE0F | 0x1F300..=0x1FAFF);
    is_pictogram || is_blank(c) || c.is_ascii_digit() || "#*_->•.".contains(c)
}

/// True if the `count` characters of white space from `start` have a line break.
fn cur_has_break(cur: &Cursor<'_>, start: usize, count: usize) -> bool {
    let mut back = *cur;
    back.at = start;
    (0..count).any(|_| back.next() == Ok('\n'))
}

/// Reads a rule: three or more of the same mark on a line of their own.
fn read_rule(cur: &mut Cursor<'_>) -> Parse<()> {
    let mark = cur.next()?;
    if !"-*_".contains(mark) || cur.skip(|c| c == mark)? < 2 {
        return Err(Stop::No);
    }
    cur.skip_blanks()?;
    if cur.peek()?.is_none_or(|c| c == '\n' || c == '\r') { Ok(()) } else { Err(Stop::No) }
}

/// Reads the longest label.
fn read_label_words(cur: &mut Cursor<'_>) -> Parse<()> {
    let mut text = String::new();
    let mut end = None;
    loop {
        let c = cur.peek()?;
        let is_end = c.is_none_or(|c| !c.is_alphanumeric());
        if is_end && LABELS.split(';').any(|label| label == text) {
            end = Some(*cur);
        }
        let Some(c) = c else { break };
        text.extend(c.to_lowercase());
        if !LABELS.split(';').any(|label| label.starts_with(&text)) {
            break;
        }
        cur.at += 1;
    }
    *cur = end.ok_or(Stop::No)?;
    Ok(())
}

impl SourcesScan {
    /// True if the list ends the stream; `No` as soon as a line is no part of it.
    pub(super) fn advance(
        &mut self,
        held: &[char],
        ended: bool,
        passages: u32,
        titles: &[String],
    ) -> Parse<()> {
        loop {
            if self.line == Line::Open {
                let rest = held.get(self.at..).unwrap_or(&[]);
                let mut cur = Cursor::new(rest, ended, MAX_HEAD_CHARS);
                read_line_head(&mut cur, passages, titles)?;
                self.line = Line::Item;
            }
            match held[self.at.min(held.len())..].iter().position(|&c| c == '\n') {
                Some(length) => {
                    self.at += length + 1;
                    self.line = Line::Open;
                }
                None if ended => return Ok(()),
                None => {
                    self.at = held.len();
                    return Err(Stop::More);
                }
            }
        }
    }
}

/// Reads as much of a line as shows that it belongs to a list of sources.
fn read_line_head(cur: &mut Cursor<'_>, passages: u32, titles: &[String]) -> Parse<()> {
    cur.skip(|c| is_blank(c) || c == '\r')?;
    if cur.peek()?.is_none_or(|c| c == '\n') || cur.attempt(read_rule)?.is_some() {
        return Ok(());
    }
    let mut next = *cur;
    // A bullet has white space after it; marks of emphasis have not.
    if next.take_if(|c| "-*+•–—·>|".contains(c))? && next.skip_blanks()? > 0 {
        *cur = next;
    }
    let place = Place::new(read_sequence, passages, None);
    if cur.attempt(|cur| read_element(cur, place, &mut Vec::new()))?.is_some() {
        return Ok(());
    }
    cur.skip(|c| "*_\"“„«<'‘".contains(c))?;
    let forms: [&Form<'_>; 5] = [
        &|cur| read_element(cur, place, &mut Vec::new()),
        &|cur| read_numbered(cur, titles),
        &read_address,
        &read_link_text,
        &|cur| read_title(cur, titles),
    ];
    for form in forms {
        if cur.attempt(form)?.is_some() {
            return Ok(());
        }
    }
    Err(Stop::No)
}

/// Reads `1.`, `2)`, `3:`, `Source 1:`, `1, 2`, `1 The manual`.
fn read_numbered(cur: &mut Cursor<'_>, titles: &[String]) -> Parse<()> {
    let is_named = cur.attempt(|cur| cur.listed_word(&[STRONG_NAMES, WEAK_NAMES]))?.is_some();
    if is_named {
        cur.skip(|c| is_blank(c) || ":#._-№".contains(c))?;
    }
    let digits = cur.skip(|c| c.is_ascii_digit())?;
    if !(1..=3).contains(&digits) {
        return Err(Stop::No);
    }
    if is_named || cur.take_if(|c| ".):：、,;*_]\n".contains(c))? || cur.peek()?.is_none() {
        return Ok(());
    }
    cur.skip_blanks()?;
    if cur.take_if(|c| "-–—|".contains(c))? { Ok(()) } else { read_title(cur, titles) }
}

/// Reads the beginning of an address.
fn read_address(cur: &mut Cursor<'_>) -> Parse<()> {
    let mut text = String::new();
    while text.len() < 8 {
        if is_address(&text) && text.len() > 3 {
            return Ok(());
        }
        let c = cur.next()?.to_ascii_lowercase();
        text.push(c);
        if !["http://", "https://", "www."].iter().any(|start| start.starts_with(&text)) {
            return Err(Stop::No);
        }
    }
    if is_address(&text) { Ok(()) } else { Err(Stop::No) }
}

/// Reads `[the manual](`.
fn read_link_text(cur: &mut Cursor<'_>) -> Parse<()> {
    cur.expect('[')?;
    cur.skip(|c| !"[]\n".contains(c))?;
    cur.expect(']')?;
    cur.expect('(')
}

/// Reads one of the titles.
fn read_title(cur: &mut Cursor<'_>, titles: &[String]) -> Parse<()> {
    for title in titles.iter().filter(|title| !title.trim().is_empty()) {
        let read = |cur: &mut Cursor<'_>| {
            for expected in title.trim().chars() {
                let c = cur.next()?;
                if c != expected && !c.to_lowercase().eq(expected.to_lowercase()) {
                    return Err(Stop::No);
                }
            }
            if cur.peek()?.is_some_and(char::is_alphanumeric) { Err(Stop::No) } else { Ok(()) }
        };
        if cur.attempt(read)?.is_some() {
            return Ok(());
        }
    }
    Err(Stop::No)
}
