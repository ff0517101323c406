//! What a language model makes besides answers: follow-ups and guides.

use hearth_testkit::{ScriptedReply, TestLibrary};
use serde_json::json;

use crate::{HANDBOOK, question};

#[tokio::test]
async fn follow_ups_are_suggested_if_the_sources_answer_them() {
    let test = TestLibrary::start_with(&[], |settings| settings.follow_ups = true).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    test.chat.add_reply(ScriptedReply::text(&["Refill water when the pressure falls [1]."]));
    let questions = [
        "1. How often is the burner cleaned?",
        "Who won the football championship?",
        "When is water refilled?",
        "no question",
    ];
    test.chat.add_json_reply(&json!({"questions": questions}).to_string());
    let turn = test.ask(notebook, question("When is water refilled?")).await;
    assert!(turn.follow_ups.is_empty(), "an answer does not wait for follow-ups");
    let follow_ups = test
        .wait_for(async || {
            let turn = test.library.get_turn(turn.id).await.unwrap();
            Some(turn.follow_ups).filter(|follow_ups| !follow_ups.is_empty())
        })
        .await;
    assert_eq!(follow_ups, ["How often is the burner cleaned?"]);
}

#[tokio::test]
async fn a_guide_says_what_a_source_is_about_and_could_be_asked() {
    let test = TestLibrary::start_with(&[], |settings| settings.guides = true).await;
    let notebook = test.create_notebook("House").await;
    let reply = json!({
        "summary": "The handbook says how the boiler is kept, from its pressure to its burner.",
        "topics": ["pressure", "burner", "Pressure"],
        "questions": ["How often is the burner cleaned?", "Who won the football championship?"],
    });
    test.chat.add_json_reply(&reply.to_string());
    let source = test.read_file(notebook, "handbook.md", HANDBOOK).await;
    let guide = test
        .wait_for(async || {
            let guide = test.library.get_source(source.id).await.unwrap().guide?;
            guide.model.is_some().then_some(guide)
        })
        .await;
    assert!(guide.summary.starts_with("The handbook says"), "{guide:#?}");
    assert_eq!(guide.topics, ["pressure", "burner"]);
    assert_eq!(guide.questions, ["How often is the burner cleaned?"]);
}

#[tokio::test]
async fn a_reply_that_is_no_guide_leaves_the_sources_own_and_is_not_asked_for_again() {
    let test = TestLibrary::start_with(&[], |settings| settings.guides = true).await;
    let notebook = test.create_notebook("House").await;
    test.chat.add_json_reply("I cannot help with that.");
    let first = test.read_file(notebook, "handbook.md", HANDBOOK).await;
    test.chat.wait_for_requests(1).await;
    let own = first.guide.unwrap();
    // The next guide shows that the first source is done with.
    let reply = json!({
        "summary": "A letter in which the landlord announces a visit in May.",
        "topics": ["visit"],
        "questions": [],
    });
    test.chat.add_json_reply(&reply.to_string());
    let second = test.read_file(notebook, "letter.md", b"The landlord visits the flat in May.").await;
    test.wait_for(async || {
        let guide = test.library.get_source(second.id).await.unwrap().guide?;
        guide.model.is_some().then_some(())
    })
    .await;
    assert_eq!(test.library.get_source(first.id).await.unwrap().guide.unwrap(), own);
    assert_eq!(test.chat.requests().len(), 2);
}
