//! Listening to the desktop program's microphone: one dictation at a time, told to the page as it goes. Each has a number,
//! so that what comes late of one is not taken for the next. A microphone that is elsewhere comes over a socket.

mod socket;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_engine::{Dictated, Dictating, Dictation, Undictated};
use hearth_wire::{ApiError, ErrorCode, ListenRequest, ShellEvent, Voice};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;
use crate::shell::Attached;

pub(crate) use socket::dictate;

/// The dictation that goes on, if one does.
#[derive(Clone, Default)]
pub(crate) struct Listening(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    running: Option<Running>,
    /// The number of the last.
    last: u64,
}

struct Running {
    number: u64,
    /// Ends the listening; what was said still becomes text.
    stop: CancellationToken,
    /// Ends all of it.
    dropped: CancellationToken,
}

impl Running {
    fn is(&self, number: Option<u64>) -> bool {
        number.is_none_or(|number| number == self.number)
    }
}

impl Listening {
    fn held(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of the one dictation; refused while another has it.
    fn begin(&self) -> Result<Place, Failure> {
        let mut slot = self.held();
        if slot.running.is_some() {
            return Err(Failure::new(
                ErrorCode::Conflict,
                "what was said before is still being written down; a moment, please",
            ));
        }
        slot.last += 1;
        let number = slot.last;
        let (stop, dropped) = (CancellationToken::new(), CancellationToken::new());
        slot.running = Some(Running { number, stop: stop.clone(), dropped: dropped.clone() });
        Ok(Place { listening: self.clone(), number, stop, dropped })
    }

    /// What was said until now becomes text; nothing where that one does not go on.
    pub(crate) fn stop(&self, number: Option<u64>) {
        if let Some(running) = self.held().running.as_ref().filter(|running| running.is(number)) {
            running.stop.cancel();
        }
    }

    /// Whether somebody is listened to, or what was said is being written down.
    pub(crate) fn is_on(&self) -> bool {
        self.held().running.is_some()
    }

    /// What was said is gone, and another may begin. The number of what has ended so.
    fn drop(&self, number: Option<u64>) -> u64 {
        let mut slot = self.held();
        if let Some(running) = slot.running.take_if(|running| running.is(number)) {
            running.dropped.cancel();
        }
        number.unwrap_or(slot.last)
    }
}

/// The place of a dictation; free again when dropped.
struct Place {
    listening: Listening,
    number: u64,
    stop: CancellationToken,
    dropped: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        // It may be another's already.
        self.listening.held().running.take_if(|running| running.number == self.number);
    }
}

/// Begins to listen; whatever becomes of it is told as events. Gives its number.
pub(crate) async fn listen(app: &App, shell: &Attached, request: &ListenRequest) -> Result<u64, Failure> {
    let notebook = match request.notebook_id {
        Some(id) => app.engine.store().notebook(id).await.ok().map(|notebook| notebook.title),
        None => None,
    };
    let place = app.listening.begin()?;
    let number = place.number;
    // Without a model nobody's time is wasted.
    app.engine.ears()?;
    // Who speaks does not want to be spoken to; and the microphone would hear it.
    app.reading.hush();
    let sounds = shell.shell.listen(place.stop.clone())?;
    tell(shell, number, Voice::Opening { notebook, hands_free: request.hands_free });
    let how = Dictation {
        notebook: request.notebook_id,
        stop: place.stop.clone(),
        dropped: place.dropped.clone(),
        hands_free: request.hands_free,
    };
    let (app, shell) = (app.clone(), shell.clone());
    tokio::spawn(async move {
        let heard = |now| tell(&shell, number, told(now));
        finish(&app, &shell, place, app.engine.dictate(sounds, how, &heard)).await;
    });
    Ok(number)
}

/// Tells what was said, once it is text, and unless it is dropped before.
async fn finish(
    app: &App,
    shell: &Attached,
    place: Place,
    said: impl Future<Output = Result<Dictated, Undictated>>,
) {
    let said = tokio::select! {
        // Whoever dropped it has said so.
        biased;
        () = place.dropped.cancelled() => return,
        () = app.stop.cancelled() => return,
        said = said => said,
    };
    let number = place.number;
    let (voice, dictated) = ended(said);
    // Whoever is told may begin anew at once.
    drop(place);
    tell(shell, number, voice);
    let is_heard = app.watching.load(Ordering::SeqCst) > 0;
    if let Some(dictated) = dictated {
        dictated.told(is_heard).await;
    }
}

/// As it is told.
fn told(now: Dictating) -> Voice {
    match now {
        Dictating::Listening { microphone } => Voice::Listening { microphone },
        Dictating::Level(level) => Voice::Level { level },
        Dictating::Partial { committed, tentative } => Voice::Partial { committed, tentative },
        Dictating::Writing => Voice::Writing {},
    }
}

/// What is told in the end, and what is still to be done once it was.
fn ended(said: Result<Dictated, Undictated>) -> (Voice, Option<Dictated>) {
    match said {
        Ok(dictated) => {
            let (text, lost) = (dictated.text.clone(), dictated.lost.clone());
            let voice = match lost {
                Some(why) if text.is_empty() => failed(ApiError::new(ErrorCode::Internal, why)),
                lost => Voice::Said { text, lost },
            };
            (voice, Some(dictated))
        }
        Err(Undictated { error, kept }) => (Voice::Failed { error: Failure::from(error).0, kept }, None),
    }
}

fn failed(error: ApiError) -> Voice {
    Voice::Failed { error, kept: None }
}

/// Ends it: what was said is gone. That it has ended is told in any case: whoever asks may have missed it.
pub(crate) fn drop_it(app: &App, shell: &Attached, number: Option<u64>) {
    let number = app.listening.drop(number);
    tell(shell, number, Voice::Dropped {});
}

fn tell(shell: &Attached, number: u64, voice: Voice) {
    shell.tell(ShellEvent::Voice { number, voice });
}
