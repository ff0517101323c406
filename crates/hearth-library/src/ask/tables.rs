//! Tables of sources, and questions that are computed over their rows.
//!
//! A question is computed only if all of its words are accounted for: by the operation, the table's title and header,
//! or the cells of its rows. Otherwise its sentences are searched for as those of any other question.

mod cell;
mod computation;
mod indexed_table;
mod request;
mod table;
mod table_query;
mod vocabulary;

pub(super) use computation::{TableResult, compute_query};
pub(super) use indexed_table::IndexedTable;
pub(super) use request::TableRequest;
pub(super) use table::{Table, split_cells};
pub(super) use table_query::TableQuery;
