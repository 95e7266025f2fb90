//! Whether a JPEG is whole: decoders paint what is missing grey and say nothing.

const END: u8 = 0xd9;

/// True when the file ends before its picture does.
pub(super) fn is_cut(file: &[u8]) -> bool {
    let mut at = 0;
    while let Some((marker, after)) = next_marker(file, at) {
        match marker {
            END => return false,
            // Alone, without anything that belongs to it.
            0x01 | 0xd0..=0xd8 => at = after,
            // What stands in here may look like a marker and is none: a small picture has an end of its own.
            _ => {
                let length =
                    file.get(after..after + 2).map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])));
                let Some(length) = length else { return true };
                at = after + length.max(2);
            }
        }
    }
    true
}

/// The first marker from `at` on, and where it ends. Within the picture itself 0xff is followed by a zero.
fn next_marker(file: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += file.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        at += file[at..].iter().position(|byte| *byte != 0xff)?;
        match file[at] {
            0 => at += 1,
            marker => return Some((marker, at + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_counts_only_behind_the_picture() {
        let small = b"\xff\xe1\x00\x06\xff\xd9\xff\xd9";
        let scan = b"\xff\xda\x00\x03\x00abc\xff\x00d\xff\xd3ef";
        let begun = [b"\xff\xd8".as_slice(), small, scan].concat();
        assert!(is_cut(&begun));
        let whole = [begun.as_slice(), b"\xff\xff\xd9"].concat();
        assert!(!is_cut(&whole));
        assert!(!is_cut(&[whole.as_slice(), b"a film behind it"].concat()));
        for cut in 0..whole.len() {
            assert!(is_cut(&whole[..cut]), "{cut}");
        }
    }
}
