//! The port of randomness; `keys` has the machine's own.

/// Unpredictable bytes.
pub trait Randomness: Send + Sync + 'static {
    /// Fills the whole buffer, or fails; a failure makes the core answer "unavailable".
    ///
    /// # Errors
    /// When the source has none to give.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub struct NoRandomness;
