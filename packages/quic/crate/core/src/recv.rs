//! What is ours of the streams that we receive on: read as soon as bytes are there, within what the reader has taken.

use bytes::{Buf, Bytes, BytesMut};
use quinn_proto::{Connection, ReadError, VarInt};
use rustc_hash::FxHashMap;

use crate::send::stream_id;

/// Bytes of one stream that may lie with a reader that has not taken them.
pub(crate) const STREAM_CREDIT: usize = 256 << 10;

/// Whose bytes a stream carries.
pub(crate) enum Role {
    /// Not known before its first bytes; HTTP/3 only.
    Unknown(BytesMut),
    App,
    /// WebTransport, waiting until the session is accepted.
    Held,
    Control(BytesMut),
    /// A request: the server's side of CONNECT.
    Request(BytesMut),
    /// An answer: the client's side of CONNECT.
    Answer(BytesMut),
    /// The CONNECT stream of a session that stands.
    Connect,
    Ignored,
}

pub(crate) struct Incoming {
    pub role: Role,
    pub unread: usize,
    /// There may be more in the stack than was read.
    pub more: bool,
    /// Among the starved.
    pub starved: bool,
}

impl Incoming {
    pub fn new(role: Role) -> Self {
        Self { role, unread: 0, more: true, starved: false }
    }
}

/// How a reading of a stream came to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// More may come.
    Open,
    Fin,
    Reset(u64),
    /// The stack has forgotten the stream.
    Gone,
}

/// The receiving halves of one session.
#[derive(Default)]
pub(crate) struct Receives {
    pub streams: FxHashMap<u64, Incoming>,
    /// Bytes of all streams that lie with the reader.
    pub unread: usize,
    /// Streams that were not read further because of `unread`.
    pub starved: Vec<u64>,
    pub scratch: Vec<Bytes>,
}

impl Receives {
    /// Reads into `scratch` what has arrived, at most `limit` bytes.
    pub fn read(&mut self, conn: &mut Connection, id: u64, limit: usize) -> End {
        self.scratch.clear();
        let mut left = limit;
        let mut stream = conn.recv_stream(stream_id(id));
        let Ok(mut chunks) = stream.read(true) else {
            return End::Gone;
        };
        let end = loop {
            if left == 0 {
                break End::Open;
            }
            match chunks.next(left) {
                Ok(Some(chunk)) => {
                    left -= chunk.bytes.len();
                    self.scratch.push(chunk.bytes);
                }
                Ok(None) => break End::Fin,
                Err(ReadError::Blocked) => break End::Open,
                Err(ReadError::Reset(code)) => break End::Reset(code.into_inner()),
            }
        };
        // Whether credit has to be told is asked of the connection itself when it transmits.
        _ = chunks.finalize();
        if let Some(incoming) = self.streams.get_mut(&id) {
            incoming.more = left == 0;
        }
        end
    }

    /// Ends the receiving half; `false` when there is none.
    pub fn stop(&mut self, conn: &mut Connection, id: u64, code: VarInt) -> bool {
        if self.streams.remove(&id).is_none() {
            return false;
        }
        _ = conn.recv_stream(stream_id(id)).stop(code);
        true
    }

    /// Appends what was read to what a role collects; the whole of it.
    pub fn collect(buffer: &mut BytesMut, scratch: &[Bytes]) {
        for chunk in scratch {
            buffer.extend_from_slice(chunk);
        }
    }
}

/// A stream's first bytes, with HTTP/3 beneath.
#[derive(Debug, PartialEq)]
pub(crate) enum Start {
    More,
    WebTransport { session: u64 },
    Control,
    Request,
    Ignored,
}

/// Judges a stream by its first bytes, and takes the header off when it is WebTransport's.
pub(crate) fn start(buffer: &mut BytesMut, uni: bool) -> Start {
    let mut rest = &buffer[..];
    let Some(kind) = crate::h3::take_varint(&mut rest) else {
        return Start::More;
    };
    if kind == if uni { crate::h3::UNI_WEBTRANSPORT } else { crate::h3::BIDI_WEBTRANSPORT } {
        let Some(session) = crate::h3::take_varint(&mut rest) else {
            return Start::More;
        };
        let used = buffer.len() - rest.len();
        buffer.advance(used);
        return Start::WebTransport { session };
    }
    match (uni, kind) {
        (true, crate::h3::UNI_CONTROL) => Start::Control,
        (true, _) => Start::Ignored,
        (false, _) => Start::Request,
    }
}
