//! Events of a machine.

use std::sync::Arc;

use hearth_domain::JobId;

/// A change of the machine; subscribers look up the data they show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineEvent {
    /// A download.
    Job(JobId),
    /// A model came, went, or is used in another way.
    Model(Arc<str>),
    /// The settings changed.
    Settings,
}
