//! Uploads of files, sent by the browser without being read by the page.

use std::cell::Cell;
use std::rc::Rc;

use hearth_domain::NotebookId;
use hearth_wire::operation::Operation;
use hearth_wire::operations::AddSources;
use hearth_wire::{AddedSources, ApiError, ErrorCode};
use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

use super::call::{parse_response, unreachable_error};

/// A running upload of one file.
#[derive(Clone)]
pub struct Upload(Rc<UploadRequest>);

struct UploadRequest {
    request: XmlHttpRequest,
    is_stopped: Cell<bool>,
}

impl Upload {
    /// Starts adding one file to a notebook. `on_progress` gets the share that was sent, 0 to 1. The future
    /// gives `None` if the upload was stopped.
    ///
    /// `fetch` does not report how much was sent, so this is an `XMLHttpRequest`.
    pub fn start(
        notebook: NotebookId,
        file: &File,
        on_progress: impl Fn(f64) + 'static,
    ) -> Result<(Self, impl Future<Output = Option<Result<AddedSources, ApiError>>>), ApiError> {
        let to_error =
            |_| ApiError::new(ErrorCode::InvalidRequest, "the browser does not give access to this file");
        let form = FormData::new().map_err(to_error)?;
        form.append_with_blob_and_filename("file", file, &file.name()).map_err(to_error)?;
        let request = XmlHttpRequest::new().map_err(to_error)?;
        let path = AddSources::INFO.format_path(&[&notebook.to_string()]);
        request.open_with_async("POST", &path, true).map_err(to_error)?;
        let on_progress_event = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            if event.total() > 0.0 {
                on_progress(event.loaded() / event.total());
            }
        });
        request.upload().map_err(to_error)?.set_onprogress(Some(on_progress_event.as_ref().unchecked_ref()));
        // Resolved at the end, be it success, failure or abort.
        let end = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
        request.send_with_opt_form_data(Some(&form)).map_err(to_error)?;
        let upload = Self(Rc::new(UploadRequest { request, is_stopped: Cell::new(false) }));
        let shared = Rc::clone(&upload.0);
        let response = async move {
            // This promise is never rejected.
            let _ = JsFuture::from(end).await;
            drop(on_progress_event);
            if shared.is_stopped.get() {
                return None;
            }
            // Status 0: the node did not respond.
            let status = shared.request.status().unwrap_or(0);
            if status == 0 {
                return Some(Err(unreachable_error("no response")));
            }
            let text = shared.request.response_text().ok().flatten().unwrap_or_default();
            Some(parse_response((200..300).contains(&status), &text))
        };
        Ok((upload, response))
    }

    /// Aborts the upload.
    pub fn stop(&self) {
        self.0.is_stopped.set(true);
        // Fails only for a request that has ended.
        let _ = self.0.request.abort();
    }
}
