//! One QUIC connection and the session on it: raw QUIC, or WebTransport once its exchange is through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use quinn_proto::{Connection, ConnectionHandle, Dir, Event, StreamEvent, StreamId, VarInt};

use crate::capsules::{self, Capsules};
use crate::codes;
use crate::config::MIN_SEND_WINDOW;
use crate::connection::ending;
use crate::event::{Batch, failure, kind};
use crate::figures::Stats;
use crate::h3;
use crate::huffman::Huffman;
use crate::op::Op;
use crate::recv::{End, Incoming, Receives, Role};
use crate::send::{Sends, stream_id};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// TLS, then for WebTransport SETTINGS and CONNECT.
    Opening,
    /// The application has been asked whether it accepts.
    Requested,
    Standing,
    /// We said that it ends and wait until the peer has heard it.
    Leaving,
    Over,
}

/// What only WebTransport has.
#[derive(Default)]
pub(crate) struct Exchange {
    /// The CONNECT stream.
    pub connect: Option<u64>,
    pub settings: bool,
    pub request: Option<h3::Request>,
    pub capsules: Capsules,
    /// What came behind the request, before it was accepted.
    pub behind: Option<(Bytes, End)>,
    /// Protocols that a client offered.
    pub offered: Vec<String>,
    /// Streams that came before the session stood, with what was read of them.
    pub early: Vec<(u64, Bytes, End)>,
}

pub(crate) struct Session {
    pub id: u32,
    pub socket: usize,
    pub server: Option<u32>,
    pub handle: ConnectionHandle,
    pub conn: Connection,
    pub phase: Phase,
    /// A client's wish, until the server is there to hear it.
    pub wish: Option<h3::Request>,
    /// A session that does not stand by then is given up.
    pub open_by: Instant,
    pub huffman: Arc<Huffman>,
    /// Streams of each kind that the peer may have open at once.
    pub max_streams: [u32; 2],
    pub http3: Option<Exchange>,
    pub alpn: String,
    pub sends: Sends,
    pub receives: Receives,
    pub opens: [std::collections::VecDeque<(f64, i64)>; 2],
    /// Streams of the peer that were told and not taken.
    pub untaken: usize,
    pub max_untaken: usize,
    pub max_unread: usize,
    pub max_send_window: u64,
    pub stats: Arc<Stats>,
    pub scheduled: Option<Instant>,
    pub leave_by: Option<Instant>,
    pub datagrams_touched: bool,
    pub unsent: Option<(quinn_proto::Transmit, Vec<u8>)>,
    pub dirty: bool,
    /// No request of it was told: its handshake failed.
    pub never_asked: bool,
    /// Among the open ones of its server.
    pub counted: bool,
    /// No longer among those whose handshake is under way.
    pub opened: bool,
    /// The application knows that it is over and flushed.
    pub released: bool,
}

/// How long a session that ends waits at least for the peer to have heard its last words; six times that at most.
const LEAVING: Duration = Duration::from_millis(500);
/// How long after they were acknowledged the peer is left to close the connection itself.
const HEARD: Duration = Duration::from_millis(100);

impl Session {
    pub fn is_webtransport(&self) -> bool {
        self.http3.is_some()
    }

    /// Takes what the stack has to tell.
    pub fn listen(&mut self, now: Instant, out: &mut Batch) {
        while let Some(event) = self.conn.poll() {
            match event {
                Event::Connected => self.connected(now, out),
                Event::ConnectionLost { reason } => self.lost(&reason, out),
                Event::DatagramReceived => self.datagrams(out),
                Event::DatagramsUnblocked => self.datagrams_touched = true,
                Event::Stream(event) => self.stream_event(now, event, out),
                Event::HandshakeDataReady => {}
            }
        }
    }

    fn stream_event(&mut self, now: Instant, event: StreamEvent, out: &mut Batch) {
        match event {
            StreamEvent::Opened { dir } => self.accept_streams(now, dir, out),
            StreamEvent::Readable { id } => self.pull(now, number(id), out),
            StreamEvent::Writable { id } => self.sends.writable(number(id)),
            StreamEvent::Finished { id } => {
                let id = number(id);
                if self.http3.as_ref().is_some_and(|http3| http3.connect == Some(id)) {
                    if self.phase == Phase::Leaving {
                        // Its stack has the last words, and its application may not have yet: Chromium says "Connection lost" then.
                        self.leave_by = Some(self.leave_by.map_or(now, |by| by.min(now + HEARD)));
                    }
                } else if self.sends.forget(id) {
                    out.push(kind::FINISHED, &[f64::from(self.id), id as f64]);
                }
            }
            StreamEvent::Stopped { id, error_code } => self.stopped(number(id), error_code, out),
            StreamEvent::Available { dir } => self.open_waiting(dir, out),
        }
    }

    /// The peer wants no more of a stream; the stack forgets it when we reset it.
    pub fn stopped(&mut self, id: u64, code: VarInt, out: &mut Batch) {
        let going = self.is_webtransport() && code.into_inner() == h3::SESSION_GONE;
        if self.sends.reset(&mut self.conn, id, code) && !going {
            out.push(kind::STOPPED, &[f64::from(self.id), id as f64, self.code_in(code.into_inner())]);
        }
    }

    /// An application code as it goes on the wire.
    pub fn code_out(&self, code: u64) -> VarInt {
        let code = if self.is_webtransport() { codes::to_http3(code.min(u64::from(u32::MAX)) as u32) } else { code };
        VarInt::from_u64(code).unwrap_or(VarInt::MAX)
    }

    /// A code of the wire as the application knows it; 0 for one that is not an application's.
    pub fn code_in(&self, code: u64) -> f64 {
        if self.is_webtransport() { codes::from_http3(code).map_or(0.0, f64::from) } else { code as f64 }
    }

    /// Does what the application asked.
    pub fn apply(&mut self, now: Instant, op: &Op<'_>, buffers: &[Bytes], texts: &[String], out: &mut Batch) {
        let text = |index: usize| texts.get(index).map_or("", String::as_str);
        match *op {
            Op::Write { stream, buffers: indexes } => {
                self.sends.write(stream, indexes.iter().filter_map(|index| buffers.get(*index as usize).cloned()));
            }
            Op::Finish { stream } => self.sends.finish(stream),
            Op::Priority { stream, priority } => self.sends.prioritise(&mut self.conn, stream, priority),
            Op::Reset { stream, code } => {
                let code = self.code_out(code);
                self.sends.reset(&mut self.conn, stream, code);
            }
            Op::Stop { stream, code } => {
                let code = self.code_out(code);
                if let Some(incoming) = self.receives.streams.get(&stream) {
                    self.receives.unread -= incoming.unread;
                    self.receives.stop(&mut self.conn, stream, code);
                }
            }
            Op::Open { request, uni, priority } => {
                let dir = if uni { Dir::Uni } else { Dir::Bi };
                self.opens[dir as usize].push_back((request, priority));
                self.open_waiting(dir, out);
            }
            Op::Datagram { buffer } => {
                if let Some(payload) = buffers.get(buffer) {
                    self.send_datagram(payload);
                }
            }
            Op::Close { code, text: reason } => self.leave(now, code, text(reason)),
            Op::Accept { text: protocol } => self.accept(now, protocol.map(text), out),
            Op::Reject { status } => self.reject(now, status),
            Op::Consumed { stream, bytes } => self.consumed(now, stream, bytes, out),
            Op::Taken { streams } => {
                self.untaken -= streams.min(self.untaken);
                self.accept_streams(now, Dir::Bi, out);
                self.accept_streams(now, Dir::Uni, out);
            }
            Op::CloseServer { .. } => {}
        }
    }

    fn open_waiting(&mut self, dir: Dir, out: &mut Batch) {
        if self.phase != Phase::Standing {
            return;
        }
        while let Some((request, priority)) = self.opens[dir as usize].front().copied() {
            let Some(id) = self.conn.streams().open(dir) else {
                return;
            };
            self.opens[dir as usize].pop_front();
            let header = match self.http3.as_ref().and_then(|http3| http3.connect) {
                Some(session) => h3::stream_header(dir == Dir::Uni, session),
                None => Bytes::new(),
            };
            self.sends.open(&mut self.conn, id, priority, header);
            if dir == Dir::Bi {
                self.receives.streams.insert(number(id), Incoming::new(Role::App));
            }
            out.push(kind::OPENED, &[f64::from(self.id), request, number(id) as f64]);
        }
    }

    fn send_datagram(&mut self, payload: &Bytes) {
        let framed = match self.http3.as_ref().and_then(|http3| http3.connect) {
            Some(session) => {
                let mut framed = h3::datagram_header(session);
                framed.extend_from_slice(payload);
                framed.freeze()
            }
            None => payload.clone(),
        };
        // One that does not fit any more was counted against the space that is told next.
        _ = self.conn.datagrams().send(framed, false);
        self.datagrams_touched = true;
    }

    fn datagrams(&mut self, out: &mut Batch) {
        while let Some(datagram) = self.conn.datagrams().recv() {
            let payload = match &self.http3 {
                Some(http3) => {
                    let mut rest = &datagram[..];
                    match (crate::h3::take_varint(&mut rest), http3.connect) {
                        (Some(quarter), Some(session)) if quarter == session / 4 => datagram.slice(datagram.len() - rest.len()..),
                        _ => continue,
                    }
                }
                None => datagram,
            };
            if self.phase == Phase::Standing {
                let (offset, length) = out.bytes(&[payload]);
                out.push(kind::DATAGRAM, &[f64::from(self.id), offset, length]);
            }
        }
    }

    /// Ends the session with last words. What is queued is given up.
    pub fn leave(&mut self, now: Instant, code: u64, reason: &str) {
        match (self.phase, self.http3.as_ref().and_then(|http3| http3.connect)) {
            (Phase::Leaving | Phase::Over, _) => {}
            (Phase::Standing, Some(connect)) => {
                let gone = VarInt::from_u64(h3::SESSION_GONE).unwrap_or(VarInt::MAX);
                self.sends.reset_all(&mut self.conn, gone);
                let capsule = capsules::close(code.min(u64::from(u32::MAX)) as u32, reason);
                self.conn.set_send_window(u64::from(u32::MAX));
                let mut stream = self.conn.send_stream(stream_id(connect));
                // A stream that cannot take it has ended already, and with it the session.
                _ = stream.write(&capsule);
                _ = stream.finish();
                self.phase = Phase::Leaving;
                self.leave_by = Some(now + self.patience());
            }
            _ => {
                let code = if self.is_webtransport() { h3::REQUEST_REJECTED } else { code };
                self.shut(now, code, Bytes::copy_from_slice(reason.as_bytes()));
            }
        }
    }

    /// How long to wait until the peer has heard the last words.
    pub fn patience(&self) -> Duration {
        (self.conn.rtt() * 3).clamp(LEAVING, LEAVING * 6)
    }

    /// Closes the connection below.
    pub fn shut(&mut self, now: Instant, code: u64, reason: Bytes) {
        self.phase = Phase::Over;
        self.leave_by = None;
        self.conn.close(now, VarInt::from_u64(code).unwrap_or(VarInt::MAX), reason);
    }

    fn lost(&mut self, reason: &quinn_proto::ConnectionError, out: &mut Batch) {
        let (by, code, text) = ending(reason, self.is_webtransport());
        match self.phase {
            Phase::Opening | Phase::Requested if self.server.is_none() => {
                let timed_out = matches!(reason, quinn_proto::ConnectionError::TimedOut);
                let failure = if timed_out { failure::TIMEOUT } else { failure::CONNECT };
                self.fail(failure, -1.0, &text, out);
            }
            Phase::Requested | Phase::Standing => self.ended(by, code, &text, out),
            Phase::Opening | Phase::Leaving | Phase::Over => {}
        }
        self.phase = Phase::Over;
    }

    /// Tells that the session has ended, by no word of ours.
    pub fn ended(&mut self, by: f64, code: f64, reason: &str, out: &mut Batch) {
        let text = out.text(reason);
        out.push(kind::CLOSED, &[f64::from(self.id), by, code, text]);
        self.phase = Phase::Over;
    }

    pub fn fail(&mut self, failure: u32, code: f64, reason: &str, out: &mut Batch) {
        let text = out.text(reason);
        out.push(kind::FAILED, &[f64::from(self.id), f64::from(failure), code, text]);
        self.phase = Phase::Over;
    }

    /// After everything else of a turn: fills the stack, and tells what it took.
    pub fn settle(&mut self, now: Instant, out: &mut Batch) {
        if self.leave_by.is_some_and(|by| by <= now) {
            self.shut(now, h3::NO_ERROR, Bytes::new());
        }
        if self.phase == Phase::Opening && self.open_by <= now {
            if self.server.is_none() {
                self.fail(failure::TIMEOUT, -1.0, "the server did not finish the handshake in time", out);
            }
            self.shut(now, h3::REQUEST_REJECTED, Bytes::new());
        }
        if self.phase == Phase::Standing {
            let window = self.conn.congestion_state().window();
            self.conn.set_send_window((window * 2).max(MIN_SEND_WINDOW).min(self.max_send_window));
        }
        self.sends.pump(&mut self.conn);
        self.sends.tell(self.id, out);
        if std::mem::take(&mut self.datagrams_touched) && self.phase == Phase::Standing {
            self.tell_datagrams(out);
        }
    }

    pub fn tell_datagrams(&mut self, out: &mut Batch) {
        let largest = self.largest_datagram();
        let space = self.conn.datagrams().send_buffer_space();
        out.push(kind::DATAGRAM_SPACE, &[f64::from(self.id), space as f64, largest]);
    }

    pub fn largest_datagram(&mut self) -> f64 {
        let header = self.http3.as_ref().and_then(|http3| http3.connect).map_or(0, |session| h3::datagram_header(session).len());
        self.conn.datagrams().max_size().map_or(0.0, |size| size.saturating_sub(header) as f64)
    }

    /// When it is given up for not standing.
    pub fn due(&self) -> Option<Instant> {
        (self.phase == Phase::Opening).then_some(self.open_by)
    }
}

pub(crate) fn number(id: StreamId) -> u64 {
    VarInt::from(id).into_inner()
}
