//! Order of transcriptions during a dictation.

use super::*;

const SECOND_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize;

/// Speech detection of the tests: sound is speech.
fn detect_sound(samples: &[f32]) -> Vec<Range<usize>> {
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

fn rescan_remaining_clip(draft: &mut PartialTranscript) -> Option<AudioClip> {
    draft.rescan_speech(detect_sound);
    draft.remaining_clip()
}

fn push_sound(draft: &mut PartialTranscript, seconds: f32, voice: f32) {
    draft.push_samples(&vec![voice; (seconds * SECOND_SAMPLES as f32) as usize]);
    draft.scan_speech(detect_sound);
    draft.discard_silence();
}

#[test]
fn words_stay_once_two_guesses_agree_and_the_last_guess_is_not_made_twice() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 0.5, 0.0);
    assert_eq!(draft.next_clip(), None, "nobody speaks yet");
    push_sound(&mut draft, 1.0, 0.5);
    let step = draft.next_clip().unwrap();
    assert_eq!(
        step,
        AudioClip {
            range: SECOND_SAMPLES / 2 - CLIP_MARGIN..SECOND_SAMPLES * 3 / 2,
            is_final: false,
            is_last: false
        }
    );
    draft.apply_transcript(&step, "When may I");
    assert_eq!((draft.committed_text(), draft.tentative_text()), (String::new(), "When may I".into()));
    push_sound(&mut draft, 0.5, 0.5);
    assert_eq!(draft.next_clip(), None, "too little is new");
    push_sound(&mut draft, 0.5, 0.5);
    let step = draft.next_clip().unwrap();
    draft.apply_transcript(&step, "When may eye start");
    assert_eq!((draft.committed_text(), draft.tentative_text()), ("When may".into(), "eye start".into()));
    // The last sound may have ended behind the clip: only a partial transcript after it is the text.
    assert!(rescan_remaining_clip(&mut draft).is_some());
    push_sound(&mut draft, 0.5, 0.5);
    push_sound(&mut draft, 0.4, 0.0);
    let step = draft.next_clip().unwrap();
    draft.apply_transcript(&step, "When may I start");
    push_sound(&mut draft, 0.3, 0.0);
    assert_eq!(draft.next_clip(), None);
    assert_eq!(rescan_remaining_clip(&mut draft), None);
    assert_eq!(draft.text(), "When may I start");
}

#[test]
fn guesses_come_at_pauses_and_as_often_as_the_machine_keeps_up_with() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 0.4, 0.5);
    assert_eq!(draft.next_clip(), None);
    // A pause may be the end.
    push_sound(&mut draft, 0.15, 0.0);
    let step = draft.next_clip().unwrap();
    assert!(draft.is_clip_sufficient(&step));
    draft.record_duration(Duration::from_millis(300));
    draft.apply_transcript(&step, "When");
    push_sound(&mut draft, 0.15, 0.0);
    assert_eq!(draft.next_clip(), None, "it is known already");
    // Within speech the interval is sixteen times as long as a transcription takes.
    let mut since = 0.0;
    while draft.next_clip().is_none() {
        push_sound(&mut draft, 0.15, 0.5);
        since += 0.15;
    }
    assert!((4.5..=5.0).contains(&since), "{since}");
    // A quicker machine transcribes more often, but never without new samples.
    let step = draft.next_clip().unwrap();
    for _ in 0..9 {
        draft.record_duration(Duration::from_millis(10));
    }
    draft.apply_transcript(&step, "When may I start");
    push_sound(&mut draft, 0.6, 0.5);
    assert_eq!(draft.next_clip(), None);
    push_sound(&mut draft, 0.5, 0.5);
    assert!(draft.next_clip().is_some());
}

#[test]
fn a_guess_that_lacks_the_end_is_not_waited_for() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 2.0, 0.5);
    let step = draft.next_clip().unwrap();
    assert!(!draft.is_clip_sufficient(&step), "the last sound may go on");
    push_sound(&mut draft, 0.5, 0.0);
    assert!(!draft.is_clip_sufficient(&step));
    let step = draft.next_clip().unwrap();
    assert!(draft.is_clip_sufficient(&step));
    push_sound(&mut draft, 0.5, 0.0);
    assert!(draft.is_clip_sufficient(&step), "only silence came");
    push_sound(&mut draft, 0.5, 0.5);
    assert!(!draft.is_clip_sufficient(&step));
    draft.record_failure();
    assert_eq!(rescan_remaining_clip(&mut draft).unwrap().range, 0..SECOND_SAMPLES * 7 / 2);
}

#[test]
fn the_last_is_begun_before_all_is_here_and_begun_again_if_something_came() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 1.0, 0.5);
    push_sound(&mut draft, 0.1, 0.0);
    draft.rescan_speech(detect_sound);
    assert!(!draft.is_last_sound_complete(), "the faint end of a word may still come");
    push_sound(&mut draft, 0.1, 0.0);
    let step = rescan_remaining_clip(&mut draft).unwrap();
    assert!(draft.is_last_sound_complete() && step.is_last && draft.is_clip_sufficient(&step));
    push_sound(&mut draft, 0.04, 0.0);
    draft.rescan_speech(detect_sound);
    assert!(draft.is_clip_sufficient(&step), "only silence came");
    push_sound(&mut draft, 0.04, 0.5);
    draft.rescan_speech(detect_sound);
    assert!(!draft.is_clip_sufficient(&step));
    assert_eq!(rescan_remaining_clip(&mut draft).unwrap().range, 0..draft.samples.len());
}

#[test]
fn who_lets_the_key_go_in_the_middle_of_a_word_is_heard_to_the_last_sample() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 2.0, 0.5);
    draft.rescan_speech(detect_sound);
    assert!(draft.is_speaking());
    // Samples after the release of the key were not scanned, and are transcribed all the same.
    draft.push_samples(&vec![0.5; SECOND_SAMPLES / 20]);
    assert!(draft.is_speaking());
    let step = draft.remaining_clip().unwrap();
    assert_eq!(step.range, 0..2 * SECOND_SAMPLES + SECOND_SAMPLES / 20);
    draft.apply_transcript(&step, "word");
    assert_eq!((rescan_remaining_clip(&mut draft), draft.text()), (None, "word".into()));
    // Long after, or at a pause, detection runs again.
    push_sound(&mut draft, 1.0, 0.5);
    draft.rescan_speech(detect_sound);
    draft.push_samples(&vec![0.0; SECOND_SAMPLES / 2]);
    assert!(!draft.is_speaking());
    draft.rescan_speech(detect_sound);
    assert!(!draft.is_speaking());
}

#[test]
fn what_failed_is_tried_again_later_and_nothing_of_it_is_lost() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 1.0, 0.5);
    let step = draft.next_clip().unwrap();
    draft.apply_transcript(&step, "When may I");
    push_sound(&mut draft, 1.0, 0.5);
    push_sound(&mut draft, 0.5, 0.0);
    assert!(draft.next_clip().is_some());
    draft.record_failure();
    assert_eq!(draft.next_clip(), None, "not at once");
    // The key is released: samples that the first partial transcript lacks do not count as transcribed.
    let step = rescan_remaining_clip(&mut draft).unwrap();
    assert_eq!(step.range.end, 2 * SECOND_SAMPLES + CLIP_MARGIN);
    draft.apply_transcript(&step, "When may I start?");
    assert_eq!((rescan_remaining_clip(&mut draft), draft.text()), (None, "When may I start?".into()));
}

#[test]
fn a_clip_stays_where_it_is_while_it_is_written_down() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 5.0, 0.5);
    push_sound(&mut draft, 0.8, 0.0);
    let step = draft.next_clip().unwrap();
    // Meanwhile there is silence, and the speech so far is not detected any more.
    draft.push_samples(&vec![0.0; 3 * SECOND_SAMPLES]);
    draft.scan_speech(|_| Vec::new());
    assert_eq!(draft.clip_samples(&step).len(), step.range.len());
    draft.apply_transcript(&step, "The first part.");
    assert_eq!(draft.text(), "The first part.");
}

#[test]
fn silence_is_neither_kept_nor_written_down() {
    let mut draft = PartialTranscript::default();
    for _ in 0..100 {
        push_sound(&mut draft, 0.5, 0.0);
    }
    assert!(draft.samples.len() <= 2 * SECOND_SAMPLES && draft.next_clip().is_none());
    push_sound(&mut draft, 1.0, 0.5);
    for _ in 0..60 {
        push_sound(&mut draft, 0.5, 0.0);
        if let Some(step) = draft.next_clip() {
            assert!(step.range.len() <= 3 * SECOND_SAMPLES, "{step:?}");
            draft.apply_transcript(&step, "word");
        }
    }
    assert_eq!(draft.text(), "word");
}

#[test]
fn a_long_dictation_is_cut_at_its_pauses() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 5.0, 0.5);
    let step = draft.next_clip().unwrap();
    draft.apply_transcript(&step, "The first part");
    push_sound(&mut draft, 0.8, 0.0);
    let step = draft.next_clip().unwrap();
    assert_eq!(
        step,
        AudioClip { range: 0..5 * SECOND_SAMPLES + CLIP_MARGIN, is_final: true, is_last: false }
    );
    // Speech goes on during the transcription.
    push_sound(&mut draft, 1.0, 0.5);
    draft.apply_transcript(&step, "The first part.");
    assert_eq!((draft.committed_text(), draft.tentative_text()), ("The first part.".into(), String::new()));
    let step = draft.next_clip().unwrap();
    assert_eq!(step.range.end, draft.samples.len());
    draft.apply_transcript(&step, "The second");
    assert_eq!(draft.text(), "The first part. The second");
    push_sound(&mut draft, 0.3, 0.5);
    let step = rescan_remaining_clip(&mut draft).unwrap();
    assert!(step.is_final);
    draft.apply_transcript(&step, "The second.");
    assert_eq!(
        (rescan_remaining_clip(&mut draft), draft.text()),
        (None, "The first part. The second.".into())
    );
}

#[test]
fn who_does_not_draw_breath_is_cut_before_the_recogniser_is_full() {
    let mut draft = PartialTranscript::default();
    for _ in 0..60 {
        push_sound(&mut draft, 1.0, 0.5);
        while let Some(step) = draft.next_clip() {
            assert!(step.range.len() <= MAX_CLIP_SAMPLES + SECOND_SAMPLES, "{step:?}");
            draft.apply_transcript(&step, "on");
        }
    }
    let mut left = 0;
    while let Some(step) = rescan_remaining_clip(&mut draft) {
        assert!(step.range.len() <= MAX_CLIP_SAMPLES + 2 * CLIP_MARGIN, "{step:?}");
        draft.apply_transcript(&step, "end");
        left += 1;
    }
    assert!(left <= 1);
    assert_eq!(draft.text().split(' ').count(), 3);
}

#[test]
fn hands_free_ends_when_nobody_speaks() {
    let mut draft = PartialTranscript::default();
    push_sound(&mut draft, 5.0, 0.0);
    assert!(!draft.has_ended(), "one may think before one speaks");
    push_sound(&mut draft, 1.0, 0.5);
    push_sound(&mut draft, 1.0, 0.0);
    assert!(!draft.has_ended());
    push_sound(&mut draft, 0.6, 0.0);
    assert!(draft.has_ended());
    let mut silent = PartialTranscript::default();
    push_sound(&mut silent, 8.0, 0.0);
    assert!(silent.has_ended() && rescan_remaining_clip(&mut silent).is_none() && silent.text().is_empty());
}
