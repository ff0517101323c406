//! A tokenizer for tantivy that splits text which was joined from finished tokens.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Separator between tokens (the control character "unit separator").
pub(crate) const TOKEN_SEPARATOR: char = '\u{1f}';

/// Tokenizer that splits text at [`TOKEN_SEPARATOR`].
#[derive(Clone, Default)]
pub(crate) struct SplitTokenizer;

/// Token stream of a [`SplitTokenizer`].
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
        let (word, rest) =
            rest.split_once(TOKEN_SEPARATOR).map_or((rest, None), |(word, rest)| (word, Some(rest)));
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
