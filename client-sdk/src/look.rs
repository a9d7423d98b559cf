//! Looks once, in the background of a client's first call, whether the authority publishes a document that says something
//! else about operations than the one this crate was generated from.
//!
//! A client never waits for the outcome and never fails for it.

use crate::generated::{Client, operations};
use crate::operation::Operation;

/// The answer header of `/openapi.json` that holds each operation with its digest.
const DIGESTS: &str = "tessera-operations";

impl Client {
    /// The same client, which does not ask what document the authority has.
    ///
    /// Otherwise the first call of a client and its clones sends one `HEAD /openapi.json` beside itself, without
    /// credentials, and warns through `tracing` when an operation there is not the one this crate was generated from.
    #[must_use]
    pub fn without_document_check(mut self) -> Self {
        self.inner = self.inner.without_document_check();
        self
    }

    /// Looks at the authority's document if nobody has yet; without a runtime nobody ever does.
    pub(crate) fn look_once(&self) {
        if !self.inner.is_to_look() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let request = self.client.head(format!("{}/openapi.json", self.baseurl));
        runtime.spawn(async move {
            // An authority that cannot be asked now has nothing to be warned about.
            let Ok(answer) = request.send().await else {
                return;
            };
            let published = answer.headers().get(DIGESTS);
            let published = published.and_then(|value| value.to_str().ok());
            if let Some(operations) = published.and_then(differing) {
                tracing::warn!(
                    %operations,
                    "the authority's document is not the one this client was generated from"
                );
            }
        });
    }
}

/// The operations that differ, each with both digests; `None` when none does.
///
/// What only the authority has concerns nobody here.
fn differing(published: &str) -> Option<String> {
    let there = |operation: &Operation| {
        let mut entries = published
            .split(',')
            .filter_map(|one| one.trim().split_once('='));
        entries
            .find(|(id, _)| *id == operation.id)
            .map(|(_, digest)| digest)
    };
    let list: Vec<String> = operations::ALL
        .iter()
        .filter_map(|operation| match there(operation) {
            Some(digest) if digest == operation.digest => None,
            Some(digest) => Some(format!(
                "{} (here {}, there {digest})",
                operation.id, operation.digest
            )),
            None => Some(format!(
                "{} (here {}, not there)",
                operation.id, operation.digest
            )),
        })
        .collect();
    (!list.is_empty()).then(|| list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Vec<String> {
        let all = operations::ALL.iter();
        all.map(|one| format!("{}={}", one.id, one.digest))
            .collect()
    }

    #[test]
    fn the_same_operations_in_any_order_are_no_difference() {
        let mut entries = published();
        entries.reverse();
        entries.push("a_new_one=0123456789abcdef".to_owned());
        assert_eq!(differing(&entries.join(", ")), None);
    }

    #[test]
    fn a_difference_names_the_operation_and_both_digests() {
        let [first, second, ..] = operations::ALL else {
            panic!("there are operations");
        };
        let mut entries = published();
        entries[0] = format!("{}=0123456789abcdef", first.id);
        entries.remove(1);
        let expected = format!(
            "{} (here {}, there 0123456789abcdef), {} (here {}, not there)",
            first.id, first.digest, second.id, second.digest
        );
        assert_eq!(differing(&entries.join(", ")), Some(expected));
    }
}
