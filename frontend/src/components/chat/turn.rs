//! One question and its answer.

use hearth_domain::{Turn, TurnMode, TurnState};
use hearth_wire::operations::CreateNote;
use hearth_wire::{NewNote, Occasion};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::answer::AnswerText;
use super::suggestions::Suggestions;
use super::talk::talk;
use crate::api::call;
use crate::components::shared::{Hovered, Icon, IconButton};
use crate::contexts::live::live;
use crate::contexts::notebook::open_notebook;
use crate::contexts::notices::notices;
use crate::contexts::reading::{Aloud, reading};
use crate::contexts::words::words;
use crate::strings::{Strings, count, fill};
use crate::text::answer::to_copy;
use crate::text::said::Said;

#[component]
pub fn TurnView(said: ArcRwSignal<Said>, hovered: RwSignal<Option<Hovered>>) -> impl IntoView {
    let words = words();
    let said = RwSignal::from(said);
    let question = said.with_untracked(|said| said.turn.question.clone());
    let id = said.with_untracked(|said| said.turn.id.to_string());
    let state = Memo::new(move |_| said.with(|said| said.turn.state));
    let step = Memo::new(move |_| said.with(|said| said.step.clone()));
    let is_extracts = Memo::new(move |_| {
        said.with(|said| said.turn.mode == TurnMode::Extracts && !said.turn.answer.is_empty())
    });
    let live = live();
    let has_no_model = move || live.engine("chat").is_some_and(|engine| !engine.reachable);
    let failure = Memo::new(move |_| said.with(|said| said.turn.error.clone()));
    let follow_ups = Memo::new(move |_| said.with(|said| said.turn.follow_ups.clone()));
    view! {
        <article class="turn" data-turn=id data-state=move || format!("{:?}", state.get()).to_lowercase()>
            <div class="question">{question}</div>
            <Show when=move || is_extracts.get()>
                <p class="extracts">
                    <Icon name="quote"/>{words.extracts}
                    <Show when=has_no_model><span aria-hidden="true">"·"</span><A href="/settings">{words.connect_model}</A></Show>
                </p>
            </Show>
            <Reasoning said/>
            <AnswerText said hovered/>
            <Show when=move || state.get() == TurnState::Running>
                <p class="step" role="status"><i class="pulse"></i>{move || step.get().unwrap_or_else(|| words.thinking.to_owned())}</p>
            </Show>
            {move || failure.get().map(|error| view! {
                <p class="failed" role="alert"><Icon name="circle-alert"/>{fill(words.answer_failed, &[("why", &error.message)])}</p>
            })}
            <Show when=move || state.get() == TurnState::Cancelled><p class="meta">{words.stopped}</p></Show>
            <Show when=move || state.get() != TurnState::Running fallback=move || view! { <ReadTool said/> }><Tools said/><Suggestions questions=follow_ups/></Show>
        </article>
    }
}

/// What a thinking model thought: folded away.
#[component]
fn Reasoning(said: RwSignal<Said>) -> impl IntoView {
    let words = words();
    let text = Memo::new(move |_| said.with(|said| said.turn.reasoning.clone().unwrap_or_default()));
    view! {
        <Show when=move || !text.read().is_empty()>
            <details class="reasoning"><summary>{words.thought}</summary><p>{text}</p></details>
        </Show>
    }
}

/// What can be done with an answer, and what it rests on.
#[component]
fn Tools(said: RwSignal<Said>) -> impl IntoView {
    let words = words();
    let notices = notices();
    let talk = talk();
    let open = open_notebook();
    let copy = move || notices.copy(said.with_untracked(|said| to_copy(&said.turn)), words.answer_copied);
    let save = move || {
        let (turn, question) = said.with_untracked(|said| (said.turn.id, said.turn.question.clone()));
        spawn_local(async move {
            let note = NewNote { title: question, body: String::new(), from_turn: Some(turn) };
            match call::<CreateNote>(&[&open.id.to_string()], &(), &note).await {
                Ok(_) => notices.tell(words.saved_as_note),
                Err(error) => notices.fail(&error),
            }
        });
    };
    let again = move || {
        let question = said.with_untracked(|said| said.turn.question.clone());
        talk.ask(question, Occasion::Typed, || ());
    };
    let has_answer = move || said.with(|said| !said.turn.answer.is_empty());
    view! {
        <div class="tools">
            <Show when=has_answer>
                <IconButton name="copy" label=words.copy on_click=copy/>
                <ReadTool said/>
                <IconButton name="notebook-pen" label=words.save_as_note on_click=save/>
            </Show>
            <IconButton name="rotate-ccw" label=words.retry on_click=again disabled=Signal::derive(move || talk.is_busy())/>
            <span class="facts">{move || said.with(|said| facts(words, &said.turn, said.sources))}</span>
        </div>
    }
}

/// Reads the answer aloud, or ends that; nothing where nobody can.
#[component]
fn ReadTool(said: RwSignal<Said>) -> impl IntoView {
    let words = words();
    let reading = reading();
    let id = said.with_untracked(|said| said.turn.id);
    let is_read = Memo::new(move |_| reading.now.get() == Some(Aloud::Answer(id)));
    let is_running = move || said.with(Said::is_running);
    view! {
        <Show when=move || is_read.get() fallback=move || view! {
            // While it is written, it is read where that was wanted before.
            <Show when=move || reading.is_here() && !is_running()>
                <IconButton name="volume-2" label=words.read_aloud on_click=move || reading.answer(id, Occasion::Wanted)/>
            </Show>
        }>
            <IconButton name="square" label=words.stop_reading on_click=move || reading.hush()/>
        </Show>
    }
}

/// "9 passages of 4 sources · 31 left out · found in 14 ms · first word 0.4 s · llama3.1:8b"
fn facts(words: &Strings, turn: &Turn, sources: usize) -> String {
    let seconds = |ms: u32| format!("{:.1}", f64::from(ms) / 1000.0);
    let mut facts = Vec::new();
    if turn.passages_used > 0 {
        let passages = count(words.passages_count, turn.passages_used as usize);
        facts.push(if sources == 0 {
            passages
        } else {
            fill(words.facts, &[("passages", &passages), ("sources", &count(words.sources_count, sources))])
        });
    }
    if turn.passages_left_out > 0 {
        facts.push(fill(words.left_out, &[("n", &turn.passages_left_out.to_string())]));
    }
    facts.push(fill(words.found_in, &[("ms", &turn.timings.retrieve_ms.to_string())]));
    match turn.timings.first_token_ms.filter(|_| turn.mode == TurnMode::Chat) {
        Some(ms) => facts.push(fill(words.first_word, &[("s", &seconds(ms))])),
        None => facts.push(fill(words.answered_in, &[("s", &seconds(turn.timings.total_ms))])),
    }
    facts.extend(turn.model.clone());
    facts.join(" · ")
}
