//! Files go to the node as they are, without being read by the page.

use gloo_net::http::Request;
use hearth_domain::NotebookId;
use hearth_wire::operation::Operation;
use hearth_wire::operations::AddSources;
use hearth_wire::{AddedSources, ApiError, ErrorCode};
use web_sys::{File, FormData};

use super::call::{away, read};

/// Adds one file to a notebook.
pub async fn upload(notebook: NotebookId, file: &File) -> Result<AddedSources, ApiError> {
    let refused = |_| ApiError::new(ErrorCode::InvalidRequest, "the browser does not hand this file over");
    let form = FormData::new().map_err(refused)?;
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(refused)?;
    let path = AddSources::INFO.path_with(&[&notebook.to_string()]);
    let request = Request::post(&path).body(form).map_err(away)?;
    let response = request.send().await.map_err(away)?;
    let text = response.text().await.map_err(away)?;
    read(response.ok(), &text)
}
