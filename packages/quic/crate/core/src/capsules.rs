//! Capsules (RFC 9297) in the DATA frames of a CONNECT stream: of all there are, the one that ends a session matters.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::h3::{DATA, MAX_MESSAGE, Parsed, frame, put_varint, take_varint};

/// CLOSE_WEBTRANSPORT_SESSION
const CLOSE: u64 = 0x2843;
/// Its reason is at most this long, in bytes.
const MAX_REASON: usize = 1024;

/// The last words on a CONNECT stream.
pub(crate) fn close(code: u32, reason: &str) -> Bytes {
    let mut end = reason.len().min(MAX_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut capsule = BytesMut::new();
    put_varint(&mut capsule, CLOSE);
    put_varint(&mut capsule, 4 + end as u64);
    capsule.put_u32(code);
    capsule.put_slice(&reason.as_bytes()[..end]);
    frame(DATA, &capsule).freeze()
}

/// Reads the capsules of one CONNECT stream; frames and capsules may be cut anywhere.
#[derive(Default)]
pub(crate) struct Capsules {
    frames: BytesMut,
    /// What is left of the frame at the front, and whether it carries capsules.
    left: u64,
    data: bool,
    capsules: BytesMut,
    /// What is left of a capsule that means nothing here.
    skip: u64,
}

impl Capsules {
    /// The session's end, when these bytes completed its capsule.
    pub fn feed(&mut self, bytes: &[u8]) -> Parsed<(u32, String)> {
        self.frames.extend_from_slice(bytes);
        loop {
            let count = self.left.min(self.frames.len() as u64);
            let part = self.frames.split_to(count as usize);
            self.left -= count;
            if self.data {
                self.capsules.extend_from_slice(&part);
            }
            let mut rest = &self.frames[..];
            let (Some(kind), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
                return self.decode();
            };
            if self.left > 0 {
                return self.decode();
            }
            let used = self.frames.len() - rest.len();
            self.frames.advance(used);
            (self.data, self.left) = (kind == DATA, length);
        }
    }

    fn decode(&mut self) -> Parsed<(u32, String)> {
        loop {
            let count = self.skip.min(self.capsules.len() as u64);
            self.capsules.advance(count as usize);
            self.skip -= count;
            let mut rest = &self.capsules[..];
            let (Some(kind), Some(length)) = (take_varint(&mut rest), take_varint(&mut rest)) else {
                return Parsed::More;
            };
            if kind != CLOSE {
                let used = self.capsules.len() - rest.len();
                self.capsules.advance(used);
                self.skip = length;
                continue;
            }
            if !(4..=MAX_MESSAGE as u64).contains(&length) {
                return Parsed::Bad;
            }
            let Some(mut value) = rest.get(..length as usize) else {
                return Parsed::More;
            };
            let code = value.get_u32();
            return Parsed::Done((code, String::from_utf8_lossy(value).into_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_found_however_it_is_cut_and_whatever_comes_before() {
        let mut wire = frame(0x21, b"grease between");
        let mut drain = BytesMut::new();
        put_varint(&mut drain, 0x78ae);
        put_varint(&mut drain, 3);
        drain.put_slice(b"abc");
        wire.extend_from_slice(&frame(DATA, &drain));
        wire.extend_from_slice(&close(6, "no ticket"));
        for step in 1..wire.len() {
            let mut capsules = Capsules::default();
            let mut said = None;
            for part in wire.chunks(step) {
                if let Parsed::Done(end) = capsules.feed(part) {
                    said = Some(end);
                }
            }
            assert_eq!(said, Some((6, "no ticket".to_owned())), "{step}");
        }
    }

    #[test]
    fn a_reason_is_cut_to_its_limit_between_characters() {
        let wire = close(1, &"ä".repeat(800));
        let Parsed::Done((1, reason)) = Capsules::default().feed(&wire) else { panic!("not read") };
        assert_eq!(reason, "ä".repeat(512));
    }

    #[test]
    fn a_close_without_its_code_is_bad() {
        let mut capsule = BytesMut::new();
        put_varint(&mut capsule, CLOSE);
        put_varint(&mut capsule, 3);
        capsule.put_slice(b"abc");
        assert!(matches!(Capsules::default().feed(&frame(DATA, &capsule)), Parsed::Bad));
    }
}
