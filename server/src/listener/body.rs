//! A request's body: it must arrive in time, and what an operation leaves of it is read or given up.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, combinators::BoxBody};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// The most bytes that are read of a body which nobody wants.
const DRAINED_BYTES: usize = 64 * 1024;

/// The longest time for which such bytes are awaited.
const DRAINED_FOR: Duration = Duration::from_secs(1);

type Inner = BoxBody<Bytes, io::Error>;

/// What became of a body.
#[derive(Default)]
enum Fate {
    /// Somebody may still be reading it, or it broke off.
    #[default]
    Open,
    /// It was read to its end.
    Read,
    /// It was dropped before its end.
    Left(Left),
}

struct Left {
    body: Inner,
    touched: bool,
}

/// What remains of a body when its request was answered.
#[derive(Default, Clone)]
pub(super) struct Remains(Arc<Mutex<Fate>>);

impl Remains {
    fn set(&self, fate: Fate) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fate;
    }

    /// Whether the body is read to its end now, so that the next request can follow.
    ///
    /// `continues`: the client waits to be told to go on, and is told so by the first read.
    pub(super) async fn drained(self, continues: bool) -> bool {
        let fate = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        match fate {
            Fate::Open => false,
            Fate::Read => true,
            Fate::Left(Left { touched, .. }) if continues && !touched => false,
            Fate::Left(Left { body, .. }) => {
                timeout(DRAINED_FOR, drain(body)).await.unwrap_or(false)
            }
        }
    }
}

/// Reads a body that is not too long; tells whether that was to its end.
async fn drain(mut body: Inner) -> bool {
    let mut left = DRAINED_BYTES;
    while body.size_hint().lower() <= left as u64 {
        match body.frame().await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(length) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
        }
    }
    false
}

/// A body on its way in.
pub(super) struct ArrivingBody {
    body: Option<Inner>,
    touched: bool,
    due: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    remains: Remains,
}

impl ArrivingBody {
    /// A body that must be complete in `time`.
    pub(super) fn new(body: Inner, time: Duration) -> (Self, Remains) {
        let remains = Remains::default();
        let arriving = Self {
            body: Some(body),
            touched: false,
            due: Instant::now() + time,
            timer: None,
            remains: remains.clone(),
        };
        (arriving, remains)
    }
}

impl Body for ArrivingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        this.touched = true;
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Ready(Some(Err(error))) => {
                this.body = None;
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                this.body = None;
                this.remains.set(Fate::Read);
                Poll::Ready(None)
            }
            Poll::Pending => {
                let due = this.due;
                let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
                ready!(timer.as_mut().poll(cx));
                this.body = None;
                Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Inner::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Inner::size_hint).unwrap_or_default()
    }
}

impl Drop for ArrivingBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.remains.set(if body.is_end_stream() {
                Fate::Read
            } else {
                Fate::Left(Left {
                    body,
                    touched: self.touched,
                })
            });
        }
    }
}
