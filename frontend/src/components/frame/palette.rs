//! Everything by typing (Ctrl+K): notebooks, what search finds, and what can be done.

use hearth_domain::Notebook;
use hearth_wire::Hit;
use hearth_wire::operations::ListNotebooks;
use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::leptos_dom::helpers::window_event_listener;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api::{call, page_of, search_as_typed};
use crate::components::shared::{Dialog, Icon};
use crate::contexts::appearance::{Appearance, Theme};
use crate::contexts::words::words;
use crate::pages::creator;
use crate::strings::Strings;
use crate::text::address;

const HITS: u32 = 8;
/// Characters of a passage that are shown, and how many of them stand before what was found.
const LINE: usize = 120;
const BEFORE: usize = 30;

/// What a line of the palette does.
#[derive(Clone, PartialEq)]
enum Deed {
    Go(String),
    NewNotebook,
    SwitchTheme,
}

/// One line.
#[derive(Clone, PartialEq)]
struct Line {
    icon: &'static str,
    text: String,
    about: String,
    deed: Deed,
}

#[component]
pub fn Palette() -> impl IntoView {
    let words = words();
    let is_open = RwSignal::new(false);
    let on_key = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            is_open.update(|is_open| *is_open = !*is_open);
        }
    });
    on_cleanup(move || on_key.remove());
    view! {
        <Dialog is_open title=words.palette class="palette"><Lines is_open/></Dialog>
    }
}

#[component]
fn Lines(is_open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    let query = RwSignal::new(String::new());
    let notebooks = RwSignal::new(Vec::<Notebook>::new());
    let hits = RwSignal::new(Vec::<Hit>::new());
    let on = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    spawn_local(async move {
        if let Ok(list) = call::<ListNotebooks>(&[], &page_of(None), &()).await {
            notebooks.try_set(list.notebooks);
        }
    });
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // It fails for what is not in the page, which this is.
            let _ = field.focus();
        }
    });
    search_as_typed(query, HITS, move |found| {
        hits.set(found.map(|found| found.hits).unwrap_or_default());
    });
    Effect::new(move |_| {
        query.track();
        on.set(0);
    });
    let lines = Memo::new(move |_| lines(words, &query.read(), &notebooks.read(), &hits.read()));
    let act = doer(is_open);
    let act_too = act.clone();
    let on_key = move |event: KeyboardEvent| {
        let count = lines.with(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => on.update(|on| *on = (*on + 1) % count),
            "ArrowUp" => on.update(|on| *on = (*on + count - 1) % count),
            "Enter" => {
                if let Some(line) = lines.with(|lines| lines.get(on.get_untracked()).cloned()) {
                    act(line.deed);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let row = move |(at, line): (usize, Line)| {
        let act = act_too.clone();
        let deed = line.deed.clone();
        view! {
            <li role="option" id=format!("line-{at}") aria-selected=move || (on.get() == at).to_string() class="row"
                class:on=move || on.get() == at on:click=move |_| act(deed.clone()) on:mousemove=move |_| on.set(at)>
                <Icon name=line.icon/><span class="name">{line.text}</span><span class="meta">{line.about}</span>
            </li>
        }
    };
    view! {
        <input
            class="field" type="text" role="combobox" aria-expanded="true" aria-controls="palette-lines" aria-label=words.palette
            aria-activedescendant=move || format!("line-{}", on.get()) placeholder=words.palette_hint
            node_ref=field on:keydown=on_key on:input:target=move |event| query.set(event.target().value())
        />
        <ul class="plain-list" id="palette-lines" role="listbox" aria-label=words.palette>
            {move || lines.get().into_iter().enumerate().map(row.clone()).collect_view()}
        </ul>
    }
}

/// Does what a line says, and closes the palette.
fn doer(is_open: RwSignal<bool>) -> impl Fn(Deed) + Clone + 'static {
    let navigate = use_navigate();
    let appearance = expect_context::<Appearance>();
    let create = creator();
    move |deed| {
        is_open.set(false);
        match deed {
            Deed::Go(path) => navigate(&path, NavigateOptions::default()),
            Deed::NewNotebook => create(None),
            Deed::SwitchTheme => {
                let theme = if appearance.is_dark() { Theme::Light } else { Theme::Dark };
                appearance.theme.set(theme);
            }
        }
    }
}

/// Notebooks and deeds that have all words that are typed, then what search found.
fn lines(words: &Strings, query: &str, notebooks: &[Notebook], hits: &[Hit]) -> Vec<Line> {
    let typed = query.to_lowercase();
    let fits = |text: &str| {
        let text = text.to_lowercase();
        typed.split_whitespace().all(|word| text.contains(word))
    };
    let mut lines = Vec::new();
    for notebook in notebooks.iter().filter(|notebook| fits(&notebook.title)) {
        let (text, deed) = (notebook.title.clone(), Deed::Go(format!("/notebook/{}", notebook.id)));
        lines.push(Line { icon: "notebook", text, about: notebook.emoji.clone(), deed });
    }
    let deeds = [
        ("plus", words.new_notebook, Deed::NewNotebook),
        ("library", words.notebooks, Deed::Go("/".to_owned())),
        ("settings", words.settings, Deed::Go("/settings".to_owned())),
        ("moon", words.switch_theme, Deed::SwitchTheme),
    ];
    for (icon, text, deed) in deeds {
        if fits(text) {
            lines.push(Line { icon, text: text.to_owned(), about: String::new(), deed });
        }
    }
    for hit in hits {
        let Some(notebook) = hit.notebook_ids.first() else { continue };
        let text = hit.passage.as_ref().map(|passage| passage.text.as_str()).unwrap_or_default();
        let text = hit.note.as_ref().map_or(text, |note| note.body.as_str());
        let text = around(text, hit.matches.first().map_or(0, |first| first.start.0 as usize));
        let deed = Deed::Go(address::of_hit(*notebook, hit));
        lines.push(Line { icon: "quote", text, about: hit.source_title.clone(), deed });
    }
    lines
}

/// A line of a text around one of its characters.
fn around(text: &str, at: usize) -> String {
    let cut = at.saturating_sub(BEFORE);
    let line: String = text.chars().skip(cut).take(LINE).collect();
    let words = line.split_whitespace().collect::<Vec<&str>>().join(" ");
    if cut > 0 { format!("…{words}") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strings::ENGLISH;

    #[test]
    fn typing_narrows_the_lines() {
        let all = lines(&ENGLISH, "", &[], &[]);
        assert_eq!(all.len(), 4);
        let some = lines(&ENGLISH, "new note", &[], &[]);
        assert!(matches!(some.as_slice(), [Line { deed: Deed::NewNotebook, .. }]));
        assert!(lines(&ENGLISH, "nothing like it", &[], &[]).is_empty());
        assert_eq!(around("a\nb c", 2), "a b c");
        assert!(around(&"x ".repeat(100), 100).starts_with("…x"));
    }
}
