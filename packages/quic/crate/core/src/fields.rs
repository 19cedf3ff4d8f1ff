//! Header fields on the wire (QPACK, RFC 9204) without a dynamic table, which our SETTINGS forbid the peer too.

use crate::huffman::Huffman;
use crate::static_table::STATIC;

pub(crate) type Fields = Vec<(String, String)>;

/// Longest string that is taken, and the most fields.
const MAX_STRING: usize = 16 << 10;
const MAX_FIELDS: usize = 128;

/// The fields of a HEADERS frame's payload; `None` for what cannot be read.
pub(crate) fn decode(mut bytes: &[u8], huffman: &Huffman) -> Option<Fields> {
    let (_, required) = integer(&mut bytes, 8)?;
    integer(&mut bytes, 7)?;
    if required != 0 {
        return None;
    }
    let mut fields = Fields::new();
    while let Some(first) = bytes.first().copied() {
        fields.push(match first {
            // An indexed field, of the static table.
            0xc0.. => {
                let (_, index) = integer(&mut bytes, 6)?;
                let (name, value) = STATIC.get(index)?;
                ((*name).to_owned(), (*value).to_owned())
            }
            // A name of the static table.
            0x50..=0x5f | 0x70..=0x7f => {
                let (_, index) = integer(&mut bytes, 4)?;
                (STATIC.get(index)?.0.to_owned(), string(&mut bytes, 7, huffman)?)
            }
            // Name and value in full.
            0x20..=0x3f => (string(&mut bytes, 3, huffman)?, string(&mut bytes, 7, huffman)?),
            _ => return None,
        });
        if fields.len() > MAX_FIELDS {
            return None;
        }
    }
    Some(fields)
}

/// All fields in full, so that nobody's table matters.
pub(crate) fn encode(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![0, 0];
    for (name, value) in fields {
        put_integer(&mut out, 0x20, 3, name.len());
        out.extend_from_slice(name.as_bytes());
        put_integer(&mut out, 0x00, 7, value.len());
        out.extend_from_slice(value.as_bytes());
    }
    out
}

/// An integer with a prefix of so many bits, and the bits before it.
fn integer(bytes: &mut &[u8], bits: u32) -> Option<(u8, usize)> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    let most = (1usize << bits) - 1;
    let flags = if bits == 8 { 0 } else { first >> bits };
    let mut value = *first as usize & most;
    if value < most {
        return Some((flags, value));
    }
    for shift in (0..28).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value += (*byte as usize & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((flags, value));
        }
    }
    None
}

fn put_integer(out: &mut Vec<u8>, flags: u8, bits: u32, value: usize) {
    let most = (1usize << bits) - 1;
    if value < most {
        return out.push(flags | value as u8);
    }
    out.push(flags | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn string(bytes: &mut &[u8], bits: u32, huffman: &Huffman) -> Option<String> {
    let coded = bytes.first()? >> bits & 1 == 1;
    let (_, length) = integer(bytes, bits)?;
    if length > MAX_STRING || length > bytes.len() {
        return None;
    }
    let (text, rest) = bytes.split_at(length);
    *bytes = rest;
    let text = if coded { huffman.decode(text)? } else { text.to_vec() };
    String::from_utf8(text).ok()
}

/// The strings of a structured field's list (RFC 9651); items of other types and parameters are passed over, as WebTransport asks.
pub(crate) fn strings(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = list.trim_start_matches([' ', '\t']);
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((text, after)) = quoted_string(quoted) else {
                return Vec::new();
            };
            found.push(text);
            rest = after;
        }
        let Some(comma) = next_comma(rest) else {
            return found;
        };
        rest = rest[comma + 1..].trim_start_matches([' ', '\t']);
    }
    found
}

/// A string's text and what follows its closing quote.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((out, &text[at + 1..])),
            '\\' => out.push(characters.next().map(|(_, escaped)| escaped).filter(|escaped| matches!(escaped, '"' | '\\'))?),
            ' '..='~' => out.push(character),
            _ => return None,
        }
    }
    None
}

/// The next comma that is not inside a string, which a parameter may hold.
fn next_comma(text: &str) -> Option<usize> {
    let mut inside = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            ',' if !inside => return Some(at),
            _ => {}
        }
    }
    None
}

/// A structured field's string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let text: String = text.split_whitespace().collect();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn example_of_rfc_9204() {
        // Appendix B.1: a literal field line with a name reference.
        let fields = decode(&hex("0000 510b 2f69 6e64 6578 2e68 746d 6c"), &Huffman::new());
        assert_eq!(fields, Some(vec![(":path".into(), "/index.html".into())]));
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let long = "x".repeat(3000);
        let fields = [(":status", "200"), ("wt-protocol", "\"moq-lite-05\""), ("a-rather-long-name-of-a-header", long.as_str())];
        let expected: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(decode(&encode(&fields), &Huffman::new()), Some(expected));
    }

    #[test]
    fn indexed_fields_and_huffman() {
        // :method CONNECT (15), :scheme https (23), then :authority with a Huffman value.
        let fields = decode(&hex("0000 cf d7 50 8c f1e3c2e5f23a6ba0ab90f4ff"), &Huffman::new());
        let expected = [(":method", "CONNECT"), (":scheme", "https"), (":authority", "www.example.com")];
        assert_eq!(fields, Some(expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()));
    }

    #[test]
    fn cut_and_dynamic_fields_are_refused() {
        let whole = encode(&[("name", "value")]);
        for end in 1..whole.len() {
            let cut = decode(&whole[..end], &Huffman::new());
            assert!(end == 2 && cut == Some(Vec::new()) || cut.is_none(), "{end}");
        }
        assert_eq!(decode(&hex("0200 80"), &Huffman::new()), None, "a dynamic table");
        assert_eq!(decode(&hex("0000 80"), &Huffman::new()), None, "an entry of it");
    }

    #[test]
    fn protocols_are_a_list_of_strings() {
        assert_eq!(strings(r#""moq-lite-05", "moq-lite-04","moql""#), ["moq-lite-05", "moq-lite-04", "moql"]);
        assert_eq!(strings(r#""a";q=1, token, "b\"c";x="d,e" ,	"f""#), ["a", "b\"c", "f"]);
        assert_eq!(strings(r#""unclosed"#), Vec::<String>::new());
        assert_eq!(strings(""), Vec::<String>::new());
        assert_eq!(quoted("moq\"x\\"), r#""moq\"x\\""#);
    }
}
