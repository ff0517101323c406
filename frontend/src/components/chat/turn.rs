//! One question and its answer.

use hearth_domain::{Turn, TurnMode, TurnState};
use hearth_texts::{Explanation, Strings};
use hearth_wire::operations::CreateNote;
use hearth_wire::{ModelTask, NewNote, ReadAloudReason};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::answer::AnswerText;
use super::chat_context::use_chat;
use super::suggestions::Suggestions;
use crate::api::call_operation;
use crate::components::shared::{FailureLine, HoveredCitation, Icon, IconButton};
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;
use crate::contexts::notebook::use_notebook;
use crate::contexts::notices::use_notices;
use crate::contexts::read_aloud::{ReadAloudItem, use_read_aloud};
use crate::text::answer::format_answer_for_copy;
use crate::text::turn_projection::TurnProjection;

/// A question with its answer.
#[component]
pub fn TurnView(
    projection: ArcRwSignal<TurnProjection>,
    hovered: RwSignal<Option<HoveredCitation>>,
) -> impl IntoView {
    let strings = use_strings();
    let projection = RwSignal::from(projection);
    let question = projection.with_untracked(|projection| projection.turn.question.clone());
    let id = projection.with_untracked(|projection| projection.turn.id.to_string());
    let state = Memo::new(move |_| projection.with(|projection| projection.turn.state));
    let step = Memo::new(move |_| projection.with(|projection| projection.step.clone()));
    let step_text = move || match step.get() {
        Some(step) => strings.describe_turn_step(&step),
        None => strings.thinking.to_owned(),
    };
    let is_extracts = Memo::new(move |_| {
        projection.with(|projection| {
            let turn = &projection.turn;
            turn.mode == TurnMode::Extracts && !turn.answer.is_empty() && turn.refused.is_none()
        })
    });
    let node = use_node();
    let has_no_model = move || node.engine_status(ModelTask::Chat).is_some_and(|engine| !engine.reachable);
    let follow_ups = Memo::new(move |_| projection.with(|projection| projection.turn.follow_ups.clone()));
    view! {
        <article class="turn" data-turn=id data-state=move || format!("{:?}", state.get()).to_lowercase()>
            <div class="question">{question}</div>
            <SearchedFor projection />
            <Show when=move || is_extracts.get()>
                <p class="extracts">
                    <Icon name="quote" />
                    {strings.extracts}
                    <Show when=has_no_model>
                        <span aria-hidden="true">"·"</span>
                        <A href="/settings">{strings.connect_model}</A>
                    </Show>
                </p>
            </Show>
            <Reasoning projection />
            <AnswerText projection hovered />
            <Show when=move || state.get() == TurnState::Running>
                <p class="step" role="status">
                    <i class="pulse"></i>
                    {step_text}
                </p>
            </Show>
            <TurnRemarks projection />
            <TurnFailure projection />
            <Show when=move || state.get() == TurnState::Cancelled>
                <p class="meta">{strings.stopped}</p>
            </Show>
            <Show when=move || state.get() == TurnState::Interrupted>
                <p class="failed" role="status">
                    <Icon name="circle-alert" />
                    {strings.interrupted}
                </p>
            </Show>
            <Show
                when=move || state.get() != TurnState::Running
                fallback=move || view! { <ReadAloudButton projection /> }
            >
                <AnswerTools projection />
                <Suggestions questions=follow_ups />
            </Show>
        </article>
    }
}

/// The question that was searched for, if it is not the one asked.
#[component]
fn SearchedFor(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let searched_for = Memo::new(move |_| projection.with(|projection| projection.turn.searched_for.clone()));
    let render_question = |question: String| {
        let text = strings.searched_for(&question);
        view! { <p class="meta">{text}</p> }
    };
    view! { {move || searched_for.get().map(render_question)} }
}

/// What a reader should know about an answer: that it was cut, made without a model, or is not all supported.
#[component]
fn TurnRemarks(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let remarks = Memo::new(move |_| {
        projection.with(|projection| {
            let turn = &projection.turn;
            // Without any server the line above the answer says so.
            let has_server = node.engine_status(ModelTask::Chat).is_some_and(|engine| engine.reachable);
            let fallback = turn.fallback.as_ref().filter(|_| turn.state == TurnState::Done && has_server);
            let unsupported = turn.unsupported.len();
            [
                fallback.map(|failure| strings.answer_fallback(&strings.explain_failure(failure).text)),
                turn.truncated.then(|| strings.answer_truncated.to_owned()),
                (unsupported > 0).then(|| strings.unsupported_count(unsupported)),
            ]
        })
    });
    let render_remark = |remark: String| view! { <p class="meta">{remark}</p> };
    view! { {move || remarks.get().into_iter().flatten().map(render_remark).collect_view()} }
}

/// Failure of a turn, explained; nothing without one.
#[component]
fn TurnFailure(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let failure = Memo::new(move |_| projection.with(|projection| projection.turn.error.clone()));
    let explanation = move || {
        let why = strings.explain_failure(&failure.get()?);
        Some(Explanation { text: strings.answer_failed(&why.text), ..why })
    };
    let render_explanation = |explanation| {
        view! { <FailureLine explanation /> }
    };
    view! { {move || explanation().map(render_explanation)} }
}

/// Reasoning of a thinking model, folded.
#[component]
fn Reasoning(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let text = Memo::new(move |_| {
        projection.with(|projection| projection.turn.reasoning.clone().unwrap_or_default())
    });
    view! {
        <Show when=move || !text.read().is_empty()>
            <details class="reasoning">
                <summary>{strings.reasoning}</summary>
                <p>{text}</p>
            </details>
        </Show>
    }
}

/// Actions for an answer, and facts of how it was made.
#[component]
fn AnswerTools(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let notices = use_notices();
    let chat = use_chat();
    let notebook = use_notebook();
    let copy = move || {
        notices.copy_text(
            projection.with_untracked(|projection| format_answer_for_copy(&projection.turn)),
            strings.answer_copied,
        );
    };
    let save = move || {
        let (turn, question) =
            projection.with_untracked(|projection| (projection.turn.id, projection.turn.question.clone()));
        spawn_local(async move {
            let note = NewNote { title: question, body: String::new(), from_turn: Some(turn) };
            match call_operation::<CreateNote>(&[&notebook.id.to_string()], &(), &note).await {
                Ok(_) => notices.show_info(strings.saved_as_note),
                Err(error) => notices.show_error(&error),
            }
        });
    };
    let ask_again = move || {
        let question = projection.with_untracked(|projection| projection.turn.question.clone());
        chat.ask_question(question, ReadAloudReason::Typed, || ());
    };
    let has_answer = move || {
        projection
            .with(|projection| !projection.turn.answer.is_empty() && !projection.is_refused_without_words())
    };
    view! {
        <div class="tools">
            <Show when=has_answer>
                <IconButton name="copy" label=strings.copy on_click=copy />
                <ReadAloudButton projection />
                <IconButton name="notebook-pen" label=strings.save_as_note on_click=save />
            </Show>
            <IconButton
                name="rotate-ccw"
                label=strings.retry
                on_click=ask_again
                disabled=Signal::derive(move || chat.is_busy())
            />
            <span class="facts">
                {move || projection.with(|projection| format_facts(strings, &projection.turn, projection.sources))}
            </span>
        </div>
    }
}

/// Reads the answer aloud, or stops that; nothing without speech synthesis.
#[component]
fn ReadAloudButton(projection: RwSignal<TurnProjection>) -> impl IntoView {
    let strings = use_strings();
    let reading = use_read_aloud();
    let id = projection.with_untracked(|projection| projection.turn.id);
    let is_being_read = Memo::new(move |_| reading.current.get() == Some(ReadAloudItem::Answer(id)));
    let is_running = move || projection.with(TurnProjection::is_running);
    view! {
        <Show
            when=move || is_being_read.get()
            fallback=move || {
                view! {
                    // An answer that is still being written is read aloud only if that was requested with the
                    // question.
                    <Show when=move || reading.is_available() && !is_running()>
                        <IconButton
                            name="volume-2"
                            label=strings.read_aloud
                            on_click=move || reading.read_answer(id, ReadAloudReason::Requested)
                        />
                    </Show>
                }
            }
        >
            <IconButton name="square" label=strings.stop_reading on_click=move || reading.stop_reading() />
        </Show>
    }
}

/// Formats the facts of an answer: "9 passages of 4 sources · 31 left out · found in 14 ms · first word 0.4
/// s".
fn format_facts(strings: &Strings, turn: &Turn, sources: usize) -> String {
    let seconds = |ms: u32| format!("{:.1}", f64::from(ms) / 1000.0);
    let mut facts = Vec::new();
    if turn.passages_used > 0 {
        let passages = strings.passages_count(turn.passages_used as usize);
        facts.push(if sources == 0 {
            passages
        } else {
            strings.facts(&passages, &strings.sources_count(sources))
        });
    }
    if turn.passages_left_out > 0 {
        facts.push(strings.left_out(turn.passages_left_out as usize));
    }
    facts.push(strings.found_in(&turn.timings.retrieve_ms));
    match turn.timings.first_token_ms.filter(|_| turn.mode == TurnMode::Chat) {
        Some(ms) => facts.push(strings.first_word(&seconds(ms))),
        None => facts.push(strings.answered_in(&seconds(turn.timings.total_ms))),
    }
    facts.extend(turn.model.clone());
    facts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_texts::english_strings;

    fn make_turn(mode: &str, used: u32, left_out: u32, first_token_ms: Option<u32>) -> Turn {
        let id = "01a1ffe2-4995-773f-9a82-45a4d6c23e92";
        serde_json::from_value(serde_json::json!({
            "id": id, "notebook_id": id, "conversation_id": id, "question": "?", "state": "done", "mode": mode,
            "answer": "", "citations": [], "unsupported": [], "passages_used": used, "passages_left_out": left_out,
            "timings": {"retrieve_ms": 14, "first_token_ms": first_token_ms, "total_ms": 2360}, "follow_ups": [],
            "created_at": "2026-01-01T00:00:00Z"
        }))
        .unwrap()
    }

    #[test]
    fn the_facts_of_an_answer_name_what_was_read_and_how_long_it_took() {
        let facts = |turn: &Turn, sources| format_facts(english_strings(), turn, sources);
        let mut chat = make_turn("chat", 9, 31, Some(449));
        chat.model = Some("llama3:8b".to_owned());
        assert_eq!(
            facts(&chat, 4),
            "9 passages of 4 sources · 31 left out · found in 14 ms · first word 0.4 s · llama3:8b"
        );
        // Extracts have no first word, and what was found of unknown sources is counted alone.
        let extracts = make_turn("extracts", 1, 0, Some(449));
        assert_eq!(facts(&extracts, 0), "1 passage · found in 14 ms · answered in 2.4 s");
        assert_eq!(facts(&make_turn("chat", 0, 0, None), 0), "found in 14 ms · answered in 2.4 s");
    }
}
