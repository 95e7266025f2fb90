//! A letter, read: who sent it, and the sounds it holds. Pure. Names of attachments come in every spelling there is
//! (RFC 2047, RFC 2231, bare 8-bit); what a part is, its bytes decide and not what it is called. Letters in letters
//! (message/rfc822) and archives are looked into. What calls itself a sound and is none we know is named, never passed over.

use mailparse::{DispositionType, MailHeaderMap, ParsedMail};

use super::archive::{self, Inside};
use super::transfer;
use crate::platform::secret::to_hex;
use crate::platform::sound;

/// Parts within parts, and letters within letters, are followed so deep.
const DEPTH: usize = 12;
/// Sounds of one letter that are taken.
const MOST: usize = 200;
/// What the archives of one letter may unpack to, all together.
const UNPACKED: u64 = 80 * 1024 * 1024;
/// Lines that may begin or end a part. The parser needs a quarter of a kilobyte for each part, empty ones included.
const MOST_BOUNDARIES: usize = 2_000;
/// Bytes of a letter's own header.
const LONGEST_HEADER: usize = 512 * 1024;
/// Endings by which a file calls itself a sound, or something a sound may be in.
const SOUNDLIKE: [&str; 13] = [
    ".mp3",
    ".wav",
    ".m4a",
    ".mp4",
    ".aac",
    ".ogg",
    ".oga",
    ".opus",
    ".amr",
    ".gsm",
    ".wma",
    ".zip",
    "winmail.dat",
];

/// What a letter holds.
#[derive(Clone, Debug)]
pub struct Letter {
    /// A hash of who wrote it, what about, when, and of everything below its header: the same letter again has the
    /// same, whatever servers wrote on its envelope; two letters that bear one `Message-ID` have not.
    pub key: String,
    /// Bare address of the sender, lower case; empty when it cannot be read.
    pub sender: String,
    /// Decoded.
    pub subject: String,
    /// Its sounds.
    pub sounds: Vec<Attached>,
    /// Names of parts that call themselves sounds and are none we know; sorted as they stand.
    pub unknown: Vec<String>,
}

/// A sound in a letter.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Decoded name; may be empty.
    pub name: String,
    /// Decoded content.
    pub bytes: Vec<u8>,
}

/// Reads a letter, or its header alone.
///
/// # Errors
/// In Russian, when it cannot be read as a letter, or is built to break its reader.
pub fn read(raw: &[u8]) -> Result<Letter, String> {
    bounded(raw)?;
    let parsed = mailparse::parse_mail(raw).map_err(|_| "письмо не читается".to_owned())?;
    let header = |name: &str| parsed.headers.get_first_value(name).unwrap_or_default();
    let mut found = Found { room: UNPACKED, ..Found::default() };
    collect(&parsed, 0, &mut found);
    Ok(Letter {
        key: key(&parsed, raw),
        sender: sender(&parsed),
        subject: readable(&header("Subject")),
        sounds: found.sounds,
        unknown: found.unknown,
    })
}

/// Counted before anything is parsed: twenty megabytes of empty parts are a gigabyte of parsed ones.
fn bounded(raw: &[u8]) -> Result<(), String> {
    let header = raw.windows(2).position(|two| two == b"\n\n");
    let header = raw
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(header, |at| Some(header.map_or(at, |h| h.min(at))));
    if header.unwrap_or(raw.len()) > LONGEST_HEADER {
        return Err("заголовок письма слишком длинный".to_owned());
    }
    let boundaries = raw.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"--")).count();
    if boundaries > MOST_BOUNDARIES {
        return Err(format!("в письме больше {MOST_BOUNDARIES} частей"));
    }
    Ok(())
}

fn key(parsed: &ParsedMail, raw: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for name in ["From", "Subject", "Date", "Message-ID"] {
        hash.update(parsed.headers.get_first_header(name).map_or(&b""[..], |header| header.get_value_raw()));
        hash.update(b"\0");
    }
    let header = parsed.get_headers().get_raw_bytes().len();
    hash.update(raw.get(header..).unwrap_or_default());
    to_hex(&hash.finalize())
}

/// The address alone of «Mango <robot@mangotele.com>»: taken from the header as it is built, before its encoded words
/// are read, so that a name that looks like an address is still a name. Empty unless there is exactly one.
fn sender(parsed: &ParsedMail) -> String {
    let Some(header) = parsed.headers.get_first_header("From") else { return String::new() };
    let list = mailparse::addrparse_header(header).ok();
    let single = list.and_then(|list| list.extract_single_info());
    single.map(|single| readable(&single.addr.trim().to_lowercase())).unwrap_or_default()
}

fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[derive(Default)]
struct Found {
    sounds: Vec<Attached>,
    unknown: Vec<String>,
    /// Bytes that archives may still unpack to.
    room: u64,
}

impl Found {
    /// Takes what is a sound by its bytes, and names what only calls itself one.
    fn take(&mut self, name: String, kind: &str, bytes: Vec<u8>) {
        let is_sound = sound::sniff(&bytes).is_some();
        if is_sound && self.sounds.len() < MOST {
            self.sounds.push(Attached { name, bytes });
        } else if is_sound || is_soundlike(&name, kind) {
            self.unknown.push(or_kind(name, kind));
        }
    }

    /// Looks into an archive; one that cannot be opened or holds no sound is named itself.
    fn unpack(&mut self, name: String, kind: &str, archive: &[u8]) {
        let before = self.sounds.len() + self.unknown.len();
        for (inner, inside) in archive::files(archive, &mut self.room).unwrap_or_default() {
            let inner = readable(inner.rsplit(['/', '\\']).next().unwrap_or_default());
            match inside {
                Inside::Bytes(bytes) => self.take(inner, "", bytes),
                Inside::Closed if is_soundlike(&inner, "") => self.unknown.push(inner),
                Inside::Closed => {}
            }
        }
        if self.sounds.len() + self.unknown.len() == before {
            self.unknown.push(or_kind(name, kind));
        }
    }
}

fn collect(part: &ParsedMail, depth: usize, found: &mut Found) {
    if depth > DEPTH {
        return;
    }
    for inner in &part.subparts {
        collect(inner, depth + 1, found);
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
    let bytes = transfer::decoded(part);
    if kind == "message/rfc822" || kind == "message/global" {
        match bounded(&bytes).ok().and_then(|()| mailparse::parse_mail(&bytes).ok()) {
            Some(forwarded) => collect(&forwarded, depth + 1, found),
            None => found.unknown.push(or_kind(name, &kind)),
        }
    } else if archive::is_one(&bytes) && is_soundlike(&name, &kind) {
        found.unpack(name, &kind, &bytes);
    } else {
        found.take(name, &kind, bytes);
    }
}

fn is_soundlike(name: &str, kind: &str) -> bool {
    let name = name.to_lowercase();
    kind.starts_with("audio/")
        || matches!(
            kind,
            "application/ogg" | "application/zip" | "application/x-zip-compressed" | "application/ms-tnef"
        )
        || SOUNDLIKE.iter().any(|ending| name.ends_with(ending))
}

fn or_kind(name: String, kind: &str) -> String {
    if name.is_empty() { kind.to_owned() } else { name }
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
        read(&raw_with(header)).expect("a letter")
    }

    fn raw_with(header: &str) -> Vec<u8> {
        format!(
            "From: =?utf-8?B?0JzQsNC90LPQvg==?= <Auto-Mailer@MangoTele.com>\r\nSubject: =?koi8-r?B?+sHQydPY?=\r\nDate: Mon, 23 Nov 2026 14:05:00 +0300\r\n\
             Message-ID: <1@mango>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nЗапись\r\n\
             --b\r\nContent-Type: application/pdf; name=x.pdf\r\n\r\n%PDF-1.4\r\n--b\r\nContent-Type: application/octet-stream\r\n\
             Content-Transfer-Encoding: base64\r\n{header}\r\n\r\n{}\r\n--b--\r\n",
            base64(VOICE)
        )
        .into_bytes()
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
        assert_eq!(letter.sender, "auto-mailer@mangotele.com");
        assert_eq!((letter.subject.as_str(), letter.key.len()), ("Запись", 64));
    }

    #[test]
    fn a_letter_is_known_by_its_content_and_not_by_its_message_id() {
        let with = |envelope: &str, text: &str| {
            let raw = format!("{envelope}From: a@b\r\nMessage-ID: <1@x>\r\n\r\n{text}");
            read(raw.as_bytes()).expect("a letter").key
        };
        assert_eq!(with("", "one"), with("Received: by another server\r\n", "one"));
        assert_ne!(with("", "one"), with("", "another under the same name"));
    }

    #[test]
    fn a_name_that_looks_like_an_address_is_no_sender() {
        for (from, sender) in [
            ("=?utf-8?q?robot=40mangotele=2Ecom=2C?= <evil@example.com>", "evil@example.com"),
            ("\"robot@mangotele.com\" <evil@example.com>", "evil@example.com"),
            ("robot@mangotele.com, evil@example.com", ""),
            ("=?utf-8?q?robot=40mangotele=2Ecom?=", "=?utf-8?q?robot=40mangotele=2ecom?="),
        ] {
            let letter = read(format!("From: {from}\r\n\r\n").as_bytes()).expect("a letter");
            assert!(letter.sender == sender || letter.sender.is_empty(), "{from}: {}", letter.sender);
        }
    }

    #[test]
    fn a_forwarded_letter_is_looked_into() {
        let inner = String::from_utf8_lossy(&raw_with("Content-Disposition: attachment; filename=\"x.mp3\""))
            .into_owned();
        let raw = format!(
            "From: a@b\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--outer--\r\n"
        );
        let letter = read(raw.as_bytes()).expect("a letter");
        assert_eq!(letter.sounds.iter().map(|sound| sound.name.as_str()).collect::<Vec<_>>(), ["x.mp3"]);
    }

    #[test]
    fn what_calls_itself_a_sound_and_is_none_we_know_is_named() {
        for (header, name) in [
            ("Content-Type: audio/ogg; name=\"a.ogg\"", "a.ogg"),
            ("Content-Type: application/octet-stream; name=\"b.amr\"", "b.amr"),
            ("Content-Type: application/ms-tnef; name=\"winmail.dat\"", "winmail.dat"),
            ("Content-Type: audio/mpeg", "audio/mpeg"),
        ] {
            let raw = format!("From: a@b\r\n{header}\r\n\r\nnothing we know");
            assert_eq!(read(raw.as_bytes()).expect("a letter").unknown, [name]);
        }
        let page =
            read(b"From: a@b\r\nContent-Type: application/pdf; name=x.pdf\r\n\r\n%PDF").expect("a letter");
        assert!(page.unknown.is_empty() && page.sounds.is_empty());
    }

    /// A letter with one attached file.
    fn with_file(kind: &str, name: &str, bytes: &[u8]) -> Letter {
        let raw = format!(
            "From: a@b\r\nContent-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            base64(bytes)
        );
        read(raw.as_bytes()).expect("a letter")
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        use std::io::Write;
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
            zip.write_all(bytes).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    }

    #[test]
    fn an_archive_is_looked_into_within_bounds() {
        let inner = archive(&[("deep.mp3", VOICE)]);
        let day = [
            ("2026-11-23/one.mp3", VOICE),
            ("two.mp3", VOICE),
            ("list.txt", b"one, two"),
            ("three.wma", b"nothing we know"),
            ("more.zip", &inner),
        ];
        let letter = with_file("application/zip", "2026-11-23.zip", &archive(&day));
        let names: Vec<&str> = letter.sounds.iter().map(|sound| sound.name.as_str()).collect();
        assert_eq!(names, ["one.mp3", "two.mp3"]);
        assert!(letter.sounds.iter().all(|sound| sound.bytes == VOICE));
        assert_eq!(letter.unknown, ["three.wma", "more.zip"], "told, not passed over");

        let broken = with_file("application/octet-stream", "day.zip", b"PK\x03\x04 and nothing more");
        assert_eq!(broken.unknown, ["day.zip"]);
        let none = with_file("application/zip", "act.zip", &archive(&[("act.pdf", b"%PDF-1.4")]));
        assert_eq!(none.unknown, ["act.zip"]);
        let text = with_file("application/msword", "act.docx", &archive(&[("word/a.mp3", VOICE)]));
        assert!(text.sounds.is_empty() && text.unknown.is_empty(), "a document is no archive of sounds");
    }

    #[test]
    fn a_letter_built_to_break_its_reader_is_refused_before_it_is_parsed() {
        let parts = "--b\r\n\r\n".repeat(MOST_BOUNDARIES + 1);
        let raw = format!("From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}");
        assert!(read(raw.as_bytes()).expect_err("too many parts").contains("частей"));
        let long = format!("From: a@b\r\nX: {}\r\n\r\n", "y".repeat(LONGEST_HEADER));
        assert!(read(long.as_bytes()).expect_err("a long header").contains("заголовок"));
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
