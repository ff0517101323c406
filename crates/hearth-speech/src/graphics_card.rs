//! The graphics card (GPU) as speech models share it, and the problem that kept a model from it.

mod card_detection;

use hearth_domain::GraphicsProblem;
use tokio::sync::watch;

pub(crate) use card_detection::has_card;

/// True if this build can use a graphics card.
pub const HAS_GRAPHICS_SUPPORT: bool = cfg!(any(feature = "cuda", feature = "vulkan", feature = "metal"));

/// The graphics card, shared by all models of a program: a missing card is not looked for again while the
/// program runs, and a model that failed on the card is not loaded there again. Clones share their state.
#[derive(Clone, Debug)]
pub struct GraphicsCard {
    is_wanted: bool,
    problem: watch::Sender<Option<GraphicsProblem>>,
}

impl GraphicsCard {
    /// A card that is tried, or never used if `is_wanted` is false; pointless without
    /// [`HAS_GRAPHICS_SUPPORT`].
    pub fn new(is_wanted: bool) -> Self {
        Self { is_wanted, problem: watch::Sender::new(None) }
    }

    /// The last reason for loading a model on the processor instead of the card, or `None` if there was none.
    pub fn last_problem(&self) -> Option<GraphicsProblem> {
        *self.problem.borrow()
    }

    /// Waits until a problem is recorded.
    pub async fn wait_for_problem(&self) {
        // The sender lives in `self`, so that waiting does not fail.
        let _ = self.problem.subscribe().wait_for(Option::is_some).await;
    }

    /// True if a model should be tried on the card.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_wanted && self.last_problem() != Some(GraphicsProblem::Missing)
    }

    /// Records a problem; the same one again notifies no waiter.
    pub(crate) fn record_problem(&self, problem: GraphicsProblem) {
        self.problem.send_if_modified(|current| current.replace(problem) != Some(problem));
    }
}
