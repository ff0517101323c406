//! Everyday documents: questions without a language model and scripted answers, measured as by `hearth eval everyday`.
//!
//! The bounds are a little below the measured figures: a fall means that something broke. The documents were written by
//! others than the rules' author, with invented names and numbers (CC0).

use hearth_tests::node::run_hearth;
use serde_json::Value;

/// Figures of a part of the evaluation.
fn evaluate(folder: &str, part: &str) -> Value {
    let data = tempfile::tempdir().unwrap();
    let set = format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    let output = run_hearth(data.path(), &["eval", "everyday", &set, "--only", part, "--json"]);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_str(&printed).unwrap();
    println!("{figures}");
    figures[part].clone()
}

fn check_ratio(figures: &Value, count: &str, of: &str, least_percent: f64) {
    let (count_value, of_value) = (figures[count].as_f64().unwrap(), figures[of].as_f64().unwrap());
    let percent = 100.0 * count_value / of_value;
    assert!(percent >= least_percent, "{count} of {of}: {percent:.1} %, at least {least_percent}\n{figures}");
}

#[test]
fn questions_are_answered_by_the_right_sentence() {
    let figures = evaluate("everyday", "questions");
    check_ratio(&figures, "first", "answerable", 70.0);
    check_ratio(&figures, "in_three", "answerable", 78.0);
    check_ratio(&figures, "unanswerable_refused", "unanswerable", 55.0);
    check_ratio(&figures, "whole_right", "whole", 75.0);
    let refused = figures["wrongly_refused"].as_f64().unwrap() / figures["answerable"].as_f64().unwrap();
    assert!(refused <= 0.06, "wrongly refused: {refused:.3}\n{figures}");
}

#[test]
fn answers_keep_their_text_and_their_true_citations() {
    let figures = evaluate("everyday-answers", "streams");
    check_ratio(&figures, "text_right", "text_checked", 97.0);
    check_ratio(&figures, "kept", "cited_expected", 94.0);
    check_ratio(&figures, "unsupported_right", "uncited_expected", 80.0);
    check_ratio(&figures, "state_right", "streams", 99.0);
}
