//! Tokens that were made ready elsewhere, for tantivy: joined to a text, and split again.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Stands between them.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// Splits a text of ready tokens.
#[derive(Clone, Default)]
pub(crate) struct SplitTokenizer;

pub(crate) struct SplitStream<'a> {
    rest: Option<&'a str>,
    position: usize,
    token: Token,
}

impl Tokenizer for SplitTokenizer {
    type TokenStream<'a> = SplitStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> SplitStream<'a> {
        SplitStream { rest: (!text.is_empty()).then_some(text), position: 0, token: Token::default() }
    }
}

impl TokenStream for SplitStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(rest) = self.rest else {
            return false;
        };
        let (word, rest) = rest.split_once(SEPARATOR).map_or((rest, None), |(word, rest)| (word, Some(rest)));
        self.rest = rest;
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.position;
        self.token.position_length = 1;
        self.position += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
