//! The fields of an issue form, which GitHub writes into the issue's text.

use std::collections::BTreeMap;

use gonogo_issues::Field;

/// What an issue form writes for a field that was left out.
const NO_RESPONSE: &str = "_No response_";

/// Headings (`### Risk assessment`) with what stands below each, up to the next heading. A heading that comes twice with
/// different texts says nothing.
pub(super) fn fields(body: &str) -> BTreeMap<String, Field> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in body.lines() {
        let start = line.trim_start();
        match fence {
            Some(mark) if start.starts_with(mark) => fence = None,
            Some(_) => {}
            None if start.starts_with("```") => fence = Some("```"),
            None if start.starts_with("~~~") => fence = Some("~~~"),
            None => {
                if let Some(title) = heading(line) {
                    sections.push((title, String::new()));
                    continue;
                }
            }
        }
        if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    let mut found: BTreeMap<String, Field> = BTreeMap::new();
    let mut twice = Vec::new();
    for (title, text) in sections {
        let text = without_comments(&text);
        let text = text.trim();
        let field = if text == NO_RESPONSE { Field::Empty } else { Field::from_value(text.into()) };
        if found.get(&title).is_some_and(|known| *known != field) {
            twice.push(title.clone());
        }
        found.insert(title, field);
    }
    twice.iter().for_each(|title| drop(found.remove(title)));
    found
}

/// The text of an ATX heading: up to three blanks, one to six `#`, a blank.
fn heading(line: &str) -> Option<String> {
    let rest = line.trim_start_matches(' ');
    let marks = rest.bytes().take_while(|b| *b == b'#').count();
    let text = rest.get(marks..)?;
    if line.len() - rest.len() > 3 || !(1..=6).contains(&marks) || !text.starts_with([' ', '\t']) {
        return None;
    }
    let title = text.trim().trim_end_matches('#').trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Comments are what a template tells its reader, not what somebody answered.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("<!--") {
        out.push_str(before);
        match behind.split_once("-->") {
            Some((_, after)) => rest = after,
            None => return out,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_s_fields_are_headings_with_what_stands_below() {
        let body = "Intro\n### Risk assessment\n\nlow\n\n### Post-deploy checks\r\n\r\n_No response_\r\n\n## Reviewer ##\n\
                    <!-- who? -->\n\n### Log\n```\n### not a heading\n```\n### Twice\na\n### Twice\nb\n#hash\n";
        let found = fields(body);
        let told: Vec<_> = found.iter().map(|(name, field)| (name.as_str(), field.clone())).collect();
        assert_eq!(
            told,
            [
                ("Log", Field::Value("```\n### not a heading\n```".into())),
                ("Post-deploy checks", Field::Empty),
                ("Reviewer", Field::Empty),
                ("Risk assessment", Field::Value("low".into())),
            ]
        );
        assert!(fields("").is_empty());
        assert_eq!(fields("# A\n<!-- never closed").get("A"), Some(&Field::Empty));
    }
}
