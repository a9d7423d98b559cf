//! The value of a flag that is on or off.

use clap::ValueEnum;

/// A switch on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Yes.
    On,
    /// No.
    Off,
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        match switch {
            Switch::On => true,
            Switch::Off => false,
        }
    }
}
