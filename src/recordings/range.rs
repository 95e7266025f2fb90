//! Parts of a content by the header `Range`, and the other conditions of a request (RFC 9110, 13 and 14).

/// What a request wants of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeWanted {
    /// All of it: nothing else was asked for, or what was asked for makes no sense and is ignored.
    Whole,
    /// Bytes from the first to the last, both counted from 0, both among those that exist.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// Bytes that do not exist.
    Nothing,
}

/// What `range` wants of a content of `length` bytes. Several ranges at once are ignored, which the standard
/// allows: no player asks for them.
pub fn wanted(range: &str, length: u64) -> RangeWanted {
    single(range, length).unwrap_or(RangeWanted::Whole)
}

/// `None` for what is not one range of bytes.
fn single(range: &str, length: u64) -> Option<RangeWanted> {
    let (unit, set) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim_matches([' ', '\t']).split_once('-')?;
    if first.is_empty() {
        let count = number(last)?;
        if count == 0 || length == 0 {
            return Some(RangeWanted::Nothing);
        }
        return Some(RangeWanted::Part { first: length.saturating_sub(count), last: length - 1 });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if first > last {
        return None;
    }
    if first >= length {
        return Some(RangeWanted::Nothing);
    }
    Some(RangeWanted::Part { first, last: last.min(length - 1) })
}

/// Digits only; larger than any file stays larger than any file.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether a list of entity tags (`If-None-Match`, `If-Match`) names `etag`. `is_weak` lets weak ones count.
pub fn names(list: &str, etag: &str, is_weak: bool) -> bool {
    list.trim() == "*"
        || list
            .split(',')
            .map(str::trim)
            .any(|tag| tag == etag || is_weak && tag.strip_prefix("W/").is_some_and(|strong| strong == etag))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn single_ranges_are_exact() {
        for (range, expected) in [
            ("bytes=0-", (0, 99)),
            ("bytes=0-0", (0, 0)),
            ("bytes=10-19", (10, 19)),
            ("Bytes= 10-19", (10, 19)),
            ("bytes=99-", (99, 99)),
            ("bytes=50-5000", (50, 99)),
            ("bytes=50-99999999999999999999999", (50, 99)),
            ("bytes=-1", (99, 99)),
            ("bytes=-100", (0, 99)),
            ("bytes=-5000", (0, 99)),
        ] {
            let (first, last) = expected;
            assert_eq!(wanted(range, 100), RangeWanted::Part { first, last }, "{range}");
        }
    }

    #[test]
    fn bytes_past_the_end_cannot_be_had() {
        for range in ["bytes=100-", "bytes=100-200", "bytes=99999999999999999999999-", "bytes=-0"] {
            assert_eq!(wanted(range, 100), RangeWanted::Nothing, "{range}");
        }
        assert_eq!(wanted("bytes=-5", 0), RangeWanted::Nothing);
    }

    #[test]
    fn nonsense_and_several_ranges_give_everything() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-1",
            "bytes=+5-",
            "bytes=0x5-9",
            "items=0-5",
            "bytes=0-1,5-9",
            "bytes=0-,5-",
            "bytes=--5",
            "bytes=5",
            "bytes=5-6-7",
            "bytes=5 - 6",
            "bytes=٥-٦",
        ] {
            assert_eq!(wanted(range, 100), RangeWanted::Whole, "{range}");
        }
    }

    #[test]
    fn entity_tags_are_compared_as_the_condition_says() {
        assert!(names("\"a\", \"b\"", "\"b\"", false) && names("*", "\"b\"", false));
        assert!(names("W/\"b\"", "\"b\"", true) && !names("W/\"b\"", "\"b\"", false));
        assert!(!names("b", "\"b\"", true));
    }

    proptest! {
        #[test]
        fn a_part_always_exists(range in "(bytes=)?[0-9,\\- ]{0,12}|\\PC{0,20}", length in 0_u64..200) {
            if let RangeWanted::Part { first, last } = wanted(&range, length) {
                prop_assert!(first <= last && last < length);
            }
        }
    }
}
