//! A letter while it is read: a file of its own that nobody else sees and that is gone with its last reader. Parts are
//! stretches of that file, what is decoded or unpacked is written behind them: memory does not grow with a letter.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// What is read and written at once, and the longest stretch of a line that is looked at.
pub const CHUNK: usize = 64 * 1024;

/// The file. Whoever writes goes on at its end.
#[derive(Debug)]
pub struct Spool {
    file: Arc<File>,
    end: u64,
}

impl Spool {
    /// An empty one in `folder`, without a name there: nothing of it stays, however the program ends.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { file: Arc::new(tempfile::tempfile_in(folder)?), end: 0 })
    }

    /// Bytes so far.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// What was written from `start` on.
    pub fn since(&self, start: u64) -> Piece {
        Piece { file: self.file.clone(), range: start.min(self.end)..self.end, at: start.min(self.end) }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write_at(bytes, self.end)?;
        self.end += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stretch of the file, to be read from its beginning.
#[derive(Clone, Debug)]
pub struct Piece {
    file: Arc<File>,
    range: Range<u64>,
    at: u64,
}

impl Piece {
    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// A stretch of this one, counted from its beginning; shorter where this one ends.
    pub fn part(&self, range: Range<u64>) -> Self {
        let place = |at: u64| self.range.start.saturating_add(at).min(self.range.end);
        let start = place(range.start);
        Self { file: self.file.clone(), range: start..place(range.end).max(start), at: start }
    }

    /// Its first bytes, `most` or fewer.
    pub fn head(&self, most: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.part(0..most as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The bytes from `at` on, when it has so many.
    pub fn exact<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.part(at..at.checked_add(N as u64)?).read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Its bytes, chunk by chunk.
    pub fn chunks(self) -> impl Iterator<Item = io::Result<Vec<u8>>> {
        let chunks = self.length().div_ceil(CHUNK as u64);
        (0..chunks).map(move |n| self.part(n * CHUNK as u64..(n + 1) * CHUNK as u64).head(CHUNK))
    }

    /// Its lines.
    pub fn lines(&self) -> Lines {
        Lines {
            reader: BufReader::with_capacity(CHUNK, self.part(0..self.length())),
            buffer: Vec::new(),
            at: 0,
            begins: true,
        }
    }
}

impl Read for Piece {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.range.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Piece {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        let at = match place {
            SeekFrom::Start(at) => self.range.start.checked_add(at),
            SeekFrom::End(by) => self.range.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let at = at.filter(|at| *at >= self.range.start);
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at - self.range.start)
    }
}

/// Lines of a piece. One that is longer than [`CHUNK`] comes in several.
pub struct Lines {
    reader: BufReader<Piece>,
    buffer: Vec<u8>,
    at: u64,
    begins: bool,
}

/// A line, or a stretch of a long one.
pub struct Line<'a> {
    /// With its end.
    pub bytes: &'a [u8],
    /// Where it stands in the piece.
    pub at: u64,
    /// It is no later stretch of a line.
    pub begins: bool,
}

impl Line<'_> {
    /// It is no stretch of a line that goes on, unless the whole piece ends here.
    pub fn ends(&self) -> bool {
        self.bytes.ends_with(b"\n")
    }
}

impl Lines {
    /// The next one; `None` at the end.
    pub fn line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let read = self.reader.by_ref().take(CHUNK as u64).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        let (at, begins) = (self.at, self.begins);
        self.at += read as u64;
        self.begins = self.buffer.ends_with(b"\n");
        Ok(Some(Line { bytes: &self.buffer, at, begins }))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A spool of these bytes.
    pub fn spool_of(bytes: &[u8]) -> Spool {
        let mut spool = Spool::new(&std::env::temp_dir()).expect("a file");
        spool.write_all(bytes).expect("written");
        spool
    }

    /// All bytes of a piece.
    pub fn bytes_of(piece: &Piece) -> Vec<u8> {
        piece.head(usize::MAX).expect("read")
    }

    #[test]
    fn a_piece_ends_where_it_ends() {
        let mut spool = spool_of(b"before within behind");
        let within = spool.since(0).part(7..13);
        spool.write_all(b" and more").expect("written");
        assert_eq!(bytes_of(&within), b"within");
        assert_eq!(bytes_of(&within.part(2..99)), b"thin");
        assert_eq!(bytes_of(&within.part(50..u64::MAX)), b"");
        assert_eq!(within.exact::<2>(4), Some(*b"in"));
        assert_eq!(within.exact::<3>(4), None);
        let mut reader = within.clone();
        assert_eq!(reader.seek(SeekFrom::End(-2)).expect("a place"), 4);
        assert!(reader.seek(SeekFrom::Current(-5)).is_err());
        assert_eq!(bytes_of(&spool.since(20)), b" and more");
    }

    #[test]
    fn a_line_without_an_end_is_read_in_stretches() {
        let long = vec![b'x'; CHUNK + 10];
        let spool = spool_of(&[&b"one\r\n"[..], &long, b"\nlast"].concat());
        let mut lines = spool.since(0).lines();
        let mut found = Vec::new();
        while let Some(line) = lines.line().expect("read") {
            found.push((line.at, line.bytes.len(), line.begins, line.ends()));
        }
        let (first, second) = (5, 5 + CHUNK as u64);
        let expected = [
            (0, 5, true, true),
            (first, CHUNK, true, false),
            (second, 11, false, true),
            (second + 11, 4, true, false),
        ];
        assert_eq!(found, expected);
    }
}
