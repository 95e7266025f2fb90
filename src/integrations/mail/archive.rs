//! A ZIP archive in a letter, looked into within bounds: so many files, so many bytes of them, and no archive in an
//! archive.

use std::io::{self, Read, Write};

use zip::ZipArchive;

use super::spool::{CHUNK, Piece, Spool};

/// Files of an archive. The reader takes memory for each before anybody asks how many there are.
const MOST_FILES: usize = 2_000;
/// Bytes of their names and of what else the directory says of them.
const LARGEST_DIRECTORY: u64 = 4 * 1024 * 1024;
/// By what the directory of an archive begins each of its files.
const IN_DIRECTORY: &[u8; 4] = b"PK\x01\x02";

/// What is in a file of an archive.
pub(super) enum Inside {
    /// Its bytes.
    Open(Piece),
    /// It cannot be unpacked, is locked, or there is no room for it.
    Closed,
}

/// True for what begins as an archive does.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// The files of an archive with their names, in their order, unpacked to `spool`. They take of `room` bytes what they
/// need. `None` when it cannot be opened.
pub(super) fn files(
    archive: &Piece,
    spool: &mut Spool,
    room: &mut u64,
) -> io::Result<Option<Vec<(String, Inside)>>> {
    if !is_modest(archive)? {
        return Ok(None);
    }
    let Ok(mut zip) = ZipArchive::new(archive.part(0..archive.length())) else { return Ok(None) };
    let mut files = Vec::new();
    for at in 0..zip.len().min(MOST_FILES) {
        let listed = zip.name_for_index(at).and_then(Result::ok).map(|name| name.into_owned());
        let (name, inside) = match zip.by_index(at) {
            Ok(file) if !file.is_file() => continue,
            Ok(file) => (listed, unpacked(file, spool, room)?),
            Err(_) => (listed, Inside::Closed),
        };
        files.push((name.unwrap_or_default(), inside));
    }
    Ok(Some(files))
}

/// Counts what may be a directory's entry wherever it stands: where the directory really is, the archive says itself.
fn is_modest(archive: &Piece) -> io::Result<bool> {
    /// Of an entry, before its name; the lengths of name, extra field and comment stand at its end.
    const FIXED: u64 = 46;
    let (mut files, mut bytes) = (0, 0);
    let mut carried = Vec::new();
    let mut carried_at = 0;
    for chunk in archive.clone().chunks() {
        carried.extend_from_slice(&chunk?);
        let found = carried.windows(IN_DIRECTORY.len()).enumerate().filter(|(_, four)| *four == IN_DIRECTORY);
        for (at, _) in found {
            let lengths = archive.exact::<6>(carried_at + at as u64 + 28).unwrap_or_default();
            let lengths = lengths.chunks(2).map(|two| u64::from(two[0]) | u64::from(two[1]) << 8);
            files += 1;
            bytes += FIXED + lengths.sum::<u64>();
            if files > MOST_FILES || bytes > LARGEST_DIRECTORY {
                return Ok(false);
            }
        }
        let done = carried.len().saturating_sub(IN_DIRECTORY.len() - 1);
        carried.drain(..done);
        carried_at += done as u64;
    }
    Ok(true)
}

/// What it really unpacks to counts, not what it says.
fn unpacked(file: impl Read, spool: &mut Spool, room: &mut u64) -> io::Result<Inside> {
    let start = spool.end();
    let mut file = file.take(*room + 1);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(_) => return Ok(Inside::Closed),
        };
        spool.write_all(&chunk[..read])?;
    }
    let length = spool.end() - start;
    if length > *room {
        return Ok(Inside::Closed);
    }
    *room -= length;
    Ok(Inside::Open(spool.since(start)))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::write::SimpleFileOptions;

    use super::super::spool::tests::spool_of;
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
            zip.write_all(bytes).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    }

    fn opened(archive: &[u8], room: &mut u64) -> Option<Vec<(String, bool)>> {
        let mut spool = spool_of(archive);
        let archive = spool.since(0);
        let files = files(&archive, &mut spool, room).expect("read")?;
        Some(files.into_iter().map(|(name, inside)| (name, matches!(inside, Inside::Open(_)))).collect())
    }

    #[test]
    fn what_there_is_no_room_for_stays_closed() {
        let silence = vec![0; 500_000];
        let bomb = archive(&[("one", b"1111"), ("silence", &silence), ("two", b"2222")]);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        let mut room = 1000;
        let files = opened(&bomb, &mut room).expect("an archive");
        assert_eq!(files, [("one".into(), true), ("silence".into(), false), ("two".into(), true)]);
        assert_eq!(room, 992);
    }

    #[test]
    fn what_is_no_archive_or_has_too_many_files_is_not_opened() {
        let many = [b"PK\x03\x04".to_vec(), IN_DIRECTORY.repeat(MOST_FILES + 1)].concat();
        let mut entry = [0; 46];
        entry[..4].copy_from_slice(IN_DIRECTORY);
        entry[28..34].copy_from_slice(&[0xff; 6]);
        let wordy = [b"PK\x03\x04".to_vec(), entry.repeat(30)].concat();
        let whole = archive(&[("one", b"1111")]);
        for bytes in [&b"PK\x03\x04"[..], b"", &many, &wordy, &whole[..whole.len() / 2]] {
            assert!(opened(bytes, &mut 1000).is_none());
        }
    }
}
