//! Searching while someone types.

use hearth_wire::operations::Search;
use hearth_wire::{ApiError, SearchQuery, SearchResult};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call::call;
use crate::browser;

/// Until words are looked up, so that not every letter is.
const PAUSE_MS: i32 = 140;
/// Letters of a question at least.
const LEAST: usize = 2;

/// Looks for what is typed, once nothing more is typed for a moment; too little finds nothing. What is
/// given back looks again.
pub fn search_as_typed(
    query: RwSignal<String>,
    hits: u32,
    on_found: impl Fn(Result<SearchResult, ApiError>) + Copy + 'static,
) -> Trigger {
    let again = Trigger::new();
    let look = move |asked: String| async move {
        let search = SearchQuery { q: asked.clone(), limit: Some(hits), ..SearchQuery::default() };
        let found = call::<Search>(&[], &search, &()).await;
        // More was typed meanwhile, or the page is gone.
        if query.try_get_untracked() == Some(asked) {
            on_found(found);
        }
    };
    Effect::new(move |_| {
        again.track();
        let asked = query.get();
        if asked.trim().chars().count() < LEAST {
            return on_found(Ok(SearchResult::default()));
        }
        browser::after(PAUSE_MS, move || {
            if query.try_get_untracked().as_ref() == Some(&asked) {
                spawn_local(look(asked));
            }
        });
    });
    again
}
