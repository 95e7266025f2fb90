//! `winmail.dat`: what Outlook makes of a letter for those it believes to be Outlook (MS-OXTNEF). Its attachments are
//! stretches of it, so nothing is copied. No length is believed before it is seen to fit.

use std::io;

use super::spool::Piece;

/// Attributes of one stream; an attachment has about seven.
const MOST_ATTRIBUTES: usize = 20_000;
/// Properties of one attachment.
const MOST_PROPERTIES: u32 = 1_000;
/// Bytes of a name that are looked at.
const LONGEST_NAME: u64 = 1_000;
/// Letters within letters are followed so deep.
const DEPTH: usize = 4;
/// 0x223E9F78, as every number here with its least byte first.
const SIGNATURE: [u8; 4] = [0x78, 0x9f, 0x3e, 0x22];

// Attributes, without the half of the number that tells their type.
const RENDERING: u16 = 0x9002;
const TITLE: u16 = 0x8010;
const DATA: u16 = 0x800f;
const PROPERTIES: u16 = 0x9005;
const CODE_PAGE: u16 = 0x9007;

// Properties of an attachment.
const CONTENT: u16 = 0x3701;
const FILE_NAME: u16 = 0x3704;
const LONG_FILE_NAME: u16 = 0x3707;

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// Names and contents, in their order.
    pub files: Vec<(String, Piece)>,
    /// It does not end where it should, or a checksum is wrong: there may have been more.
    pub is_broken: bool,
}

/// True for what begins as such a file does.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.starts_with(&SIGNATURE)
}

/// The attachments of such a file, those of letters in it included.
pub(super) fn files(stream: &Piece) -> io::Result<Found> {
    let mut found = Found::default();
    follow(stream, 0, &mut found)?;
    Ok(found)
}

/// An attachment while its attributes are read.
#[derive(Default)]
struct Attachment {
    title: String,
    long: String,
    data: Option<Piece>,
    letter: Option<Piece>,
}

fn follow(stream: &Piece, depth: usize, found: &mut Found) -> io::Result<()> {
    let mut walk = Walk { piece: stream, at: 0 };
    if walk.bytes() != Some(SIGNATURE) || walk.u16().is_none() {
        found.is_broken = true;
        return Ok(());
    }
    let mut code_page = 1251;
    let mut present = Attachment::default();
    for _ in 0..MOST_ATTRIBUTES {
        if walk.at == stream.length() {
            return end(present, depth, found);
        }
        let Some((id, content, is_right)) = attribute(&mut walk)? else { break };
        found.is_broken |= !is_right;
        match id {
            RENDERING => end(std::mem::take(&mut present), depth, found)?,
            TITLE => present.title = text(&content, code_page)?,
            DATA => present.data = Some(content),
            // Broken properties cost a name, nothing else.
            PROPERTIES => drop(properties(&content, code_page, &mut present)?),
            CODE_PAGE => code_page = content.exact(0).map_or(code_page, u32::from_le_bytes),
            _ => {}
        }
    }
    found.is_broken = true;
    end(present, depth, found)
}

/// The next attribute, and whether its checksum is right; `None` when it does not fit.
fn attribute(walk: &mut Walk) -> io::Result<Option<(u16, Piece, bool)>> {
    let read = |walk: &mut Walk| {
        let [_level] = walk.bytes()?;
        let (id, _type, length) = (walk.u16()?, walk.u16()?, walk.u32()?);
        let content = walk.take(u64::from(length))?;
        Some((id, content, walk.u16()?))
    };
    let Some((id, content, checksum)) = read(walk) else { return Ok(None) };
    let mut sum = 0_u16;
    for chunk in content.clone().chunks() {
        sum = chunk?.iter().fold(sum, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    }
    Ok(Some((id, content, sum == checksum)))
}

fn end(attachment: Attachment, depth: usize, found: &mut Found) -> io::Result<()> {
    let Attachment { title, long, data, letter } = attachment;
    if let Some(letter) = letter {
        match depth < DEPTH {
            true => follow(&letter, depth + 1, found)?,
            false => found.is_broken = true,
        }
    }
    found.files.extend(data.map(|data| (if long.is_empty() { title } else { long }, data)));
    Ok(())
}

/// The properties of an attachment: its long name, and what it holds when that is no plain attribute. `None` when they
/// break off.
fn properties(content: &Piece, code_page: u32, attachment: &mut Attachment) -> io::Result<Option<()>> {
    let mut walk = Walk { piece: content, at: 0 };
    let Some(count) = walk.u32() else { return Ok(None) };
    for _ in 0..count.min(MOST_PROPERTIES) {
        let Some((kind, id, values)) = property(&mut walk) else { return Ok(None) };
        for value in values {
            match (id, kind) {
                (LONG_FILE_NAME, 0x1e | 0x1f) => attachment.long = name(&value, kind, code_page)?,
                (FILE_NAME, 0x1e | 0x1f) if attachment.title.is_empty() => {
                    attachment.title = name(&value, kind, code_page)?;
                }
                (CONTENT, 0x102) if attachment.data.is_none() => attachment.data = Some(value),
                // Behind the name of its interface stands the letter as such a stream of its own.
                (CONTENT, 0x0d) if is_one(&value.part(16..20).head(4)?) => {
                    attachment.letter = Some(value.part(16..value.length()));
                }
                _ => {}
            }
        }
    }
    Ok(Some(()))
}

/// One property: its type, its number, and its values when these are of various lengths.
fn property(walk: &mut Walk) -> Option<(u16, u16, Vec<Piece>)> {
    const MANY: u16 = 0x1000;
    let (kind, id) = (walk.u16()?, walk.u16()?);
    if id >= 0x8000 {
        walk.take(16)?;
        if walk.u32()? == 1 {
            walk.padded()?;
        } else {
            walk.u32()?;
        }
    }
    let one = kind & !MANY;
    let width = match one {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => 4,
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
        0x48 => 16,
        0x0d | 0x1e | 0x1f | 0x102 => 0,
        _ => return None,
    };
    let count = if width == 0 || kind & MANY != 0 { walk.u32()? } else { 1 };
    if count > MOST_PROPERTIES {
        return None;
    }
    let mut values = Vec::new();
    for _ in 0..count {
        if width == 0 {
            values.push(walk.padded()?);
        } else {
            walk.take(width)?;
        }
    }
    Some((one, id, values))
}

fn name(value: &Piece, kind: u16, code_page: u32) -> io::Result<String> {
    const UNICODE: u16 = 0x1f;
    if kind != UNICODE {
        return text(value, code_page);
    }
    let bytes = value.part(0..LONGEST_NAME).head(LONGEST_NAME as usize)?;
    let units = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    Ok(String::from_utf16_lossy(&units.take_while(|unit| *unit != 0).collect::<Vec<_>>()))
}

/// A text up to its zero: UTF-8 when it is that, else in the file's code page.
fn text(value: &Piece, code_page: u32) -> io::Result<String> {
    let bytes = value.part(0..LONGEST_NAME).head(LONGEST_NAME as usize)?;
    let bytes: Vec<u8> = bytes.into_iter().take_while(|byte| *byte != 0).collect();
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| {
        let escaped: String = error.as_bytes().iter().map(|byte| format!("={byte:02X}")).collect();
        let header = format!("X: =?windows-{code_page}?Q?{escaped}?=\r\n");
        let parsed = mailparse::parse_header(header.as_bytes());
        parsed.map_or_else(|_| String::new(), |(parsed, _)| parsed.get_value())
    }))
}

/// Goes through a piece, number by number.
struct Walk<'a> {
    piece: &'a Piece,
    at: u64,
}

impl Walk<'_> {
    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.piece.exact(self.at)?;
        self.at += N as u64;
        Some(bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    /// A stretch, if it fits.
    fn take(&mut self, length: u64) -> Option<Piece> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.piece.length())?;
        let piece = self.piece.part(self.at..end);
        self.at = end;
        Some(piece)
    }

    /// A stretch behind its length, filled up to four bytes.
    fn padded(&mut self) -> Option<Piece> {
        let length = u64::from(self.u32()?);
        let piece = self.take(length)?;
        self.take((4 - length % 4) % 4)?;
        Some(piece)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::spool::tests::{bytes_of, spool_of};
    use super::*;

    fn attribute(id: u16, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![2];
        bytes.extend(id.to_le_bytes());
        bytes.extend(6_u16.to_le_bytes());
        bytes.extend(u32::try_from(content.len()).expect("a short one").to_le_bytes());
        bytes.extend(content);
        let sum = content.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        bytes.extend(sum.to_le_bytes());
        bytes
    }

    fn stream(attributes: &[Vec<u8>]) -> Vec<u8> {
        [&SIGNATURE[..], &[1, 0], &attributes.concat()].concat()
    }

    /// Properties of type and number, each with one value.
    fn properties(all: &[(u16, u16, &[u8])]) -> Vec<u8> {
        let mut bytes = u32::try_from(all.len()).expect("few").to_le_bytes().to_vec();
        for (kind, id, value) in all {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(id.to_le_bytes());
            if matches!(kind, 0x0d | 0x1e | 0x1f | 0x102) {
                bytes.extend(1_u32.to_le_bytes());
                bytes.extend(u32::try_from(value.len()).expect("a short one").to_le_bytes());
            }
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    /// A file as Outlook writes it, with attachments of a short and a long name.
    pub fn winmail(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut attributes = vec![attribute(CODE_PAGE, &[0xe3, 4, 0, 0, 0, 0, 0, 0])];
        for (name, bytes) in files {
            attributes.push(attribute(RENDERING, &[0; 14]));
            attributes.push(attribute(TITLE, b"SHORT~1.MP3\0"));
            attributes.push(attribute(DATA, bytes));
            let long = utf16(name);
            attributes.push(attribute(
                PROPERTIES,
                &properties(&[(3, 0x3705, &[1, 0, 0, 0]), (0x1f, LONG_FILE_NAME, &long)]),
            ));
        }
        stream(&attributes)
    }

    fn found(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, bool) {
        let spool = spool_of(bytes);
        let found = files(&spool.since(0)).expect("read");
        let files = found.files.into_iter().map(|(name, piece)| (name, bytes_of(&piece))).collect();
        (files, found.is_broken)
    }

    #[test]
    fn attachments_are_found_under_their_long_names() {
        let file = winmail(&[("запись.mp3", b"one"), ("two.wav", b"second")]);
        let expected =
            vec![("запись.mp3".to_owned(), b"one".to_vec()), ("two.wav".to_owned(), b"second".to_vec())];
        assert_eq!(found(&file), (expected, false));
    }

    #[test]
    fn a_short_name_is_read_in_the_code_page_of_the_file() {
        let attributes = [
            attribute(CODE_PAGE, &[0xe3, 4, 0, 0, 0, 0, 0, 0]),
            attribute(RENDERING, &[0; 14]),
            attribute(TITLE, b"\xe7\xe0\xef\xe8\xf1\xfc.mp3\0"),
            attribute(DATA, b"sound"),
        ];
        assert_eq!(found(&stream(&attributes)), (vec![("запись.mp3".to_owned(), b"sound".to_vec())], false));
    }

    #[test]
    fn a_letter_within_is_looked_into_and_one_without_end_is_not() {
        let inner = [&[0; 16][..], &winmail(&[("deep.mp3", b"sound")])].concat();
        let wrapped = |inner: &[u8]| {
            let within = properties(&[(0x0d, CONTENT, inner)]);
            stream(&[attribute(RENDERING, &[0; 14]), attribute(PROPERTIES, &within)])
        };
        assert_eq!(found(&wrapped(&inner)), (vec![("deep.mp3".to_owned(), b"sound".to_vec())], false));
        let mut deep = inner;
        for _ in 0..10 {
            deep = [&[0; 16][..], &wrapped(&deep)].concat();
        }
        assert_eq!(found(&deep[16..]), (Vec::new(), true));
    }

    #[test]
    fn a_broken_file_gives_what_stands_before_the_break_and_says_so() {
        let file = winmail(&[("one.mp3", b"one"), ("two.mp3", b"second")]);
        let (files, is_broken) = found(&file[..file.len() - 100]);
        assert_eq!((files[0].clone(), is_broken), (("one.mp3".to_owned(), b"one".to_vec()), true));
        assert_eq!(found(&SIGNATURE), (Vec::new(), true));
        // A length that reaches beyond the end.
        let mut greedy = stream(&[attribute(DATA, b"sound")]);
        greedy[11..15].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(found(&greedy), (Vec::new(), true));
        let mut altered = winmail(&[("one.mp3", b"one")]);
        let at = altered.windows(3).position(|three| three == b"one").expect("the content");
        altered[at] = b'O';
        assert!(found(&altered).1, "the checksum is another one");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            found(&[&SIGNATURE[..], &[0, 0], &bytes].concat());
        }

        #[test]
        fn no_change_of_a_good_file_breaks_the_reader(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut file = winmail(&[("one.mp3", b"one"), ("two.mp3", b"second")]);
            for (at, byte) in changes {
                let at = at.index(file.len());
                file[at] = byte;
            }
            found(&file);
        }

        #[test]
        fn no_properties_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            found(&stream(&[attribute(RENDERING, b""), attribute(PROPERTIES, &bytes)]));
        }
    }
}
