//! The following task: looks four times a second what others have committed, and says up to when everything is known.
//!
//! It relies on the table alone (what is heard of others makes a look come sooner: `quicken.rs`), so whoever writes to the database may be another process: the command line, a library caller, another
//! server. The rule for whoever is behind: when the log does not reach back to what was told last, everything is lost, and it
//! goes on from the newest commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::ConnectionTrait;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::quicken;
use super::rows::{self, Read};
use crate::authority::{Committed, Epoch};
use crate::storage::backend::Text;
use crate::storage::constant;
use crate::storage::failure::Failure;
use crate::storage::files::Files;
use crate::storage::opened::Opened;

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(250);

/// How long looks may fail before nothing is believed any more, and how long one may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Follows until `end` is dropped or sent.
pub(in crate::storage) async fn follow(
    opened: Arc<Opened>,
    from: Epoch,
    mut end: oneshot::Receiver<()>,
) {
    let mut place = Place {
        told: from,
        sure_at: Instant::now(),
        lost: false,
    };
    // Ends with this.
    let _quickened = quicken::start(&opened);
    loop {
        tokio::select! {
            _ = &mut end => break,
            () = sleep(PERIOD) => {}
            () = opened.followed.notified() => {}
        }
        tokio::select! {
            _ = &mut end => break,
            () = place.look(&opened) => {}
        }
    }
    opened.followers.lost();
}

/// Where the task is in the log.
struct Place {
    /// Everything up to that commit has been told.
    told: Epoch,
    /// When the last look began that has worked.
    sure_at: Instant,
    lost: bool,
}

impl Place {
    async fn look(&mut self, opened: &Opened) {
        let began = Instant::now();
        let looked = timeout(PATIENCE, self.catch_up(opened)).await;
        if looked.is_err() && opened.follows.may_hang() {
            opened.follows.replace().await;
        }
        if let Ok(Ok(())) = looked {
            opened.answers();
            (self.sure_at, self.lost) = (began, false);
            opened.followers.caught_up(began);
        } else if !self.lost && self.sure_at.elapsed() >= PATIENCE {
            self.lost = true;
            opened.followers.lost();
        }
    }

    /// Tells what others have committed since the last look. Commits of this store were told before they were acknowledged; one
    /// that is not known as such is told here, perhaps twice.
    async fn catch_up(&mut self, opened: &Opened) -> Result<(), Failure> {
        opened.files.as_ref().map_or(Ok(()), Files::check)?;
        let known = opened.known.newest();
        let (newest, logged_after) = standing(&opened.follows).await?;
        if newest < known {
            opened.known.gone_back(known, newest);
            opened.followers.lost();
            self.told = newest;
            return Ok(());
        }
        opened.known.seen(newest);
        let own = opened.known.take_own(newest);
        let new = usize::try_from(newest.0.saturating_sub(self.told.0)).unwrap_or(usize::MAX);
        let of_others = own.iter().filter(|own| **own > self.told.0).count() != new;
        if self.told.0 < logged_after {
            opened.followers.lost();
        } else if of_others {
            let read = rows::read(&opened.follows, self.told, newest).await?;
            // Some of them may have been swept since the log's beginning was read.
            let (_, logged_after) = standing(&opened.follows).await?;
            match read {
                Read::Told(commits) if self.told.0 >= logged_after => {
                    for (epoch, changed) in commits {
                        if !own.contains(&epoch.0) {
                            let committed = Committed { epoch, changed };
                            opened.followers.committed(&committed);
                        }
                    }
                }
                Read::Told(_) | Read::TooMuch => opened.followers.lost(),
            }
        }
        self.told = newest;
        Ok(())
    }
}

static STANDING: Text = Text::new("SELECT value, logged_after FROM epochs WHERE id = 1");

/// The newest commit, and the one after which the log begins.
async fn standing(db: &impl ConnectionTrait) -> Result<(Epoch, i64), Failure> {
    let row = constant::first(db, &STANDING, vec![]).await?;
    let row = row.ok_or_else(|| Failure::unreadable("epochs"))?;
    Ok((Epoch(row.try_get_by_index(0)?), row.try_get_by_index(1)?))
}
