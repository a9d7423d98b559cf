//! An answer's body, which keeps its request open until the last byte is written.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;

use super::progress::Open;

pub(super) struct AnswerBody {
    body: BoxBody<Bytes, io::Error>,
    open: Arc<Open>,
}

impl AnswerBody {
    /// The client must take `body` from now on.
    pub(super) fn new(body: BoxBody<Bytes, io::Error>, open: Open) -> Self {
        open.answered();
        Self {
            body,
            open: Arc::new(open),
        }
    }
}

impl Body for AnswerBody {
    type Data = Chunk;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Chunk>, io::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        let chunk = |bytes| Chunk {
            bytes,
            _open: Arc::clone(&this.open),
        };
        Poll::Ready(frame.map(|frame| Ok(frame?.map_data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of an answer. HTTP/2 holds them back until the client makes room for them, long after the body's end.
pub(super) struct Chunk {
    bytes: Bytes,
    _open: Arc<Open>,
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }

    fn copy_to_bytes(&mut self, length: usize) -> Bytes {
        self.bytes.copy_to_bytes(length)
    }
}
