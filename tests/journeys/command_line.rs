//! The command line, from a folder of files to numbered quotes with file and page.

use hearth_tests::documents::{HANDBOOK_TEXT, PAPER_PAGES, build_pdf};
use hearth_tests::node::{hearth_program, run_hearth};
use hearth_tests::{NodeProcess, Script, ScriptedOllama, wait_for_end, wait_until};

/// Output of a command as text.
fn to_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_folder_is_added_and_asked() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("handbook.md"), HANDBOOK_TEXT).unwrap();
    std::fs::write(folder.path().join("pulleys.pdf"), build_pdf(&PAPER_PAGES)).unwrap();
    std::fs::write(folder.path().join("broken.pdf"), b"%PDF-1.4 and nothing more").unwrap();
    std::fs::write(folder.path().join("program.bin"), b"\x7fELF\x02\x01").unwrap();

    let created = run_hearth(data.path(), &["new", "Home"]);
    assert!(created.status.success(), "{}", to_text(&created.stderr));
    let added = run_hearth(data.path(), &["add", "home", &folder.path().to_string_lossy()]);
    let printed = to_text(&added.stdout);
    assert!(added.status.success(), "{printed}{}", to_text(&added.stderr));
    assert!(printed.contains("ready   handbook.md"), "{printed}");
    assert!(printed.contains("ready   pulleys.pdf (2 pages"), "{printed}");
    assert!(printed.contains("failed  broken.pdf: it is damaged and cannot be read"), "{printed}");
    assert!(printed.contains("refused program.bin"), "{printed}");

    let asked = run_hearth(data.path(), &["ask", "Home", "When may I climb again after a grade II injury?"]);
    let printed = to_text(&asked.stdout);
    assert!(asked.status.success(), "{printed}{}", to_text(&asked.stderr));
    assert!(printed.contains("] pulleys.pdf, page 1"), "{printed}");
    assert!(printed.contains("“Return to full climbing was advised after six to eight weeks.”"), "{printed}");

    let asked = run_hearth(data.path(), &["ask", "Home", "What does error E07 mean?", "--json"]);
    let turn: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!((turn["state"].as_str(), turn["mode"].as_str()), (Some("done"), Some("extracts")));
    assert!(turn["citations"][0]["quote"].as_str().unwrap().contains("E07"), "{turn}");

    let found = run_hearth(data.path(), &["search", "\"soft brush\"", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["hits"][0]["source_title"], "handbook.md");

    let wrong = run_hearth(data.path(), &["ask", "Nowhere", "?"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(to_text(&wrong.stderr).contains("hearth new"), "{}", to_text(&wrong.stderr));
    assert_eq!(run_hearth(data.path(), &["frobnicate"]).status.code(), Some(2));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_interrupted_stops_the_model() {
    let (script, _gate) = Script::held_after_ten_words();
    let ollama = ScriptedOllama::start(script).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let child = tokio::process::Command::new(hearth_program())
        .args(["--data-dir", &data.path().to_string_lossy(), "ask", "House", "What does error E07 mean?"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the model is asked", async || !ollama.chat_requests().is_empty()).await;
    let pid = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ended = wait_for_end("the interrupted command", child.wait_with_output()).await.unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(to_text(&ended.stderr).contains("cancelled"), "{}", to_text(&ended.stderr));
    ollama.wait_for_abandoned(1).await;
}
