//! Listening to the desktop program's microphone: one dictation at a time, told to the page as it goes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_domain::NotebookId;
use hearth_engine::{Dictated, Dictating, Dictation, EngineError};
use hearth_wire::{ApiError, ErrorCode, ListenRequest, ShellEvent, Voice};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;
use crate::shell::Attached;

/// The dictation that goes on, if one does.
#[derive(Clone, Default)]
pub(crate) struct Listening(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    running: Option<Running>,
    /// How many there were.
    count: u64,
}

struct Running {
    number: u64,
    /// Ends the listening; what was said still becomes text.
    stop: CancellationToken,
    /// Ends all of it.
    drop: CancellationToken,
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
                "somebody is being listened to already; let that end first",
            ));
        }
        slot.count += 1;
        let number = slot.count;
        let (stop, drop) = (CancellationToken::new(), CancellationToken::new());
        slot.running = Some(Running { number, stop: stop.clone(), drop: drop.clone() });
        Ok(Place { listening: self.clone(), number, stop, drop })
    }

    /// What was said until now becomes text; nothing where nobody listens.
    pub(crate) fn stop(&self) {
        if let Some(running) = &self.held().running {
            running.stop.cancel();
        }
    }

    /// What was said is gone, and another may begin; false where nobody listens.
    pub(crate) fn drop(&self) -> bool {
        let running = self.held().running.take();
        if let Some(running) = &running {
            running.drop.cancel();
        }
        running.is_some()
    }
}

/// The place of a dictation; free again when dropped.
struct Place {
    listening: Listening,
    number: u64,
    stop: CancellationToken,
    drop: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        // It may be another's already.
        self.listening.held().running.take_if(|running| running.number == self.number);
    }
}

/// Begins to listen; whatever becomes of it is told as events.
pub(crate) fn listen(app: &App, shell: &Attached, request: &ListenRequest) -> Result<(), Failure> {
    let place = app.listening.begin()?;
    // Without a model nobody's time is wasted.
    app.engine.ears()?;
    let sounds = shell.shell.listen(place.stop.clone())?;
    tell(shell, Voice::Opening {});
    let how =
        Dictation { notebook: request.notebook_id, stop: place.stop.clone(), hands_free: request.hands_free };
    let (app, shell) = (app.clone(), shell.clone());
    tokio::spawn(async move {
        let heard = |now| {
            let event = match now {
                Dictating::Listening { microphone } => Voice::Listening { microphone },
                Dictating::Level(level) => Voice::Level { level },
                Dictating::Partial { committed, tentative } => Voice::Partial { committed, tentative },
                Dictating::Writing => Voice::Writing {},
            };
            tell(&shell, event);
        };
        let said = app.engine.dictate(sounds, how, &heard);
        finish(&app, &shell, place, async { said.await.map(Some) }).await;
    });
    Ok(())
}

/// Tells what was said, once it is text, and unless it is dropped before.
async fn finish(
    app: &App,
    shell: &Attached,
    place: Place,
    said: impl Future<Output = Result<Option<Dictated>, EngineError>>,
) {
    let said = tokio::select! {
        // Whoever dropped it has said so.
        biased;
        () = place.drop.cancelled() => return,
        () = app.stop.cancelled() => return,
        said = said => said,
    };
    // Whoever is told may begin anew at once.
    drop(place);
    tell(shell, ended(said));
}

/// Ends it: what was said is gone.
pub(crate) fn drop_it(app: &App, shell: &Attached) {
    if app.listening.drop() {
        tell(shell, Voice::Dropped {});
    }
}

/// Tries once more to make text of what was kept.
pub(crate) fn again(app: &App, shell: &Attached, notebook: Option<NotebookId>) -> Result<(), Failure> {
    let place = app.listening.begin()?;
    app.engine.ears()?;
    tell(shell, Voice::Writing {});
    let (app, shell) = (app.clone(), shell.clone());
    tokio::spawn(async move {
        finish(&app, &shell, place, app.engine.dictate_again(notebook)).await;
    });
    Ok(())
}

fn ended(said: Result<Option<Dictated>, EngineError>) -> Voice {
    match said {
        Ok(Some(Dictated { text, lost: Some(why) })) if text.is_empty() => {
            let error = ApiError::new(ErrorCode::Internal, why);
            Voice::Failed { error, is_kept: false }
        }
        Ok(Some(Dictated { text, lost })) => Voice::Said { text, lost },
        Ok(None) => Voice::Said { text: String::new(), lost: None },
        Err(error) => Voice::Failed { error: Failure::from(error).0, is_kept: true },
    }
}

fn tell(shell: &Attached, voice: Voice) {
    shell.tell(ShellEvent::Voice { voice });
}
