//! What the thread tells, in batches: records of numbers, one block of bytes, and texts.

use bytes::Bytes;

/// First number of each record; the numbers that follow it are named beside it. `text` is an index into the batch's texts.
pub mod kind {
    /// session, server, text: JSON of the request
    pub const REQUEST: u32 = 1;
    /// session, largest datagram, text: JSON of the protocol and the peer
    pub const ESTABLISHED: u32 = 2;
    /// session, failure (see `failure`), code or -1, text
    pub const FAILED: u32 = 3;
    /// session, by (0 local, 1 peer, 2 lost), code, text
    pub const CLOSED: u32 = 4;
    /// session, number of the request, stream
    pub const OPENED: u32 = 5;
    /// session, stream, 1 when unidirectional
    pub const STREAM: u32 = 6;
    /// session, stream, offset in the block, bytes, 1 at the end
    pub const DATA: u32 = 7;
    /// session, stream, code: the peer reset what we receive
    pub const RESET: u32 = 8;
    /// session, stream, code: the peer stopped what we send
    pub const STOPPED: u32 = 9;
    /// session, stream: everything was acknowledged
    pub const FINISHED: u32 = 10;
    /// session, stream, bytes, 1 with FIN
    pub const DEPARTED: u32 = 11;
    /// session, offset in the block, bytes
    pub const DATAGRAM: u32 = 12;
    /// session, free bytes of the datagram queue, largest datagram
    pub const DATAGRAM_SPACE: u32 = 13;
    /// server
    pub const SERVER_CLOSED: u32 = 14;
    /// session: nothing more will be told of it and nobody may ask for it
    pub const RELEASED: u32 = 15;
    /// text: the thread has ended by a fault of its own, and every session with it
    pub const FATAL: u32 = 16;
}

/// Why a session did not come about.
pub mod failure {
    pub const CONNECT: u32 = 0;
    pub const REJECTED: u32 = 1;
    pub const PROTOCOL: u32 = 2;
    pub const TIMEOUT: u32 = 3;
}

/// Everything that one turn of the thread has to tell.
#[derive(Default)]
pub struct Batch {
    pub numbers: Vec<f64>,
    pub block: Vec<u8>,
    pub texts: Vec<String>,
    /// Something in it is waited for.
    pub urgent: bool,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    pub(crate) fn push(&mut self, record: u32, fields: &[f64]) {
        self.urgent |= !matches!(record, kind::DEPARTED | kind::FINISHED);
        self.numbers.push(f64::from(record));
        self.numbers.extend_from_slice(fields);
    }

    pub(crate) fn text(&mut self, text: impl Into<String>) -> f64 {
        self.texts.push(text.into());
        (self.texts.len() - 1) as f64
    }

    /// Appends bytes to the block and tells where they begin.
    pub(crate) fn bytes(&mut self, chunks: &[Bytes]) -> (f64, f64) {
        let start = self.block.len();
        for chunk in chunks {
            self.block.extend_from_slice(chunk);
        }
        (start as f64, (self.block.len() - start) as f64)
    }
}

/// A JSON string literal.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
