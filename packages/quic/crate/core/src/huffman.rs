//! Strings of header fields: their Huffman code (RFC 7541, appendix B). It is canonical, so the lengths say everything.

/// Bits of each byte's code; the end-of-string symbol has 30.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10,
    10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6,
    7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23,
    21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22,
    22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27,
    26,
];
const END_BITS: u8 = 30;
/// Bits of the shortest code and of the longest.
const SHORTEST: u32 = 5;
const LONGEST: u32 = 30;

/// For each length: the first code, the number of codes, and where their symbols begin in `symbols`.
pub(crate) struct Huffman {
    rows: [(u32, u32, usize); LONGEST as usize + 1],
    symbols: Vec<u8>,
}

impl Huffman {
    pub fn new() -> Self {
        let mut rows = [(0, 0, 0); LONGEST as usize + 1];
        let mut symbols = Vec::with_capacity(256);
        let mut code = 0u32;
        for length in 1..=LONGEST {
            code <<= 1;
            let begin = symbols.len();
            symbols.extend((0..=255u8).filter(|symbol| u32::from(LENGTHS[*symbol as usize]) == length));
            let count = (symbols.len() - begin) as u32;
            rows[length as usize] = (code, count, begin);
            code += count + u32::from(length == u32::from(END_BITS));
        }
        Self { rows, symbols }
    }

    /// The string; `None` for what is no code, or is padded with anything but the beginning of the end of string.
    pub fn decode(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(bytes.len() * 8 / 5);
        let (mut code, mut length) = (0u32, 0u32);
        for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| u32::from(byte >> shift & 1))) {
            code = code << 1 | bit;
            length += 1;
            if length < SHORTEST {
                continue;
            }
            if length > LONGEST {
                return None;
            }
            let (first, count, begin) = self.rows[length as usize];
            if let Some(offset) = code.checked_sub(first).filter(|offset| *offset < count) {
                out.push(self.symbols[begin + offset as usize]);
                (code, length) = (0, 0);
            }
        }
        let padded = length < 8 && code == (1 << length) - 1;
        padded.then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn the_lengths_make_a_complete_code() {
        let all: u64 = LENGTHS.iter().chain([&END_BITS]).map(|length| 1u64 << (32 - length)).sum();
        assert_eq!(all, 1 << 32);
    }

    #[test]
    fn examples_of_rfc_7541() {
        let huffman = Huffman::new();
        for (code, text) in [
            ("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"),
            ("a8eb10649cbf", "no-cache"),
            ("25a849e95ba97d7f", "custom-key"),
            ("6402", "302"),
            ("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"),
            ("9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"),
        ] {
            assert_eq!(huffman.decode(&hex(code)).as_deref(), Some(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn padding_is_ones_and_less_than_a_byte() {
        let huffman = Huffman::new();
        assert_eq!(huffman.decode(&hex("07")).as_deref(), Some(&b"0"[..]));
        assert_eq!(huffman.decode(&hex("00")), None, "zeros");
        assert_eq!(huffman.decode(&hex("07ff")), None, "a whole byte");
        assert_eq!(huffman.decode(&hex("fffffffc")), None, "the end of string itself");
    }
}
