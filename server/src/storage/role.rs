//! What a connection is for.

/// What connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The schema, before anything is served.
    Making,
    /// The one that writes.
    Writing,
    /// Those that answer.
    Reading,
    /// The one that looks what others have committed. What it does is not counted as work of anybody's request.
    Following,
}
