//! What a server says to a question (RFC 3501 7), as far as we ask. The library refuses a whole answer when the server
//! tells of something else in between, as it may at any time; here only what carries what was asked is looked at.

use std::borrow::Cow;

/// Something a server has said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// Numbers of letters.
    Found(Vec<u32>),
    /// What it tells of a letter.
    Letter(Item<'a>),
    /// Anything else: the line, without its end.
    Line(&'a [u8]),
}

/// What was told of one letter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub uid: Option<u32>,
    pub size: Option<u64>,
    pub header: Option<Cow<'a, [u8]>>,
    /// The letter, or a piece of it.
    pub body: Option<Cow<'a, [u8]>>,
}

/// Reads everything that was said.
pub(super) fn read(raw: &[u8]) -> Vec<Answer<'_>> {
    let mut reader = Reader { rest: raw };
    let mut answers = Vec::new();
    while !reader.rest.is_empty() {
        answers.push(reader.answer());
    }
    answers
}

/// The number in `[NAME number]` of a line.
pub(super) fn code(line: &[u8], name: &str) -> Option<u32> {
    let line = String::from_utf8_lossy(line).to_ascii_uppercase();
    let behind = line.split_once(&format!("[{name} "))?.1;
    behind.split(']').next()?.trim().parse().ok()
}

/// Words of a line, upper case.
pub(super) fn words(line: &[u8]) -> Vec<String> {
    let line = String::from_utf8_lossy(line).to_ascii_uppercase();
    line.split_ascii_whitespace().map(str::to_owned).collect()
}

struct Reader<'a> {
    rest: &'a [u8],
}

#[derive(PartialEq)]
enum Token<'a> {
    Open,
    Close,
    Return,
    End,
    Word(&'a [u8]),
    Text(Cow<'a, [u8]>),
}

impl<'a> Reader<'a> {
    fn answer(&mut self) -> Answer<'a> {
        let line = self.rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let mut said = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let is = |word: Option<&[u8]>, name: &str| {
            word.is_some_and(|word| word.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()))
        };
        let (_, second, third) = (said.next(), said.next(), said.next());
        if is(second, "SEARCH") {
            return Answer::Found(self.numbers());
        }
        if is(third, "FETCH") {
            return Answer::Letter(self.item());
        }
        self.rest = self.rest.get(line.len() + 1..).unwrap_or_default();
        Answer::Line(line.trim_ascii_end())
    }

    fn numbers(&mut self) -> Vec<u32> {
        let mut numbers = Vec::new();
        loop {
            match self.token() {
                Token::End => return numbers,
                Token::Word(word) => numbers.extend(number::<u32>(word)),
                _ => {}
            }
        }
    }

    /// `* 4 FETCH (UID 7 RFC822.SIZE 300 BODY[] {300}…)`
    fn item(&mut self) -> Item<'a> {
        let mut item = Item::default();
        let mut depth = 0_u32;
        let mut name: &[u8] = b"";
        loop {
            match self.token() {
                Token::End => return item,
                Token::Open => depth += 1,
                Token::Close => {
                    depth = depth.saturating_sub(1);
                    // The value of this name was a list.
                    name = b"";
                }
                // Lists of flags and structures are of no use here.
                _ if depth != 1 => {}
                Token::Word(word) if name.is_empty() => name = word,
                value => item.set(std::mem::take(&mut name), value),
            }
        }
    }

    fn token(&mut self) -> Token<'a> {
        // Only spaces are passed over: ends of lines mean something.
        while let Some(behind) = self.rest.strip_prefix(b" ") {
            self.rest = behind;
        }
        let Some((first, behind)) = self.rest.split_first() else { return Token::End };
        match first {
            b'\n' => self.step(behind, Token::End),
            b'\r' => self.step(behind, Token::Return),
            b'(' => self.step(behind, Token::Open),
            b')' => self.step(behind, Token::Close),
            b'"' => self.quoted(behind),
            b'{' => self.literal(behind).unwrap_or_else(|| self.step(behind, Token::Word(b"{"))),
            _ => self.word(),
        }
    }

    fn step(&mut self, behind: &'a [u8], token: Token<'a>) -> Token<'a> {
        self.rest = behind;
        token
    }

    /// A word; what stands in square brackets belongs to it, whatever it is.
    fn word(&mut self) -> Token<'a> {
        let mut is_within = false;
        let end = self.rest.iter().position(|byte| {
            match byte {
                b'[' => is_within = true,
                b']' => is_within = false,
                _ => {}
            }
            matches!(byte, b'\r' | b'\n') || !is_within && matches!(byte, b' ' | b'(' | b')')
        });
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.step(rest, Token::Word(word))
    }

    fn quoted(&mut self, behind: &'a [u8]) -> Token<'a> {
        let mut text = Vec::new();
        let mut bytes = behind.iter().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => return self.step(&behind[at + 1..], Token::Text(text.into())),
                b'\\' => text.extend(bytes.next().map(|(_, byte)| *byte)),
                byte => text.push(*byte),
            }
        }
        self.step(b"", Token::End)
    }

    /// `{5}` and so many bytes behind the end of the line.
    fn literal(&mut self, behind: &'a [u8]) -> Option<Token<'a>> {
        let end = behind.iter().position(|byte| *byte == b'}')?;
        let length = usize::try_from(number::<u64>(&behind[..end])?).ok()?;
        let bytes = behind[end + 1..].strip_prefix(b"\r\n")?;
        let text = bytes.get(..length)?;
        Some(self.step(&bytes[length..], Token::Text(text.into())))
    }
}

impl<'a> Item<'a> {
    fn set(&mut self, name: &[u8], value: Token<'a>) {
        let name = name.to_ascii_uppercase();
        match value {
            Token::Word(word) if name == b"UID" => self.uid = number(word),
            Token::Word(word) if name == b"RFC822.SIZE" => self.size = number(word),
            Token::Text(text) if name.starts_with(b"BODY[HEADER") => self.header = Some(text),
            // «BODY[]», «BODY[]<1048576>».
            Token::Text(text) if name.starts_with(b"BODY[]") => self.body = Some(text),
            _ => {}
        }
    }
}

fn number<T: std::str::FromStr>(word: &[u8]) -> Option<T> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letter<'a>(
        uid: u32,
        size: Option<u64>,
        header: Option<&'a [u8]>,
        body: Option<&'a [u8]>,
    ) -> Answer<'a> {
        Answer::Letter(Item {
            uid: Some(uid),
            size,
            header: header.map(Cow::from),
            body: body.map(Cow::from),
        })
    }

    #[test]
    fn what_the_server_tells_in_between_hides_nothing() {
        let raw = b"* OK \"still\" (here {5}\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* SEARCH 3 1\r\n* search 7\r\n* 2 EXISTS\r\n* SEARCH\r\n";
        let answers = read(raw);
        assert_eq!(answers[0], Answer::Line(b"* OK \"still\" (here {5}"));
        assert_eq!(answers[1], Answer::Letter(Item::default()));
        let found = [&answers[2], &answers[3], &answers[5]];
        assert_eq!(found, [&Answer::Found(vec![3, 1]), &Answer::Found(vec![7]), &Answer::Found(vec![])]);
        assert_eq!(answers[4], Answer::Line(b"* 2 EXISTS"));
    }

    #[test]
    fn a_letter_is_read_in_every_order_and_spelling() {
        let raw = b"* 4 FETCH (FLAGS (\\Seen NIL) UID 7 RFC822.SIZE 300 BODY[HEADER.FIELDS (FROM \"SUBJECT\")] {4}\r\na)\r\n)\r\n\
            * 4 fetch (BODY[]<0> {6}\r\n* 1 F\n UID 7)\r\n* 4 FETCH (UID 7 BODY[] \"a \\\"b\\\"\")\r\n* 4 FETCH (UID 7 BODY[] NIL)\r\n";
        let expected = [
            letter(7, Some(300), Some(b"a)\r\n"), None),
            letter(7, None, None, Some(b"* 1 F\n")),
            letter(7, None, None, Some(b"a \"b\"")),
            letter(7, None, None, None),
        ];
        assert_eq!(read(raw), expected);
    }

    #[test]
    fn codes_and_words_of_a_line_are_found() {
        assert_eq!(code(b"* OK [UIDVALIDITY 77] numbered", "UIDVALIDITY"), Some(77));
        assert_eq!(code(b"* OK [UIDNEXT 3]", "UIDVALIDITY"), None);
        assert_eq!(words(b"* Capability imap4rev1 IDLE"), ["*", "CAPABILITY", "IMAP4REV1", "IDLE"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn no_bytes_break_the_reader(raw in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&raw);
        }

        #[test]
        fn no_answer_breaks_the_reader(parts in prop::collection::vec("(\\* |1 |FETCH |SEARCH |\\(|\\)|\"|\\\\|\\{[0-9]{1,20}\\}|\\{|BODY\\[|\\]|UID |NIL|\r|\n|\r\n|x){0,9}", 0..30)) {
            read(parts.concat().as_bytes());
        }

        #[test]
        fn whatever_is_in_a_letter_comes_out_as_it_was(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut raw = format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n", body.len()).into_bytes();
            raw.extend(&body);
            raw.extend(b" FLAGS ())\r\n* SEARCH 5\r\n");
            let answers = read(&raw);
            prop_assert_eq!(&answers[0], &letter(1, None, None, Some(&body)));
            prop_assert_eq!(&answers[1], &Answer::Found(vec![5]));
        }
    }
}
