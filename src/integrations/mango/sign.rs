//! The signature of Mango Office's notifications and of our commands to it (docs/mango-api.md 2).
//!
//! A plain SHA-256 over three joined strings, not an HMAC. It covers the text of the field `json` as received after
//! one form decoding, so it is checked before the text is parsed.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Lower-case hex of `SHA-256(key + json + salt)`.
///
/// The link to a recording is signed in the same way, with the expiry and the recording's id joined in the place of
/// `json` (docs/mango-api.md 7).
pub fn sign(key: &str, json: &str, salt: &str) -> String {
    let mut hash = Sha256::new();
    for part in [key, json, salt] {
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether `given` is the signature of `json`, in constant time. Without a key or a salt nothing is genuine.
pub fn verify(key: &str, json: &str, salt: &str, given: &str) -> bool {
    !key.is_empty() && !salt.is_empty() && same(&sign(key, json, salt), given)
}

/// Whether two secrets are equal, in a time that tells nothing but their length: for the key a notification names.
pub fn same(ours: &str, given: &str) -> bool {
    ours.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "devkey00000000000000000000000001";
    const SALT: &str = "devsalt0000000000000000000000001";
    const VECTORS: [(&str, &str); 3] = [
        (
            r#"{"entry_id":"NTEwMDAwMDAzNw==","call_id":"a+b/c=="}"#,
            "be67a6eaf0bf67d362eb81b9b69d809b2331d7af4ebcdd85ad2f0c91175adf94",
        ),
        (
            r#"{ "entry_id": "NTEwMDAwMDAzNw==", "note": "Заря" }"#,
            "b84c0a9f385fb68e9a6a36f2b888bd34732bbf4ac7d12dade54b55234a78220e",
        ),
        ("{}", "5821b583446cd99003038460552d59527b95027cd3cdd159e325b0bdff6ecf08"),
    ];

    #[test]
    fn the_published_vectors_hold() {
        for (json, expected) in VECTORS {
            assert_eq!(sign(KEY, json, SALT), expected);
            assert!(verify(KEY, json, SALT, expected));
        }
    }

    #[test]
    fn a_recording_link_is_signed_in_the_same_way() {
        assert_eq!(
            sign(KEY, "1772450000MTo0MDAwMDAwMDE6MzEwMDAxMTU1OjE=", SALT),
            "f074904fbc2cbaed09b36a0c24c069d14d106c9054f242db5ab9673ef30c7ffc"
        );
    }

    #[test]
    fn anything_but_the_exact_signature_is_refused() {
        let (json, good) = VECTORS[0];
        let long = good.repeat(100);
        for bad in ["", "0", "подпись", "é\u{0}", &good[1..], &good.to_uppercase(), &long, VECTORS[1].1]
        {
            assert!(!verify(KEY, json, SALT, bad), "{bad}");
        }
        assert!(!verify(KEY, &format!("{json} "), SALT, good), "another text");
        assert!(!verify("other", json, SALT, good), "another key");
    }

    #[test]
    fn without_key_or_salt_nothing_is_genuine() {
        for (key, salt) in [("", SALT), (KEY, ""), ("", "")] {
            assert!(!verify(key, "{}", salt, &sign(key, "{}", salt)));
        }
    }

    #[test]
    fn keys_are_compared_whole() {
        assert!(same(KEY, KEY));
        assert!(!same(KEY, &KEY[..31]));
        assert!(!same(KEY, "ключ"));
    }
}
