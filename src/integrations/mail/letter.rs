//! A letter, read: who sent it, and the sounds it holds. Pure. Names of attachments come in every spelling there is
//! (RFC 2047, RFC 2231, bare 8-bit); what a part is, its bytes decide and not what it is called.

use mailparse::{DispositionType, MailHeaderMap, ParsedMail};

use crate::platform::secret::to_hex;
use crate::platform::sound;

/// Parts within parts are followed so deep.
const DEPTH: usize = 12;
/// Sounds of one letter that are taken.
const MOST: usize = 50;

/// What a letter holds.
#[derive(Clone, Debug)]
pub struct Letter {
    /// `Message-ID`, or a hash of the letter.
    pub key: String,
    /// Bare address of the sender, lower case; empty when it cannot be read.
    pub sender: String,
    /// Decoded.
    pub subject: String,
    /// Unix seconds of `Date`, as far as readable.
    pub sent_at: Option<i64>,
    /// Its sounds.
    pub sounds: Vec<Attached>,
}

/// A sound in a letter.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Decoded name; may be empty.
    pub name: String,
    /// Decoded content.
    pub bytes: Vec<u8>,
}

/// Reads a letter.
///
/// # Errors
/// In Russian, when it cannot be read as a letter.
pub fn read(raw: &[u8]) -> Result<Letter, String> {
    let parsed = mailparse::parse_mail(raw).map_err(|_| "письмо не читается".to_owned())?;
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
    let mut sounds = Vec::new();
    collect(&parsed, 0, &mut sounds);
    let id = header("Message-ID").trim().to_owned();
    Ok(Letter {
        key: if id.is_empty() || id.len() > 500 { hash(raw) } else { id },
        sender: address(&header("From")),
        subject: readable(&header("Subject")),
        sent_at: mailparse::dateparse(&header("Date")).ok().filter(|at| *at > 0),
        sounds,
    })
}

fn hash(raw: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    to_hex(&Sha256::digest(raw))
}

/// The address alone of «Mango <robot@mangotele.com>».
fn address(from: &str) -> String {
    let parsed = mailparse::addrparse(from).ok().and_then(|list| list.extract_single_info());
    let address = parsed.map_or_else(|| from.trim_matches(['<', '>', ' ']).to_owned(), |single| single.addr);
    readable(&address.to_lowercase())
}

fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

fn collect(part: &ParsedMail, depth: usize, sounds: &mut Vec<Attached>) {
    if depth > DEPTH || sounds.len() >= MOST {
        return;
    }
    for inner in &part.subparts {
        collect(inner, depth + 1, sounds);
    }
    let kind = part.ctype.mimetype.to_lowercase();
    if !part.subparts.is_empty() || kind.starts_with("multipart/") {
        return;
    }
    let name = name_of(part);
    // Text without a name is what the letter says.
    if kind.starts_with("text/") && name.is_empty() {
        return;
    }
    let Ok(bytes) = part.get_body_raw() else { return };
    if sound::sniff(&bytes).is_some() {
        sounds.push(Attached { name, bytes });
    }
}

/// The name by which the part wants to be saved.
fn name_of(part: &ParsedMail) -> String {
    let disposition = part.get_content_disposition();
    let of_disposition = disposition.params.get("filename");
    let name = of_disposition.or_else(|| part.ctype.params.get("name")).cloned().unwrap_or_default();
    let is_plain = disposition.disposition == DispositionType::Inline && name.is_empty();
    if is_plain { String::new() } else { readable(&decoded(&name)) }
}

/// A parameter that was written as an encoded word, which it must not be and often is.
fn decoded(name: &str) -> String {
    if !name.contains("=?") {
        return name.to_owned();
    }
    let header = format!("X: {name}\r\n");
    mailparse::parse_header(header.as_bytes())
        .map_or_else(|_| name.to_owned(), |(parsed, _)| parsed.get_value())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VOICE: &[u8] = include_bytes!("../../../tests/data/recordings/voice-8k.mp3");

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let n = chunk.iter().fold(0_u32, |n, b| (n << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
            for i in 0..4 {
                let letter = LETTERS[((n >> (18 - 6 * i)) & 63) as usize] as char;
                text.push(if i <= chunk.len() { letter } else { '=' });
            }
        }
        text.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect()
    }

    fn with_name(header: &str) -> Letter {
        let raw = format!(
            "From: =?utf-8?B?0JzQsNC90LPQvg==?= <Auto-Mailer@MangoTele.com>\r\nSubject: =?koi8-r?B?+sHQydPY?=\r\nDate: Mon, 23 Nov 2026 14:05:00 +0300\r\n\
             Message-ID: <1@mango>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nЗапись\r\n\
             --b\r\nContent-Type: application/pdf; name=x.pdf\r\n\r\n%PDF-1.4\r\n--b\r\nContent-Type: application/octet-stream\r\n\
             Content-Transfer-Encoding: base64\r\n{header}\r\n\r\n{}\r\n--b--\r\n",
            base64(VOICE)
        );
        read(raw.as_bytes()).expect("a letter")
    }

    #[test]
    fn a_name_is_read_in_every_spelling() {
        let plain = "2026-11-23__14-05-00__79001234567__101.mp3";
        for (header, name) in [
            (format!("Content-Disposition: attachment; filename=\"{plain}\""), plain),
            ("Content-Disposition: attachment; filename*=UTF-8''%D0%B7%D0%B0%D0%BF%D0%B8%D1%81%D1%8C.mp3".to_owned(), "запись.mp3"),
            ("Content-Disposition: attachment; filename*0*=UTF-8''%D0%B7%D0%B0%D0%BF; filename*1*=%D0%B8%D1%81%D1%8C.mp3".to_owned(), "запись.mp3"),
            ("Content-Disposition: attachment; filename=\"=?utf-8?B?0LfQsNC/0LjRgdGMLm1wMw==?=\"".to_owned(), "запись.mp3"),
            ("Content-Disposition: attachment; filename=\"запись.mp3\"".to_owned(), "запись.mp3"),
        ] {
            let letter = with_name(&header);
            assert_eq!(letter.sounds.len(), 1, "{header}");
            assert_eq!(letter.sounds[0].name, name, "{header}");
            assert_eq!(letter.sounds[0].bytes, VOICE, "{header}");
        }
    }

    #[test]
    fn sender_subject_date_and_key_are_read() {
        let letter = with_name("X-None: 1");
        assert_eq!((letter.sender.as_str(), letter.key.as_str()), ("auto-mailer@mangotele.com", "<1@mango>"));
        assert_eq!((letter.subject.as_str(), letter.sent_at), ("Запись", Some(1_795_431_900)));
        let bare = read(b"From: a@b\r\n\r\ntext").expect("a letter");
        assert_eq!(bare.key.len(), 64, "without a name of its own it is known by its content");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn no_bytes_break_the_reader(raw in prop::collection::vec(any::<u8>(), 0..4000)) {
            let _ = read(&raw);
        }

        #[test]
        fn no_structure_breaks_the_reader(parts in prop::collection::vec("(--b(--)?|Content-Type: (multipart/mixed; boundary=b|audio/mpeg; name=\"\\PC{0,20}\")|Content-Transfer-Encoding: base64|\\PC{0,60})?\r?\n", 0..60)) {
            let raw = format!("From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}", parts.concat());
            let _ = read(raw.as_bytes());
        }
    }
}
