//! How a session comes about, and where the bytes of its incoming streams go.

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use quinn_proto::crypto::rustls::HandshakeData;
use quinn_proto::{Dir, VarInt};
use web_transport_proto::{ConnectError, ConnectRequest, ConnectResponse, http};

use crate::connection::BY_PEER;
use crate::endpoint::plain;
use crate::event::{Batch, failure, kind, quote};
use crate::h3::{self, Parsed};
use crate::recv::{End, Incoming, Receives, Role, STREAM_CREDIT, Start, start};
use crate::send::stream_id;
use crate::session::{Exchange, Phase, Session, number};

impl Session {
    pub(crate) fn connected(&mut self, now: Instant, out: &mut Batch) {
        let data = self.conn.crypto_session().handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
        let (alpn, name) = data.map_or((None, None), |data| (data.protocol, data.server_name));
        self.alpn = alpn.map(|alpn| String::from_utf8_lossy(&alpn).into_owned()).unwrap_or_default();
        if self.alpn != "h3" {
            if self.server.is_some() {
                self.phase = Phase::Requested;
                let url = format!("moqt://{}/", name.unwrap_or_else(|| plain(self.conn.remote_address()).0.to_string()));
                let protocols = [self.alpn.clone()];
                self.request("quic", &url, &http::HeaderMap::new(), &protocols, out);
            } else {
                self.stand(now, &self.alpn.clone(), out);
            }
            return;
        }
        self.http3 = Some(Exchange::default());
        if let Some(id) = self.conn.streams().open(Dir::Uni) {
            // The first bytes of a connection always fit.
            _ = self.conn.send_stream(id).write(&h3::control_stream());
        }
    }

    fn request(&mut self, what: &str, url: &str, headers: &http::HeaderMap, protocols: &[String], out: &mut Batch) {
        let (host, port) = plain(self.conn.remote_address());
        let pairs: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{}:{}", quote(name.as_str()), quote(&String::from_utf8_lossy(value.as_bytes()))))
            .collect();
        let protocols: Vec<String> = protocols.iter().map(|protocol| quote(protocol)).collect();
        let text = out.text(format!(
            r#"{{"kind":{},"url":{},"headers":{{{}}},"protocols":[{}],"host":{},"port":{port}}}"#,
            quote(what),
            quote(url),
            pairs.join(","),
            protocols.join(","),
            quote(&host.to_string()),
        ));
        self.never_asked = false;
        let server = f64::from(self.server.unwrap_or(0));
        out.push(kind::REQUEST, &[f64::from(self.id), server, text]);
    }

    /// The session stands from here on.
    fn stand(&mut self, now: Instant, protocol: &str, out: &mut Batch) {
        self.phase = Phase::Standing;
        let (host, port) = plain(self.conn.remote_address());
        let largest = self.largest_datagram();
        let text = out.text(format!(r#"{{"protocol":{},"host":{},"port":{port}}}"#, quote(protocol), quote(&host.to_string())));
        out.push(kind::ESTABLISHED, &[f64::from(self.id), largest, text]);
        self.tell_datagrams(out);
        if let Some(http3) = &mut self.http3 {
            for (id, rest, end) in std::mem::take(&mut http3.early) {
                self.adopt(now, id, (rest, end), out);
            }
        }
        self.accept_streams(now, Dir::Bi, out);
        self.accept_streams(now, Dir::Uni, out);
    }

    pub(crate) fn accept(&mut self, now: Instant, protocol: Option<&str>, out: &mut Batch) {
        if self.phase != Phase::Requested {
            return;
        }
        let Some(connect) = self.http3.as_ref().and_then(|http3| http3.connect) else {
            return self.stand(now, &self.alpn.clone(), out);
        };
        let mut response = ConnectResponse::OK;
        response.protocol = protocol.map(str::to_owned);
        let mut bytes = BytesMut::new();
        if response.encode(&mut bytes).is_err() {
            return self.reject(now, 500);
        }
        _ = self.conn.send_stream(stream_id(connect)).write(&bytes);
        if let Some(incoming) = self.receives.streams.get_mut(&connect) {
            incoming.role = Role::Connect;
        }
        self.stand(now, protocol.unwrap_or(""), out);
        self.pull(now, connect, out);
    }

    pub(crate) fn reject(&mut self, now: Instant, status: u16) {
        if self.phase != Phase::Requested {
            return;
        }
        match self.http3.as_ref().and_then(|http3| http3.connect) {
            Some(connect) => {
                self.answer(connect, status);
                self.phase = Phase::Leaving;
                self.leave_by = Some(now + std::time::Duration::from_millis(500));
            }
            None => self.shut(now, 0x40 + u64::from(status), Bytes::new()),
        }
    }

    /// Answers a request with a status and ends its stream.
    fn answer(&mut self, id: u64, status: u16) {
        let status = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let mut bytes = BytesMut::new();
        if ConnectResponse::new(status).encode(&mut bytes).is_ok() {
            let mut stream = self.conn.send_stream(stream_id(id));
            // Where the peer has stopped listening nothing is lost.
            _ = stream.write(&bytes);
            _ = stream.finish();
        }
    }

    /// The peer's streams, as far as the application keeps up.
    pub(crate) fn accept_streams(&mut self, now: Instant, dir: Dir, out: &mut Batch) {
        while self.untaken < self.max_untaken && (self.is_webtransport() || self.phase == Phase::Standing) {
            let Some(id) = self.conn.streams().accept(dir) else { return };
            let id = number(id);
            let role = if self.is_webtransport() { Role::Unknown(BytesMut::new()) } else { Role::Held };
            self.receives.streams.insert(id, Incoming::new(role));
            if self.is_webtransport() { self.pull(now, id, out) } else { self.adopt(now, id, (Bytes::new(), End::Open), out) }
        }
    }

    /// A stream becomes the application's, with what was read of it.
    fn adopt(&mut self, now: Instant, id: u64, (rest, end): (Bytes, End), out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get_mut(&id) else { return };
        incoming.role = Role::App;
        let stream = stream_id(id);
        let uni = stream.dir() == Dir::Uni;
        if !uni {
            self.sends.open(&mut self.conn, stream, 0, Bytes::new());
        }
        self.untaken += 1;
        out.push(kind::STREAM, &[f64::from(self.id), id as f64, f64::from(u8::from(uni))]);
        if !rest.is_empty() || end != End::Open {
            self.deliver(id, &[rest], end, out);
        }
        if end == End::Open {
            self.pull(now, id, out);
        }
    }

    /// Reads what has arrived on a stream and gives it to whom it is for.
    pub(crate) fn pull(&mut self, now: Instant, id: u64, out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get(&id) else { return };
        let limit = match incoming.role {
            Role::Held => return,
            Role::App => STREAM_CREDIT.saturating_sub(incoming.unread).min(self.max_unread.saturating_sub(self.receives.unread)),
            _ => h3::MAX_MESSAGE,
        };
        if limit == 0 {
            if let Some(incoming) = self.receives.streams.get_mut(&id) {
                incoming.more = true;
            }
            if self.receives.unread >= self.max_unread {
                self.receives.starved.push(id);
            }
            return;
        }
        let end = self.receives.read(&mut self.conn, id, limit);
        let Some(incoming) = self.receives.streams.get_mut(&id) else { return };
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
        if let Some(incoming) = self.receives.streams.get_mut(&id) {
            incoming.unread += length;
        }
        if let End::Reset(code) = end {
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
            self.pull(now, id, out);
        }
    }

    /// More of a stream that HTTP/3 itself has to understand.
    fn collected(&mut self, now: Instant, id: u64, end: End, out: &mut Batch) {
        let Some(incoming) = self.receives.streams.get_mut(&id) else { return };
        let uni = stream_id(id).dir() == Dir::Uni;
        if let Role::Unknown(buffer) = &mut incoming.role {
            let started = start(buffer, uni);
            let rest = std::mem::take(buffer);
            match started {
                Start::More if end == End::Open => incoming.role = Role::Unknown(rest),
                Start::More => return self.drop_stream(id, h3::STREAM_CREATION_ERROR),
                Start::WebTransport { session } => return self.webtransport_stream(now, id, session, rest, end, out),
                Start::Control => incoming.role = Role::Control(rest),
                Start::Request if self.server.is_some() => incoming.role = Role::Request(rest),
                Start::Request => return self.drop_stream(id, h3::STREAM_CREATION_ERROR),
                Start::Ignored => incoming.role = Role::Ignored,
            }
        }
        let Some(incoming) = self.receives.streams.get_mut(&id) else { return };
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
            Role::Request(buffer) => match ConnectRequest::decode(&mut &buffer[..]) {
                Err(ConnectError::UnexpectedEnd) if end == End::Open && buffer.len() < h3::MAX_MESSAGE => {}
                Ok(request) => self.requested(id, request, out),
                Err(error) => {
                    let status = if matches!(error, ConnectError::WrongMethod(_) | ConnectError::WrongProtocol(_)) { 405 } else { 400 };
                    self.answer(id, status);
                    self.receives.streams.remove(&id);
                    _ = self.conn.recv_stream(stream_id(id)).stop(VarInt::from_u32(h3::MESSAGE_ERROR as u32));
                }
            },
            Role::Answer(_) => self.answered(now, id, end, out),
            _ => {}
        }
    }

    fn drop_stream(&mut self, id: u64, code: u64) {
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

    /// A client's request, or the server's answer, has to wait for SETTINGS.
    fn settings(&mut self, now: Instant, out: &mut Batch) {
        if let Some(http3) = &mut self.http3 {
            http3.settings = true;
        }
        if self.server.is_some() {
            return self.ask(out);
        }
        let Some(wish) = self.wish.take() else { return };
        let mut bytes = BytesMut::new();
        let Some(id) = self.conn.streams().open(Dir::Bi) else {
            return self.refuse(now, "the server gives no stream for CONNECT", out);
        };
        if wish.encode(&mut bytes).is_err() {
            return self.refuse(now, "a header of CONNECT cannot be sent", out);
        }
        _ = self.conn.send_stream(id).set_priority(i32::MAX);
        _ = self.conn.send_stream(id).write(&bytes);
        self.receives.streams.insert(number(id), Incoming::new(Role::Answer(BytesMut::new())));
        if let Some(http3) = &mut self.http3 {
            http3.connect = Some(number(id));
            http3.offered = wish.protocols;
        }
    }

    fn requested(&mut self, id: u64, request: ConnectRequest, out: &mut Batch) {
        let Some(http3) = &mut self.http3 else { return };
        if http3.connect.is_some() {
            return self.drop_stream(id, h3::REQUEST_REJECTED);
        }
        http3.connect = Some(id);
        http3.request = Some(request);
        if let Some(incoming) = self.receives.streams.get_mut(&id) {
            incoming.role = Role::Held;
        }
        _ = self.conn.send_stream(stream_id(id)).set_priority(i32::MAX);
        self.ask(out);
    }

    /// Asks the application once SETTINGS and CONNECT are there.
    fn ask(&mut self, out: &mut Batch) {
        let Some(http3) = &mut self.http3 else { return };
        if !http3.settings || self.phase != Phase::Opening {
            return;
        }
        let Some(request) = http3.request.take() else { return };
        self.phase = Phase::Requested;
        self.request("webtransport", request.url.as_str(), &request.headers, &request.protocols, out);
    }

    /// The server's answer to CONNECT.
    fn answered(&mut self, now: Instant, id: u64, end: End, out: &mut Batch) {
        let Some(Incoming { role: Role::Answer(buffer), .. }) = self.receives.streams.get_mut(&id) else { return };
        let mut rest = &buffer[..];
        match ConnectResponse::decode(&mut rest) {
            Err(ConnectError::UnexpectedEnd) if end == End::Open && buffer.len() < h3::MAX_MESSAGE => {}
            Ok(response) => {
                let rest = Bytes::copy_from_slice(rest);
                let protocol = response.protocol.unwrap_or_default();
                let offered = self.http3.as_ref().is_some_and(|http3| protocol.is_empty() || http3.offered.contains(&protocol));
                if !offered {
                    self.fail(failure::PROTOCOL, -1.0, &format!("the server chose {protocol}, which was not offered"), out);
                    return self.shut(now, h3::MESSAGE_ERROR, Bytes::new());
                }
                if let Some(incoming) = self.receives.streams.get_mut(&id) {
                    incoming.role = Role::Connect;
                }
                self.stand(now, &protocol, out);
                self.capsule(now, id, &[rest], end, out);
            }
            Err(ConnectError::WrongStatus(Some(status))) => {
                self.fail(failure::REJECTED, f64::from(status.as_u16()), &format!("the server answered {status}"), out);
                self.shut(now, h3::NO_ERROR, Bytes::new());
            }
            Err(_) => self.refuse(now, "the server's answer to CONNECT cannot be read", out),
        }
    }

    /// Gives a connection up whose peer does not speak as it must.
    fn refuse(&mut self, now: Instant, why: &str, out: &mut Batch) {
        match self.phase {
            Phase::Opening if self.server.is_none() => self.fail(failure::CONNECT, -1.0, why, out),
            Phase::Requested | Phase::Standing => self.ended(BY_PEER, 0.0, why, out),
            _ => {}
        }
        self.shut(now, h3::SETTINGS_ERROR, Bytes::copy_from_slice(why.as_bytes()));
    }

    /// More of the CONNECT stream of a session that stands.
    fn capsule(&mut self, now: Instant, id: u64, chunks: &[Bytes], end: End, out: &mut Batch) {
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
