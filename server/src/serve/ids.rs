//! Request ids: UUIDs of version 4, whose randomness is drawn for many of them at once.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::{Builder, Uuid};

use crate::{domain::Randomness, edge::RequestIds};

/// Ids for which randomness is drawn at once: a draw costs more than an id is worth.
const AT_ONCE: usize = 64;

/// Fresh ids from the machine's randomness.
pub(super) struct RandomIds {
    randomness: Arc<dyn Randomness>,
    drawn: Mutex<Drawn>,
}

/// Randomness that was drawn, and how many ids are made of it.
struct Drawn {
    ids: [[u8; 16]; AT_ONCE],
    used: usize,
}

impl RandomIds {
    pub(super) fn new(randomness: Arc<dyn Randomness>) -> Self {
        Self {
            randomness,
            drawn: Mutex::new(Drawn {
                ids: [[0; 16]; AT_ONCE],
                used: AT_ONCE,
            }),
        }
    }

    fn draw(&self) -> [u8; 16] {
        // An id is taken before it is used, so a panic elsewhere makes no two alike.
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let id = drawn.ids.get(drawn.used).copied();
        let id = id.unwrap_or_else(|| {
            // Without randomness the ids are all alike: the request itself need not fail for that.
            let _ = self.randomness.fill(drawn.ids.as_flattened_mut());
            drawn.used = 0;
            drawn.ids[0]
        });
        drawn.used += 1;
        id
    }
}

impl RequestIds for RandomIds {
    fn next(&self) -> String {
        let id = Builder::from_random_bytes(self.draw()).into_uuid();
        id.hyphenated()
            .encode_lower(&mut Uuid::encode_buffer())
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::keys::SystemRandomness;

    #[test]
    fn no_two_ids_are_alike_and_each_is_a_random_uuid() {
        let ids = RandomIds::new(Arc::new(SystemRandomness::default()));
        let many = 3 * AT_ONCE + 1;
        let all: HashSet<String> = (0..many).map(|_| ids.next()).collect();
        assert_eq!(all.len(), many);
        for id in all {
            let uuid = Uuid::try_parse(&id).expect("a UUID");
            assert_eq!((uuid.get_version_num(), uuid.to_string()), (4, id));
        }
    }
}
