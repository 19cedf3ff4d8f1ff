//! What WebTransport needs of HTTP/3: stream types, SETTINGS, the CONNECT exchange (draft-ietf-webtrans-http3, RFC 9114, RFC 9220).

use bytes::{Bytes, BytesMut};

use crate::fields::{self, Fields};
use crate::huffman::Huffman;

pub(crate) const UNI_CONTROL: u64 = 0x00;
pub(crate) const UNI_WEBTRANSPORT: u64 = 0x54;
pub(crate) const BIDI_WEBTRANSPORT: u64 = 0x41;
/// Frames.
pub(crate) const DATA: u64 = 0x00;
const HEADERS: u64 = 0x01;
const SETTINGS: u64 = 0x04;
/// H3_NO_ERROR
pub(crate) const NO_ERROR: u64 = 0x100;
/// H3_STREAM_CREATION_ERROR
pub(crate) const STREAM_CREATION_ERROR: u64 = 0x103;
/// H3_SETTINGS_ERROR
pub(crate) const SETTINGS_ERROR: u64 = 0x109;
/// H3_REQUEST_REJECTED
pub(crate) const REQUEST_REJECTED: u64 = 0x10b;
/// H3_MESSAGE_ERROR
pub(crate) const MESSAGE_ERROR: u64 = 0x10e;
/// WEBTRANSPORT_SESSION_GONE
pub(crate) const SESSION_GONE: u64 = 0x170d_7b68;
/// What a peer may send of a message before it is complete: HEADERS, SETTINGS, a capsule.
pub(crate) const MAX_MESSAGE: usize = 64 << 10;

/// What clients of the several drafts look for (id, value).
const OFFERED: [(u64, u64); 8] = [
    (0x08, 1), // ENABLE_CONNECT_PROTOCOL
    (H3_DATAGRAM, 1),
    (H3_DATAGRAM_OLD, 1),
    (0x2b60_3742, 1), // ENABLE_WEBTRANSPORT, draft-02
    (0x2b60_3743, 1), // WEBTRANSPORT_MAX_SESSIONS, draft-02
    (0xc671_706a, 1), // WEBTRANSPORT_MAX_SESSIONS, draft-07
    (0x14e9_cd29, 1), // WT_MAX_SESSIONS, draft-13
    (0x2c7c_f000, 1), // WT_ENABLED, draft-15
];
const H3_DATAGRAM: u64 = 0x33;
const H3_DATAGRAM_OLD: u64 = 0xff_d277;
/// Any of these in a peer's SETTINGS says that it speaks WebTransport.
const WEBTRANSPORT: [u64; 4] = [0x2b60_3742, 0xc671_706a, 0x14e9_cd29, 0x2c7c_f000];

pub(crate) enum Parsed<T> {
    More,
    Done(T),
    Bad,
}

/// Takes one variable-length integer off the front when it is there.
pub(crate) fn take_varint(buffer: &mut &[u8]) -> Option<u64> {
    let first = *buffer.first()?;
    let length = 1usize << (first >> 6);
    let bytes = buffer.get(..length)?;
    *buffer = &buffer[length..];
    Some(bytes[1..].iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
}

pub(crate) fn put_varint(out: &mut BytesMut, value: u64) {
    match value {
        0..=0x3f => out.extend_from_slice(&[value as u8]),
        0x40..=0x3fff => out.extend_from_slice(&(value as u16 | 0x4000).to_be_bytes()),
        0x4000..=0x3fff_ffff => out.extend_from_slice(&(value as u32 | 0x8000_0000).to_be_bytes()),
        _ => out.extend_from_slice(&(value | 0xc000_0000_0000_0000).to_be_bytes()),
    }
}

pub(crate) fn frame(kind: u64, payload: &[u8]) -> BytesMut {
    let mut out = BytesMut::new();
    put_varint(&mut out, kind);
    put_varint(&mut out, payload.len() as u64);
    out.extend_from_slice(payload);
    out
}

/// The start of our control stream: its type and SETTINGS.
pub(crate) fn control_stream() -> Bytes {
    let mut payload = BytesMut::new();
    for (id, value) in OFFERED {
        put_varint(&mut payload, id);
        put_varint(&mut payload, value);
    }
    let mut out = BytesMut::new();
    put_varint(&mut out, UNI_CONTROL);
    out.extend_from_slice(&frame(SETTINGS, &payload));
    out.freeze()
}

/// Whether the peer's control stream (from its type on) offers WebTransport.
pub(crate) fn peer_settings(buffer: &[u8]) -> Parsed<bool> {
    let mut rest = buffer;
    let Some(UNI_CONTROL) = take_varint(&mut rest) else {
        return Parsed::Bad;
    };
    let (Some(kind), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
        return Parsed::More;
    };
    if kind != SETTINGS || length > MAX_MESSAGE as u64 {
        return Parsed::Bad;
    }
    let Some(mut payload) = rest.get(..length as usize) else {
        return Parsed::More;
    };
    let (mut datagrams, mut webtransport) = (false, false);
    while !payload.is_empty() {
        let (Some(id), Some(value)) = (take_varint(&mut payload), take_varint(&mut payload)) else {
            return Parsed::Bad;
        };
        match id {
            // HTTP/2's, which must not be sent.
            0x02..=0x05 => return Parsed::Bad,
            H3_DATAGRAM | H3_DATAGRAM_OLD => datagrams |= value == 1,
            id if WEBTRANSPORT.contains(&id) => webtransport |= value > 0,
            _ => {}
        }
    }
    Parsed::Done(datagrams && webtransport)
}

/// The bytes before a WebTransport stream's own: its type and the session.
pub(crate) fn stream_header(uni: bool, session: u64) -> Bytes {
    let mut out = BytesMut::new();
    put_varint(&mut out, if uni { UNI_WEBTRANSPORT } else { BIDI_WEBTRANSPORT });
    put_varint(&mut out, session);
    out.freeze()
}

/// A datagram's prefix: the quarter of the session's number.
pub(crate) fn datagram_header(session: u64) -> BytesMut {
    let mut out = BytesMut::new();
    put_varint(&mut out, session / 4);
    out
}

/// A CONNECT for WebTransport, on either side.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Request {
    pub authority: String,
    /// With the query.
    pub path: String,
    pub protocols: Vec<String>,
    /// All that is not HTTP/3's own.
    pub headers: Fields,
}

const AVAILABLE: &str = "wt-available-protocols";
const SELECTED: &str = "wt-protocol";

impl Request {
    pub fn encode(&self) -> BytesMut {
        let protocols: Vec<String> = self.protocols.iter().map(|protocol| fields::quoted(protocol)).collect();
        let protocols = protocols.join(", ");
        let mut all = vec![
            (":method", "CONNECT"),
            (":protocol", "webtransport"),
            (":scheme", "https"),
            (":authority", self.authority.as_str()),
            (":path", self.path.as_str()),
        ];
        if !protocols.is_empty() {
            all.push((AVAILABLE, &protocols));
        }
        all.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        frame(HEADERS, &fields::encode(&all))
    }

    /// The request of these fields, or the status that answers what is none.
    fn from(fields: Fields) -> Result<Self, u16> {
        let mut request = Self::default();
        let (mut method, mut protocol, mut scheme) = (String::new(), String::new(), String::new());
        for (name, value) in fields {
            match name.as_str() {
                ":method" => method = value,
                ":protocol" => protocol = value,
                ":scheme" => scheme = value,
                ":authority" => request.authority = value,
                ":path" => request.path = value,
                AVAILABLE => request.protocols.extend(fields::strings(&value)),
                name if name.starts_with(':') => return Err(400),
                _ => request.headers.push((name, value)),
            }
        }
        if method != "CONNECT" || !matches!(protocol.as_str(), "webtransport" | "webtransport-h3") {
            return Err(405);
        }
        if scheme != "https" || request.authority.is_empty() || !request.path.starts_with('/') {
            return Err(400);
        }
        Ok(request)
    }
}

/// The first HEADERS of a stream, and how many bytes were used; frames of unknown types are passed over.
fn headers(buffer: &[u8], huffman: &Huffman) -> Parsed<(Fields, usize)> {
    let mut rest = buffer;
    loop {
        let (Some(kind), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
            return Parsed::More;
        };
        if length > MAX_MESSAGE as u64 || kind == DATA || kind == SETTINGS {
            return Parsed::Bad;
        }
        let Some(payload) = rest.get(..length as usize) else {
            return Parsed::More;
        };
        rest = &rest[length as usize..];
        if kind == HEADERS {
            return fields::decode(payload, huffman).map_or(Parsed::Bad, |fields| Parsed::Done((fields, buffer.len() - rest.len())));
        }
    }
}

/// A client's request, or the status that answers what is none; and how many bytes were used.
pub(crate) fn request(buffer: &[u8], huffman: &Huffman) -> Parsed<(Result<Request, u16>, usize)> {
    match headers(buffer, huffman) {
        Parsed::More => Parsed::More,
        Parsed::Bad => Parsed::Bad,
        Parsed::Done((fields, used)) => Parsed::Done((Request::from(fields), used)),
    }
}

/// A server's answer: its status, the protocol it chose, and how many bytes were used.
pub(crate) fn answer(buffer: &[u8], huffman: &Huffman) -> Parsed<(u16, String, usize)> {
    let mut used = 0;
    loop {
        let Parsed::Done((fields, length)) = headers(&buffer[used..], huffman) else {
            return if matches!(headers(&buffer[used..], huffman), Parsed::Bad) { Parsed::Bad } else { Parsed::More };
        };
        used += length;
        let of = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        match of(":status").and_then(|status| status.parse().ok()) {
            // Interim ones say nothing.
            Some(100..=199) => {}
            Some(status) => {
                let chosen = of(SELECTED).map(fields::strings).and_then(|mut list| list.pop()).unwrap_or_default();
                return Parsed::Done((status, chosen, used));
            }
            None => return Parsed::Bad,
        }
    }
}

/// The HEADERS that answer a request; `draft02` is what the first browsers look for.
pub(crate) fn response(status: u16, protocol: Option<&str>) -> BytesMut {
    let status = status.to_string();
    let protocol = protocol.map(fields::quoted);
    let mut all = vec![(":status", status.as_str()), ("sec-webtransport-http3-draft", "draft02")];
    if let Some(protocol) = &protocol {
        all.push((SELECTED, protocol));
    }
    frame(HEADERS, &fields::encode(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done<T>(parsed: Parsed<T>) -> Option<T> {
        match parsed {
            Parsed::Done(value) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn our_settings_are_understood_and_may_be_cut_anywhere() {
        let whole = control_stream();
        assert_eq!(done(peer_settings(&whole)), Some(true));
        for end in 1..whole.len() {
            assert!(matches!(peer_settings(&whole[..end]), Parsed::More), "{end}");
        }
    }

    #[test]
    fn settings_without_webtransport_or_with_those_of_http2() {
        let settings = |payload: &[u8]| [&[0][..], &frame(SETTINGS, payload)].concat();
        assert_eq!(done(peer_settings(&settings(&[0x33, 1]))), Some(false));
        assert_eq!(done(peer_settings(&settings(&[0x33, 1, 0xab, 0x60, 0x37, 0x42, 1]))), Some(true), "draft 02");
        assert!(matches!(peer_settings(&settings(&[0x02, 0])), Parsed::Bad));
    }

    #[test]
    fn a_request_survives_the_wire_and_unknown_frames_before_it() {
        let huffman = Huffman::new();
        let request = Request {
            authority: "relay.example:4443".into(),
            path: "/room?jwt=a".into(),
            protocols: vec!["moq-lite-05".into(), "moq\"l".into()],
            headers: vec![("origin".into(), "https://a.example".into())],
        };
        let mut wire = frame(0x21, b"grease");
        wire.extend_from_slice(&request.encode());
        for end in 0..wire.len() {
            assert!(matches!(super::request(&wire[..end], &huffman), Parsed::More), "{end}");
        }
        assert_eq!(done(super::request(&wire, &huffman)), Some((Ok(request), wire.len())));
    }

    #[test]
    fn what_is_no_webtransport_request_has_a_status() {
        let huffman = Huffman::new();
        let status = |fields: &[(&str, &str)]| match done(request(&frame(HEADERS, &fields::encode(fields)), &huffman)) {
            Some((Err(status), _)) => status,
            _ => 0,
        };
        assert_eq!(status(&[(":method", "GET"), (":scheme", "https"), (":authority", "a"), (":path", "/")]), 405);
        assert_eq!(status(&[(":method", "CONNECT"), (":protocol", "webtransport"), (":scheme", "https"), (":path", "/")]), 400);
    }

    #[test]
    fn the_answer_quotes_the_protocol_and_interim_ones_are_passed_over() {
        let huffman = Huffman::new();
        let mut wire = response(103, None);
        wire.extend_from_slice(&response(200, Some("moq-lite-05")));
        assert_eq!(done(answer(&wire, &huffman)), Some((200, "moq-lite-05".into(), wire.len())));
        assert!(wire.windows(13).any(|window| window == b"\"moq-lite-05\""));
    }

    #[test]
    fn integers_of_all_lengths() {
        for value in [0, 63, 64, 16_383, 16_384, 1_073_741_823, 1_073_741_824, (1 << 62) - 1] {
            let mut wire = BytesMut::new();
            put_varint(&mut wire, value);
            assert_eq!(take_varint(&mut &wire[..]), Some(value));
        }
    }
}
