//! How a session comes about: what TLS negotiated, then for WebTransport SETTINGS and CONNECT.

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use quinn_proto::Dir;
use quinn_proto::crypto::rustls::HandshakeData;
use rustls::pki_types::CertificateDer;

use crate::connection::BY_PEER;
use crate::endpoint::plain;
use crate::event::{Batch, failure, kind, quote};
use crate::h3::{self, Parsed, Request};
use crate::recv::{End, Incoming, Role};
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
                self.tell_request("quic", &url, (&[], &protocols), out);
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

    fn tell_request(&mut self, what: &str, url: &str, (headers, protocols): (&[(String, String)], &[String]), out: &mut Batch) {
        self.never_asked = false;
        let (host, port) = plain(self.conn.remote_address());
        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("[{},{}]", quote(name), quote(value))).collect();
        let protocols: Vec<String> = protocols.iter().map(|protocol| quote(protocol)).collect();
        let certificate = self.client_certificate().map(|der| format!(r#","certificate":"{der}""#)).unwrap_or_default();
        let text = out.text(format!(
            r#"{{"kind":{},"url":{},"headers":[{}],"protocols":[{}],"host":{},"port":{port}{certificate}}}"#,
            quote(what),
            quote(url),
            headers.join(","),
            protocols.join(","),
            quote(&host.to_string()),
        ));
        let server = f64::from(self.server.unwrap_or(0));
        out.push(kind::REQUEST, &[f64::from(self.id), server, text]);
    }

    /// What the client showed and TLS has verified: the DER of its own certificate, in hex.
    fn client_certificate(&self) -> Option<String> {
        let chain = self.conn.crypto_session().peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
        Some(chain.first()?.iter().map(|byte| format!("{byte:02x}")).collect())
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
        let bytes = h3::response(200, protocol);
        _ = self.conn.send_stream(stream_id(connect)).write(&bytes);
        if let Some(incoming) = self.receives.streams.get_mut(&connect) {
            incoming.role = Role::Connect;
        }
        self.stand(now, protocol.unwrap_or(""), out);
        // What came behind the request.
        if let Some((rest, end)) = self.http3.as_mut().and_then(|http3| http3.behind.take()) {
            self.capsule(now, connect, &[rest], end, out);
        }
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
                self.leave_by = Some(now + self.patience());
            }
            None => self.shut(now, 0x40 + u64::from(status), Bytes::new()),
        }
    }

    /// Answers a request with a status and ends its stream.
    pub(crate) fn answer(&mut self, id: u64, status: u16) {
        let mut stream = self.conn.send_stream(stream_id(id));
        // Where the peer has stopped listening nothing is lost.
        _ = stream.write(&h3::response(status, None));
        _ = stream.finish();
    }

    /// A client's request, or the server's answer, has to wait for SETTINGS.
    pub(crate) fn settings(&mut self, now: Instant, out: &mut Batch) {
        if let Some(http3) = &mut self.http3 {
            http3.settings = true;
        }
        if self.server.is_some() {
            return self.ask(out);
        }
        let Some(wish) = self.wish.take() else { return };
        let Some(id) = self.conn.streams().open(Dir::Bi) else {
            return self.refuse(now, "the server gives no stream for CONNECT", out);
        };
        _ = self.conn.send_stream(id).set_priority(i32::MAX);
        _ = self.conn.send_stream(id).write(&wish.encode());
        self.receives.streams.insert(number(id), Incoming::new(Role::Answer(BytesMut::new())));
        if let Some(http3) = &mut self.http3 {
            http3.connect = Some(number(id));
            http3.offered = wish.protocols;
        }
    }

    pub(crate) fn requested(&mut self, id: u64, request: Request, behind: (Bytes, End), out: &mut Batch) {
        let Some(http3) = &mut self.http3 else { return };
        if http3.connect.is_some() {
            return self.drop_stream(id, h3::REQUEST_REJECTED);
        }
        http3.connect = Some(id);
        http3.request = Some(request);
        http3.behind = Some(behind);
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
        let Some(request) = http3.request.take() else {
            return;
        };
        self.phase = Phase::Requested;
        let url = format!("https://{}{}", request.authority, request.path);
        self.tell_request("webtransport", &url, (&request.headers, &request.protocols), out);
    }

    /// The server's answer to CONNECT.
    pub(crate) fn answered(&mut self, now: Instant, id: u64, end: End, out: &mut Batch) {
        let Some(Incoming { role: Role::Answer(buffer), .. }) = self.receives.streams.get_mut(&id) else {
            return;
        };
        match h3::answer(buffer, &self.huffman) {
            Parsed::More if end == End::Open && buffer.len() < h3::MAX_MESSAGE => {}
            Parsed::Done((200..=299, protocol, used)) => {
                let rest = buffer.split_off(used).freeze();
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
            Parsed::Done((status, ..)) => {
                self.fail(failure::REJECTED, f64::from(status), &format!("the server answered with status {status}"), out);
                self.shut(now, h3::NO_ERROR, Bytes::new());
            }
            Parsed::More | Parsed::Bad => self.refuse(now, "the server's answer to CONNECT cannot be read", out),
        }
    }

    /// Gives a connection up whose peer does not speak as it must.
    pub(crate) fn refuse(&mut self, now: Instant, why: &str, out: &mut Batch) {
        match self.phase {
            Phase::Opening if self.server.is_none() => self.fail(failure::CONNECT, -1.0, why, out),
            Phase::Requested | Phase::Standing => self.ended(BY_PEER, 0.0, why, out),
            _ => {}
        }
        self.shut(now, h3::SETTINGS_ERROR, Bytes::copy_from_slice(why.as_bytes()));
    }
}
