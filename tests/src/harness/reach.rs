//! A running server as its clients know it, be it in this process or the binary: its address, the demo's credentials
//! and its clock.

use std::{net::SocketAddr, sync::Arc};

use serde_json::Value;

use super::server::TestClock;

/// Where a server answers, and what the demo's principals prove themselves with there.
#[derive(Debug)]
pub struct Reach {
    /// Its clock.
    pub clock: Arc<TestClock>,
    address: SocketAddr,
    held: Value,
    origin: String,
}

impl Reach {
    /// A server whose demo wrote these credentials.
    pub fn new(address: SocketAddr, held: Value, clock: Arc<TestClock>) -> Self {
        Self {
            clock,
            address,
            held,
            origin: format!("http://{address}"),
        }
    }

    /// A server that runs by the machine's clock, such as the binary.
    pub fn today(address: SocketAddr, held: Value) -> Self {
        Self::new(address, held, Arc::new(TestClock::running()))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same server, which calls itself by that origin.
    pub fn known_as(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Its origin, as it calls itself.
    pub fn base_url(&self) -> String {
        self.origin.clone()
    }

    /// A text of the demo's credentials by its pointer, such as `/dialect/client_id`.
    #[track_caller]
    pub fn held(&self, pointer: &str) -> &str {
        let found = self.held.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("the demo's credentials have no {pointer}"))
    }

    /// The demo's credentials as they are written to its file.
    pub fn all_held(&self) -> &Value {
        &self.held
    }

    /// Puts other credentials in place of these, and gives these back.
    pub fn hold(&mut self, other: Value) -> Value {
        std::mem::replace(&mut self.held, other)
    }
}
