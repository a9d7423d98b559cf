//! The declared types of the generated SDK: the shape of each, and what is implemented for it.

use std::collections::BTreeMap;

use super::super::facts::At;
use super::super::tokens::{Tok, joined};
use super::forms::TypeForm;
use super::kinds::kind;
use super::members::Member;
use super::values::Names;
use super::{Found, Read};

/// What values a declared type has.
#[derive(Debug)]
pub(super) enum Shape {
    Object {
        closed: bool,
        members: Vec<Member>,
    },
    /// Each variant with its text.
    Values(Vec<(String, String)>),
    /// Each variant with what it holds.
    Choice(Vec<(String, String)>),
    Wrapper {
        open: bool,
        kind: String,
    },
}

/// A declared type with everything that is implemented for it.
pub(super) struct Def<'a> {
    pub read: &'a Read<TypeForm>,
    pub shape: Shape,
    pub impls: Vec<&'a Read<TypeForm>>,
}

impl Def<'_> {
    /// What is implemented in that form.
    pub fn implemented(&self, form: TypeForm) -> Option<&Read<TypeForm>> {
        self.impls.iter().copied().find(|read| read.form == form)
    }
}

impl Names for BTreeMap<String, Def<'_>> {
    fn text(&self, of: &str, variant: &str) -> Option<String> {
        let Shape::Values(values) = &self.get(of)?.shape else {
            return None;
        };
        let own = values.iter().find(|(own, _)| own == variant);
        own.map(|(_, wire)| wire.clone())
    }

    fn member(&self, of: &str, field: &str) -> Option<String> {
        let Shape::Object { members, .. } = &self.get(of)?.shape else {
            return None;
        };
        let own = members.iter().find(|member| member.field == field);
        own.map(|member| member.wire.clone())
    }
}

/// What values a declared type has; nothing for what declares none.
pub(super) fn shape(read: &Read<TypeForm>, found: &mut Found) -> Option<Shape> {
    let bound = &read.bound;
    let mut known = |hole: &str, toks: &[Tok], at: At| {
        kind(toks).unwrap_or_else(|| {
            found.unread.push((at, format!("{hole}: {}", joined(toks))));
            joined(toks)
        })
    };
    if read.form == TypeForm::Object {
        let mut members = Vec::new();
        for member in bound.list("members") {
            let at = read.place(member.spot("field"));
            let kind = known(&member.text("field"), member.toks("kind"), at.clone());
            members.push(Member::read(member, kind, at));
        }
        let closed = bound.part("closed").is_some();
        return Some(Shape::Object { closed, members });
    }
    if read.form == TypeForm::Values {
        let variants = bound.list("variants").iter().map(|one| {
            let variant = one.text("variant");
            let rename = one.part("rename").map(|rename| rename.literal("wire"));
            (variant.clone(), rename.unwrap_or(variant))
        });
        return Some(Shape::Values(variants.collect()));
    }
    if read.form == TypeForm::Choice {
        let mut variants = Vec::new();
        for one in bound.list("variants") {
            let at = read.place(one.spot("kind"));
            let kind = known(&one.text("variant"), one.toks("kind"), at);
            variants.push((one.text("variant"), kind));
        }
        return Some(Shape::Choice(variants));
    }
    (read.form == TypeForm::Wrapper).then(|| Shape::Wrapper {
        open: bound.part("open").is_some(),
        kind: known("it", bound.toks("kind"), read.at("kind")),
    })
}
