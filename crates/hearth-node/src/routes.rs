//! Handlers: read the request, call the use case, write the answer.

pub(crate) mod add;
pub(crate) mod backups;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod machine;
pub(crate) mod notebooks;
pub(crate) mod notes;
pub(crate) mod openai;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod sources;
pub(crate) mod trash;
pub(crate) mod turns;

use hearth_wire::PageQuery;

use crate::failure::Failure;

const PAGE: u32 = 100;
const LARGEST_PAGE: u32 = 1000;

/// The limit of a page, and what it starts after.
fn page<T: std::str::FromStr>(query: &PageQuery) -> Result<(u32, Option<T>), Failure> {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let cursor = query.cursor.as_deref().map(str::parse).transpose();
    Ok((limit, cursor.map_err(|_| Failure::invalid("this cursor is of no list"))?))
}

/// Cuts a whole list to its page; items are named by their ids.
fn paged<T>(items: Vec<T>, query: &PageQuery, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE) as usize;
    let from = query.cursor.as_ref().map_or(0, |cursor| {
        items.iter().position(|item| id(item) == *cursor).map_or(items.len(), |at| at + 1)
    });
    let more = items.len() > from + limit;
    let items: Vec<T> = items.into_iter().skip(from).take(limit).collect();
    let next = items.last().filter(|_| more).map(&id);
    (items, next)
}
