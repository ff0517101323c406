//! The command line, from a folder of files to numbered quotes with file and page.

use hearth_tests::documents::{HANDBOOK_TEXT, PAPER_PAGES, build_pdf};
use hearth_tests::node::run_hearth;

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
