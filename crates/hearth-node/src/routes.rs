//! Handlers: read the request, call the use case, write the answer.

pub(crate) mod add;
pub(crate) mod audio;
pub(crate) mod backups;
pub(crate) mod dictations;
pub(crate) mod doctor;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod machine;
pub(crate) mod notebooks;
pub(crate) mod notes;
pub(crate) mod openai;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod shell;
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

/// Cuts a whole list to its page. A cursor names the last item of the page before and the place after it, so that the
/// list goes on when that item is deleted meanwhile.
fn paged<T>(items: Vec<T>, query: &PageQuery, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = query.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE) as usize;
    let from = query.cursor.as_ref().map_or(0, |cursor| {
        let (last, place) = cursor.split_once('.').unwrap_or((cursor, ""));
        let after = items.iter().position(|item| id(item) == last).map(|at| at + 1);
        // Where the item is gone, what stood after it has moved up by one.
        after
            .or_else(|| place.parse().ok().map(|place: usize| place.saturating_sub(1)))
            .unwrap_or(items.len())
    });
    let more = items.len() > from.saturating_add(limit);
    let items: Vec<T> = items.into_iter().skip(from).take(limit).collect();
    let next = items.last().filter(|_| more).map(|last| format!("{}.{}", id(last), from + items.len()));
    (items, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_after_a_deleted_item() {
        let page = |items: &[u32], cursor: Option<String>| {
            paged(items.to_vec(), &PageQuery { limit: Some(2), cursor }, ToString::to_string)
        };
        let (first, next) = page(&[1, 2, 3, 4, 5], None);
        assert_eq!(first, [1, 2]);
        assert_eq!(page(&[1, 2, 3, 4, 5], next.clone()).0, [3, 4]);
        assert_eq!(page(&[1, 3, 4, 5], next.clone()).0, [3, 4]);
        assert_eq!(page(&[0, 1, 2, 3, 4, 5], next).0, [3, 4]);
        assert_eq!(page(&[1, 2, 3], Some("7".into())).0, [0; 0]);
    }
}
