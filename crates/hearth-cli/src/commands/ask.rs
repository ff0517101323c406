//! `hearth ask`

use std::io::IsTerminal;
use std::path::Path;

use anyhow::bail;
use clap::ValueEnum;
use futures::StreamExt;
use hearth_domain::{AnswerLength, Turn, TurnEvent, TurnMode};
use hearth_wire::Question;
use hearth_wire::operations::Ask;

use crate::output;
use crate::session::Session;

#[derive(Clone, Copy, ValueEnum)]
enum Length {
    Short,
    Normal,
    Long,
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// An id or a title
    notebook: String,
    question: String,
    /// The language model to use
    #[arg(long)]
    model: Option<String>,
    /// Answer with the sentences of the sources themselves, without a language model
    #[arg(long)]
    extracts: bool,
    #[arg(long, value_enum, default_value = "normal")]
    length: Length,
    /// Print the turn as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let outcome = ask(&session, &arguments).await;
    session.close().await;
    let turn = outcome?;
    if arguments.json {
        return output::json(&turn);
    }
    show_sources(&turn);
    Ok(())
}

async fn ask(session: &Session, arguments: &Arguments) -> anyhow::Result<Turn> {
    let notebook = session.notebook(&arguments.notebook).await?;
    let question = Question {
        question: arguments.question.clone(),
        model: arguments.model.clone(),
        mode: arguments.extracts.then_some(TurnMode::Extracts),
        length: Some(match arguments.length {
            Length::Short => AnswerLength::Short,
            Length::Normal => AnswerLength::Normal,
            Length::Long => AnswerLength::Long,
        }),
        ..Question::default()
    };
    let turn = session.client.call::<Ask>(&[&notebook.id.to_string()], &(), &question).await?;
    let mut events = std::pin::pin!(session.client.turn_events(turn.id, 0));
    let talks = !arguments.json;
    while let Some(event) = events.next().await {
        match event?.1 {
            TurnEvent::Progress { message, .. } if talks && std::io::stderr().is_terminal() => {
                output::message(&format!("… {message}"));
            }
            // On a terminal the answer streams; its numbers come with the whole, as a citation may
            // follow the text that it supports.
            TurnEvent::Text { text } if talks && std::io::stdout().is_terminal() => output::part(&text),
            TurnEvent::Done { turn } => return Ok(*turn),
            TurnEvent::Failed { error } => bail!("{}", error.message),
            TurnEvent::Cancelled {} => bail!("the question was cancelled"),
            _ => {}
        }
    }
    bail!("the answer ended without an end")
}

/// The answer with its numbers, then the quotes.
fn show_sources(turn: &Turn) {
    if std::io::stdout().is_terminal() {
        output::line("\n");
    } else {
        output::line(&numbered(turn));
        output::line("");
    }
    let mut shown = Vec::new();
    for citation in &turn.citations {
        if !shown.contains(&citation.number) {
            shown.push(citation.number);
            output::line(&output::citation(citation));
        }
    }
    let mut facts = vec![format!("{} passages", turn.passages_used)];
    if turn.passages_left_out > 0 {
        facts.push(format!("{} left out", turn.passages_left_out));
    }
    facts.push(format!("found in {} ms", turn.timings.retrieve_ms));
    facts.push(match (&turn.model, turn.mode) {
        (Some(model), _) => model.clone(),
        (None, TurnMode::Extracts) => "extracts, no language model".to_owned(),
        (None, TurnMode::Chat) => "no model".to_owned(),
    });
    output::message(&facts.join(" · "));
}

/// The answer with `[1]` where its citations stand.
fn numbered(turn: &Turn) -> String {
    let mut text: Vec<char> = turn.answer.chars().collect();
    let mut marks: Vec<(usize, u32)> =
        turn.citations.iter().map(|citation| (citation.at.0 as usize, citation.number)).collect();
    marks.sort_unstable();
    for (at, number) in marks.into_iter().rev() {
        let at = at.min(text.len());
        text.splice(at..at, format!(" [{number}]").chars());
    }
    text.into_iter().collect()
}
