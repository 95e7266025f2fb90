//! What a file is, told by its first bytes. Names and declared types are whatever the sender likes, so nobody
//! asks them.

use super::MediaType;

/// What was recognised in the bytes of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// JPEG.
    Jpeg,
    /// PNG, animated ones too.
    Png,
    /// WebP.
    WebP,
    /// A photograph of a telephone in HEIF with HEVC.
    Heic,
    /// PDF.
    Pdf,
}

impl Sniffed {
    /// What is kept without being drawn anew; `None` for pictures that are.
    pub fn kept_as_is(self) -> Option<MediaType> {
        match self {
            Self::Heic => Some(MediaType::Heic),
            Self::Pdf => Some(MediaType::Pdf),
            Self::Jpeg | Self::Png | Self::WebP => None,
        }
    }
}

/// Recognises the accepted formats; `None` for everything else.
///
/// A signature must stand at the very beginning: a PDF may by its standard begin a kilobyte later, but such a file
/// can be another format at the same time.
pub fn sniff(bytes: &[u8]) -> Option<Sniffed> {
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(Sniffed::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Sniffed::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Sniffed::WebP);
    }
    if bytes.strip_prefix(b"%PDF-").and_then(|rest| rest.first()).is_some_and(u8::is_ascii_digit) {
        return Some(Sniffed::Pdf);
    }
    is_heic(bytes).then_some(Sniffed::Heic)
}

/// ISO base media files begin with a box `ftyp`: size, major brand, version, compatible brands. `mif1` alone says
/// only "some HEIF" (AVIF says it too), so a brand that names HEVC has to be among them
/// (ISO/IEC 23008-12, annex B).
fn is_heic(bytes: &[u8]) -> bool {
    let Some((head, _)) = bytes.split_at_checked(16) else { return false };
    if &head[4..8] != b"ftyp" {
        return false;
    }
    let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let Some(brands) = bytes.get(16..size) else { return false };
    let major = &head[8..12];
    brands.chunks_exact(4).chain([major]).any(|brand| matches!(brand, b"heic" | b"heix" | b"heim" | b"heis"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ftyp(major: &[u8; 4], compatible: &[&[u8; 4]]) -> Vec<u8> {
        let size = 16 + 4 * compatible.len() as u32;
        let mut bytes = size.to_be_bytes().to_vec();
        bytes.extend_from_slice(b"ftyp");
        bytes.extend_from_slice(major);
        bytes.extend_from_slice(&[0; 4]);
        compatible.iter().for_each(|brand| bytes.extend_from_slice(*brand));
        bytes.extend_from_slice(b"\0\0\0\x08meta");
        bytes
    }

    #[test]
    fn accepted_formats_are_told_by_their_bytes() {
        for (bytes, kind) in [
            (b"\xff\xd8\xff\xe0rest".to_vec(), Sniffed::Jpeg),
            (b"\x89PNG\r\n\x1a\nrest".to_vec(), Sniffed::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(), Sniffed::WebP),
            (b"%PDF-1.7\n".to_vec(), Sniffed::Pdf),
            (b"%PDF-2.0\n".to_vec(), Sniffed::Pdf),
            (ftyp(b"heic", &[b"mif1", b"heic"]), Sniffed::Heic),
            (ftyp(b"mif1", &[b"mif1", b"heix"]), Sniffed::Heic),
        ] {
            assert_eq!(sniff(&bytes), Some(kind), "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for bytes in [
            b"".to_vec(),
            b"<html><script>alert(1)</script>".to_vec(),
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            b"<?xml version='1.0'?><svg/>".to_vec(),
            b"GIF89a\x01\0\x01\0".to_vec(),
            b"GIF89a/*%PDF-1.7".to_vec(),
            b"<!-- %PDF-1.7 -->".to_vec(),
            b"%PDF-".to_vec(),
            b"%PDF-x".to_vec(),
            b"\xff\xd8".to_vec(),
            b"RIFF\x10\0\0\0WAVEfmt ".to_vec(),
            b"MZ\x90\0".to_vec(),
            b"PK\x03\x04".to_vec(),
            ftyp(b"avif", &[b"mif1", b"avif", b"miaf"]),
            ftyp(b"mif1", &[b"mif1", b"avif"]),
            ftyp(b"isom", &[b"mp41"]),
            b"\xff\xff\xff\xffftypheic\0\0\0\0".to_vec(),
            b"\0\0\0\x08ftypheic\0\0\0\0".to_vec(),
        ] {
            assert_eq!(sniff(&bytes), None, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..64), size in any::<u32>()) {
            let _ = sniff(&bytes);
            let mut boxed = size.to_be_bytes().to_vec();
            boxed.extend_from_slice(b"ftyp");
            boxed.extend_from_slice(&bytes);
            let _ = sniff(&boxed);
        }
    }
}
