//! Two texts in YAML or JSON as OpenAPI documents: no panic, no endless work; a document breaks nothing of itself.
#![no_main]

use gonogo_compat::openapi::OpenApi;
use gonogo_compat::{Options, detect_format, openapi_breaks, policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (old, new) = text.split_once("\n%%\n").unwrap_or((text, text));
    let _ = detect_format(old);
    let (Ok(old), Ok(new)) = (OpenApi::parse(old), OpenApi::parse(new)) else { return };
    let options = Options::declared().steps(20_000);
    let _ = openapi_breaks(&old, &new, &options);
    let itself = openapi_breaks(&old, &old, &options);
    assert!(itself.iter().all(|b| !b.is_proved()), "{itself:?}");
    let _ = policy::oasdiff::changes(old.root(), new.root(), None);
});
