//! How the content of a part travelled, undone leniently and line by line: mail that was cut, padded wrongly or written
//! on by a gateway still gives what is left of it. RFC 2045 6.8: characters outside the alphabet are ignored.

use std::io::{self, BufWriter, Write};

use super::spool::{CHUNK, Lines, Piece, Spool};

/// The content of a part as far as it can be read; what bears no known encoding is taken as it is. What is decoded is
/// written to `spool`.
pub(super) fn decoded(body: &Piece, encoding: &str, spool: &mut Spool) -> io::Result<Piece> {
    // «base64 », «Base64; charset=…», «"base64"»: the word alone counts.
    let word = encoding.trim().trim_matches('"').chars();
    let word: String = word.take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let undo = match word.to_ascii_lowercase().as_str() {
        "base64" => base64,
        "quoted-printable" => quoted_printable,
        _ => return Ok(body.clone()),
    };
    let start = spool.end();
    let mut sink = BufWriter::with_capacity(CHUNK, &mut *spool);
    undo(body.lines(), &mut sink)?;
    sink.flush()?;
    drop(sink);
    Ok(spool.since(start))
}

type Sink<'a> = BufWriter<&'a mut Spool>;

/// Base64 up to its padding, its first line that is text, or its end; foreign characters are passed over.
fn base64(mut lines: Lines, sink: &mut Sink) -> io::Result<()> {
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut has_begun = false;
    let mut bytes = Vec::new();
    while let Some(line) = lines.line()? {
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            // Behind an empty line stands what somebody added: a footer, a list's signature.
            if has_begun && line.begins {
                break;
            }
            continue;
        }
        // A footer without an empty line before it has spaces between its words.
        if has_begun && text.iter().filter(|byte| **byte == b' ').count() > 1 {
            break;
        }
        let mut is_over = false;
        for byte in text {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    is_over = true;
                    break;
                }
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
        sink.write_all(&bytes)?;
        bytes.clear();
        if is_over {
            break;
        }
    }
    Ok(())
}

/// Quoted-printable (RFC 2045 6.7); what is no escape stands for itself.
fn quoted_printable(mut lines: Lines, sink: &mut Sink) -> io::Result<()> {
    let mut text = Vec::new();
    while let Some(line) = lines.line()? {
        text.extend_from_slice(line.bytes);
        let is_whole = line.ends();
        if is_whole {
            text.truncate(text.trim_ascii_end().len());
        }
        let mut at = 0;
        let is_soft = loop {
            let rest = &text[at..];
            let Some(escape) = rest.iter().position(|byte| *byte == b'=') else {
                sink.write_all(rest)?;
                at = text.len();
                break false;
            };
            sink.write_all(&rest[..escape])?;
            at += escape;
            match text[at + 1..] {
                [] if is_whole => {
                    at = text.len();
                    break true;
                }
                // The rest of the escape comes with the next stretch of this line.
                [] | [_] if !is_whole => break false,
                [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    sink.write_all(&[(hex(high) << 4) | hex(low)])?;
                    at += 3;
                }
                _ => {
                    sink.write_all(b"=")?;
                    at += 1;
                }
            }
        };
        text.drain(..at);
        if is_whole && !is_soft {
            sink.write_all(b"\r\n")?;
        }
    }
    sink.write_all(&text)
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).map_or(0, |value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::super::spool::tests::{bytes_of, spool_of};
    use super::*;

    fn read(encoding: &str, body: &[u8]) -> Vec<u8> {
        let mut spool = spool_of(body);
        let body = spool.since(0);
        bytes_of(&decoded(&body, encoding, &mut spool).expect("decoded"))
    }

    #[test]
    fn damaged_base64_gives_what_is_left_of_it() {
        for (encoding, body) in [
            ("base64", "c291bmQgb2YgYSB2b2ljZQ=="),
            ("base64 ", "c291bmQgb2YgYSB2b2ljZQ=="),
            ("BASE64", "c291bmQgb2YgYSB2b2ljZQ"),
            ("\"base64\"; x=1", "c291bmQgb2YgYSB2b2ljZQ"),
            ("base64", "c291bmQg\r\nb2Yg!YSB2*b2ljZQ=="),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ==\r\n-- \r\nsent by a list\r\n"),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ\r\n\r\nScanned and clean\r\n"),
            ("base64", "c291bmQgb2YgYSB2b2ljZQ\r\nScanned by our gateway today\r\n"),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&read(encoding, body.as_bytes())),
                "sound of a voice",
                "{encoding} {body}"
            );
        }
        assert_eq!(
            read("base64", b"c291bmQgb2YgYSB2b2lj"),
            b"sound of a voic",
            "what was cut off is missing, no more"
        );
        assert_eq!(read("8bit", b"as it is"), b"as it is");
    }

    #[test]
    fn base64_in_one_endless_line_is_read_to_its_end() {
        let body = "QUJD".repeat(CHUNK);
        assert_eq!(read("base64", body.as_bytes()), b"ABC".repeat(CHUNK));
    }

    #[test]
    fn quoted_printable_is_undone_and_what_is_no_escape_stands_for_itself() {
        for (body, expected) in [
            (&b"a=3Db=0D=0A"[..], &b"a=b\r\n"[..]),
            (b"soft=\r\nly  \t\r\nhard", b"softly\r\nhard"),
            (b"=zz=4", b"=zz=4"),
            (b"=ff=FE=", b"\xff\xfe="),
            (b"", b""),
        ] {
            assert_eq!(read("Quoted-Printable", body), expected, "{body:?}");
        }
        // An escape that two stretches of a long line share.
        let long = [&vec![b'x'; CHUNK - 1][..], b"=41=42"].concat();
        assert!(read("quoted-printable", &long).ends_with(b"xAB"));
    }
}
