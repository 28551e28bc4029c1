//! Two texts, as schemas of every draft and as a line of the batch form: no panic, no endless work, and every witness is one.
#![no_main]

use gonogo_compat::json::Json;
use gonogo_compat::{Draft, Options, Schema, Verdict, avro_breaks, batch, breaks, compare, policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = batch::answer(text);
    let (old, new) = text.split_once('\n').unwrap_or((text, "true"));
    let (Ok(old), Ok(new)) = (Json::parse(old), Json::parse(new)) else { return };
    for value in [&old, &new] {
        assert_eq!(Json::parse(&value.to_string()).as_ref(), Ok(value), "a value survives writing and reading");
    }
    let options = Options::open().steps(20_000);
    for draft in [Draft::Draft4, Draft::OpenApi30, Draft::Draft7, Draft::Draft201909, Draft::Draft202012] {
        let (writer, reader) = (Schema::new(old.clone(), draft), Schema::new(new.clone(), draft));
        match compare(&writer, &reader, &options) {
            Verdict::Incompatible { witness } => {
                assert_ne!(writer.accepts(&witness), Some(false));
                assert_ne!(reader.accepts(&witness), Some(true));
            }
            Verdict::Unknown { why } => assert!(!why.contains("defect"), "{why}"),
            Verdict::Compatible => {
                // What is compatible has no break, and neither value is a counterexample.
                for value in [&old, &new] {
                    assert!(
                        !(writer.accepts(value) == Some(true) && reader.accepts(value) == Some(false)),
                        "{draft:?} called compatible, against {value}"
                    );
                }
            }
        }
        assert_eq!(compare(&writer, &writer, &options), Verdict::Compatible);
        let _ = breaks(&writer, &reader, &options);
        let _ = policy::confluent::changes(&old, &new, draft, false);
    }
    let _ = avro_breaks(&old, &new);
});
