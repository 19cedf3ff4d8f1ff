//! Where the bytes of the peer's streams go.

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use quinn_proto::{Dir, VarInt};

use crate::connection::BY_PEER;
use crate::event::{Batch, kind};
use crate::h3::{self, Parsed};
use crate::recv::{End, Incoming, Receives, Role, STREAM_CREDIT, Start, start};
use crate::send::stream_id;
use crate::session::{Phase, Session, number};

impl Session {
    /// The peer's streams, as far as the application keeps up.
    pub(crate) fn accept_streams(&mut self, now: Instant, dir: Dir, out: &mut Batch) {
        while self.untaken < self.max_untaken && (self.is_webtransport() || self.phase == Phase::Standing) {
            let Some(id) = self.conn.streams().accept(dir) else {
                return;
            };
            let id = number(id);
            let role = if self.is_webtransport() { Role::Unknown(BytesMut::new()) } else { Role::Held };
            self.receives.streams.insert(id, Incoming::new(role));
            if self.is_webtransport() { self.pull(now, id, out) } else { self.adopt(now, id, (Bytes::new(), End::Open), out) }
        }
    }

    /// A stream becomes the application's, with what was read of it.
    pub(crate) fn adopt(&mut self, now: Instant, id: u64, (rest, end): (Bytes, End), out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get_mut(&id) else {
            return;
        };
        incoming.role = Role::App;
        let stream = stream_id(id);
        let uni = stream.dir() == Dir::Uni;
        if !uni {
            self.sends.open(&mut self.conn, stream, 0, Bytes::new());
        }
        self.untaken += 1;
        out.push(kind::STREAM, &[f64::from(self.id), id as f64, f64::from(u8::from(uni))]);
        let stopped = if uni { None } else { self.conn.send_stream(stream).stopped().ok().flatten() };
        if let Some(code) = stopped {
            self.stopped(id, code, out);
        }
        if !rest.is_empty() || end != End::Open {
            self.deliver(id, &[rest], end, out);
        }
        if end == End::Open {
            self.pull(now, id, out);
        }
    }

    /// Reads what has arrived on a stream and gives it to whom it is for.
    pub(crate) fn pull(&mut self, now: Instant, id: u64, out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get(&id) else {
            return;
        };
        let limit = match incoming.role {
            Role::Held => return,
            Role::App => STREAM_CREDIT.saturating_sub(incoming.unread).min(self.max_unread.saturating_sub(self.receives.unread)),
            _ => h3::MAX_MESSAGE,
        };
        if limit == 0 {
            if let Some(incoming) = self.receives.streams.get_mut(&id) {
                incoming.more = true;
                if self.receives.unread >= self.max_unread && !std::mem::replace(&mut incoming.starved, true) {
                    self.receives.starved.push(id);
                }
            }
            return;
        }
        let end = self.receives.read(&mut self.conn, id, limit);
        let Some(incoming) = self.receives.streams.get_mut(&id) else {
            return;
        };
        let scratch = std::mem::take(&mut self.receives.scratch);
        match &mut incoming.role {
            Role::App => self.deliver(id, &scratch, end, out),
            Role::Held => {}
            Role::Ignored => {
                if end != End::Open {
                    self.receives.streams.remove(&id);
                }
            }
            Role::Unknown(buffer) | Role::Control(buffer) | Role::Request(buffer) | Role::Answer(buffer) => {
                Receives::collect(buffer, &scratch);
                self.collected(now, id, end, out);
            }
            Role::Connect => self.capsule(now, id, &scratch, end, out),
        }
        self.receives.scratch = scratch;
        self.receives.scratch.clear();
    }

    fn deliver(&mut self, id: u64, chunks: &[Bytes], end: End, out: &mut Batch) {
        let length: usize = chunks.iter().map(Bytes::len).sum();
        let fin = end == End::Fin;
        let session = f64::from(self.id);
        if length > 0 || fin {
            let (offset, length) = out.bytes(chunks);
            out.push(kind::DATA, &[session, id as f64, offset, length, f64::from(u8::from(fin))]);
        }
        self.receives.unread += length;
        let full = self.receives.unread >= self.max_unread;
        if let Some(incoming) = self.receives.streams.get_mut(&id) {
            incoming.unread += length;
            if incoming.more && full && !std::mem::replace(&mut incoming.starved, true) {
                self.receives.starved.push(id);
            }
        }
        // One that is reset because the session goes hears that from the session.
        if let End::Reset(code) = end
            && !(code == h3::SESSION_GONE && self.is_webtransport())
        {
            out.push(kind::RESET, &[session, id as f64, self.code_in(code)]);
        }
        if end != End::Open {
            self.receives.streams.remove(&id);
        }
    }

    pub(crate) fn consumed(&mut self, now: Instant, stream: Option<u64>, bytes: usize, out: &mut Batch) {
        self.receives.unread -= bytes.min(self.receives.unread);
        let incoming = stream.and_then(|id| Some((id, self.receives.streams.get_mut(&id)?)));
        if let Some((id, incoming)) = incoming {
            incoming.unread -= bytes.min(incoming.unread);
            if incoming.more {
                self.pull(now, id, out);
            }
        }
        for id in std::mem::take(&mut self.receives.starved) {
            if let Some(incoming) = self.receives.streams.get_mut(&id) {
                incoming.starved = false;
            }
            self.pull(now, id, out);
        }
    }

    /// More of a stream that HTTP/3 itself has to understand.
    fn collected(&mut self, now: Instant, id: u64, end: End, out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get_mut(&id) else {
            return;
        };
        let uni = stream_id(id).dir() == Dir::Uni;
        if let Role::Unknown(buffer) = &mut incoming.role {
            let started = start(buffer, uni);
            let rest = std::mem::take(buffer);
            match started {
                Start::More if end == End::Open => incoming.role = Role::Unknown(rest),
                Start::More => return self.drop_stream(id, h3::STREAM_CREATION_ERROR),
                Start::WebTransport { session } => {
                    return self.webtransport_stream(now, id, session, rest, end, out);
                }
                Start::Control => incoming.role = Role::Control(rest),
                Start::Request if self.server.is_some() => incoming.role = Role::Request(rest),
                Start::Request => return self.drop_stream(id, h3::STREAM_CREATION_ERROR),
                Start::Ignored => incoming.role = Role::Ignored,
            }
        }
        let Some(incoming) = self.receives.streams.get_mut(&id) else {
            return;
        };
        match &mut incoming.role {
            Role::Control(buffer) => match h3::peer_settings(buffer) {
                Parsed::More if end == End::Open && buffer.len() < h3::MAX_MESSAGE => {}
                Parsed::Done(true) => {
                    incoming.role = Role::Ignored;
                    self.settings(now, out);
                }
                Parsed::Done(false) => self.refuse(now, "the peer's SETTINGS do not offer WebTransport", out),
                Parsed::More | Parsed::Bad => self.refuse(now, "the peer's SETTINGS cannot be read", out),
            },
            Role::Request(buffer) => match h3::request(buffer, &self.huffman) {
                Parsed::More if end == End::Open && buffer.len() < h3::MAX_MESSAGE => {}
                Parsed::Done((Ok(request), used)) => {
                    let rest = buffer.split_off(used).freeze();
                    self.requested(id, request, (rest, end), out);
                }
                Parsed::Done((Err(status), _)) => self.turn_away(id, status),
                Parsed::More | Parsed::Bad => self.turn_away(id, 400),
            },
            Role::Answer(_) => self.answered(now, id, end, out),
            _ => {}
        }
    }

    /// Answers what is no request of ours with a status.
    fn turn_away(&mut self, id: u64, status: u16) {
        self.answer(id, status);
        self.receives.stop(&mut self.conn, id, VarInt::from_u32(h3::MESSAGE_ERROR as u32));
    }

    pub(crate) fn drop_stream(&mut self, id: u64, code: u64) {
        let code = VarInt::from_u64(code).unwrap_or(VarInt::MAX);
        self.receives.stop(&mut self.conn, id, code);
        if stream_id(id).dir() == Dir::Bi {
            _ = self.conn.send_stream(stream_id(id)).reset(code);
        }
    }

    /// A stream of the session; what came with its header is its own first bytes.
    fn webtransport_stream(&mut self, now: Instant, id: u64, session: u64, rest: BytesMut, end: End, out: &mut Batch) {
        let known = self.http3.as_ref().and_then(|http3| http3.connect);
        if self.phase == Phase::Over || self.phase == Phase::Leaving || known.is_some_and(|known| known != session) {
            return self.drop_stream(id, h3::SESSION_GONE);
        }
        if self.phase != Phase::Standing {
            // Read on once the session stands: what came already is put before it then.
            let Some(http3) = &mut self.http3 else { return };
            http3.early.push((id, rest.freeze(), end));
            if let Some(incoming) = self.receives.streams.get_mut(&id) {
                incoming.role = Role::Held;
            }
            return;
        }
        self.adopt(now, id, (rest.freeze(), end), out);
    }

    /// More of the CONNECT stream of a session that stands.
    pub(crate) fn capsule(&mut self, now: Instant, id: u64, chunks: &[Bytes], end: End, out: &mut Batch) {
        let mut said = None;
        for chunk in chunks {
            let Some(http3) = &mut self.http3 else { return };
            match http3.capsules.feed(chunk) {
                Parsed::More => {}
                Parsed::Done(last) => said = Some(last),
                Parsed::Bad => return self.refuse(now, "a capsule cannot be read", out),
            }
        }
        if said.is_none() && end == End::Open {
            return;
        }
        self.receives.streams.remove(&id);
        if self.phase == Phase::Standing {
            let (code, reason) = said.unwrap_or_default();
            self.ended(BY_PEER, f64::from(code), &reason, out);
            self.shut(now, h3::NO_ERROR, Bytes::new());
        }
    }
}
