//! WebTransport's 32-bit application codes inside HTTP/3's code space (draft-ietf-webtrans-http3 §4.3).

const FIRST: u64 = 0x52e4_a40f_a8db;
const LAST: u64 = 0x52e5_ac98_3162;

/// The HTTP/3 code of an application code.
pub const fn to_http3(code: u32) -> u64 {
    FIRST + code as u64 + code as u64 / 0x1e
}

/// The application code of an HTTP/3 code; `None` outside the range and for the reserved codepoints in it.
pub const fn from_http3(code: u64) -> Option<u32> {
    if code < FIRST || code > LAST || (code - 0x21) % 0x1f == 0 {
        return None;
    }
    let shifted = code - FIRST;
    Some((shifted - shifted / 0x1f) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_the_reference() {
        for (n, h) in [(0, 0x52e4_a40f_a8db), (6, 0x52e4_a40f_a8e1), (29, 0x52e4_a40f_a8f8), (30, 0x52e4_a40f_a8fa)] {
            assert_eq!(to_http3(n), h);
            assert_eq!(from_http3(h), Some(n));
        }
        assert_eq!(from_http3(to_http3(u32::MAX)), Some(u32::MAX));
    }

    #[test]
    fn reserved_and_foreign_codes_have_no_application_code() {
        assert_eq!(from_http3(0x52e4_a40f_a8f9), None, "reserved");
        assert_eq!(from_http3(0x100), None);
        assert_eq!(from_http3(LAST + 1), None);
    }
}
