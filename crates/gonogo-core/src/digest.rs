//! Digests of JSON documents.

use serde::Serialize;

/// `sha256:` and the hexadecimal SHA-256 (FIPS 180-4) of a value's compact JSON.
///
/// The types digested here are made of maps with text keys, lists and scalars in a fixed order, so their JSON is one text.
pub(crate) fn of_json<T: Serialize>(value: &T) -> String {
    // A value that had no JSON would still get a digest, and never that of another value: the error's text is digested.
    let bytes = serde_json::to_vec(value).unwrap_or_else(|error| format!("no JSON: {error}").into_bytes());
    let mut text = String::from("sha256:");
    for byte in hmac_sha256::Hash::hash(&bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
