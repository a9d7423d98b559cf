//! Requests that succeed, of every operation of the document: what the live proof makes of document and trials.

use serde_json::Value;

use crate::{
    harness::{Answer, Call, Purse, Reach, Trial},
    proofs::live::{
        answers::{self, Outcome},
        cases,
        lab::{Asking, State, trial_of},
        oracle::{self, Alternative, Node, Operation, join},
        probe::Base,
        request::Request,
    },
    proofs::secrets,
};

/// An operation, and one of the ways to succeed with it.
#[derive(Debug, Clone)]
pub struct Way {
    /// The operation.
    pub operation: Operation,
    /// Which of its security requirements it fulfils, and with which body.
    pub base: Base,
}

/// Every way to succeed with every operation.
pub async fn ways(server: &Reach) -> Vec<Way> {
    let mut ways = Vec::new();
    for operation in oracle::operations() {
        let mut purse = Purse::default();
        let mut asking = Asking {
            server,
            purse: &mut purse,
        };
        for base in cases::bases(&mut asking, &operation).await {
            ways.push(Way {
                operation: operation.clone(),
                base,
            });
        }
    }
    ways
}

/// One way of each operation.
pub async fn one_way_of_each(server: &Reach) -> Vec<Way> {
    let mut ways = ways(server).await;
    ways.dedup_by(|later, first| later.operation.id == first.operation.id);
    ways
}

/// Puts another text in place of one, wherever it stands.
fn replace(value: &mut Value, text: &str) {
    match value {
        Value::String(found) if found == text => "not-the-secret".clone_into(found),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
        Value::Object(members) => members.values_mut().for_each(|item| replace(item, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Way {
    /// The dialect that it is of.
    pub fn dialect(&self) -> &'static str {
        self.trial().dialect()
    }

    /// The trial of that dialect.
    pub fn trial(&self) -> &'static dyn Trial {
        trial_of(&self.operation).expect("each operation is of a dialect")
    }

    /// The media type of its body.
    pub fn media_type(&self) -> Option<&str> {
        self.base.body.as_ref().map(|(_, media_type)| &**media_type)
    }

    /// A request, with credentials and state that no other request has.
    pub async fn request(&self, server: &Reach) -> Request {
        let mut purse = Purse::default();
        let mut asking = Asking {
            server,
            purse: &mut purse,
        };
        asking.prepare(&self.operation).await;
        asking.succeeding(&self.operation, &self.base).await
    }

    /// Whether who succeeds proves by it who asks.
    pub fn proves(&self) -> bool {
        let schemes = self.alternative().into_iter().flat_map(|one| &one.schemes);
        let mut schemes = schemes
            .filter_map(|(scheme, _)| Node::at(&join("/components/securitySchemes", &scheme.name)));
        self.operation.node.text("x-proves").is_some()
            || schemes.any(|scheme| scheme.text("x-proves").is_some())
    }

    fn alternative(&self) -> Option<&Alternative> {
        let index = self.base.alternative?;
        self.operation.security.get(index)
    }

    /// The same request, by somebody who proves nothing: each credential is wrong, or missing where none can be wrong,
    /// and so is each secret of the body.
    pub async fn unproven(&self, server: &Reach) -> Request {
        let mut request = self.request(server).await;
        request.headers.clear();
        request.query.clear();
        let mut purse = Purse::default();
        let mut asking = Asking {
            server,
            purse: &mut purse,
        };
        if let Some((name, media_type)) = &self.base.body {
            let bodies = asking.bodies(&self.operation, self.alternative()).await;
            let body = bodies.into_iter().find(|(known, _)| known == name);
            let media = self.operation.body.iter().flat_map(|body| &body.media);
            let schema = media.into_iter().find(|(known, _)| known == media_type);
            if let (Some((_, mut body)), Some((_, schema))) = (body, schema) {
                for (_, secret) in secrets::places::in_value(schema, &body) {
                    replace(&mut body, &secret);
                }
                request.set_body(media_type, &body);
            }
        }
        for (scheme, _) in self.alternative().into_iter().flat_map(|one| &one.schemes) {
            if let Some(wrong) = asking.credential(&scheme.name, State::Wrong).await {
                request.present(&scheme.carrier, &wrong);
            }
        }
        request
    }

    /// The same as the harness sends it.
    pub async fn call(&self, server: &Reach) -> Call {
        self.request(server).await.call()
    }

    /// Whether the document calls an answer a success.
    pub fn succeeded(&self, answer: &Answer) -> bool {
        answers::outcome(&self.operation, answer) == Outcome::Success
    }

    /// Asserts that an answer is a success.
    #[track_caller]
    pub fn assert_success(&self, answer: &Answer, what: &str) {
        let (id, text) = (&self.operation.id, String::from_utf8_lossy(&answer.body));
        assert!(self.succeeded(answer), "{id} {what}: {text}");
    }

    /// Asserts that an answer is a refusal that the document declares of this operation.
    #[track_caller]
    pub fn assert_refusal(&self, answer: &Answer, what: &str) {
        let (id, text) = (&self.operation.id, String::from_utf8_lossy(&answer.body));
        let outcome = answers::outcome(&self.operation, answer);
        assert_eq!(outcome, Outcome::Refusal, "{id} {what}: {text}");
        let faults = answers::check(&self.operation, answer);
        assert!(faults.is_empty(), "{id} {what}: {text}: {faults:?}");
    }
}
