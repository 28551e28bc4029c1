//! The columns that a view has, as far as its text says them plainly.

/// The names of a view's columns in order; `None` when one of them takes more than reading (`*`, an expression without a name).
/// Linear in the text.
pub(crate) fn of(sql: &str) -> Option<Vec<String>> {
    let words = pieces(sql);
    let view = words.iter().position(|w| w.eq_ignore_ascii_case("view"))?;
    let start = words.iter().skip(view).position(|w| w.eq_ignore_ascii_case("as"))? + view + 1;
    // names in brackets between the view's name and AS
    if let Some(list) = words.get(view..start)?.iter().find(|w| w.starts_with('(')) {
        return list.trim_matches(['(', ')']).split(',').map(|n| name(n.trim())).collect();
    }
    let mut at = start;
    if !words.get(at)?.eq_ignore_ascii_case("select") {
        return None;
    }
    at += 1;
    if words.get(at)?.eq_ignore_ascii_case("distinct") {
        at += 1;
    }
    let mut columns = Vec::new();
    let mut item: Vec<&str> = Vec::new();
    let ends = ["from", "where", "group", "union", "order", "limit", "intersect", "except", "having"];
    for word in words.iter().skip(at) {
        if ends.iter().any(|e| word.eq_ignore_ascii_case(e)) {
            break;
        }
        if *word == "," {
            columns.push(column(&item)?);
            item.clear();
        } else {
            item.push(word);
        }
    }
    columns.push(column(&item)?);
    Some(columns)
}

/// The name of one item of a select list: behind AS, or the column itself.
fn column(item: &[&str]) -> Option<String> {
    match item {
        [.., before, last] if before.eq_ignore_ascii_case("as") => name(last),
        [one] => name(one.rsplit('.').next()?),
        _ => None,
    }
}

fn name(word: &str) -> Option<String> {
    if let Some(quoted) = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
        return (!quoted.contains('"')).then(|| quoted.to_owned());
    }
    let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !word.starts_with(|c: char| c.is_ascii_digit())).then(|| word.to_lowercase())
}

/// Words, commas, and whole bracketed groups; comments are left out, and a text in quotes is part of its word.
fn pieces(sql: &str) -> Vec<&str> {
    let bytes = sql.as_bytes();
    let mut out = Vec::new();
    let (mut start, mut at, mut depth) = (0usize, 0usize, 0usize);
    let mut quote = None;
    let mut push = |from: usize, to: usize| {
        if let Some(word) = sql.get(from..to).filter(|w| !w.trim().is_empty()) {
            out.push(word.trim());
        }
    };
    while let Some(&b) = bytes.get(at) {
        if let Some(open) = quote {
            if b == open {
                quote = None;
            }
        } else if b == b'\'' || b == b'"' {
            quote = Some(b);
        } else if b == b'-' && bytes.get(at + 1) == Some(&b'-') && depth == 0 {
            push(start, at);
            while bytes.get(at).is_some_and(|b| *b != b'\n') {
                at += 1;
            }
            start = at;
            continue;
        } else if b == b'(' {
            if depth == 0 {
                push(start, at);
                start = at;
            }
            depth += 1;
        } else if b == b')' {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                push(start, at + 1);
                start = at + 1;
            }
        } else if depth == 0 && (b == b',' || b.is_ascii_whitespace() || b == b';') {
            push(start, at);
            if b == b',' {
                push(at, at + 1);
            }
            start = at + 1;
        }
        at += 1;
    }
    push(start, bytes.len());
    out
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn plain_columns_are_read_and_others_are_not_guessed() {
        let some = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            of("create or replace view v as select id, p.title, count(*) as n from post p"),
            some(&["id", "title", "n"])
        );
        assert_eq!(of("create view v (a, \"B\") as select 1, 2"), some(&["a", "B"]));
        assert_eq!(of("create view v as select * from post"), None);
        assert_eq!(of("create view v as select id + 1 from post"), None);
    }
}
