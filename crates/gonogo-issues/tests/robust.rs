//! Foreign bytes: whatever a message holds, extraction ends, stays linear, and points inside it.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use gonogo_issues::{Extractor, ExtractorOptions, ReferenceStyle, detect, trailers};
use proptest::prelude::*;

fn everything() -> Extractor {
    let options = ExtractorOptions::default().styles(ReferenceStyle::ALL.iter().copied()).projects(["KAFKA", "A11Y"]);
    Extractor::new(&options.repository("o/r")).unwrap()
}

fn holds(message: &[u8]) {
    for extractor in [Extractor::automatic(), everything()] {
        let found = extractor.extract(message);
        for reference in &found {
            let [from, to] = reference.span;
            assert!(from < to && to <= message.len(), "{:?} of {}", reference.span, message.len());
            assert!(!reference.key.is_empty());
        }
        assert!(found.windows(2).all(|pair| pair[0].span[0] <= pair[1].span[0]), "in the order in which they stand");
        assert_eq!(found, extractor.extract(message));
    }
    for trailer in trailers(message) {
        assert!(trailer.span[0] < trailer.span[1] && trailer.span[1] <= message.len());
    }
}

/// Pieces that references are made of, so that random messages come near them.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "KAFKA-1",
        "#12",
        "!3",
        "o/r#4",
        "gh-5",
        "T12",
        "D13",
        "bug 1234",
        "Bug: ",
        "BUG=",
        "crashpad:1",
        "b/1",
        "lp:1234",
        "bp foo-bar",
        "Closes-Bug: #1",
        "AB#7",
        "sc-12",
        "[ch12]",
        "https://",
        "http://a.b/browse/K-1",
        "https://github.com/o/r/pull/1",
        "show_bug.cgi?id=",
        "Fixes ",
        "Revert \"",
        "\"",
        "`",
        "```",
        "~~~",
        "<!--",
        "-->",
        "<code>",
        "</code>",
        "(",
        ")",
        "[",
        "](http",
        ":",
        ";",
        ",",
        " and ",
        "\n",
        "\n\n",
        "\r\n",
        "> ",
        "- ",
        "* ",
        "Signed-off-by: A <a@b>",
        "Merge pull request #1 from a/b-2",
        "Merge branch '",
        "'",
        "PR ",
        "/",
        "-",
        ".",
        "Change-Id: I0123456789",
        "This reverts commit ",
        "0123456789abcdef",
        "é",
        "１２",
        "\u{202e}",
        "\u{0663}",
        "9999999999999",
        "0",
    ]);
    prop_oneof![words.prop_map(|word| word.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 0..4)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_read(message in prop::collection::vec(any::<u8>(), 0..400)) {
        holds(&message);
    }

    #[test]
    fn any_pieces_of_references_are_read(pieces in prop::collection::vec(piece(), 0..40)) {
        holds(&pieces.concat());
    }
}

#[test]
fn unicode_digits_and_marks_of_direction_are_no_part_of_a_key() {
    let keys = |message: &str| {
        Extractor::automatic().extract(message.as_bytes()).into_iter().map(|r| (r.key, r.span)).collect::<Vec<_>>()
    };
    assert_eq!(keys("KAFKA-1\u{0663}: x"), []);
    assert_eq!(keys("KAFKA-\u{0661}: x"), []);
    assert_eq!(keys("#1\u{ff12}"), []);
    assert_eq!(keys("\u{202e}KAFKA-1\u{202c}: x"), [("KAFKA-1".to_owned(), [3, 10])]);
    assert_eq!(keys("修复KAFKA-1的问题"), [("KAFKA-1".to_owned(), [6, 13])]);
    assert_eq!(keys("éKAFKA-1"), []);
    assert_eq!(keys("„KAFKA-1“"), [("KAFKA-1".to_owned(), [3, 10])]);
}

#[test]
fn nul_bytes_and_broken_utf8_hide_nothing() {
    let message = b"\xff\xfeKAFKA-1\x00: \xc3(#2)\x80";
    let found = Extractor::automatic().extract(message);
    assert_eq!(&message[found[0].span[0]..found[0].span[1]], b"KAFKA-1");
}

/// Messages built against each part that looks ahead or back.
#[test]
fn hostile_messages_are_read() {
    let repeat = |text: &str| text.repeat(100_000 / text.len() + 1).into_bytes();
    let ladder: String = (3..440).rev().map(|n| format!("{}\n", "`".repeat(n))).collect();
    for message in [
        repeat("#1"),
        repeat("#1 "),
        repeat("`"),
        repeat("``` \n"),
        repeat("<!--"),
        repeat("<code>"),
        repeat("a/"),
        repeat("a/b#"),
        repeat("KAFKA-1,"),
        repeat("https://github.com/"),
        repeat("/"),
        repeat("1"),
        repeat("fixes "),
        repeat("(#1) "),
        repeat("\n"),
        repeat("\nFixes: #1"),
        repeat(" "),
        repeat("> "),
        repeat("Bug: 1,"),
        repeat("bug 1234, "),
        repeat("Merge branch 'a-1-"),
        repeat("Revert \""),
        repeat("Change-Id: I"),
        repeat("A-"),
        repeat("~~~\n"),
        repeat("~~~~\n~~~\n"),
        repeat("](http"),
        repeat("This reverts commit 0123456, "),
        repeat("x: y\n z\n"),
        ladder.into_bytes(),
    ] {
        let found = Extractor::automatic().extract(&message);
        assert!(found.iter().all(|r| r.span[1] <= message.len()));
        assert!(everything().extract(&message).iter().all(|r| r.span[1] <= message.len()));
    }
    assert_eq!(detect([repeat("#1 ").as_slice()]).messages, 1);
}

#[test]
fn a_message_of_fifty_megabytes_is_read() {
    let mut message = vec![b'x'; 50_000_000];
    message.extend_from_slice(b" KAFKA-1");
    let found = Extractor::automatic().extract(&message);
    assert_eq!(found[0].span, [50_000_001, 50_000_008]);
}
