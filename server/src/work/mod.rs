//! What a wrong proof costs, counted by what `domain::work` notes: a known name and an unknown one must cost the same.

mod tests;
mod way;

pub(crate) use way::{
    Caller, KID, Way, Ways, bearer, email, forged, form, post, post_json, secret_token, way,
};
