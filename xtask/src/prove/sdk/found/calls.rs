//! The calls of the generated SDK: what each sends, and what it takes each answer for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::pattern::{Bound, Pattern};
use super::super::tokens::{Tok, joined};
use super::forms::CallForm;
use super::kinds::kind;
use super::sent::Call;
use super::{Found, Read};

static PLAIN: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::read("crate::lift::lift(self.exchange().await, &super::operations::$row).await")
});
static CHOICE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::read(
        "crate::lift::lift_choice(
            $same?(self.exchange().await) $other?(crate::lift::declared(self.exchange().await)),
            &super::operations::$row,
            |answer| match answer {
                types::$type::$yes(success) => Ok(success),
                types::$type::$no(refusal) => Err(
                    $plain?(refusal) $either?(crate::Either::UnderSuccess(refusal))
                ),
            }
        ).await",
    )
});

/// What an answer can be taken for.
const OUTCOMES: [(&str, &str); 4] = [
    ("crate::lift::read($response).await", "success"),
    ("Ok(ResponseValue::empty($response))", "success, empty"),
    (
        "Err(Error::ErrorResponse(crate::lift::read($response).await?))",
        "refusal",
    ),
    (
        "Err(Error::ErrorResponse(ResponseValue::empty($response)))",
        "refusal, empty",
    ),
];

static OUTCOME: LazyLock<Vec<(Pattern, &'static str)>> = LazyLock::new(|| {
    let all = OUTCOMES.iter();
    all.map(|(text, outcome)| (Pattern::read(text), *outcome))
        .collect()
});

/// Reads all calls.
pub(super) fn judge(items: &[Read<CallForm>], found: &mut Found) {
    let mut fields: BTreeMap<String, &Read<CallForm>> = BTreeMap::new();
    for read in items.iter().filter(|read| read.form == CallForm::Call) {
        fields.insert(read.name(), read);
    }
    for read in items {
        match read.form {
            CallForm::Calling => {
                let name = read.name();
                let Some(declared) = fields.remove(&name) else {
                    found.wrong(read.at("name"), format!("the SDK has no call `{name}`"));
                    continue;
                };
                Call {
                    name,
                    read,
                    declared,
                }
                .judge(found);
            }
            CallForm::Await => {
                let key = format!("call {}/awaited", read.name());
                let value = outcome(read, ("success", "refusal"), found);
                found.fact(key, value, &read.at("name"));
            }
            CallForm::Methods => {
                for method in read.bound.list("methods") {
                    let at = read.place(method.spot("method"));
                    let key = format!("method {}", method.text("method"));
                    found.fact(key, method.text("name"), &at);
                }
            }
            CallForm::Info => {
                let at = read.at("version");
                found.fact("version".to_owned(), read.bound.literal("version"), &at);
            }
            CallForm::Call => {}
        }
    }
    for (name, read) in fields {
        found.wrong(read.at("name"), format!("nothing sends `{name}`"));
    }
}

/// The types of success and refusal.
fn outcome(read: &Read<CallForm>, (success, refusal): (&str, &str), found: &mut Found) -> String {
    let mut of = |hole: &str| {
        kind(read.bound.toks(hole)).unwrap_or_else(|| {
            found.unread.push((read.at(hole), read.bound.text(hole)));
            read.bound.text(hole)
        })
    };
    format!("{} or refused {}", of(success), of(refusal))
}

impl Call<'_> {
    fn judge(&self, found: &mut Found) {
        let bound = &self.read.bound;
        let fields: Vec<(String, String)> = self
            .declared
            .bound
            .list("fields")
            .iter()
            .map(|field| {
                let own = kind(field.toks("kind")).unwrap_or_else(|| {
                    let at = self.declared.place(field.spot("kind"));
                    found.unread.push((at, field.text("kind")));
                    String::new()
                });
                (field.text("field"), own)
            })
            .collect();
        for list in ["starts", "setters", "taken", "ready"] {
            self.same_fields(&fields, list, found);
        }
        for (((_, kind), start), (setter, ready)) in fields
            .iter()
            .zip(bound.list("starts"))
            .zip(bound.list("setters").iter().zip(bound.list("ready")))
        {
            self.field(kind, (start, setter, ready), found);
        }
        let key = format!("call {}", self.name);
        found.fact(key, "there is one".to_owned(), &self.declared.at("name"));
        self.request(&fields, found);
        let at = self.read.at("success");
        let value = outcome(self.read, ("success", "refusal"), found);
        self.fact("answered", value, &at, found);
        self.sent(found);
        for arm in bound.list("arms") {
            self.arm(arm, found);
        }
    }

    /// What a caller gets of the operation.
    fn sent(&self, found: &mut Found) {
        let bound = &self.read.bound;
        let value = outcome(self.read, ("sent", "told"), found);
        self.fact("sent", value, &self.read.at("sent"), found);
        let toks = bound.toks("lifted");
        let at = self.read.at("lifted");
        if let Ok(plain) = PLAIN.on(toks) {
            self.fact("lifted by", plain.text("row"), &at, found);
            self.fact("split", "no".to_owned(), &at, found);
            return;
        }
        let choice = match CHOICE.on(toks) {
            Ok(choice) => choice,
            Err(miss) => {
                found
                    .unread
                    .push((self.read.place(miss.spot), joined(toks)));
                return;
            }
        };
        let variants = found.types.get(&choice.text("type"));
        let holds = |hole: &str| {
            let mut variants = variants?.variants.iter();
            let own = variants.find(|(own, _)| *own == choice.text(hole));
            own.map(|(_, holds)| holds.clone())
        };
        let (yes, no) = (holds("yes"), holds("no"));
        let same = choice.part("same").is_some() && choice.part("plain").is_some();
        let other = choice.part("other").is_some() && choice.part("either").is_some();
        let (Some(yes), Some(no), true) = (yes, no, same != other) else {
            let spot = choice.spot("type");
            self.wrong(spot, "takes a refusal for something else", found);
            return;
        };
        let how = if same { "alike" } else { "apart" };
        self.fact("lifted by", choice.text("row"), &at, found);
        let split = format!("{yes}, refused {no}, {how}");
        self.fact("split", split, &at, found);
    }

    /// Whether a list names each field once, in the order in which they are declared.
    fn same_fields(&self, fields: &[(String, String)], list: &str, found: &mut Found) {
        let own = self.read.bound.list(list);
        let name = |one: &Bound| {
            let body = one.has("body").then(|| one.text("body"));
            body.unwrap_or_else(|| one.text("field"))
        };
        let differs = (0..own.len().max(fields.len()))
            .find(|at| own.get(*at).map(name).as_ref() != fields.get(*at).map(|(field, _)| field));
        if let Some(at) = differs {
            let spot = own.get(at).or(own.last()).map_or_else(
                || self.read.bound.spot("name"),
                |one| one.spot(if one.has("body") { "body" } else { "field" }),
            );
            self.wrong(spot, "has other fields than it is declared with", found);
        }
    }

    /// Whether a field starts, is set and is made ready as what it is declared to be.
    fn field(
        &self,
        declared: &str,
        (start, setter, ready): (&Bound, &Bound, &Bound),
        found: &mut Found,
    ) {
        let field = start.text("field");
        let built = declared.strip_prefix("builder of ");
        let wanted = match (built, declared.strip_prefix("maybe ")) {
            (Some(_), _) => "Ok (: : std : : default : : Default : : default ())".to_owned(),
            (None, Some(_)) => "Ok (None)".to_owned(),
            (None, None) => format!(
                "Err ({:?} . to_string ())",
                format!("{field} was not initialized")
            ),
        };
        if start.text("start") != wanted {
            self.wrong(start.spot("start"), "starts as something else", found);
        }
        let inner = built
            .or(declared.strip_prefix("maybe "))
            .unwrap_or(declared);
        if kind(setter.toks("kind")).as_deref() != Some(inner) {
            self.wrong(setter.spot("kind"), "is set to something else", found);
        }
        if setter.part("some").is_some() != declared.starts_with("maybe ")
            || setter.has("body") != built.is_some()
            || ready.has("built") != built.is_some()
        {
            self.wrong(setter.spot("kind"), "is set in another way", found);
        }
        let builders = kind(setter.toks("built"));
        if built.is_some() && builders.as_deref() != Some(declared) {
            self.wrong(setter.spot("built"), "builds something else", found);
        }
        if built.is_some() && kind(ready.toks("built")).as_deref() != Some(inner) {
            self.wrong(ready.spot("built"), "builds something else", found);
        }
        let end = if built.is_some() { ": {}" } else { "" };
        let shown = shown(setter.toks("kind"));
        let said = format!("conversion to `{shown}` for {field} failed{end}");
        if setter.literal("said") != said {
            self.wrong(setter.spot("said"), "fails under another name", found);
        }
    }

    /// Whether an arm makes something of the answer that the call got.
    fn is_outcome(&self, arm: &Bound, pattern: &Pattern) -> bool {
        let outcome = pattern.on(arm.toks("outcome"));
        let response = self.read.bound.text("response");
        outcome.is_ok_and(|outcome| outcome.text("response") == response)
    }

    fn arm(&self, arm: &Bound, found: &mut Found) {
        let known = OUTCOME
            .iter()
            .find(|(pattern, _)| self.is_outcome(arm, pattern));
        let at = self.read.place(arm.spot("status"));
        match known {
            Some((_, outcome)) => {
                let more = arm.list("more").iter().map(|more| more.text("also"));
                for status in std::iter::once(arm.text("status")).chain(more) {
                    let status = status.trim_end_matches("u16");
                    self.fact(
                        &format!("status {status}"),
                        (*outcome).to_owned(),
                        &at,
                        found,
                    );
                }
            }
            None => found.unread.push((at, arm.text("outcome"))),
        }
    }
}

/// A type as the messages of setters show it.
fn shown(toks: &[Tok]) -> String {
    let text = joined(toks).replace(": :", "::");
    text.strip_prefix("types :: ").unwrap_or(&text).to_owned()
}
