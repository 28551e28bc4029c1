//! For a browser: one page that needs nothing else.

use gonogo_core::{Decision, Report};

use crate::junit::xml;
use crate::plain::Plain;
use crate::summary::{AnswerWord, Group, Summary};
use crate::text::weight_word;

/// How many groups of a section are open, and how many more are folded.
const OPEN: usize = 10;
const FOLDED: usize = 500;
/// How many findings of a group are listed.
const MEMBERS: usize = 200;

const STYLE: &str = include_str!("html.css");

/// The report as one HTML page: no script, no request to anywhere (its content security policy forbids both), light or dark as
/// the reader prefers, folds that open without script. It is well-formed XML, too.
#[must_use]
pub fn html(report: &Report) -> String {
    let summary = Summary::of(report);
    let word = summary.decision.to_string();
    let service = Plain::shortened(&report.deploy.service, 80);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{word}: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        xml(service.as_str())
    );
    let (first, sentence) = summary.sentence.as_str().split_once(' ').unwrap_or((summary.sentence.as_str(), ""));
    out.push_str(&format!(
        "<h1 class=\"{}\"><strong>{}</strong> {}</h1>\n",
        class(summary.decision),
        xml(first),
        xml(sentence)
    ));
    if let Some(overridden) = &summary.overridden {
        out.push_str(&format!("<p class=\"overridden\">{}</p>\n", text(overridden)));
    }
    out.push_str(&format!("<p class=\"dim\">{}</p>\n", text(&summary.deploy)));
    section(&mut out, "What stops it", &summary.stops);
    section(&mut out, "What a person must decide", &summary.holds);
    answers(&mut out, &summary);
    section(&mut out, "What could not be checked", &summary.unchecked);
    out.push_str(&format!("<h2>Examined</h2>\n<p>{}</p>\n", text(&summary.accounting)));
    rest(&mut out, &summary);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn text(text: &Plain) -> String {
    xml(text.as_str())
}

fn class(decision: Decision) -> &'static str {
    match decision {
        Decision::Go => "go",
        Decision::Hold => "hold",
        Decision::NoGo => "stop",
    }
}

fn section(out: &mut String, heading: &str, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    out.push_str(&format!("<h2>{heading}</h2>\n"));
    for one in groups.iter().take(OPEN) {
        group(out, one, true);
    }
    let folded = groups.get(OPEN..).unwrap_or_default();
    if !folded.is_empty() {
        fold(out, &format!("and {} more", folded.len()), |out| closed(out, folded));
    }
}

fn closed(out: &mut String, groups: &[Group]) {
    groups.iter().take(FOLDED).for_each(|one| group(out, one, false));
    if let Some(more) = groups.len().checked_sub(FOLDED).filter(|&more| more > 0) {
        out.push_str(&format!("<p>and {more} more: <code>gonogo check --format json</code></p>\n"));
    }
}

fn fold(out: &mut String, what: &str, within: impl FnOnce(&mut String)) {
    out.push_str(&format!("<details class=\"fold\"><summary>{what}</summary>\n"));
    within(out);
    out.push_str("</details>\n");
}

fn group(out: &mut String, group: &Group, open: bool) {
    let open = if open { " open=\"open\"" } else { "" };
    out.push_str(&format!("<details class=\"group {}\"{open}><summary>", class(group.weight)));
    out.push_str(&format!("<span class=\"weight\">{}</span> ", weight_word(group.weight)));
    let heading = group.heading();
    if !heading.is_empty() {
        let colon = if group.rule.is_some() { ":" } else { "" };
        out.push_str(&format!("<b>{}{colon}</b> ", text(&heading)));
    }
    out.push_str(&text(&group.said()));
    if let Some(rule) = &group.rule {
        out.push_str(&format!(" <code class=\"rule\">{}</code>", text(rule)));
    }
    out.push_str("</summary>\n<dl>\n");
    let mut row = |label: &str, value: String| out.push_str(&format!("<dt>{label}</dt><dd>{value}</dd>\n"));
    if let Some(blocks) = &group.blocks {
        row("blocks", text(blocks));
    }
    if let Some(place) = group.first_place() {
        let more = match group.further_places() {
            0 => String::new(),
            1 => " and 1 more place".to_owned(),
            more => format!(" and {more} more places"),
        };
        row("where", format!("<code>{}</code>{more}", xml(&place.to_string())));
    }
    if let Some(witness) = &group.witness {
        row("witness", format!("<code>{}</code>", text(witness)));
    }
    if let [only] = group.members.as_slice() {
        for (name, value) in only.evidence.iter().filter(|(name, _)| name.as_str() != "witness") {
            row("shown by", format!("<code>{} = {}</code>", text(name), text(value)));
        }
    }
    if let Some(remedy) = &group.remedy {
        row("remedy", text(remedy));
    }
    if let Some(cleared_by) = &group.cleared_by {
        row("cleared", text(cleared_by));
    }
    if !group.check.is_empty() && group.rule.is_some() {
        row("check", format!("<code>{}</code>", text(&group.check)));
    }
    out.push_str("</dl>\n");
    if group.members.len() > 1 {
        members(out, group);
    }
    out.push_str("</details>\n");
}

fn members(out: &mut String, group: &Group) {
    fold(out, &format!("all {} findings", group.members.len()), |out| {
        out.push_str("<ul>\n");
        for member in group.members.iter().take(MEMBERS) {
            let place = member
                .place
                .as_ref()
                .map(|place| format!("<code>{}</code> ", xml(&place.to_string())))
                .unwrap_or_default();
            let (subject, message) = group.said_by(member);
            let subject = if subject.is_empty() { String::new() } else { format!("<b>{}:</b> ", text(&subject)) };
            let evidence = |(name, value): &(Plain, Plain)| format!(" <code>{} = {}</code>", text(name), text(value));
            let evidence: String = member.evidence.iter().map(evidence).collect();
            out.push_str(&format!("<li>{place}{subject}{}{evidence}</li>\n", text(&message)));
        }
        if let Some(more) = group.members.len().checked_sub(MEMBERS).filter(|&more| more > 0) {
            out.push_str(&format!("<li>and {more} more</li>\n"));
        }
        out.push_str("</ul>\n");
    });
}

fn answers(out: &mut String, summary: &Summary) {
    if summary.answers.is_empty() {
        return;
    }
    out.push_str("<h2>Side by side, and back</h2>\n<dl class=\"answers\">\n");
    for answer in &summary.answers {
        let class = match answer.word {
            AnswerWord::Yes => "go",
            AnswerWord::YesAsFarAsChecked | AnswerWord::NotAsked | AnswerWord::Unknown => "hold",
            AnswerWord::No => "stop",
        };
        let why = if answer.why.is_empty() { String::from(".") } else { format!(": {}", text(&answer.why)) };
        let question = xml(answer.question);
        out.push_str(&format!("<dt>{question}</dt><dd><strong class=\"{class}\">{}</strong>{why}</dd>\n", answer.word));
    }
    out.push_str("</dl>\n");
}

fn rest(out: &mut String, summary: &Summary) {
    list(out, summary.counted.iter().map(|counted| format!("Counted: {}", text(counted))));
    list(out, summary.told.iter().map(|told| format!("{}: {}", text(&told.name), text(&told.text))));
    if !summary.notes.is_empty() {
        let notes: usize = summary.notes.iter().map(|group| group.members.len()).sum();
        fold(out, &format!("{notes} {}", if notes == 1 { "note" } else { "notes" }), |out| closed(out, &summary.notes));
    }
    if !summary.cleared.is_empty() {
        fold(out, &format!("{} cleared", summary.cleared.len()), |out| closed(out, &summary.cleared));
    }
    for shadow in summary.shadows.iter().take(FOLDED) {
        let what = format!("shadow check {} would have said {}", text(&shadow.check), shadow.would_say);
        fold(out, &what, |out| closed(out, &shadow.groups));
    }
    if !summary.inapplicable.is_empty() {
        let what = format!("{} checks that do not apply", summary.inapplicable.len());
        fold(out, &what, |out| {
            list(out, summary.inapplicable.iter().map(|told| format!("{}: {}", text(&told.name), text(&told.text))))
        });
    }
    if !summary.lapsed.is_empty() {
        let what = format!("{} clearances without effect", summary.lapsed.len());
        fold(out, &what, |out| list(out, summary.lapsed.iter().map(text)));
    }
    fold(out, "Checks", |out| {
        list(
            out,
            summary.checks.iter().map(|check| {
                let shadow = if check.shadow { " (shadow)" } else { "" };
                let took = check.took.as_ref().map_or(String::new(), |took| format!(" ({})", text(took)));
                format!("<code>{}</code>{shadow}: {}{took}", text(&check.check), text(&check.ended))
            }),
        );
    });
    out.push_str(&format!("<p class=\"dim\">{}</p>\n", text(&summary.standing)));
}

fn list(out: &mut String, items: impl ExactSizeIterator<Item = String>) {
    let more = items.len().saturating_sub(FOLDED);
    if items.len() == 0 {
        return;
    }
    out.push_str("<ul>\n");
    items.take(FOLDED).for_each(|item| out.push_str(&format!("<li>{item}</li>\n")));
    if more > 0 {
        out.push_str(&format!("<li>and {more} more</li>\n"));
    }
    out.push_str("</ul>\n");
}
