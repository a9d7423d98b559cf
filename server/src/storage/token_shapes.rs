//! What many tokens have in common, once: dialect, class, scopes, audience, JOSE header, key, and how identifiers begin.
//!
//! A shape is found by a digest of all of it. It says until when it is kept: not before the last end of the tokens that
//! have it, so that nobody has to count them. An issue that would outlive its shape moves that on first, once a day.

use std::borrow::Cow;

use aws_lc_rs::digest::{Context, SHA256};
use sea_orm::{ConnectionTrait, Value};

use super::backend::Text;
use super::constant;
use super::failure::Failure;

/// What a token shares with others.
#[derive(PartialEq)]
pub(super) struct Shape<'a> {
    pub(super) dialect: Cow<'a, str>,
    pub(super) class: Cow<'a, str>,
    pub(super) scopes: Cow<'a, str>,
    pub(super) audience: Option<Cow<'a, str>>,
    pub(super) header: Option<Cow<'a, str>>,
    pub(super) key_id: Option<Cow<'a, str>>,
    /// See [`super::token_row::split`].
    pub(super) id_prefix: Option<Cow<'a, str>>,
    /// The same of the family, where that is another token.
    pub(super) family_prefix: Option<Cow<'a, str>>,
    /// The same of the parent.
    pub(super) parent_prefix: Option<Cow<'a, str>>,
}

/// How far a shape's end is put off at once.
const DAY_MS: i64 = 24 * 3_600_000;

/// Bytes of a digest.
const DIGEST: usize = 16;

/// Adds a shape, or puts its end off.
static KEEP: Text = Text::new(
    "\
INSERT INTO token_shapes (digest, kept_until_ms, dialect, class, scopes, audience, header, key_id, id_prefix, family_prefix, \
parent_prefix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE \
SET kept_until_ms = excluded.kept_until_ms WHERE token_shapes.kept_until_ms < excluded.kept_until_ms",
);

impl Shape<'_> {
    fn parts(&self) -> [Option<&str>; 9] {
        let Self {
            dialect,
            class,
            scopes,
            audience,
            header,
            key_id,
            id_prefix,
            family_prefix,
            parent_prefix,
        } = self;
        [
            Some(dialect.as_ref()),
            Some(class.as_ref()),
            Some(scopes.as_ref()),
            audience.as_deref(),
            header.as_deref(),
            key_id.as_deref(),
            id_prefix.as_deref(),
            family_prefix.as_deref(),
            parent_prefix.as_deref(),
        ]
    }

    /// By what it is found: no two shapes share it.
    pub(super) fn digest(&self) -> Vec<u8> {
        let mut context = Context::new(&SHA256);
        for part in self.parts() {
            let text = part.unwrap_or_default();
            context.update(&[u8::from(part.is_some())]);
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let digest = context.finish();
        digest.as_ref().iter().copied().take(DIGEST).collect()
    }

    /// Its columns after `digest` and `kept_until_ms`.
    pub(super) fn values(&self) -> impl Iterator<Item = Value> {
        self.parts().into_iter().map(Value::from)
    }
}

/// Digests of shapes that come one after the other, as in one statement: nearly all are of a shape that was just there, and cost
/// a comparison.
#[derive(Default)]
pub(super) struct Digests<'a>(Vec<(Shape<'a>, Vec<u8>)>);

impl<'a> Digests<'a> {
    /// Shapes that are kept.
    const MOST: usize = 4;

    /// The digest of a shape.
    pub(super) fn of(&mut self, shape: Shape<'a>) -> Vec<u8> {
        if let Some((_, digest)) = self.0.iter().find(|(kept, _)| *kept == shape) {
            return digest.clone();
        }
        let digest = shape.digest();
        if self.0.len() < Self::MOST {
            self.0.push((shape, digest.clone()));
        }
        digest
    }
}

/// Makes sure of a shape for a token that ends then (`None`: never).
pub(super) async fn keep(
    db: &impl ConnectionTrait,
    shape: &Shape<'_>,
    token_ends_at_ms: Option<i64>,
) -> Result<(), Failure> {
    let until_ms = token_ends_at_ms.map_or(i64::MAX, |end| end.saturating_add(DAY_MS));
    let mut values = vec![shape.digest().into(), until_ms.into()];
    values.extend(shape.values());
    constant::run(db, &KEEP, values).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_has_its_own_digest_however_often_it_comes() {
        let shape = |class: usize| Shape {
            dialect: "sample".into(),
            class: class.to_string().into(),
            scopes: "".into(),
            audience: None,
            header: None,
            key_id: None,
            id_prefix: None,
            family_prefix: None,
            parent_prefix: None,
        };
        let mut digests = Digests::default();
        for class in [0, 1, 0, 2, 3, 4, 5, 1, 5, 0] {
            assert_eq!(digests.of(shape(class)), shape(class).digest(), "{class}");
        }
    }
}
