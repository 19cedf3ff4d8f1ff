//! What WebTransport needs of HTTP/3: stream types, SETTINGS, the CONNECT exchange and capsules (draft-ietf-webtrans-http3, RFC 9114, RFC 9297).

use bytes::{Buf, Bytes, BytesMut};
use web_transport_proto::{Capsule, Frame, Settings, VarInt};

pub(crate) const UNI_CONTROL: u64 = 0x00;
pub(crate) const UNI_WEBTRANSPORT: u64 = 0x54;
pub(crate) const BIDI_WEBTRANSPORT: u64 = 0x41;
/// H3_NO_ERROR
pub(crate) const NO_ERROR: u64 = 0x100;
/// H3_MESSAGE_ERROR
pub(crate) const MESSAGE_ERROR: u64 = 0x10e;
/// H3_REQUEST_REJECTED
pub(crate) const REQUEST_REJECTED: u64 = 0x10b;
/// H3_SETTINGS_ERROR
pub(crate) const SETTINGS_ERROR: u64 = 0x109;
/// H3_STREAM_CREATION_ERROR
pub(crate) const STREAM_CREATION_ERROR: u64 = 0x103;
/// WEBTRANSPORT_SESSION_GONE
pub(crate) const SESSION_GONE: u64 = 0x170d_7b68;
/// Reasons of CLOSE_WEBTRANSPORT_SESSION are at most this long, in bytes.
pub(crate) const MAX_REASON: usize = 1024;
/// What a peer may send of a message before it is complete: HEADERS, SETTINGS, a capsule.
pub(crate) const MAX_MESSAGE: usize = 64 << 10;

/// What clients of the several drafts look for (id, value).
const OFFERED: [(u64, u64); 7] = [
    (0x08, 1),        // ENABLE_CONNECT_PROTOCOL
    (0x33, 1),        // H3_DATAGRAM
    (0xff_d277, 1),   // H3_DATAGRAM, old draft
    (0x2b60_3742, 1), // ENABLE_WEBTRANSPORT, draft-02
    (0x2b60_3743, 1), // WEBTRANSPORT_MAX_SESSIONS, draft-02
    (0xc671_706a, 1), // WEBTRANSPORT_MAX_SESSIONS, draft-07
    (0x14e9_cd29, 1), // WT_MAX_SESSIONS, draft-13
];

/// The start of our control stream: its type and SETTINGS.
pub(crate) fn control_stream() -> Bytes {
    let mut payload = BytesMut::new();
    for (id, value) in OFFERED {
        varint(id).encode(&mut payload);
        varint(value).encode(&mut payload);
    }
    let mut out = BytesMut::new();
    varint(UNI_CONTROL).encode(&mut out);
    Frame::SETTINGS.encode(&mut out);
    varint(payload.len() as u64).encode(&mut out);
    out.extend_from_slice(&payload);
    out.freeze()
}

pub(crate) enum Parsed<T> {
    More,
    Done(T),
    Bad,
}

/// Whether the peer's control stream (from its type on) offers WebTransport.
pub(crate) fn peer_settings(buffer: &[u8]) -> Parsed<bool> {
    match Settings::decode(&mut &buffer[..]) {
        Ok(settings) => Parsed::Done(settings.supports_webtransport() > 0),
        Err(web_transport_proto::SettingsError::UnexpectedEnd) => Parsed::More,
        Err(_) => Parsed::Bad,
    }
}

/// The bytes before a WebTransport stream's own: its type and the session.
pub(crate) fn stream_header(uni: bool, session: u64) -> Bytes {
    let mut out = BytesMut::new();
    varint(if uni { UNI_WEBTRANSPORT } else { BIDI_WEBTRANSPORT }).encode(&mut out);
    varint(session).encode(&mut out);
    out.freeze()
}

/// A datagram's prefix: the quarter of the session's number.
pub(crate) fn datagram_header(session: u64) -> Bytes {
    let mut out = BytesMut::new();
    varint(session / 4).encode(&mut out);
    out.freeze()
}

/// Takes one variable-length integer off the front when it is there.
pub(crate) fn take_varint(buffer: &mut &[u8]) -> Option<u64> {
    VarInt::decode(buffer).ok().map(VarInt::into_inner)
}

/// The last words on a CONNECT stream.
pub(crate) fn close_capsule(code: u32, reason: &str) -> Bytes {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut capsule = BytesMut::new();
    Capsule::CloseWebTransportSession { code, reason: reason[..end].to_owned() }.encode(&mut capsule);
    let mut out = BytesMut::new();
    Frame::DATA.encode(&mut out);
    varint(capsule.len() as u64).encode(&mut out);
    out.extend_from_slice(&capsule);
    out.freeze()
}

/// Reads capsules out of the DATA frames of a CONNECT stream; they may be cut anywhere.
#[derive(Default)]
pub(crate) struct Capsules {
    frames: BytesMut,
    data_left: u64,
    skip_left: u64,
    capsules: BytesMut,
}

impl Capsules {
    /// The session's end, when these bytes completed its capsule.
    pub fn feed(&mut self, bytes: &[u8]) -> Parsed<(u32, String)> {
        self.frames.extend_from_slice(bytes);
        loop {
            if self.skip_left > 0 {
                let count = self.skip_left.min(self.frames.len() as u64);
                self.frames.advance(count as usize);
                self.skip_left -= count;
            } else if self.data_left > 0 {
                let count = self.data_left.min(self.frames.len() as u64);
                self.capsules.extend_from_slice(&self.frames.split_to(count as usize));
                self.data_left -= count;
            }
            if self.frames.is_empty() || self.skip_left > 0 || self.data_left > 0 {
                return self.decode();
            }
            let mut rest = &self.frames[..];
            let (Some(kind), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
                return self.decode();
            };
            let used = self.frames.len() - rest.len();
            self.frames.advance(used);
            if kind == 0 { self.data_left = length } else { self.skip_left = length }
        }
    }

    fn decode(&mut self) -> Parsed<(u32, String)> {
        loop {
            let mut rest = &self.capsules[..];
            match Capsule::decode(&mut rest) {
                Ok(Capsule::CloseWebTransportSession { code, reason }) => return Parsed::Done((code, reason)),
                Ok(_) => {
                    let used = self.capsules.len() - rest.len();
                    self.capsules.advance(used);
                }
                Err(_) if self.capsules.len() > MAX_MESSAGE => return Parsed::Bad,
                Err(web_transport_proto::CapsuleError::UnexpectedEnd | web_transport_proto::CapsuleError::VarInt(_)) => return Parsed::More,
                Err(_) => return Parsed::Bad,
            }
        }
    }
}

fn varint(value: u64) -> VarInt {
    VarInt::from_u64(value).unwrap_or(VarInt::MAX)
}
