//! Files go to the node as they are, without being read by the page.

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

use super::call::{away, read};

/// A file on its way.
#[derive(Clone)]
pub struct Sending(Rc<Request>);

struct Request {
    request: XmlHttpRequest,
    is_stopped: Cell<bool>,
}

impl Sending {
    /// Begins to add one file to a notebook. `on_progress` is told the share that was sent. What comes of it is `None`
    /// where someone stopped it.
    ///
    /// `fetch` does not say how much was sent, so this is the older kind of request.
    pub fn start(
        notebook: NotebookId,
        file: &File,
        on_progress: impl Fn(f64) + 'static,
    ) -> Result<(Self, impl Future<Output = Option<Result<AddedSources, ApiError>>>), ApiError> {
        let refused =
            |_| ApiError::new(ErrorCode::InvalidRequest, "the browser does not hand this file over");
        let form = FormData::new().map_err(refused)?;
        form.append_with_blob_and_filename("file", file, &file.name()).map_err(refused)?;
        let request = XmlHttpRequest::new().map_err(refused)?;
        let path = AddSources::INFO.path_with(&[&notebook.to_string()]);
        request.open_with_async("POST", &path, true).map_err(refused)?;
        let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            if event.total() > 0.0 {
                on_progress(event.loaded() / event.total());
            }
        });
        request.upload().map_err(refused)?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
        // However it ends: well, broken, or stopped.
        let ended = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
        request.send_with_opt_form_data(Some(&form)).map_err(refused)?;
        let sending = Self(Rc::new(Request { request, is_stopped: Cell::new(false) }));
        let sent = Rc::clone(&sending.0);
        let answer = async move {
            // It is never refused.
            let _ = JsFuture::from(ended).await;
            drop(progress);
            if sent.is_stopped.get() {
                return None;
            }
            // Without a status nobody answered.
            let status = sent.request.status().unwrap_or(0);
            if status == 0 {
                return Some(Err(away("no answer")));
            }
            let text = sent.request.response_text().ok().flatten().unwrap_or_default();
            Some(read((200..300).contains(&status), &text))
        };
        Ok((sending, answer))
    }

    pub fn stop(&self) {
        self.0.is_stopped.set(true);
        // It fails for what has ended only.
        let _ = self.0.request.abort();
    }
}
