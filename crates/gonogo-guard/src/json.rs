//! JSON as metric tools write it.

use serde_json::Value;

/// Parses JSON; where that fails once more with bare `NaN`, `Infinity` and `-Infinity` (which Python and JavaScript tools write) taken
/// as text, so that one such number spoils its sample and not the whole recording.
///
/// Time and memory O(bytes); nesting is bounded by the parser.
pub(crate) fn parse_lenient(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => match quote_bare_numbers(bytes) {
            Some(quoted) => serde_json::from_slice(&quoted),
            None => Err(error),
        },
    }
}

fn quote_bare_numbers(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + 16);
    let mut rest = bytes;
    let mut changed = false;
    let mut in_text = false;
    while let Some((first, tail)) = rest.split_first() {
        if in_text {
            out.push(*first);
            rest = tail;
            if *first == b'\\' {
                if let Some((escaped, tail)) = rest.split_first() {
                    out.push(*escaped);
                    rest = tail;
                }
            } else if *first == b'"' {
                in_text = false;
            }
            continue;
        }
        let word = [&b"NaN"[..], b"-Infinity", b"Infinity"].into_iter().find(|word| rest.starts_with(word));
        if let Some(word) = word {
            out.push(b'"');
            out.extend_from_slice(word);
            out.push(b'"');
            rest = rest.get(word.len()..).unwrap_or_default();
            changed = true;
            continue;
        }
        in_text = *first == b'"';
        out.push(*first);
        rest = tail;
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_become_text_and_text_stays() {
        let value = parse_lenient(br#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" Infinity"}"#).unwrap();
        assert_eq!(value, serde_json::json!({"a": "NaN", "b": ["-Infinity", "Infinity"], "c": "NaN \" Infinity"}));
        assert!(parse_lenient(b"{").is_err());
        assert!(parse_lenient(b"\"\\").is_err());
    }
}
