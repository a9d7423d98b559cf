//! Compares what a document tells its SDKs beyond types: where refusals say why, what text of a credential travels, what
//! goes alone.

use serde_json::Value;

use super::Compare;
use super::found::Spot;
use super::rule::ChangeRule;
use super::schema::Node;

impl<'a> Compare<'a> {
    /// One extension that only SDKs act upon, which stands at `spot`.
    pub(super) fn told(
        &mut self,
        rule: ChangeRule,
        key: &str,
        spot: &Spot,
        sides: (Option<&'a Value>, Option<&'a Value>),
        label: &str,
    ) {
        if sides.0 != sides.1 {
            let message = format!("{key} of {label} changed");
            self.found.add(rule, spot, sides, message);
        }
    }

    /// The text that travels for a scheme: what stands around the credential, and how a pair is joined.
    pub(super) fn credential_text(&mut self, name: &str, old: &Node<'a>, new: &Node<'a>) {
        let spot = Spot {
            old: old.pointer.clone(),
            new: new.pointer.clone(),
        };
        let said = |node: &Node<'a>, key: &str| node.value.get(key);
        let key = "x-credential";
        // Without a word the credential travels as it is.
        let bare = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("{}").to_owned();
        let sides = (said(old, key), said(new, key));
        if bare(sides.0) != bare(sides.1) {
            let message = format!("the credential {name} travels as another text");
            let rule = ChangeRule::CredentialTextChanged;
            self.found.add(rule, &spot.join(key), sides, message);
        }
        let key = "x-basic";
        let sides = (said(old, key), said(new, key));
        // What was left to the reader may be said without a change.
        if let (Some(was), Some(is)) = sides
            && was != is
        {
            let message = format!("id and secret of {name} are joined otherwise");
            let rule = ChangeRule::CredentialTextChanged;
            self.found.add(rule, &spot.join(key), sides, message);
        }
    }
}
