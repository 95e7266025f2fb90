//! A letter, read: who sent it, and the sounds it holds. Names of attachments come in every spelling there is (RFC 2047,
//! RFC 2231, bare 8-bit); what a part is, its bytes decide and not what it is called. Letters in letters
//! (message/rfc822), archives and winmail.dat are looked into. What calls itself a sound and is none we know is named,
//! never passed over. The letter stays on the disk, and so do its sounds.

use std::io;

use mailparse::{MailHeader, MailHeaderMap};

use super::archive::{self, Inside};
use super::spool::{Piece, Spool};
pub use super::structure::ReadError;
use super::structure::{self, DEPTH, LONGEST_HEADER, Part, Structure, readable};
use super::{tnef, transfer};
use crate::platform::secret::to_hex;
use crate::platform::sound::{self, SNIFFED_BYTES};

/// Sounds of one letter that are taken.
const MOST: usize = 200;
/// What the archives of one letter may unpack to, all together.
const UNPACKED: u64 = 80 * 1024 * 1024;
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

/// What a letter says of itself.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// A hash of who wrote it, what about, when, and of everything below its header: the same letter again has the
    /// same, whatever servers wrote on its envelope; two letters that bear one `Message-ID` have not.
    pub key: String,
    /// Bare address of the sender, lower case; empty when it cannot be read.
    pub sender: String,
    /// Decoded.
    pub subject: String,
}

/// What a letter holds.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it says of itself.
    pub head: Head,
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
    pub content: Piece,
}

/// Reads a letter; what of it is decoded or unpacked is written to `spool`.
///
/// # Errors
/// When it cannot be read as a letter, or is built to break its reader; when the disk fails.
pub fn read(raw: &Piece, spool: &mut Spool) -> Result<Letter, ReadError> {
    let mut found = Found { sounds: Vec::new(), unknown: Vec::new(), room: UNPACKED, parts: 0, spool };
    let Structure { header, below, parts } = structure::read(raw, &mut found.parts)?;
    for part in parts {
        found.part(part, 0)?;
    }
    let Found { sounds, unknown, .. } = found;
    Ok(Letter { head: head_of(&header, &below)?, sounds, unknown })
}

/// What a header says; nothing when it cannot be read.
pub fn head(header: &[u8]) -> Head {
    let is_short = header.len() <= LONGEST_HEADER;
    let headers = is_short.then(|| mailparse::parse_headers(header).ok()).flatten();
    headers.map(|(headers, _)| said(&headers)).unwrap_or_default()
}

fn head_of(header: &[u8], below: &Piece) -> Result<Head, ReadError> {
    use sha2::{Digest, Sha256};
    let unreadable = |_| ReadError::Refused("письмо не читается".to_owned());
    let (headers, _) = mailparse::parse_headers(header).map_err(unreadable)?;
    let mut hash = Sha256::new();
    for name in ["From", "Subject", "Date", "Message-ID"] {
        hash.update(headers.get_first_header(name).map_or(&b""[..], |header| header.get_value_raw()));
        hash.update(b"\0");
    }
    for chunk in below.clone().chunks() {
        hash.update(chunk?);
    }
    Ok(Head { key: to_hex(&hash.finalize()), ..said(&headers) })
}

fn said(headers: &[MailHeader]) -> Head {
    Head {
        key: String::new(),
        sender: sender(headers),
        subject: readable(&headers.get_first_value("Subject").unwrap_or_default()),
    }
}

/// The address alone of «Mango <robot@mangotele.com>»: taken from the header as it is built, before its encoded words
/// are read, so that a name that looks like an address is still a name. Empty unless there is exactly one.
fn sender(headers: &[MailHeader]) -> String {
    let Some(header) = headers.get_first_header("From") else { return String::new() };
    let list = mailparse::addrparse_header(header).ok();
    let single = list.and_then(|list| list.extract_single_info());
    single.map(|single| readable(&single.addr.trim().to_lowercase())).unwrap_or_default()
}

struct Found<'a> {
    sounds: Vec<Attached>,
    unknown: Vec<String>,
    /// Bytes that archives may still unpack to.
    room: u64,
    /// Parts so far.
    parts: usize,
    spool: &'a mut Spool,
}

impl Found<'_> {
    /// Looks into a part of a letter that lies `depth` letters deep.
    fn part(&mut self, part: Part, depth: usize) -> Result<(), ReadError> {
        let Part { kind, name, encoding, body, is_broken } = part;
        if is_broken {
            self.unknown.push(or_kind(name, &kind));
            return Ok(());
        }
        // Text without a name is what the letter says.
        if kind.starts_with("text/") && name.is_empty() {
            return Ok(());
        }
        let content = transfer::decoded(&body, &encoding, self.spool)?;
        if kind == "message/rfc822" || kind == "message/global" {
            self.letter(name, &kind, &content, depth + 1)
        } else {
            Ok(self.file(name, &kind, content)?)
        }
    }

    /// Looks into a letter within; one that cannot be read is named.
    fn letter(&mut self, name: String, kind: &str, content: &Piece, depth: usize) -> Result<(), ReadError> {
        let inner = if depth > DEPTH { None } else { Some(structure::read(content, &mut self.parts)) };
        match inner {
            Some(Ok(inner)) => inner.parts.into_iter().try_for_each(|part| self.part(part, depth)),
            Some(Err(ReadError::Disk(error))) => Err(error.into()),
            Some(Err(ReadError::Refused(_))) | None => {
                self.unknown.push(or_kind(name, kind));
                Ok(())
            }
        }
    }

    /// Takes a file, or what is in it.
    fn file(&mut self, name: String, kind: &str, content: Piece) -> io::Result<()> {
        if !tnef::is_one(&content.head(4)?) {
            return self.file_or_archive(name, kind, content);
        }
        let before = self.count();
        let found = tnef::files(&content)?;
        for (inner, content) in found.files {
            self.file_or_archive(last_of_path(&inner), "", content)?;
        }
        if found.is_broken || self.count() == before {
            self.unknown.push(or_kind(name, kind));
        }
        Ok(())
    }

    fn file_or_archive(&mut self, name: String, kind: &str, content: Piece) -> io::Result<()> {
        if archive::is_one(&content.head(4)?) && is_soundlike(&name, kind) {
            self.unpack(name, kind, &content)
        } else {
            self.take(name, kind, content)
        }
    }

    /// Takes what is a sound by its bytes, and names what only calls itself one.
    fn take(&mut self, name: String, kind: &str, content: Piece) -> io::Result<()> {
        let is_sound = sound::sniff(&content.head(SNIFFED_BYTES)?).is_some();
        if is_sound && self.sounds.len() < MOST {
            self.sounds.push(Attached { name, content });
        } else if is_sound || is_soundlike(&name, kind) {
            self.unknown.push(or_kind(name, kind));
        }
        Ok(())
    }

    /// Looks into an archive; one that cannot be opened or holds no sound is named itself.
    fn unpack(&mut self, name: String, kind: &str, archive: &Piece) -> io::Result<()> {
        let before = self.count();
        for (inner, inside) in archive::files(archive, self.spool, &mut self.room)?.unwrap_or_default() {
            let inner = last_of_path(&inner);
            match inside {
                Inside::Open(content) => self.take(inner, "", content)?,
                Inside::Closed if is_soundlike(&inner, "") => self.unknown.push(inner),
                Inside::Closed => {}
            }
        }
        if self.count() == before {
            self.unknown.push(or_kind(name, kind));
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.sounds.len() + self.unknown.len()
    }
}

fn last_of_path(name: &str) -> String {
    readable(name.rsplit(['/', '\\']).next().unwrap_or_default())
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

/// What a part is called in words: by its name, else by its type.
fn or_kind(name: String, kind: &str) -> String {
    match (name.is_empty(), kind.is_empty()) {
        (false, _) => name,
        (true, false) => readable(kind),
        (true, true) => "часть, которая не читается".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spool::tests::{bytes_of, spool_of};
    use super::super::structure::MOST_PARTS;
    use super::super::tnef::tests::winmail;
    use super::*;

    fn read(raw: &[u8]) -> Result<Letter, String> {
        let mut spool = spool_of(raw);
        let raw = spool.since(0);
        super::read(&raw, &mut spool).map_err(|error| match error {
            ReadError::Refused(words) => words,
            ReadError::Disk(error) => panic!("{error}"),
        })
    }

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
            assert_eq!(bytes_of(&letter.sounds[0].content), VOICE, "{header}");
        }
    }

    #[test]
    fn sender_subject_date_and_key_are_read() {
        let letter = with_name("X-None: 1");
        assert_eq!(letter.head.sender, "auto-mailer@mangotele.com");
        assert_eq!((letter.head.subject.as_str(), letter.head.key.len()), ("Запись", 64));
    }

    #[test]
    fn a_letter_is_known_by_its_content_and_not_by_its_message_id() {
        let with = |envelope: &str, text: &str| {
            let raw = format!("{envelope}From: a@b\r\nMessage-ID: <1@x>\r\n\r\n{text}");
            read(raw.as_bytes()).expect("a letter").head.key
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
            let read = letter.head.sender;
            assert!(read == sender || read.is_empty(), "{from}: {read}");
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
        assert!(letter.sounds.iter().all(|sound| bytes_of(&sound.content) == VOICE));
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
        let parts = "--b\r\n\r\n".repeat(MOST_PARTS + 1);
        let raw = format!("From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}");
        assert!(read(raw.as_bytes()).expect_err("too many parts").contains("частей"));
        let long = format!("From: a@b\r\nX: {}\r\n\r\n", "y".repeat(LONGEST_HEADER));
        assert!(read(long.as_bytes()).expect_err("a long header").contains("заголовок"));
        let inner: String = (0..=DEPTH)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
            .collect();
        assert!(read(inner.as_bytes()).expect_err("a deep letter").contains("глубоко"));
        let letters = "Content-Type: message/rfc822\r\n\r\n".repeat(DEPTH + 2);
        assert_eq!(read(letters.as_bytes()).expect("a letter").unknown, ["message/rfc822"]);
    }

    #[test]
    fn a_letter_that_is_built_carelessly_gives_its_sounds_all_the_same() {
        let sound = base64(VOICE);
        let part = format!(
            "Content-Type: audio/mpeg; name=x.mp3\r\nContent-Transfer-Encoding: base64\r\n\r\n{sound}"
        );
        for raw in [
            // No last boundary, a boundary with spaces behind it, one that begins another.
            format!("Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--a b  \r\n{part}"),
            format!(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b2\r\n\r\n--b2\r\n{part}\r\n--b2--\r\n--b--\r\n"
            ),
            // Lines that end with LF alone.
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{part}\r\n--b--\r\n")
                .replace("\r\n", "\n"),
            // The inner boundary is never closed.
            format!(
                "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n{part}\r\n--o\r\n\r\nbye\r\n--o--\r\n"
            ),
            // A digest: its parts are letters without saying so.
            format!("Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\n{part}\r\n--d--\r\n"),
        ] {
            let letter = read(raw.as_bytes()).expect("a letter");
            assert_eq!(letter.sounds.len(), 1, "{}", &raw[..200]);
            assert_eq!(bytes_of(&letter.sounds[0].content), VOICE);
        }
        let torn = "Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: audio/mpeg\r\n\r\nsound";
        assert_eq!(read(torn.as_bytes()).expect("a letter").unknown, ["multipart/mixed"]);
    }

    #[test]
    fn what_a_part_holds_ends_before_the_line_of_its_boundary() {
        let binary = [b"RIFF\x04\0\0\0WAVE".as_slice(), &[0x0d, 0x0a, 0x80, 0x0d, 0x0a]].concat();
        let head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: audio/wav\r\nContent-Transfer-Encoding: binary\r\n\r\n";
        let raw = [head.as_slice(), &binary, b"\r\n--b--\r\n"].concat();
        let letter = read(&raw).expect("a letter");
        assert_eq!(bytes_of(&letter.sounds[0].content), binary);
    }

    #[test]
    fn what_outlook_has_wrapped_is_unwrapped() {
        let day = archive(&[("zipped.mp3", VOICE)]);
        let file =
            winmail(&[("one.mp3", VOICE), ("note.txt", b"hello"), ("day.zip", &day), ("three.wma", b"?")]);
        let letter = with_file("application/ms-tnef", "winmail.dat", &file);
        let names: Vec<&str> = letter.sounds.iter().map(|sound| sound.name.as_str()).collect();
        assert_eq!((names, letter.unknown), (vec!["one.mp3", "zipped.mp3"], vec!["three.wma".to_owned()]));
        assert_eq!(bytes_of(&letter.sounds[0].content), VOICE);
        let cut = with_file("application/octet-stream", "winmail.dat", &file[..file.len() - 20]);
        assert_eq!((cut.sounds.len(), cut.unknown.last().map(String::as_str)), (2, Some("winmail.dat")));
        let text = with_file("application/ms-tnef", "winmail.dat", &winmail(&[("note.txt", b"hello")]));
        assert_eq!(text.unknown, ["winmail.dat"], "told, not passed over");
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
