//! What is ours of the streams that we send on: queues in front of the QUIC stack, emptied by priority.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use quinn_proto::{Connection, StreamId, VarInt, WriteError};
use rustc_hash::FxHashMap;

use crate::event::{Batch, kind};
use crate::labels::Labels;

/// Streams of one priority take turns of this many bytes.
const TURN: usize = 32 << 10;
/// After so many refusals in a row the session's window is taken for full, and the rest waits for its next turn.
const REFUSALS: usize = 4;

struct Outgoing {
    queue: VecDeque<Bytes>,
    /// Bytes at the front that the application did not write: the WebTransport header.
    uncounted: usize,
    /// FIN follows the queue.
    fin: bool,
    /// Nothing more may be written.
    ended: bool,
    priority: i64,
    turn: u64,
    /// The stack refused and will say when it takes more.
    blocked: bool,
    departed: usize,
    /// FIN has departed and was not told.
    finished: bool,
}

/// The sending halves of one session.
#[derive(Default)]
pub(crate) struct Sends {
    streams: FxHashMap<u64, Outgoing>,
    ready: BTreeSet<(Reverse<i64>, u64, u64)>,
    labels: Labels,
    turns: u64,
    queued: usize,
    told: Vec<u64>,
    /// Ready streams were left because the stack seemed full.
    pub stalled: bool,
}

impl Sends {
    /// Bytes that the application wrote and the stack has not taken.
    pub fn queued(&self) -> usize {
        self.queued
    }

    pub fn open(&mut self, conn: &mut Connection, id: StreamId, priority: i64, header: Bytes) {
        let uncounted = header.len();
        self.turns += 1;
        let queue = if uncounted > 0 { VecDeque::from([header]) } else { VecDeque::new() };
        let stream = Outgoing {
            queue,
            uncounted,
            fin: false,
            ended: false,
            priority,
            turn: self.turns,
            blocked: false,
            departed: 0,
            finished: false,
        };
        self.streams.insert(VarInt::from(id).into_inner(), stream);
        self.label(conn, id, priority);
    }

    fn label(&mut self, conn: &mut Connection, id: StreamId, priority: i64) {
        match self.labels.take(priority) {
            Some(label) => _ = conn.send_stream(id).set_priority(label),
            None => {
                self.labels.deal();
                for (id, stream) in &self.streams {
                    _ = conn.send_stream(stream_id(*id)).set_priority(self.labels.get(stream.priority));
                }
            }
        }
    }

    pub fn write(&mut self, id: u64, buffers: impl Iterator<Item = Bytes>) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| !stream.ended && !stream.fin) else {
            return;
        };
        for buffer in buffers.filter(|buffer| !buffer.is_empty()) {
            self.queued += buffer.len();
            stream.queue.push_back(buffer);
        }
        if !stream.blocked {
            self.ready.insert((Reverse(stream.priority), stream.turn, id));
        }
    }

    pub fn finish(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| !stream.ended) else {
            return;
        };
        stream.fin = true;
        if !stream.blocked {
            self.ready.insert((Reverse(stream.priority), stream.turn, id));
        }
    }

    pub fn prioritise(&mut self, conn: &mut Connection, id: u64, priority: i64) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        let before = std::mem::replace(&mut stream.priority, priority);
        if before == priority {
            return;
        }
        if self.ready.remove(&(Reverse(before), stream.turn, id)) {
            self.ready.insert((Reverse(priority), stream.turn, id));
        }
        self.labels.release(before);
        self.label(conn, stream_id(id), priority);
    }

    /// Ends the stream at once, whatever is queued; also after FIN, as long as not everything was acknowledged.
    pub fn reset(&mut self, conn: &mut Connection, id: u64, code: VarInt) -> bool {
        if self.forget(id) {
            _ = conn.send_stream(stream_id(id)).reset(code);
            return true;
        }
        false
    }

    /// The stream has ended, one way or another.
    pub fn forget(&mut self, id: u64) -> bool {
        let Some(stream) = self.streams.remove(&id) else {
            return false;
        };
        self.ready.remove(&(Reverse(stream.priority), stream.turn, id));
        self.queued -= stream.queue.iter().map(Bytes::len).sum::<usize>() - stream.uncounted;
        self.labels.release(stream.priority);
        true
    }

    pub fn reset_all(&mut self, conn: &mut Connection, code: VarInt) {
        for id in self.streams.keys().copied().collect::<Vec<_>>() {
            self.reset(conn, id, code);
        }
    }

    /// The stack takes more of this stream.
    pub fn writable(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        stream.blocked = false;
        if !stream.queue.is_empty() || stream.fin {
            self.ready.insert((Reverse(stream.priority), stream.turn, id));
        }
    }

    /// Gives the stack what it takes, the highest priority first.
    pub fn pump(&mut self, conn: &mut Connection) {
        let mut refusals = 0;
        self.stalled = false;
        while let Some(&(priority, turn, id)) = self.ready.first() {
            self.ready.remove(&(priority, turn, id));
            if self.turn_of(conn, id) {
                refusals = 0;
                continue;
            }
            refusals += 1;
            if refusals >= REFUSALS && !self.ready.is_empty() {
                self.stalled = true;
                break;
            }
        }
    }

    /// One turn of one stream; `false` when the stack refused.
    fn turn_of(&mut self, conn: &mut Connection, id: u64) -> bool {
        let Some(stream) = self.streams.get_mut(&id) else {
            return true;
        };
        let mut taken = 0;
        while taken < TURN && !stream.queue.is_empty() {
            let (front, _) = stream.queue.as_mut_slices();
            let mut wanted = 0;
            let count = front
                .iter()
                .take_while(|chunk| {
                    let more = wanted < TURN;
                    wanted += chunk.len();
                    more
                })
                .count();
            let slice = &mut front[..count];
            let written = match conn.send_stream(stream_id(id)).write_chunks(slice) {
                Ok(written) => written,
                Err(WriteError::Blocked) => {
                    stream.blocked = true;
                    break;
                }
                Err(_) => {
                    // Stopped or closed: the event that tells it ends the stream.
                    let left: usize = stream.queue.iter().map(Bytes::len).sum();
                    self.queued -= left - stream.uncounted;
                    stream.uncounted = 0;
                    stream.queue.clear();
                    stream.ended = true;
                    return true;
                }
            };
            stream.queue.drain(..written.chunks);
            let counted = written.bytes - written.bytes.min(stream.uncounted);
            stream.uncounted -= written.bytes - counted;
            self.queued -= counted;
            if counted > 0 {
                if stream.departed == 0 {
                    self.told.push(id);
                }
                stream.departed += counted;
            }
            taken += written.bytes;
        }
        if stream.queue.is_empty() && stream.fin && !stream.ended {
            stream.ended = true;
            if conn.send_stream(stream_id(id)).finish().is_ok() {
                stream.finished = true;
                if stream.departed == 0 {
                    self.told.push(id);
                }
            }
        } else if !stream.queue.is_empty() && !stream.blocked {
            self.turns += 1;
            stream.turn = self.turns;
            self.ready.insert((Reverse(stream.priority), stream.turn, id));
        }
        !stream.blocked
    }

    /// Tells what the stack has taken since the last time.
    pub fn tell(&mut self, session: u32, out: &mut Batch) {
        for id in self.told.drain(..) {
            let Some(stream) = self.streams.get_mut(&id) else {
                continue;
            };
            let bytes = std::mem::take(&mut stream.departed);
            let finished = std::mem::take(&mut stream.finished);
            out.push(kind::DEPARTED, &[f64::from(session), id as f64, bytes as f64, f64::from(u8::from(finished))]);
            // Whoever wrote much may wait for room.
            out.urgent |= bytes >= TURN;
        }
    }
}

pub(crate) fn stream_id(id: u64) -> StreamId {
    StreamId::from(VarInt::from_u64(id).unwrap_or(VarInt::MAX))
}
