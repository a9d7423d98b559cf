//! How users look on the wire, remembered until their principals change: a profile is long to read, and read for every
//! look at a token.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::render::{self, Unfit};
use crate::{
    domain::{Principal, PrincipalId},
    generated::pnut::PnutUser,
};

/// Users that are remembered. Another one takes the place of any of them.
const MAX_USERS: usize = 256;

/// What was last made of which user.
#[derive(Debug, Default)]
pub(super) struct ShownUsers(Mutex<HashMap<PrincipalId, Seen>>);

#[derive(Debug)]
struct Seen {
    user: Arc<Principal>,
    shown: Arc<PnutUser>,
}

impl ShownUsers {
    /// The user on the wire.
    ///
    /// # Errors
    /// [`Unfit`] when the profile is.
    pub(super) fn show(&self, user: &Arc<Principal>) -> Result<Arc<PnutUser>, Unfit> {
        if let Some(shown) = self.seen(user) {
            return Ok(shown);
        }
        // Outside of the lock, for it takes long. Two may do it at once, of the same user or of two of its states: who looks at
        // the other state makes it again.
        let shown = Arc::new(render::user(user)?);
        let mut known = self.known();
        if known.len() >= MAX_USERS
            && !known.contains_key(&user.id)
            && let Some(other) = known.keys().next().copied()
        {
            known.remove(&other);
        }
        let seen = Seen {
            user: Arc::clone(user),
            shown: Arc::clone(&shown),
        };
        known.insert(user.id, seen);
        Ok(shown)
    }

    fn seen(&self, user: &Arc<Principal>) -> Option<Arc<PnutUser>> {
        let mut known = self.known();
        let seen = known.get_mut(&user.id)?;
        if !Arc::ptr_eq(&seen.user, user) && seen.user != *user {
            return None;
        }
        // The next look finds the same one, and need not compare.
        seen.user = Arc::clone(user);
        Some(Arc::clone(&seen.shown))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PrincipalId, Seen>> {
        // What is remembered is put there whole, so a panic elsewhere leaves no half of it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ToJSON;
    use serde_json::json;

    use super::*;
    use crate::domain::{Dialect, PrincipalKind};

    fn user(id: i64, name: &str) -> Arc<Principal> {
        let profile = json!({ "name": name, "content": { "text": name } });
        Arc::new(Principal {
            id: PrincipalId(id),
            dialect: Dialect::new("pnut"),
            kind: PrincipalKind::User,
            name: format!("user{id}"),
            enabled: true,
            profile: profile.as_object().cloned().unwrap_or_default(),
            created_at_ms: 0,
        })
    }

    #[test]
    fn a_user_is_shown_as_it_is_now_however_often_and_however_many_there_are() {
        let users = ShownUsers::default();
        for name in ["before", "before", "after", "before"] {
            for id in 0..300 {
                let principal = user(id, name);
                let shown = users.show(&principal).expect("a profile that fits");
                let fresh = render::user(&principal).expect("a profile that fits");
                assert_eq!(shown.to_json(), fresh.to_json());
                assert_eq!(shown.content.text.as_deref(), Some(name));
            }
        }
        let known = users.0.lock().expect("one thread").len();
        assert_eq!(known, MAX_USERS, "one goes for one that comes");
    }

    #[test]
    fn a_profile_that_does_not_fit_is_not_remembered() {
        let users = ShownUsers::default();
        assert!(users.show(&user(1, "fits")).is_ok());
        let mut unfit = user(1, "unfit");
        Arc::make_mut(&mut unfit)
            .profile
            .insert("content".to_owned(), json!(1));
        assert!(users.show(&unfit).is_err());
        assert!(users.show(&user(1, "fits")).is_ok());
    }
}
