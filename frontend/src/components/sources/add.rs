//! Adding: files, a folder, addresses of pages, or a text.

use hearth_wire::{NewSources, Pick};
use leptos::html;
use leptos::prelude::*;

use crate::browser::files::listed;
use crate::components::shared::{Dialog, Icon};
use crate::contexts::notebook::open_notebook;
use crate::contexts::shell;
use crate::contexts::words::words;

#[component]
pub fn AddDialog(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    view! {
        <Dialog is_open title=words.add_sources class="add">
            <FilePickers is_open/>
            <Addresses is_open/>
            <PastedText is_open/>
        </Dialog>
    }
}

#[component]
fn FilePickers(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let files = NodeRef::<html::Input>::new();
    let folder = NodeRef::<html::Input>::new();
    let take = move |node: NodeRef<html::Input>| {
        let Some(input) = node.get_untracked() else { return };
        let chosen = input.files().as_ref().map(listed).unwrap_or_default();
        if !chosen.is_empty() {
            is_open.set(false);
            open.add_files(chosen);
        }
    };
    let has_shell = shell::is_here();
    let press = move |node: NodeRef<html::Input>, what: Pick| {
        // The desktop program reads them from where they are.
        if untrack(has_shell) {
            is_open.set(false);
            open.pick(what);
        } else if let Some(input) = node.get_untracked() {
            input.click();
        }
    };
    view! {
        <section class="pickers">
            <input type="file" multiple hidden node_ref=files on:change=move |_| take(files)/>
            <input type="file" multiple hidden prop:webkitdirectory=true node_ref=folder on:change=move |_| take(folder)/>
            <button class="btn primary" type="button" on:click=move |_| press(files, Pick::Files)><Icon name="upload"/>{words.choose_files}</button>
            <button class="btn" type="button" on:click=move |_| press(folder, Pick::Folder)><Icon name="folder"/>{words.choose_folder}</button>
            <p class="meta">{words.drop_hint}<br/>{words.kinds_hint}</p>
        </section>
    }
}

#[component]
fn Addresses(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let text = RwSignal::new(String::new());
    let addresses = move || addresses(&text.read());
    let add = move |_| {
        is_open.set(false);
        open.add(NewSources::Urls { urls: addresses() });
    };
    view! {
        <section>
            <label class="labelled">
                <span><Icon name="link"/>{words.addresses}</span>
                <textarea
                    class="field" rows="2" placeholder="https://"
                    prop:value=move || text.get() on:input:target=move |event| text.set(event.target().value())
                ></textarea>
            </label>
            <button class="btn" type="button" disabled=move || addresses().is_empty() on:click=add>{words.add_pages}</button>
        </section>
    }
}

#[component]
fn PastedText(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let title = RwSignal::new(String::new());
    let text = RwSignal::new(String::new());
    let add = move |_| {
        is_open.set(false);
        let given = title.get_untracked().trim().to_owned();
        let title = if given.is_empty() { words.pasted_text.to_owned() } else { given };
        open.add(NewSources::Text { title, text: text.get_untracked() });
    };
    view! {
        <section>
            <label class="labelled">
                <span><Icon name="clipboard"/>{words.pasted}</span>
                <input
                    class="field" type="text" placeholder=words.pasted_title aria-label=words.pasted_title
                    on:input:target=move |event| title.set(event.target().value())
                />
                <textarea class="field" rows="4" aria-label=words.pasted on:input:target=move |event| text.set(event.target().value())></textarea>
            </label>
            <button class="btn" type="button" disabled=move || text.read().trim().is_empty() on:click=add>{words.add_text}</button>
        </section>
    }
}

/// The addresses of a text that is nothing but addresses, a line each; else none.
pub fn addresses(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_address = |line: &&str| {
        (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
    };
    if lines.iter().all(is_address) { lines.into_iter().map(str::to_owned).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn a_text_of_addresses_is_told_from_a_text() {
        assert_eq!(addresses(" https://a.example/x\n\nhttp://b.example \n").len(), 2);
        assert!(addresses("see https://a.example").is_empty());
        assert!(addresses("https://a.example\nand this").is_empty());
        assert!(addresses("").is_empty());
    }
}
