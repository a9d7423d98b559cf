//! Refuses parameters that are called what the builder of a call has of its own, such as `send`.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use syn::{ImplItem, Item};

use super::exchange::EXCHANGE;
use super::operations::Operation;
use super::parts::type_name;
use super::unsupported;
use crate::document::Document;
use crate::problem::Problems;

/// Looks for functions that a builder would have twice.
///
/// # Errors
/// The operations of such builders.
pub(super) fn check(
    document: &Document,
    builders: &[Item],
    operations: &[Operation],
) -> Result<(), Problems> {
    let mut problems = Problems::new();
    for item in builders {
        let Item::Impl(block) = item else { continue };
        let mut known = BTreeSet::from([EXCHANGE.to_owned()]);
        let functions = block.items.iter().filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
            _ => None,
        });
        for twice in functions.filter(|name| !known.insert(name.clone())) {
            let builder = type_name(&block.self_ty).map(|name| name.to_string());
            let mut own = operations.iter();
            let own = own.find(|one| Some(one.id.to_pascal_case()) == builder);
            let pointer = own.map_or("/paths", |operation| &operation.pointer);
            let message = format!(
                "a parameter is called `{twice}`, as something that the client has of its own"
            );
            problems.push(unsupported(document, pointer, message));
        }
    }
    problems.into_result(())
}
