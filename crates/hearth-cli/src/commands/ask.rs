//! `hearth ask`

use std::io::IsTerminal;
use std::path::Path;

use anyhow::bail;
use clap::ValueEnum;
use futures::StreamExt;
use hearth_domain::{AnswerLength, Turn, TurnEvent, TurnMode};
use hearth_texts::english_strings;
use hearth_wire::NewQuestion;
use hearth_wire::operations::{AskQuestion, CancelTurn};

use crate::connection::NodeConnection;
use crate::output;

#[derive(Clone, Copy, ValueEnum)]
enum Length {
    Short,
    Normal,
    Long,
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Id or title of the notebook
    notebook: String,
    question: String,
    /// Language model to use
    #[arg(long)]
    model: Option<String>,
    /// Answer with sentences quoted from the sources, without a language model
    #[arg(long)]
    extracts: bool,
    #[arg(long, value_enum, default_value = "normal")]
    length: Length,
    /// Print the turn as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let outcome = ask_question(&connection, &arguments).await;
    connection.close().await;
    let turn = outcome?;
    if arguments.json {
        return output::print_json(&turn);
    }
    print_answer(&turn);
    Ok(())
}

async fn ask_question(connection: &NodeConnection, arguments: &Arguments) -> anyhow::Result<Turn> {
    let notebook = connection.find_notebook(&arguments.notebook).await?;
    let question = NewQuestion {
        question: arguments.question.clone(),
        model: arguments.model.clone(),
        mode: arguments.extracts.then_some(TurnMode::Extracts),
        length: Some(match arguments.length {
            Length::Short => AnswerLength::Short,
            Length::Normal => AnswerLength::Normal,
            Length::Long => AnswerLength::Long,
        }),
        ..NewQuestion::default()
    };
    let notebook_id = notebook.id.to_string();
    let ids = [notebook_id.as_str()];
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let turn = tokio::select! {
        biased;
        _ = &mut interrupted => bail!("the question was cancelled"),
        turn = connection.client.call::<AskQuestion>(&ids, &(), &question) => turn?,
    };
    let mut events = std::pin::pin!(connection.client.stream_turn_events(turn.id, 0));
    let prints_events = !arguments.json;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = &mut interrupted => {
                // The model stops, too; the part that it has said stays in the conversation.
                connection.client.call::<CancelTurn>(&[&turn.id.to_string()], &(), &()).await?;
                bail!("the question was cancelled");
            }
        };
        let Some(event) = event else { break };
        match event?.1 {
            TurnEvent::Progress { step } if prints_events && std::io::stderr().is_terminal() => {
                output::print_message(&format!("… {}", english_strings().describe_turn_step(&step)));
            }
            // On a terminal the answer streams without markers, as a citation may follow the text
            // that it supports.
            TurnEvent::Text { text } if prints_events && std::io::stdout().is_terminal() => {
                output::print_part(&text);
            }
            TurnEvent::Retracted {} if prints_events && std::io::stdout().is_terminal() => {
                output::print_line("\n(the text above was the model's reasoning)\n");
            }
            TurnEvent::Done { turn } => return Ok(*turn),
            TurnEvent::Failed { error } => bail!("{}", error.message),
            TurnEvent::Cancelled {} => bail!("the question was cancelled"),
            TurnEvent::Interrupted {} => bail!("Hearth stopped before the answer was complete; ask again"),
            _ => {}
        }
    }
    bail!("the connection to the node ended before the answer was complete")
}

/// Prints the answer with its markers, then the quotes.
fn print_answer(turn: &Turn) {
    if let Some(refusal) = turn.refused.as_ref().filter(|_| turn.answer.is_empty()) {
        output::print_line(&english_strings().describe_refusal(refusal));
    } else if std::io::stdout().is_terminal() {
        output::print_line("\n");
    } else {
        output::print_line(&format_numbered_answer(turn));
        output::print_line("");
    }
    let mut shown = Vec::new();
    for citation in &turn.citations {
        if !shown.contains(&citation.number) {
            shown.push(citation.number);
            output::print_line(&output::format_citation(citation));
        }
    }
    let mut details = vec![format!("{} passages", turn.passages_used)];
    if turn.truncated {
        output::print_message("The answer was cut off at its length limit.");
    }
    if let Some(reason) = &turn.fallback {
        output::print_message(&format!("No language model was used: {}", reason.message));
    }
    if let Some(question) = &turn.searched_for {
        output::print_message(&format!("Searched for: {question}"));
    }
    if turn.passages_left_out > 0 {
        details.push(format!("{} left out", turn.passages_left_out));
    }
    details.push(format!("found in {} ms", turn.timings.retrieve_ms));
    details.push(match (&turn.model, turn.mode) {
        (Some(model), _) => model.clone(),
        (None, TurnMode::Extracts) => "extracts, no language model".to_owned(),
        (None, TurnMode::Chat) => "no model".to_owned(),
    });
    output::print_message(&details.join(" · "));
}

/// Formats the answer with a marker (`[1]`) at each citation.
fn format_numbered_answer(turn: &Turn) -> String {
    let mut text: Vec<char> = turn.answer.chars().collect();
    let mut markers: Vec<(usize, u32)> =
        turn.citations.iter().map(|citation| (citation.at.0 as usize, citation.number)).collect();
    markers.sort_unstable();
    for (at, number) in markers.into_iter().rev() {
        let at = at.min(text.len());
        text.splice(at..at, format!(" [{number}]").chars());
    }
    text.into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    /// An answer with citations: position and number.
    fn make_turn(answer: &str, citations: &[(u32, u32)]) -> Turn {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let citations: Vec<_> = citations
            .iter()
            .map(|(at, number)| {
                json!({
                    "id": id, "number": number, "at": at, "covers": {"start": 0, "end": at}, "source_id": id,
                    "revision": id, "source_title": "Manual", "start": 0, "end": 1, "quote": "q", "places": [],
                    "found_by": "model",
                })
            })
            .collect();
        serde_json::from_value(json!({
            "id": id, "notebook_id": id, "conversation_id": id, "question": "q", "state": "done", "mode": "chat",
            "answer": answer, "citations": citations, "unsupported": [], "passages_used": 1, "passages_left_out": 0,
            "timings": {"retrieve_ms": 1, "first_token_ms": null, "total_ms": 2}, "follow_ups": [],
            "created_at": "2026-01-01T00:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn markers_stand_at_characters_whatever_their_bytes() {
        let turn = make_turn("Der Kühler läuft. Ja.", &[(16, 1), (20, 2)]);
        assert_eq!(format_numbered_answer(&turn), "Der Kühler läuft [1]. Ja [2].");
    }

    #[test]
    fn markers_at_one_place_are_in_the_order_of_their_numbers() {
        // Citations come in the order in which they were found.
        let turn = make_turn("It hums. It is hot.", &[(18, 3), (7, 2), (7, 1)]);
        assert_eq!(format_numbered_answer(&turn), "It hums [1] [2]. It is hot [3].");
    }

    #[test]
    fn a_marker_beyond_the_answer_stands_at_its_end() {
        assert_eq!(format_numbered_answer(&make_turn("It hums", &[(99, 1)])), "It hums [1]");
        assert_eq!(format_numbered_answer(&make_turn("", &[])), "");
    }
}
