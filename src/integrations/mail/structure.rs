//! How a letter is built (RFC 2046): its header, and the parts nothing lies within. Read line by line, with every bound
//! held while reading: a letter built to break its reader is refused before memory is taken for it.

use std::io;

use mailparse::{DispositionType, MailHeaderMap, ParsedContentType};

use super::spool::{Line, Piece};

/// Parts within parts are followed so deep.
pub(super) const DEPTH: usize = 12;
/// Parts of one letter.
pub(super) const MOST_PARTS: usize = 2_000;
/// Bytes of a header, of the letter or of a part.
pub(super) const LONGEST_HEADER: usize = 512 * 1024;
/// Longest boundary that is looked for; RFC 2046 allows 70.
const LONGEST_BOUNDARY: usize = 1_000;

/// Why a letter could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// It is no letter, or built to break its reader; in Russian.
    Refused(String),
    /// The disk does not give or take what it should.
    Disk(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

fn refused<T>(words: impl Into<String>) -> Result<T, ReadError> {
    Err(ReadError::Refused(words.into()))
}

/// A letter, taken apart.
pub(super) struct Structure {
    /// Its own header, with the empty line behind it.
    pub header: Vec<u8>,
    /// Everything below.
    pub below: Piece,
    /// Its parts nothing lies within, in their order.
    pub parts: Vec<Part>,
}

/// A part of a letter.
pub(super) struct Part {
    /// Media type, lower case.
    pub kind: String,
    /// The name by which it wants to be saved; may be empty.
    pub name: String,
    /// How it travelled, as it is written.
    pub encoding: String,
    /// Its content, still as it travelled.
    pub body: Piece,
    /// Its header cannot be read, or it says that parts lie within and not how they are told apart.
    pub is_broken: bool,
}

/// What is being read.
enum Within {
    /// A header; where it begins to be read is known from its bytes.
    Header(Vec<u8>),
    /// A part's content, which began here.
    Body(Part, u64),
    /// What stands before the first part, or behind the last.
    Nothing,
}

/// What parts lie in, and by which line they are told apart.
struct Open {
    boundary: Vec<u8>,
    /// Its parts are letters unless they say otherwise.
    is_digest: bool,
}

/// Takes a letter apart; `parts` counts those of the whole letter, letters in it included.
///
/// # Errors
/// When a bound does not hold, or the file cannot be read.
pub(super) fn read(raw: &Piece, parts: &mut usize) -> Result<Structure, ReadError> {
    let mut reader = Reader { raw, own: None, open: Vec::new(), found: Vec::new(), count: parts };
    let mut within = Within::Header(Vec::new());
    let mut lines = raw.lines();
    while let Some(line) = lines.line()? {
        within = reader.line(within, &line)?;
    }
    let end = raw.length();
    if let Within::Header(bytes) = within {
        within = reader.below(bytes, end)?;
    }
    reader.close(within, end);
    let header = reader.own.take().unwrap_or_default();
    let below = raw.part(header.len() as u64..end);
    Ok(Structure { header, below, parts: reader.found })
}

struct Reader<'a> {
    raw: &'a Piece,
    own: Option<Vec<u8>>,
    open: Vec<Open>,
    found: Vec<Part>,
    count: &'a mut usize,
}

impl Reader<'_> {
    fn line(&mut self, within: Within, line: &Line) -> Result<Within, ReadError> {
        if line.begins
            && let Some((level, is_last)) = self.boundary(line.bytes)
        {
            let within = match within {
                Within::Header(bytes) => self.below(bytes, line.at)?,
                within => within,
            };
            self.close(within, line.at);
            self.open.truncate(if is_last { level } else { level + 1 });
            return Ok(if is_last { Within::Nothing } else { Within::Header(Vec::new()) });
        }
        match within {
            Within::Header(mut bytes) => {
                bytes.extend_from_slice(line.bytes);
                if bytes.len() > LONGEST_HEADER {
                    return refused("заголовок письма слишком длинный");
                }
                match line.begins && matches!(line.bytes, b"\n" | b"\r\n") {
                    true => self.below(bytes, line.at + line.bytes.len() as u64),
                    false => Ok(Within::Header(bytes)),
                }
            }
            within => Ok(within),
        }
    }

    /// Which of the open boundaries a line is, the innermost first, and whether it is the last of its kind.
    fn boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            match line.strip_prefix(&open.boundary[..])? {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    /// What follows a header that ends at `start`.
    fn below(&mut self, header: Vec<u8>, start: u64) -> Result<Within, ReadError> {
        *self.count += 1;
        if *self.count > MOST_PARTS {
            return refused(format!("в письме больше {MOST_PARTS} частей"));
        }
        let is_own = self.own.is_none();
        let declared = Declared::read(&header, self.open.last().is_some_and(|open| open.is_digest));
        if is_own {
            self.own = Some(header);
        }
        let Some(declared) = declared else {
            if is_own {
                return refused("письмо не читается");
            }
            return Ok(Within::Body(self.part(Declared::default(), true), start));
        };
        if !declared.kind.starts_with("multipart/") {
            return Ok(Within::Body(self.part(declared, false), start));
        }
        let boundary = declared.boundary.trim_end().as_bytes().to_vec();
        if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY {
            return Ok(Within::Body(self.part(declared, true), start));
        }
        if self.open.len() >= DEPTH {
            return refused("части письма вложены слишком глубоко");
        }
        self.open.push(Open { boundary, is_digest: declared.kind == "multipart/digest" });
        Ok(Within::Nothing)
    }

    fn part(&self, declared: Declared, is_broken: bool) -> Part {
        let Declared { kind, name, encoding, .. } = declared;
        Part { kind, name, encoding, body: self.raw.part(0..0), is_broken }
    }

    /// Notes a part that ends at `end`; the end of the line before a boundary belongs to the boundary.
    fn close(&mut self, within: Within, end: u64) {
        let Within::Body(mut part, start) = within else { return };
        let mut body = self.raw.part(start..end);
        if end < self.raw.length() {
            for ending in [b'\n', b'\r'] {
                let Some(last) = body.length().checked_sub(1) else { break };
                if body.exact(last) != Some([ending]) {
                    break;
                }
                body = body.part(0..last);
            }
        }
        part.body = body;
        self.found.push(part);
    }
}

/// What a header says of what is below it.
#[derive(Default)]
struct Declared {
    kind: String,
    name: String,
    encoding: String,
    boundary: String,
}

impl Declared {
    fn read(header: &[u8], is_in_digest: bool) -> Option<Self> {
        let (headers, _) = mailparse::parse_headers(header).ok()?;
        let said = |name: &str| headers.get_first_value(name);
        let content = said("Content-Type").map(|value| mailparse::parse_content_type(&value));
        let boundary = content.as_ref().and_then(|content| content.params.get("boundary")).cloned();
        let kind = match &content {
            Some(content) => content.mimetype.to_lowercase(),
            None if is_in_digest => "message/rfc822".to_owned(),
            None => "text/plain".to_owned(),
        };
        Some(Self {
            kind,
            name: name(said("Content-Disposition").as_deref(), content.as_ref()),
            encoding: said("Content-Transfer-Encoding").unwrap_or_default(),
            boundary: boundary.unwrap_or_default(),
        })
    }
}

/// The name by which a part wants to be saved.
fn name(disposition: Option<&str>, content: Option<&ParsedContentType>) -> String {
    let disposition = disposition.map(mailparse::parse_content_disposition).unwrap_or_default();
    let of_content = content.and_then(|content| content.params.get("name"));
    let name = disposition.params.get("filename").or(of_content).cloned().unwrap_or_default();
    let is_plain = disposition.disposition == DispositionType::Inline && name.is_empty();
    if is_plain { String::new() } else { readable(&unworded(&name)) }
}

/// A parameter that was written as an encoded word, which it must not be and often is.
fn unworded(name: &str) -> String {
    if !name.contains("=?") {
        return name.to_owned();
    }
    let header = format!("X: {name}\r\n");
    mailparse::parse_header(header.as_bytes())
        .map_or_else(|_| name.to_owned(), |(parsed, _)| parsed.get_value())
}

/// What can be shown of a foreign text.
pub(super) fn readable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
