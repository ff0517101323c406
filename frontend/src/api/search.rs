//! Search as the user types.

use hearth_wire::operations::Search;
use hearth_wire::{ApiError, SearchQuery, SearchResult};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call::call_operation;
use crate::browser;

/// Debounce of typing before a search is sent, in milliseconds.
const DEBOUNCE_MS: i32 = 140;
/// Shortest query that is searched, in characters.
const MIN_QUERY_CHARS: usize = 2;

/// Searches for `query` once typing pauses; a query that is too short has no results. The returned trigger
/// searches again.
pub fn search_as_typed(
    query: RwSignal<String>,
    max_hits: u32,
    on_found: impl Fn(Result<SearchResult, ApiError>) + Copy + 'static,
) -> Trigger {
    let retry = Trigger::new();
    let run_search = move |typed: String| async move {
        let search_query = SearchQuery { q: typed.clone(), limit: Some(max_hits), ..SearchQuery::default() };
        let found = call_operation::<Search>(&[], &search_query, &()).await;
        // The query has changed meanwhile, or the page is gone.
        if query.try_get_untracked() == Some(typed) {
            on_found(found);
        }
    };
    Effect::new(move |_| {
        retry.track();
        let typed = query.get();
        if typed.trim().chars().count() < MIN_QUERY_CHARS {
            return on_found(Ok(SearchResult::default()));
        }
        browser::run_after(DEBOUNCE_MS, move || {
            if query.try_get_untracked().as_ref() == Some(&typed) {
                spawn_local(run_search(typed));
            }
        });
    });
    retry
}
