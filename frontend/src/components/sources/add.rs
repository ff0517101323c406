//! The dialog for adding sources: files, a folder, addresses of pages, or a text.

use hearth_wire::{NewSources, PickTarget};
use leptos::html;
use leptos::prelude::*;

use crate::browser::files::collect_files;
use crate::components::shared::{Dialog, Icon};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;
use crate::contexts::shell;

/// Dialog for adding sources.
#[component]
pub fn AddDialog(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    view! {
        <Dialog is_open title=strings.add_sources class="add">
            <FilePickers is_open />
            <Addresses is_open />
            <PastedText is_open />
        </Dialog>
    }
}

#[component]
fn FilePickers(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let files = NodeRef::<html::Input>::new();
    let folder = NodeRef::<html::Input>::new();
    let upload_chosen = move |input_ref: NodeRef<html::Input>| {
        let Some(input) = input_ref.get_untracked() else { return };
        let chosen = input.files().as_ref().map(collect_files).unwrap_or_default();
        if !chosen.is_empty() {
            is_open.set(false);
            notebook.upload_files(chosen);
        }
    };
    let has_shell = shell::use_has_shell();
    let open_picker = move |input_ref: NodeRef<html::Input>, target: PickTarget| {
        // The desktop program reads files from where they are.
        if untrack(has_shell) {
            is_open.set(false);
            notebook.pick_files(target);
        } else if let Some(input) = input_ref.get_untracked() {
            input.click();
        }
    };
    view! {
        <section class="pickers">
            <input type="file" multiple hidden node_ref=files on:change=move |_| upload_chosen(files) />
            <input
                type="file"
                multiple
                hidden
                prop:webkitdirectory=true
                node_ref=folder
                on:change=move |_| upload_chosen(folder)
            />
            <button class="btn primary" type="button" on:click=move |_| open_picker(files, PickTarget::Files)>
                <Icon name="upload" />
                {strings.choose_files}
            </button>
            <button class="btn" type="button" on:click=move |_| open_picker(folder, PickTarget::Folder)>
                <Icon name="folder" />
                {strings.choose_folder}
            </button>
            <p class="meta">{strings.drop_hint}<br />{strings.source_kinds_hint}</p>
        </section>
    }
}

#[component]
fn Addresses(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let text = RwSignal::new(String::new());
    let addresses = move || parse_addresses(&text.read());
    let add = move |_| {
        is_open.set(false);
        notebook.add_sources(NewSources::Urls { urls: addresses() });
    };
    view! {
        <section>
            <label class="labelled">
                <span>
                    <Icon name="link" />
                    {strings.addresses}
                </span>
                <textarea
                    class="field"
                    rows="2"
                    placeholder="https://"
                    prop:value=move || text.get()
                    on:input:target=move |event| text.set(event.target().value())
                ></textarea>
            </label>
            <button class="btn" type="button" disabled=move || addresses().is_empty() on:click=add>
                {strings.add_pages}
            </button>
        </section>
    }
}

#[component]
fn PastedText(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let title = RwSignal::new(String::new());
    let text = RwSignal::new(String::new());
    let add = move |_| {
        is_open.set(false);
        let typed_title = title.get_untracked().trim().to_owned();
        let title = if typed_title.is_empty() { strings.pasted_text.to_owned() } else { typed_title };
        notebook.add_sources(NewSources::Text { title, text: text.get_untracked() });
    };
    view! {
        <section>
            <label class="labelled">
                <span>
                    <Icon name="clipboard" />
                    {strings.pasted}
                </span>
                <input
                    class="field"
                    type="text"
                    placeholder=strings.pasted_title
                    aria-label=strings.pasted_title
                    on:input:target=move |event| title.set(event.target().value())
                />
                <textarea
                    class="field"
                    rows="4"
                    aria-label=strings.pasted
                    on:input:target=move |event| text.set(event.target().value())
                ></textarea>
            </label>
            <button class="btn" type="button" disabled=move || text.read().trim().is_empty() on:click=add>
                {strings.add_text}
            </button>
        </section>
    }
}

/// Parses a text that consists of addresses only, one a line; empty for any other text.
pub fn parse_addresses(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_address = |line: &&str| {
        (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
    };
    if lines.iter().all(is_address) { lines.into_iter().map(str::to_owned).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::parse_addresses;

    #[test]
    fn a_text_of_addresses_is_told_from_a_text() {
        assert_eq!(parse_addresses(" https://a.example/x\n\nhttp://b.example \n").len(), 2);
        assert!(parse_addresses("see https://a.example").is_empty());
        assert!(parse_addresses("https://a.example\nand this").is_empty());
        assert!(parse_addresses("").is_empty());
    }
}
