//! `gonogo explain RULE`.

use gonogo::render::TextOptions;

use crate::args::Explain;
use crate::error::CliError;
use crate::output::{print, width};
use crate::pages;

pub(crate) fn run(asked: &Explain, colour: bool) -> Result<u8, CliError> {
    let Some(wanted) = &asked.rule else {
        let mut list = String::new();
        for rule in gonogo::rules() {
            list.push_str(&format!("{:<40} {:<8} {}\n", rule.id, rule.severity.to_string(), rule.summary));
        }
        print(&list)?;
        return Ok(0);
    };
    if let Some(page) = pages::page(wanted) {
        print(&gonogo::render::explain(wanted, page, &TextOptions::default().colour(colour).width(width())))?;
        return Ok(0);
    }
    let mut near: Vec<(usize, &str)> = gonogo::rules().map(|rule| (distance(wanted, rule.id), rule.id)).collect();
    near.sort_unstable();
    let near: Vec<&str> = near.into_iter().take(3).map(|(_, id)| id).collect();
    Err(CliError::sentence(format!(
        "no rule is called `{wanted}`; the nearest are {}; `gonogo explain` lists all",
        near.join(", ")
    )))
}

/// The Levenshtein distance of two short texts, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = changed.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_levenshtein_s() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
