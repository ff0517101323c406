//! The palette (Ctrl+K): notebooks, search hits and actions, filtered by typing.

use hearth_domain::Notebook;
use hearth_texts::Strings;
use hearth_wire::SearchHit;
use hearth_wire::operations::ListNotebooks;
use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api::{call_operation, page_query, search_as_typed};
use crate::components::shared::{Dialog, Icon};
use crate::contexts::appearance::{AppearanceContext, Theme};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook_creation::use_notebook_creator;
use crate::text::address;

const MAX_HITS: u32 = 8;
/// Characters of a passage that are shown, and those of them before the match.
const LINE_CHARS: usize = 120;
const CHARS_BEFORE_MATCH: usize = 30;

/// Action of a palette's line.
#[derive(Clone, PartialEq)]
enum PaletteAction {
    OpenPath(String),
    NewNotebook,
    SwitchTheme,
}

/// A line of the palette.
#[derive(Clone, PartialEq)]
struct PaletteLine {
    icon: &'static str,
    text: String,
    about: String,
    action: PaletteAction,
}

/// Dialog of the palette.
#[component]
pub fn Palette() -> impl IntoView {
    let strings = use_strings();
    let is_open = RwSignal::new(false);
    let on_key = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            is_open.update(|is_open| *is_open = !*is_open);
        }
    });
    on_cleanup(move || on_key.remove());
    view! {
        <Dialog is_open title=strings.palette class="palette">
            <PaletteLines is_open />
        </Dialog>
    }
}

#[component]
fn PaletteLines(is_open: RwSignal<bool>) -> impl IntoView {
    let strings = use_strings();
    let query = RwSignal::new(String::new());
    let notebooks = RwSignal::new(Vec::<Notebook>::new());
    let hits = RwSignal::new(Vec::<SearchHit>::new());
    let selected = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    spawn_local(async move {
        if let Ok(list) = call_operation::<ListNotebooks>(&[], &page_query(None), &()).await {
            notebooks.try_set(list.notebooks);
        }
    });
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Fails only for an element outside of the page.
            let _ = field.focus();
        }
    });
    search_as_typed(query, MAX_HITS, move |found| {
        hits.set(found.map(|found| found.hits).unwrap_or_default());
    });
    Effect::new(move |_| {
        query.track();
        selected.set(0);
    });
    let lines = Memo::new(move |_| palette_lines(strings, &query.read(), &notebooks.read(), &hits.read()));
    let run_action = use_palette_actions(is_open);
    let run_clicked_action = run_action.clone();
    let on_key = move |event: KeyboardEvent| {
        let count = lines.with(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => selected.update(|selected| *selected = (*selected + 1) % count),
            "ArrowUp" => selected.update(|selected| *selected = (*selected + count - 1) % count),
            "Enter" => {
                if let Some(line) = lines.with(|lines| lines.get(selected.get_untracked()).cloned()) {
                    run_action(line.action);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |(at, line): (usize, PaletteLine)| {
        let run_action = run_clicked_action.clone();
        let action = line.action.clone();
        view! {
            <li
                role="option"
                id=format!("line-{at}")
                aria-selected=move || (selected.get() == at).to_string()
                class="row"
                class:on=move || selected.get() == at
                on:click=move |_| run_action(action.clone())
                on:mousemove=move |_| selected.set(at)
            >
                <Icon name=line.icon />
                <span class="name">{line.text}</span>
                <span class="meta">{line.about}</span>
            </li>
        }
    };
    view! {
        <input
            class="field"
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-lines"
            aria-label=strings.palette
            aria-activedescendant=move || format!("line-{}", selected.get())
            placeholder=strings.palette_hint
            node_ref=field
            on:keydown=on_key
            on:input:target=move |event| query.set(event.target().value())
        />
        <ul class="plain-list" id="palette-lines" role="listbox" aria-label=strings.palette>
            {move || lines.get().into_iter().enumerate().map(row.clone()).collect_view()}
        </ul>
    }
}

/// Returns a function that runs a line's action and closes the palette.
fn use_palette_actions(is_open: RwSignal<bool>) -> impl Fn(PaletteAction) + Clone + 'static {
    let navigate = use_navigate();
    let appearance = expect_context::<AppearanceContext>();
    let create = use_notebook_creator();
    move |action| {
        is_open.set(false);
        match action {
            PaletteAction::OpenPath(path) => navigate(&path, NavigateOptions::default()),
            PaletteAction::NewNotebook => create(None),
            PaletteAction::SwitchTheme => {
                let theme = if appearance.is_dark() { Theme::Light } else { Theme::Dark };
                appearance.theme.set(theme);
            }
        }
    }
}

/// Lines for notebooks and actions that contain all typed words, then for search hits.
fn palette_lines(
    strings: &Strings,
    query: &str,
    notebooks: &[Notebook],
    hits: &[SearchHit],
) -> Vec<PaletteLine> {
    let typed = query.to_lowercase();
    let matches_query = |text: &str| {
        let text = text.to_lowercase();
        typed.split_whitespace().all(|word| text.contains(word))
    };
    let mut lines = Vec::new();
    for notebook in notebooks.iter().filter(|notebook| matches_query(&notebook.title)) {
        let (text, action) =
            (notebook.title.clone(), PaletteAction::OpenPath(format!("/notebook/{}", notebook.id)));
        lines.push(PaletteLine { icon: "notebook", text, about: notebook.emoji.clone(), action });
    }
    let actions = [
        ("plus", strings.new_notebook, PaletteAction::NewNotebook),
        ("library", strings.notebooks, PaletteAction::OpenPath("/".to_owned())),
        ("settings", strings.settings, PaletteAction::OpenPath("/settings".to_owned())),
        ("moon", strings.switch_theme, PaletteAction::SwitchTheme),
    ];
    for (icon, text, action) in actions {
        if matches_query(text) {
            lines.push(PaletteLine { icon, text: text.to_owned(), about: String::new(), action });
        }
    }
    for hit in hits {
        let Some(notebook) = hit.notebook_ids.first() else { continue };
        let text = hit.passage.as_ref().map(|passage| passage.text.as_str()).unwrap_or_default();
        let text = hit.note.as_ref().map_or(text, |note| note.body.as_str());
        let text = line_around_match(text, hit.matches.first().map_or(0, |first| first.start.0 as usize));
        let action = PaletteAction::OpenPath(address::hit_address(*notebook, hit));
        lines.push(PaletteLine { icon: "quote", text, about: hit.source_title.clone(), action });
    }
    lines
}

/// Part of a text around one of its characters, on one line.
fn line_around_match(text: &str, at: usize) -> String {
    let start = at.saturating_sub(CHARS_BEFORE_MATCH);
    let line: String = text.chars().skip(start).take(LINE_CHARS).collect();
    let line = line.split_whitespace().collect::<Vec<&str>>().join(" ");
    if start > 0 { format!("…{line}") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_texts::english_strings;

    #[test]
    fn notebooks_come_before_actions_and_hits_open_in_their_first_notebook() {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        let notebook = serde_json::json!({
            "id": id, "title": "New Öfen", "emoji": "🔥", "description": "", "source_count": 0, "note_count": 0,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
        });
        let note = serde_json::json!({
            "id": id, "notebook_id": id, "title": "n", "body": "a new\nnote", "citations": [],
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
        });
        let hit = |notebooks: &[&str]| -> SearchHit {
            serde_json::from_value(serde_json::json!({
                "kind": "note", "note": note, "source_title": "n", "notebook_ids": notebooks, "score": 1.0,
                "matches": []
            }))
            .unwrap()
        };
        let notebooks = [serde_json::from_value(notebook).unwrap()];
        let lines = palette_lines(english_strings(), "NEW", &notebooks, &[hit(&[]), hit(&[id])]);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["New Öfen", english_strings().new_notebook, "a new note"]);
        let path = format!("/notebook/{id}?note={id}");
        assert!(matches!(&lines[2].action, PaletteAction::OpenPath(found) if *found == path));
    }

    #[test]
    fn typing_narrows_the_lines() {
        let all = palette_lines(english_strings(), "", &[], &[]);
        assert_eq!(all.len(), 4);
        let some = palette_lines(english_strings(), "new note", &[], &[]);
        assert!(matches!(some.as_slice(), [PaletteLine { action: PaletteAction::NewNotebook, .. }]));
        assert!(palette_lines(english_strings(), "nothing like it", &[], &[]).is_empty());
        assert_eq!(line_around_match("a\nb c", 2), "a b c");
        assert!(line_around_match(&"x ".repeat(100), 100).starts_with("…x"));
    }
}
