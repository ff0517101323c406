//! From a folder of files to numbered quotes with file and page, on the command line.

use hearth_tests::documents::{HANDBOOK, PAPER, pdf};
use hearth_tests::node::hearth;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_folder_is_added_and_asked() {
    let data = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("handbook.md"), HANDBOOK).unwrap();
    std::fs::write(folder.path().join("pulleys.pdf"), pdf(&PAPER)).unwrap();
    std::fs::write(folder.path().join("broken.pdf"), b"%PDF-1.4 and nothing more").unwrap();
    std::fs::write(folder.path().join("program.bin"), b"\x7fELF\x02\x01").unwrap();

    let made = hearth(data.path(), &["new", "Home"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let added = hearth(data.path(), &["add", "home", &folder.path().to_string_lossy()]);
    let said = text(&added.stdout);
    assert!(added.status.success(), "{said}{}", text(&added.stderr));
    assert!(said.contains("ready   handbook.md"), "{said}");
    assert!(said.contains("ready   pulleys.pdf (2 pages"), "{said}");
    assert!(said.contains("failed  broken.pdf: it is damaged beyond reading"), "{said}");
    assert!(said.contains("refused program.bin"), "{said}");

    let asked = hearth(data.path(), &["ask", "Home", "When may I climb again after a grade II injury?"]);
    let said = text(&asked.stdout);
    assert!(asked.status.success(), "{said}{}", text(&asked.stderr));
    assert!(said.contains("] pulleys.pdf, page 1"), "{said}");
    assert!(said.contains("“Return to full climbing was advised after six to eight weeks.”"), "{said}");

    let asked = hearth(data.path(), &["ask", "Home", "What does error E07 mean?", "--json"]);
    let turn: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    assert_eq!((turn["state"].as_str(), turn["mode"].as_str()), (Some("done"), Some("extracts")));
    assert!(turn["citations"][0]["quote"].as_str().unwrap().contains("E07"), "{turn}");

    let found = hearth(data.path(), &["search", "\"soft brush\"", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["hits"][0]["source_title"], "handbook.md");

    let wrong = hearth(data.path(), &["ask", "Nowhere", "?"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("hearth new"), "{}", text(&wrong.stderr));
    assert_eq!(hearth(data.path(), &["frobnicate"]).status.code(), Some(2));
}
