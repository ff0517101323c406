//! A table with the words of its rows, each word analysed once.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use super::table::Table;

/// Forms of a word: its stems in the languages of the question and of the table.
pub(in crate::ask) type WordForms<'a> = dyn Fn(&str) -> HashSet<String> + 'a;

/// A table with the words of its rows, made when they are first needed.
pub(in crate::ask) struct IndexedTable<'a> {
    pub(in crate::ask) table: &'a Table,
    pub(super) forms: &'a WordForms<'a>,
    row_forms: OnceCell<Vec<HashSet<String>>>,
}

impl<'a> IndexedTable<'a> {
    pub(in crate::ask) fn new(table: &'a Table, forms: &'a WordForms<'a>) -> Self {
        Self { table, forms, row_forms: OnceCell::new() }
    }

    /// Forms of all words of a text.
    pub(super) fn collect_forms(&self, text: &str) -> HashSet<String> {
        split_words(text).flat_map(self.forms).collect()
    }

    /// True if a row has a word in one of its forms.
    pub(super) fn row_has_word(&self, row: usize, word: &HashSet<String>) -> bool {
        let all = self.row_forms.get_or_init(|| self.collect_row_forms());
        !all[row].is_disjoint(word)
    }

    fn collect_row_forms(&self) -> Vec<HashSet<String>> {
        let mut known: HashMap<&str, HashSet<String>> = HashMap::new();
        let rows = self.table.rows.iter().map(|row| {
            let mut row_forms = HashSet::new();
            for word in row.cells.iter().flat_map(|cell| split_words(cell)) {
                let word_forms = known.entry(word).or_insert_with(|| (self.forms)(word));
                row_forms.extend(word_forms.iter().cloned());
            }
            row_forms
        });
        rows.collect()
    }
}

fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}
