//! What is written down when, while somebody speaks.

use super::*;

const SECOND: usize = SPEECH_RATE as usize;

/// Who speaks is loud.
fn loud(samples: &[f32]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, sample) in samples.iter().enumerate() {
        match found.last_mut() {
            _ if *sample == 0.0 => {}
            Some(last) if last.end == at => last.end = at + 1,
            _ => found.push(at..at + 1),
        }
    }
    found
}

fn last(draft: &mut Draft) -> Option<Step> {
    draft.look_again(loud);
    draft.last()
}

fn say(draft: &mut Draft, seconds: f32, voice: f32) {
    draft.push(&vec![voice; (seconds * SECOND as f32) as usize]);
    draft.look(loud);
    draft.forget_silence();
}

#[test]
fn words_stay_once_two_guesses_agree_and_the_last_guess_is_not_made_twice() {
    let mut draft = Draft::default();
    say(&mut draft, 0.5, 0.0);
    assert_eq!(draft.next(), None, "nobody speaks yet");
    say(&mut draft, 1.0, 0.5);
    let step = draft.next().unwrap();
    assert_eq!(step, Step { clip: SECOND / 2 - MARGIN..SECOND * 3 / 2, is_part: false, is_last: false });
    draft.heard(&step, "When may I");
    assert_eq!((draft.committed(), draft.tentative()), (String::new(), "When may I".into()));
    say(&mut draft, 0.5, 0.5);
    assert_eq!(draft.next(), None, "too little is new");
    say(&mut draft, 0.5, 0.5);
    let step = draft.next().unwrap();
    draft.heard(&step, "When may eye start");
    assert_eq!((draft.committed(), draft.tentative()), ("When may".into(), "eye start".into()));
    // The last sound may have ended behind the clip: only a guess that was made after it is the text.
    assert!(last(&mut draft).is_some());
    say(&mut draft, 0.5, 0.5);
    say(&mut draft, 0.4, 0.0);
    let step = draft.next().unwrap();
    draft.heard(&step, "When may I start");
    say(&mut draft, 0.3, 0.0);
    assert_eq!(draft.next(), None);
    assert_eq!(last(&mut draft), None);
    assert_eq!(draft.text(), "When may I start");
}

#[test]
fn guesses_come_at_pauses_and_as_often_as_the_machine_keeps_up_with() {
    let mut draft = Draft::default();
    say(&mut draft, 0.4, 0.5);
    assert_eq!(draft.next(), None);
    // A pause may be the end.
    say(&mut draft, 0.15, 0.0);
    let step = draft.next().unwrap();
    assert!(draft.is_all(&step));
    draft.took(Duration::from_millis(300));
    draft.heard(&step, "When");
    say(&mut draft, 0.15, 0.0);
    assert_eq!(draft.next(), None, "it is known already");
    // In the middle of words there is sixteen times as much between them as they take.
    let mut since = 0.0;
    while draft.next().is_none() {
        say(&mut draft, 0.15, 0.5);
        since += 0.15;
    }
    assert!((4.5..=5.0).contains(&since), "{since}");
    // A quicker machine guesses more often, and never more than there is to be guessed.
    let step = draft.next().unwrap();
    for _ in 0..9 {
        draft.took(Duration::from_millis(10));
    }
    draft.heard(&step, "When may I start");
    say(&mut draft, 0.6, 0.5);
    assert_eq!(draft.next(), None);
    say(&mut draft, 0.5, 0.5);
    assert!(draft.next().is_some());
}

#[test]
fn a_guess_that_lacks_the_end_is_not_waited_for() {
    let mut draft = Draft::default();
    say(&mut draft, 2.0, 0.5);
    let step = draft.next().unwrap();
    assert!(!draft.is_all(&step), "the last sound may go on");
    say(&mut draft, 0.5, 0.0);
    assert!(!draft.is_all(&step));
    let step = draft.next().unwrap();
    assert!(draft.is_all(&step));
    say(&mut draft, 0.5, 0.0);
    assert!(draft.is_all(&step), "only silence came");
    say(&mut draft, 0.5, 0.5);
    assert!(!draft.is_all(&step));
    draft.missed();
    assert_eq!(last(&mut draft).unwrap().clip, 0..SECOND * 7 / 2);
}

#[test]
fn the_last_is_begun_before_all_is_here_and_begun_again_if_something_came() {
    let mut draft = Draft::default();
    say(&mut draft, 1.0, 0.5);
    say(&mut draft, 0.1, 0.0);
    draft.look_again(loud);
    assert!(!draft.is_quiet(), "the faint end of a word may still come");
    say(&mut draft, 0.1, 0.0);
    let step = last(&mut draft).unwrap();
    assert!(draft.is_quiet() && step.is_last && draft.is_all(&step));
    say(&mut draft, 0.04, 0.0);
    draft.look_again(loud);
    assert!(draft.is_all(&step), "only silence came");
    say(&mut draft, 0.04, 0.5);
    draft.look_again(loud);
    assert!(!draft.is_all(&step));
    assert_eq!(last(&mut draft).unwrap().clip, 0..draft.samples.len());
}

#[test]
fn who_lets_the_key_go_in_the_middle_of_a_word_is_heard_to_the_last_sample() {
    let mut draft = Draft::default();
    say(&mut draft, 2.0, 0.5);
    draft.look_again(loud);
    assert!(draft.is_speaking());
    // What comes after the key is let go was not looked at, and is heard all the same.
    draft.push(&vec![0.5; SECOND / 20]);
    assert!(draft.is_speaking());
    let step = draft.last().unwrap();
    assert_eq!(step.clip, 0..2 * SECOND + SECOND / 20);
    draft.heard(&step, "word");
    assert_eq!((last(&mut draft), draft.text()), (None, "word".into()));
    // Long after, or where it had become quiet, it is looked again.
    say(&mut draft, 1.0, 0.5);
    draft.look_again(loud);
    draft.push(&vec![0.0; SECOND / 2]);
    assert!(!draft.is_speaking());
    draft.look_again(loud);
    assert!(!draft.is_speaking());
}

#[test]
fn what_failed_is_tried_again_later_and_nothing_of_it_is_lost() {
    let mut draft = Draft::default();
    say(&mut draft, 1.0, 0.5);
    let step = draft.next().unwrap();
    draft.heard(&step, "When may I");
    say(&mut draft, 1.0, 0.5);
    say(&mut draft, 0.5, 0.0);
    assert!(draft.next().is_some());
    draft.missed();
    assert_eq!(draft.next(), None, "not at once");
    // The keys are let go: what the first guess did not hear is not taken for heard.
    let step = last(&mut draft).unwrap();
    assert_eq!(step.clip.end, 2 * SECOND + MARGIN);
    draft.heard(&step, "When may I start?");
    assert_eq!((last(&mut draft), draft.text()), (None, "When may I start?".into()));
}

#[test]
fn a_clip_stays_where_it_is_while_it_is_written_down() {
    let mut draft = Draft::default();
    say(&mut draft, 5.0, 0.5);
    say(&mut draft, 0.8, 0.0);
    let step = draft.next().unwrap();
    // Meanwhile somebody is silent, and what was taken for speech is not any more.
    draft.push(&vec![0.0; 3 * SECOND]);
    draft.look(|_| Vec::new());
    assert_eq!(draft.clip(&step).len(), step.clip.len());
    draft.heard(&step, "The first part.");
    assert_eq!(draft.text(), "The first part.");
}

#[test]
fn silence_is_neither_kept_nor_written_down() {
    let mut draft = Draft::default();
    for _ in 0..100 {
        say(&mut draft, 0.5, 0.0);
    }
    assert!(draft.samples.len() <= 2 * SECOND && draft.next().is_none());
    say(&mut draft, 1.0, 0.5);
    for _ in 0..60 {
        say(&mut draft, 0.5, 0.0);
        if let Some(step) = draft.next() {
            assert!(step.clip.len() <= 3 * SECOND, "{step:?}");
            draft.heard(&step, "word");
        }
    }
    assert_eq!(draft.text(), "word");
}

#[test]
fn a_long_dictation_is_cut_at_its_pauses() {
    let mut draft = Draft::default();
    say(&mut draft, 5.0, 0.5);
    let step = draft.next().unwrap();
    draft.heard(&step, "The first part");
    say(&mut draft, 0.8, 0.0);
    let step = draft.next().unwrap();
    assert_eq!(step, Step { clip: 0..5 * SECOND + MARGIN, is_part: true, is_last: false });
    // Somebody goes on while it is written down.
    say(&mut draft, 1.0, 0.5);
    draft.heard(&step, "The first part.");
    assert_eq!((draft.committed(), draft.tentative()), ("The first part.".into(), String::new()));
    let step = draft.next().unwrap();
    assert_eq!(step.clip.end, draft.samples.len());
    draft.heard(&step, "The second");
    assert_eq!(draft.text(), "The first part. The second");
    say(&mut draft, 0.3, 0.5);
    let step = last(&mut draft).unwrap();
    assert!(step.is_part);
    draft.heard(&step, "The second.");
    assert_eq!((last(&mut draft), draft.text()), (None, "The first part. The second.".into()));
}

#[test]
fn who_does_not_draw_breath_is_cut_before_the_recogniser_is_full() {
    let mut draft = Draft::default();
    for _ in 0..60 {
        say(&mut draft, 1.0, 0.5);
        while let Some(step) = draft.next() {
            assert!(step.clip.len() <= FULL + SECOND, "{step:?}");
            draft.heard(&step, "on");
        }
    }
    let mut left = 0;
    while let Some(step) = last(&mut draft) {
        assert!(step.clip.len() <= FULL + 2 * MARGIN, "{step:?}");
        draft.heard(&step, "end");
        left += 1;
    }
    assert!(left <= 1);
    assert_eq!(draft.text().split(' ').count(), 3);
}

#[test]
fn hands_free_ends_when_nobody_speaks() {
    let mut draft = Draft::default();
    say(&mut draft, 5.0, 0.0);
    assert!(!draft.is_over(), "one may think before one speaks");
    say(&mut draft, 1.0, 0.5);
    say(&mut draft, 1.0, 0.0);
    assert!(!draft.is_over());
    say(&mut draft, 0.6, 0.0);
    assert!(draft.is_over());
    let mut silent = Draft::default();
    say(&mut silent, 8.0, 0.0);
    assert!(silent.is_over() && last(&mut silent).is_none() && silent.text().is_empty());
}
