//! The operating system's randomness, through aws-lc.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::domain::{NoRandomness, Randomness};

/// Cryptographic randomness of the machine.
#[derive(Debug, Default)]
pub struct SystemRandomness(SystemRandom);

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(buffer).map_err(|_| NoRandomness)
    }
}
