//! The graphics card: whether there is one that whisper can use, and whether it let a model down.

mod card;

use hearth_domain::GraphicsProblem;
use tokio::sync::watch;

pub(crate) use card::has_card;

/// Whether this build can use a graphics card.
pub const HAS_GRAPHICS: bool = cfg!(any(feature = "cuda", feature = "vulkan", feature = "metal"));

/// The code of a process that found no card to load a model on.
pub(crate) const NO_CARD: &str = "NO_GRAPHICS_CARD";

/// The graphics card as all models of a program see it: where there is none, it is not looked for again while the program runs,
/// and a model that failed on it does not go there again. Clones are the same card.
#[derive(Clone, Debug)]
pub struct Graphics {
    is_wanted: bool,
    problem: watch::Sender<Option<GraphicsProblem>>,
}

impl Graphics {
    /// To be tried, or never; [`HAS_GRAPHICS`] says whether there is a point in it.
    pub fn new(is_wanted: bool) -> Self {
        Self { is_wanted, problem: watch::Sender::new(None) }
    }

    /// Why a model went to the processor though the card was to be used; the last reason there was.
    pub fn problem(&self) -> Option<GraphicsProblem> {
        *self.problem.borrow()
    }

    /// Waits until there is such a reason.
    pub async fn let_down(&self) {
        // Who could tell is here, so that waiting does not fail.
        let _ = self.problem.subscribe().wait_for(Option::is_some).await;
    }

    pub(crate) fn is_tried(&self) -> bool {
        self.is_wanted && self.problem() != Some(GraphicsProblem::Missing)
    }

    /// The same reason again is no news.
    pub(crate) fn is_let_down(&self, problem: GraphicsProblem) {
        self.problem.send_if_modified(|known| known.replace(problem) != Some(problem));
    }
}
