//! All dialects as one API without endpoints, for the document that the server emits.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi,
    registry::{MetaApi, Registry},
};

use super::REGISTRATIONS;

/// Describes every dialect and serves none of them: poem-openapi emits documents from types, not values.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllDescribed;

impl OpenApi for AllDescribed {
    fn meta() -> Vec<MetaApi> {
        let all = REGISTRATIONS.iter();
        all.flat_map(|dialect| (dialect.described.meta)()).collect()
    }

    fn register(registry: &mut Registry) {
        for dialect in REGISTRATIONS {
            (dialect.described.register)(registry);
        }
    }

    fn add_routes(self, _routes: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}
