//! Route handlers: read the request, call the use case, build the response.

pub(crate) mod add;
pub(crate) mod audio;
pub(crate) mod backups;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod machine;
pub(crate) mod notebooks;
pub(crate) mod notes;
pub(crate) mod openai;
pub(crate) mod pending_dictations;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod shell;
pub(crate) mod sources;
pub(crate) mod trash;
pub(crate) mod turns;

pub(crate) use self::machine::find_local_model;
use hearth_wire::PageQuery;

use crate::route_error::RouteError;

const DEFAULT_PAGE_SIZE: u32 = 100;
const MAX_PAGE_SIZE: u32 = 1000;

/// Limit and cursor of a requested page; the page starts after the cursor's item.
fn parse_page_query<T: std::str::FromStr>(query: &PageQuery) -> Result<(u32, Option<T>), RouteError> {
    let limit = query.limit.unwrap_or(DEFAULT_PAGE_SIZE).clamp(1, MAX_PAGE_SIZE);
    let cursor = query.cursor.as_deref().map(str::parse).transpose();
    Ok((limit, cursor.map_err(|_| RouteError::invalid_request("the cursor is not valid for this list"))?))
}

/// Cuts a whole list to the requested page; returns the next cursor, too. A cursor names the last item of
/// the page before and the position after it, so that the list continues when that item is deleted.
fn paginate_items<T>(
    items: Vec<T>,
    query: &PageQuery,
    id: impl Fn(&T) -> String,
) -> (Vec<T>, Option<String>) {
    let limit = query.limit.unwrap_or(DEFAULT_PAGE_SIZE).clamp(1, MAX_PAGE_SIZE) as usize;
    let from = query.cursor.as_ref().map_or(0, |cursor| {
        let (last, position) = cursor.split_once('.').unwrap_or((cursor, ""));
        let after = items.iter().position(|item| id(item) == last).map(|at| at + 1);
        // Without that item, the items after it have moved up by one.
        after
            .or_else(|| position.parse().ok().map(|position: usize| position.saturating_sub(1)))
            .unwrap_or(items.len())
    });
    let has_more = items.len() > from.saturating_add(limit);
    let items: Vec<T> = items.into_iter().skip(from).take(limit).collect();
    let next = items.last().filter(|_| has_more).map(|last| format!("{}.{}", id(last), from + items.len()));
    (items, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_after_a_deleted_item() {
        let page = |items: &[u32], cursor: Option<String>| {
            paginate_items(items.to_vec(), &PageQuery { limit: Some(2), cursor }, ToString::to_string)
        };
        let (first, next) = page(&[1, 2, 3, 4, 5], None);
        assert_eq!(first, [1, 2]);
        assert_eq!(page(&[1, 2, 3, 4, 5], next.clone()).0, [3, 4]);
        assert_eq!(page(&[1, 3, 4, 5], next.clone()).0, [3, 4]);
        assert_eq!(page(&[0, 1, 2, 3, 4, 5], next).0, [3, 4]);
        assert_eq!(page(&[1, 2, 3], Some("7".into())).0, [0; 0]);
    }
}
