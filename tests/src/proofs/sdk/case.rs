//! One call through the SDK's own interface, and what it is meant to send, in the document's words.

use std::pin::Pin;

use serde_json::Value;
use tessera_client::{Client, Credential};

use super::outcome::Outcome;

/// A call under way; it can move to another thread.
pub type Sending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// One call.
pub struct Case {
    /// The operationId.
    pub operation: &'static str,
    /// Names the call among those of its operation.
    pub name: &'static str,
    /// What the client holds.
    pub held: Vec<Credential>,
    /// Makes the call.
    pub send: fn(Client) -> Sending,
    /// The parameters given: location, name and value.
    pub parameters: Vec<(&'static str, &'static str, &'static str)>,
    /// The body given; `None` where the operation has none.
    pub body: Option<Value>,
    /// The credentials meant to travel: the scheme's name and the text that travels for it.
    pub carried: Vec<(&'static str, &'static str)>,
    /// Whether the call is to be refused before anything is sent.
    pub unsendable: bool,
}

impl Case {
    /// A call without parameters, body and credentials.
    pub fn new(operation: &'static str, name: &'static str, send: fn(Client) -> Sending) -> Self {
        Self {
            operation,
            name,
            held: Vec::new(),
            send,
            parameters: Vec::new(),
            body: None,
            carried: Vec::new(),
            unsendable: false,
        }
    }

    /// The client holds these.
    pub fn holding(mut self, held: impl IntoIterator<Item = Credential>) -> Self {
        self.held.extend(held);
        self
    }

    /// The text of this scheme has to travel.
    pub fn carrying(mut self, scheme: &'static str, text: &'static str) -> Self {
        self.carried.push((scheme, text));
        self
    }

    /// This parameter has to travel.
    pub fn with(mut self, location: &'static str, name: &'static str, value: &'static str) -> Self {
        self.parameters.push((location, name, value));
        self
    }

    /// This body has to travel.
    pub fn saying(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Nothing may be sent.
    pub fn never_sent(mut self) -> Self {
        self.unsendable = true;
        self
    }
}

/// Makes the function that makes a call: `sends!(client => client.operation())`.
macro_rules! sends {
    ($client:ident => $call:expr) => {
        |$client| Box::pin(async move { $crate::proofs::sdk::outcome::Outcome::of($call.await) })
    };
}
pub(crate) use sends;
