//! How a browser names what it saves.

use std::fmt::Write;

/// `Content-Disposition` of a file a browser opens or saves under `name`: an ASCII shadow of it for old clients, the true one in UTF-8
/// (RFC 6266, RFC 8187).
pub fn disposition(is_download: bool, name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' })
        .collect();
    let kind = if is_download { "attachment" } else { "inline" };
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{}", escaped(name))
}

fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_true_name_and_an_ascii_shadow() {
        assert_eq!(
            disposition(true, "БСО 1.pdf"),
            "attachment; filename=\"___ 1.pdf\"; filename*=UTF-8''%D0%91%D0%A1%D0%9E%201.pdf"
        );
        assert!(disposition(false, "a.jpg").starts_with("inline; filename=\"a.jpg\""));
    }
}
