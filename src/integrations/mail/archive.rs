//! A ZIP archive in a letter, looked into within bounds: so many files, so many bytes of them, and no archive in an
//! archive.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// Files of an archive. The reader takes memory for each before anybody asks how many there are.
const MOST_FILES: usize = 2_000;
/// By what the directory of an archive begins each of its files.
const IN_DIRECTORY: &[u8] = b"PK\x01\x02";

/// What is in a file of an archive.
pub(super) enum Inside {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// It cannot be unpacked, is locked, or there is no room for it.
    Closed,
}

/// True for what begins as an archive does.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The files of an archive with their names, in their order. They take of `room` bytes what they need. `None` when it
/// cannot be opened.
pub(super) fn files(archive: &[u8], room: &mut u64) -> Option<Vec<(String, Inside)>> {
    if archive.windows(IN_DIRECTORY.len()).filter(|four| *four == IN_DIRECTORY).count() > MOST_FILES {
        return None;
    }
    let mut zip = ZipArchive::new(Cursor::new(archive)).ok()?;
    let mut files = Vec::new();
    for at in 0..zip.len().min(MOST_FILES) {
        let listed = zip.name_for_index(at).and_then(Result::ok).map(|name| name.into_owned());
        let (name, inside) = match zip.by_index(at) {
            Ok(file) if !file.is_file() => continue,
            Ok(file) => (listed, unpacked(file, room)),
            Err(_) => (listed, Inside::Closed),
        };
        files.push((name.unwrap_or_default(), inside));
    }
    Some(files)
}

/// What it really unpacks to counts, not what it says.
fn unpacked(file: impl Read, room: &mut u64) -> Inside {
    let mut bytes = Vec::new();
    match file.take(*room + 1).read_to_end(&mut bytes) {
        Ok(length) if length as u64 <= *room => {
            *room -= length as u64;
            Inside::Bytes(bytes)
        }
        _ => Inside::Closed,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).expect("a file");
            zip.write_all(bytes).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    }

    #[test]
    fn what_there_is_no_room_for_stays_closed() {
        let silence = vec![0; 500_000];
        let bomb = archive(&[("one", b"1111"), ("silence", &silence), ("two", b"2222")]);
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        let mut room = 1000;
        let files = files(&bomb, &mut room).expect("an archive");
        let opened: Vec<(&str, bool)> =
            files.iter().map(|(name, inside)| (&**name, matches!(inside, Inside::Bytes(_)))).collect();
        assert_eq!(opened, [("one", true), ("silence", false), ("two", true)]);
        assert_eq!(room, 992);
    }

    #[test]
    fn what_is_no_archive_or_has_too_many_files_is_not_opened() {
        let many = [b"PK\x03\x04".to_vec(), IN_DIRECTORY.repeat(MOST_FILES + 1)].concat();
        let whole = archive(&[("one", b"1111")]);
        for bytes in [&b"PK\x03\x04"[..], b"", &many, &whole[..whole.len() / 2]] {
            assert!(files(bytes, &mut 1000).is_none());
        }
    }
}
