//! Keeps what is in this process's memory out of core dumps, and away from debuggers.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// From now on the process leaves no core dump, and nobody but root reads its memory or traces it, not even its own user.
///
/// # Errors
/// The system's, where it does not allow that; what could be had is in force.
pub fn withhold() -> io::Result<()> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let limited = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(limited?)
}
