//! Names of files: what a person sees and what a browser saves, made of what came from outside.

use super::MediaType;

/// Longest name without its ending, in characters: with every character escaped it still fits into a header.
const MAX_STEM_CHARS: usize = 120;

/// A name that is safe to show and to save under, with the ending of what the file really is: no folders, no
/// control characters, none that turn the direction of writing around. A name of nothing becomes «файл».
pub fn sanitise(original: &str, media_type: MediaType) -> String {
    let last = original.rsplit(['/', '\\']).next().unwrap_or_default();
    let cleaned: String = last.chars().filter(|c| !is_invisible(*c)).map(plain).collect();
    let folded = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    let stem = without_ending(&folded).trim_matches(['.', ' ']);
    let short: String = stem.chars().take(MAX_STEM_CHARS).collect();
    let stem = if short.is_empty() { "файл" } else { short.trim_end() };
    format!("{stem}.{}", media_type.ending())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn plain(c: char) -> char {
    match c {
        '"' | '<' | '>' | '|' | ':' | '*' | '?' | '%' => '_',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// Drops one short ending of letters and digits: `чек.JPG` and `чек.jpeg` are both a «чек», `12.05 чек` stays.
fn without_ending(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending))
            if (2..=5).contains(&ending.len())
                && ending.bytes().all(|b| b.is_ascii_alphanumeric())
                && ending.bytes().any(|b| b.is_ascii_alphabetic()) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::content_disposition::disposition;

    #[test]
    fn a_name_keeps_its_words_and_takes_the_true_ending() {
        for (original, kind, name) in [
            ("БСО Фомин.jpeg", MediaType::Jpeg, "БСО Фомин.jpg"),
            ("чек.jpg", MediaType::Pdf, "чек.pdf"),
            ("photo.webp", MediaType::Png, "photo.png"),
            ("без точки", MediaType::Pdf, "без точки.pdf"),
            ("Чек 12.05", MediaType::Pdf, "Чек 12.05.pdf"),
            (r"C:\Документы\скан.pdf", MediaType::Pdf, "скан.pdf"),
            ("../../etc/passwd", MediaType::Jpeg, "passwd.jpg"),
            ("a\r\nSet-Cookie: x=1.jpg", MediaType::Jpeg, "a Set-Cookie_ x=1.jpg"),
            ("чек\u{202e}gpj.exe", MediaType::Jpeg, "чекgpj.jpg"),
            ("<img src=x>.png", MediaType::Png, "_img src=x_.png"),
            ("", MediaType::Heic, "файл.heic"),
            ("....", MediaType::Jpeg, "файл.jpg"),
            (".htaccess", MediaType::Jpeg, "htaccess.jpg"),
        ] {
            assert_eq!(sanitise(original, kind), name, "{original:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_a_header(original in ".{0,300}") {
            let name = sanitise(&original, MediaType::Jpeg);
            prop_assert!(name.ends_with(".jpg") && name.len() > 4);
            prop_assert!(!name.contains(['/', '\\', '"', '\n', '\r', '\0']));
            prop_assert!(name.chars().count() <= MAX_STEM_CHARS + 4);
            let header = disposition(true, &name);
            prop_assert!(header.bytes().all(|b| (0x20..0x7f).contains(&b)));
        }
    }
}
