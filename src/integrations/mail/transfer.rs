//! How the content of a part travelled, undone leniently: mail that was cut, padded wrongly or written on by a gateway
//! still gives what is left of it. RFC 2045 6.8: characters outside the alphabet are ignored, not refused.

use mailparse::body::Body;
use mailparse::{MailHeaderMap, ParsedMail};

/// The content of a part as far as it can be read; what bears no known encoding is taken as it is.
pub fn decoded(part: &ParsedMail) -> Vec<u8> {
    let raw = match part.get_body_encoded() {
        Body::Base64(body) | Body::QuotedPrintable(body) => body.get_raw(),
        Body::SevenBit(body) | Body::EightBit(body) => body.get_raw(),
        Body::Binary(body) => body.get_raw(),
    };
    let encoding = part.headers.get_first_value("Content-Transfer-Encoding").unwrap_or_default();
    // «base64 », «Base64; charset=…», «"base64"»: the word alone counts.
    let word: String = encoding
        .trim()
        .trim_matches('"')
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    match word.to_ascii_lowercase().as_str() {
        "base64" => base64(raw),
        "quoted-printable" => part.get_body_raw().unwrap_or_else(|_| raw.to_vec()),
        _ => raw.to_vec(),
    }
}

/// Base64 up to its padding, its first line that is text, or its end; foreign characters are passed over.
fn base64(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut has_begun = false;
    'lines: for line in raw.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.is_empty() {
            // Behind an empty line stands what somebody added: a footer, a list's signature.
            if has_begun {
                break;
            }
            continue;
        }
        // A footer without an empty line before it has spaces between its words.
        if has_begun && line.iter().filter(|byte| **byte == b' ').count() > 1 {
            break;
        }
        for byte in line {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => break 'lines,
                _ => continue,
            };
            has_begun = true;
            held = (held << 6) | u32::from(value);
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                bytes.push((held >> bits) as u8);
                held &= (1 << bits) - 1;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(encoding: &str, body: &str) -> Vec<u8> {
        let raw = format!("Content-Transfer-Encoding: {encoding}\r\n\r\n{body}");
        decoded(&mailparse::parse_mail(raw.as_bytes()).expect("a part"))
    }

    #[test]
    fn damaged_base64_gives_what_is_left_of_it() {
        for (encoding, body) in [
            ("base64", "c291bmQgb2YgYSB2b2ljZQ=="),
            ("base64 ", "c291bmQgb2YgYSB2b2ljZQ=="),
            ("BASE64", "c291bmQgb2YgYSB2b2ljZQ"),
            ("base64", "c291bmQg\r\nb2Yg!YSB2*b2ljZQ=="),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ==\r\n-- \r\nsent by a list\r\n"),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ\r\n\r\nScanned and clean\r\n"),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ\r\nScanned by our gateway today\r\n"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&read(encoding, body)),
                "sound of a voice",
                "{encoding} {body}"
            );
        }
        assert_eq!(
            read("base64", "c291bmQgb2YgYSB2b2lj"),
            b"sound of a voic",
            "what was cut off is missing, no more"
        );
        assert_eq!(read("8bit", "as it is"), b"as it is");
    }
}
