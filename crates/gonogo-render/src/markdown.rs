//! For pull requests, tickets and chats that read Markdown (GitHub's flavour, and CommonMark without its extensions).

use gonogo_core::Report;

use crate::plain::Plain;
use crate::summary::{Group, Summary, Told};
use crate::text::weight_word;

/// How many groups of a section are open, and how many more are folded.
const OPEN: usize = 10;
const FOLDED: usize = 50;
/// How many findings of a group are listed.
const MEMBERS: usize = 20;
/// How long the page may become before nothing more is unfolded, in bytes: GitHub takes 65,536 characters in a comment.
const ROOM: usize = 40_000;

/// The report as Markdown: a heading that begins with the decision's word, sections, and the rest in `<details>`.
///
/// Foreign text can make neither markup nor HTML, nor mention a person; a bare address in it may become a link where the reader
/// makes links of addresses. However many findings there are, a comment on GitHub can hold it.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let summary = Summary::of(report);
    let mut out = format!("## {}\n\n", escaped(&summary.sentence));
    if let Some(overridden) = &summary.overridden {
        out.push_str(&format!("**{}**\n\n", escaped(overridden)));
    }
    out.push_str(&format!("{}\n", escaped(&summary.deploy)));
    section(&mut out, "What stops it", &summary.stops);
    section(&mut out, "What a person must decide", &summary.holds);
    if !summary.answers.is_empty() {
        out.push('\n');
    }
    for answer in &summary.answers {
        let why = if answer.why.is_empty() { String::from(".") } else { format!(": {}", escaped(&answer.why)) };
        out.push_str(&format!("- {} **{}**{why}\n", answer.question, answer.word));
    }
    section(&mut out, "What could not be checked", &summary.unchecked);
    out.push_str(&format!("\n**Examined:** {}\n", escaped(&summary.accounting)));
    rest(&mut out, &summary);
    out
}

fn section(out: &mut String, heading: &str, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    out.push_str(&format!("\n### {heading}\n\n"));
    let (open, _) = show(out, groups, OPEN);
    let folded = groups.get(open..).unwrap_or_default();
    if !folded.is_empty() {
        details(out, &format!("and {} more", folded.len()), |out| groups_within(out, folded));
    }
}

/// Shows so many groups while there is room; tells how many, and how many are left.
fn show(out: &mut String, groups: &[Group], most: usize) -> (usize, usize) {
    let mut shown = 0;
    for one in groups.iter().take(most) {
        if out.len() > ROOM {
            break;
        }
        group(out, one);
        shown += 1;
    }
    (shown, groups.len() - shown)
}

fn groups_within(out: &mut String, groups: &[Group]) {
    let (_, more) = show(out, groups, FOLDED);
    if more > 0 {
        out.push_str(&format!("- and {more} more (`gonogo check --format json`)\n"));
    }
}

/// Shows so many lines while there is room, and says how many are left.
fn lines(out: &mut String, lines: impl ExactSizeIterator<Item = String>) {
    let all = lines.len();
    let mut shown = 0;
    for line in lines.take(FOLDED) {
        if out.len() > ROOM {
            break;
        }
        out.push_str(&format!("- {line}\n"));
        shown += 1;
    }
    if all > shown {
        out.push_str(&format!("- and {} more (`gonogo check --format json`)\n", all - shown));
    }
}

fn details(out: &mut String, summary: &str, within: impl FnOnce(&mut String)) {
    out.push_str(&format!("\n<details><summary>{summary}</summary>\n\n"));
    within(out);
    out.push_str("\n</details>\n");
}

fn group(out: &mut String, group: &Group) {
    out.push_str(&format!("- **{}** ", weight_word(group.weight)));
    match &group.rule {
        None => out.push_str(&format!("{} ", escaped(&group.about))),
        Some(_) if group.heading().is_empty() => {}
        Some(_) => out.push_str(&format!("{}: ", escaped(&group.heading()))),
    }
    out.push_str(&escaped(&group.said()));
    if let Some(rule) = &group.rule {
        out.push_str(&format!(" ({})", code(rule)));
    }
    out.push('\n');
    let mut line = |label: &str, text: String| out.push_str(&format!("  - {label}: {text}\n"));
    if let Some(blocks) = &group.blocks {
        line("blocks", escaped(blocks));
    }
    if let Some(place) = group.first_place() {
        let more = match group.further_places() {
            0 => String::new(),
            1 => " and 1 more place".to_owned(),
            more => format!(" and {more} more places"),
        };
        line("where", format!("{}{more}", code(&Plain::exact(&place.to_string()))));
    }
    if let Some(witness) = &group.witness {
        line("witness", code(witness));
    }
    if let Some(remedy) = &group.remedy {
        line("remedy", escaped(remedy));
    }
    if let Some(cleared_by) = &group.cleared_by {
        line("cleared", escaped(cleared_by));
    }
}

fn all_members(out: &mut String, groups: &[&Group]) {
    for (shown, group) in groups.iter().enumerate() {
        if out.len() > ROOM {
            out.push_str(&format!("- and {} groups more (`gonogo check --format json`)\n", groups.len() - shown));
            return;
        }
        members(out, group);
    }
}

fn members(out: &mut String, group: &Group) {
    let rule = group.rule.as_ref().map(|rule| format!(" ({})", code(rule))).unwrap_or_default();
    out.push_str(&format!("- {} × {}{rule}\n", group.members.len(), escaped(&group.about)));
    for member in group.members.iter().take(MEMBERS) {
        let place = member.place.as_ref().map(|place| format!("{} ", code(&Plain::exact(&place.to_string()))));
        let (subject, message) = group.said_by(member);
        let subject = if subject.is_empty() { String::new() } else { format!("{}: ", escaped(&subject)) };
        let line = format!("{}{subject}{}", place.unwrap_or_default(), escaped(&message));
        out.push_str(&format!("  - {}\n", line.trim_end()));
    }
    if let Some(more) = group.members.len().checked_sub(MEMBERS).filter(|&more| more > 0) {
        out.push_str(&format!("  - and {more} more\n"));
    }
}

fn rest(out: &mut String, summary: &Summary) {
    if !summary.told.is_empty() || summary.counted.is_some() {
        out.push('\n');
    }
    lines(out, summary.counted.iter().map(|counted| format!("Counted: {}", escaped(counted))));
    lines(out, summary.told.iter().map(|told| format!("Also: {}: {}", escaped(&told.name), escaped(&told.text))));
    let several: Vec<&Group> = [&summary.stops, &summary.holds, &summary.unchecked]
        .into_iter()
        .flatten()
        .filter(|group| group.members.len() > 1)
        .take(FOLDED)
        .collect();
    if !several.is_empty() {
        details(out, "Every finding of the groups above", |out| all_members(out, &several));
    }
    if !summary.notes.is_empty() {
        let notes: usize = summary.notes.iter().map(|group| group.members.len()).sum();
        details(out, &format!("{notes} {}", if notes == 1 { "note" } else { "notes" }), |out| {
            all_members(out, &summary.notes.iter().take(FOLDED).collect::<Vec<_>>());
        });
    }
    if !summary.cleared.is_empty() {
        details(out, &format!("{} cleared", summary.cleared.len()), |out| groups_within(out, &summary.cleared));
    }
    for shadow in summary.shadows.iter().take(FOLDED) {
        let check = &shadow.check;
        out.push_str(&format!("\nShadow check {} would have said {}.\n", code(check), shadow.would_say));
        if !shadow.groups.is_empty() {
            details(out, "What it found", |out| groups_within(out, &shadow.groups));
        }
    }
    if !summary.inapplicable.is_empty() || !summary.lapsed.is_empty() {
        out.push('\n');
    }
    let does_not_apply = |told: &Told| format!("Does not apply: {} ({})", code(&told.name), escaped(&told.text));
    lines(out, summary.inapplicable.iter().map(does_not_apply));
    lines(out, summary.lapsed.iter().map(|lapsed| format!("Without effect: {}", escaped(lapsed))));
    out.push_str(&format!("\n{}\n", escaped(&summary.standing)));
}

/// Text that Markdown takes for nothing but text, in the middle of a line or at its beginning.
///
/// A `@` is kept from mentioning anybody by a zero-width space after it, as other bots do.
pub(crate) fn escaped(text: &Plain) -> String {
    let mut out = String::with_capacity(text.as_str().len() + 16);
    let mut before: Option<char> = None;
    // Whether there were digits only so far.
    let mut numbered = false;
    let mut rest = text.as_str().chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("@&#8203;"),
            // Between letters it never begins emphasis, and names are full of it.
            '_' if is_letter(before) && is_letter(after) => out.push('_'),
            // At the beginning of a line: a list, a heading, a rule.
            '+' | '-' | '=' | ':' if before.is_none() => {
                out.push('\\');
                out.push(c);
            }
            '.' | ')' if numbered => {
                out.push('\\');
                out.push(c);
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        numbered = c.is_ascii_digit() && (before.is_none() || numbered);
        before = Some(c);
    }
    out
}

fn is_letter(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Text as inline code: the fence is longer than any run of backticks in it (CommonMark 6.1).
pub(crate) fn code(text: &Plain) -> String {
    let text = text.as_str();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank_at_both_ends = text.starts_with(' ') && text.ends_with(' ');
    let pad =
        if text.is_empty() || text.starts_with('`') || text.ends_with('`') || blank_at_both_ends { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}
