//! Requests of one operation with secrets and canaries in every place, good ones and bad ones.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Secret, canary, places};
use crate::{
    harness::{
        Answer, Call, Purse, Reach,
        document::{bare, dressed},
    },
    proofs::live::{
        cases,
        lab::{Asking, Lab, State},
        oracle::{Alternative, Operation, Scheme},
        probe::Base,
        request::{Credential, Request, encode, written},
        values::with,
    },
};

/// What an operation was asked, and what came of it.
pub struct Passed {
    /// Every secret that was sent or answered.
    pub secrets: Vec<Secret>,
    /// The bytes of the database.
    pub stored: Vec<u8>,
    /// How many requests were sent.
    pub requests: usize,
}

/// The requests of one operation at one server.
pub struct Traffic<'a> {
    operation: &'a Operation,
    server: &'a Reach,
    purse: Purse,
    secrets: Vec<Secret>,
    sent: Vec<Call>,
    canaries: usize,
}

/// Asks one operation on a server of its own.
pub async fn pass(operation: &Operation) -> Passed {
    let lab = Lab::new().await;
    let traffic = Traffic::of(operation, &lab.server).await;
    let stored = lab.server.stored();
    let requests = traffic.sent.len() * 2;
    // What fails is logged at more length than what is refused.
    lab.server.break_storage().await;
    for call in &traffic.sent {
        call.send(&lab.server).await;
    }
    Passed {
        secrets: traffic.secrets(),
        stored,
        requests,
    }
}

impl<'a> Traffic<'a> {
    /// Asks a server.
    pub async fn of(operation: &'a Operation, server: &'a Reach) -> Self {
        let mut traffic = Self {
            operation,
            server,
            purse: Purse::default(),
            secrets: Vec::new(),
            sent: Vec::new(),
            canaries: 0,
        };
        traffic.asking().prepare(operation).await;
        for base in cases::bases(&mut traffic.asking(), operation).await {
            traffic.good(&base).await;
            traffic.once(&base).await;
            traffic.credentials(&base).await;
            traffic.bodies(&base).await;
        }
        traffic
    }

    /// Every secret that was sent or answered.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = self.secrets.clone();
        secrets.sort();
        secrets.dedup();
        secrets
    }

    fn asking(&mut self) -> Asking<'_> {
        Asking {
            server: self.server,
            purse: &mut self.purse,
        }
    }

    fn alternative(&self, base: &Base) -> Option<&Alternative> {
        let index = base.alternative?;
        self.operation.security.get(index)
    }

    fn schemes(&self, base: &Base) -> Vec<Scheme> {
        let alternative = self.alternative(base).into_iter();
        alternative
            .flat_map(|one| &one.schemes)
            .map(|(scheme, _)| scheme.clone())
            .collect()
    }

    fn keep(&mut self, pointer: &str, text: &str) {
        self.secrets.push(Secret::new(pointer, text));
    }

    fn canary(&mut self, pointer: &str) -> String {
        self.canaries += 1;
        let text = canary(pointer, self.canaries);
        self.keep(pointer, &text);
        text
    }

    async fn send(&mut self, request: &Request) -> Answer {
        let operation = self.operation;
        let call = request.call();
        let answer = call.send(self.server).await;
        self.sent.push(call);
        let found = places::in_answer(operation, &answer);
        for (pointer, text) in found {
            self.keep(&pointer, &text);
        }
        answer
    }

    /// A credential's secret part, as it is written and as it travels.
    fn keep_credential(&mut self, scheme: &Scheme, credential: &Credential) {
        let pointer = pointer(scheme);
        match credential {
            Credential::Text(text) => {
                self.keep(&pointer, bare(&scheme.name, text).unwrap_or(text));
            }
            Credential::Pair(name, secret) => {
                self.keep(&pointer, secret);
                let pair = STANDARD.encode(format!("{}:{}", encode(name), encode(secret)));
                self.keep(&pointer, &pair);
            }
        }
    }

    /// What succeeds, with everything real.
    async fn good(&mut self, base: &Base) {
        let operation = self.operation;
        let request = self.asking().succeeding(operation, base).await;
        for scheme in self.schemes(base) {
            if let Some(credential) = self.asking().credential(&scheme.name, State::Live).await {
                self.keep_credential(&scheme, &credential);
            }
        }
        if let Some((schema, body)) = self.body(base).await {
            for (pointer, text) in places::in_value(&schema, &body) {
                self.keep(&pointer, &text);
            }
        }
        let answer = self.send(&request).await;
        if answer.status < 300 {
            self.asking().used(operation);
        }
    }

    /// What succeeds once only.
    async fn once(&mut self, base: &Base) {
        let Some((_, media_type)) = &base.body else {
            return;
        };
        let index = base.alternative;
        let alternative = index.and_then(|index| self.operation.security.get(index));
        let operation = self.operation;
        for (_, body) in self.asking().bodies_for_once(operation, alternative) {
            let mut request = self.asking().succeeding(operation, base).await;
            request.set_body(media_type, &body);
            self.send(&request).await;
        }
    }

    /// The schema and the value of the body of a base.
    async fn body(&mut self, base: &Base) -> Option<(crate::proofs::live::oracle::Node, Value)> {
        let operation = self.operation;
        let (name, media_type) = base.body.as_ref()?;
        let documented = self.operation.body.as_ref()?;
        let (_, schema) = documented
            .media
            .iter()
            .find(|(known, _)| known == media_type)?;
        let index = base.alternative;
        let alternative = index.and_then(|index| self.operation.security.get(index));
        let bodies = self.asking().bodies(operation, alternative).await;
        let (_, body) = bodies.into_iter().find(|(known, _)| known == name)?;
        Some((schema.clone(), body))
    }

    /// Each credential unknown, nearly right, twice, and in a form of its own.
    async fn credentials(&mut self, base: &Base) {
        for scheme in self.schemes(base) {
            let text = self.canary(&pointer(&scheme));
            let unknown = match self.asking().credential(&scheme.name, State::Live).await {
                Some(Credential::Pair(..)) => Credential::Pair(text.clone(), text),
                Some(Credential::Text(_)) | None => Credential::Text(dressed(&scheme.name, &text)),
            };
            let wrong = self.asking().credential(&scheme.name, State::Wrong).await;
            let mut tried = vec![
                vec![unknown.clone()],
                vec![unknown.clone(), unknown.clone()],
            ];
            tried.extend(wrong.map(|wrong| vec![wrong]));
            if let Credential::Text(text) = &unknown {
                tried.push(vec![Credential::Text(format!("{text} and more"))]);
                tried.push(vec![Credential::Text(format!("\"{text}, a=b"))]);
            }
            for credentials in tried {
                let mut request = self.without(base, &scheme).await;
                for credential in &credentials {
                    request.present(&scheme.carrier, credential);
                    self.keep_credential(&scheme, credential);
                }
                self.send(&request).await;
            }
        }
    }

    /// A request that lacks one credential.
    async fn without(&mut self, base: &Base, left_out: &Scheme) -> Request {
        let operation = self.operation;
        let anonymous = Base {
            alternative: None,
            body: base.body.clone(),
        };
        let mut request = self.asking().succeeding(operation, &anonymous).await;
        for scheme in self.schemes(base) {
            if scheme.name != left_out.name {
                let live = self.asking().credential(&scheme.name, State::Live).await;
                if let Some(live) = live {
                    request.present(&scheme.carrier, &live);
                }
            }
        }
        request
    }

    /// Each marked member of a body: well formed, of other types, and in bodies that cannot be read.
    async fn bodies(&mut self, base: &Base) {
        let operation = self.operation;
        let (Some((schema, body)), Some((_, media_type))) = (self.body(base).await, &base.body)
        else {
            return;
        };
        for (pointer, instance) in places::of_schema(&schema) {
            let text = self.canary(&pointer);
            let alone = with(&json!({}), &instance, json!(text));
            let list = with(&body, &instance, json!([text]));
            let object = with(&body, &instance, json!({ "inner": text }));
            let filled = with(&body, &instance, json!(text));
            let request = self.asking().succeeding(operation, base).await;
            for body in [&filled, &alone, &list, &object] {
                let mut request = request.clone();
                request.set_body(media_type, body);
                self.send(&request).await;
            }
            let Some(whole) = written(media_type, &filled) else {
                continue;
            };
            let cut = whole.get(..whole.len().saturating_sub(1));
            let unreadable = [
                (media_type.as_str(), cut.unwrap_or_default().to_owned()),
                (media_type, format!("{whole}{whole}")),
                (media_type, format!("{whole}&{whole}")),
                (media_type, format!("{whole}{}", " ".repeat(70_000))),
                ("text/plain", whole.clone()),
                ("application/json", text.clone()),
                ("application/x-www-form-urlencoded", whole),
            ];
            for (media_type, text) in unreadable {
                let mut request = request.clone();
                request.body = Some((Some(media_type.to_owned()), text.into_bytes()));
                self.send(&request).await;
            }
        }
    }
}

fn pointer(scheme: &Scheme) -> String {
    format!("/components/securitySchemes/{}", scheme.name)
}
