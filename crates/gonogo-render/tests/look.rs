//! What the report looks like. Each snapshot is to be read as the person reads it who must decide.

mod scenarios;

use gonogo_render::{TextOptions, github, html, junit, markdown, sarif, text};

#[test]
fn text_folded() {
    for (name, report) in scenarios::all() {
        insta::assert_snapshot!(format!("text_{name}"), text(&report, &TextOptions::new()));
    }
}

#[test]
fn text_unfolded() {
    let options = TextOptions::new().unfold(true);
    insta::assert_snapshot!("text_unfolded_no_go", text(&scenarios::no_go(), &options));
}

#[test]
fn text_in_a_narrow_terminal_and_in_colour() {
    insta::assert_snapshot!("text_narrow", text(&scenarios::no_go(), &TextOptions::new().width(60)));
    let coloured = text(&scenarios::hold(), &TextOptions::new().colour(true));
    insta::assert_snapshot!("text_coloured", coloured.replace('\u{1b}', "ESC"));
}

#[test]
fn as_markdown() {
    for (name, report) in scenarios::all() {
        insta::assert_snapshot!(format!("markdown_{name}"), markdown(&report));
    }
}

#[test]
fn for_machines() {
    for (name, report) in [
        ("no_go", scenarios::no_go()),
        ("go", scenarios::go()),
        ("crashed", scenarios::crashed()),
        ("go_cleared", scenarios::go_cleared()),
        ("hostile", scenarios::hostile()),
    ] {
        insta::assert_snapshot!(format!("html_{name}"), html(&report));
        insta::assert_snapshot!(format!("github_{name}"), github(&report));
        insta::assert_snapshot!(format!("junit_{name}"), junit(&report));
        insta::assert_snapshot!(format!("sarif_{name}"), sarif(&report).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}
