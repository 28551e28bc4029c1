//! What a message says is broken.

use super::label::Evidence;

/// Shorter abbreviations of commit ids are not believed: they name a word or another commit too easily.
const SHORTEST_ABBREVIATION: usize = 7;

/// A commit that a message names as broken: an id, perhaps abbreviated, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameReference {
    /// The id as written.
    pub id: String,
    /// On what evidence.
    pub evidence: Evidence,
}

/// The commits a message names as broken: `Fixes:` trailers and git's own sentence in reverts. O(length).
///
/// Source: Linux kernel, Documentation/process/submitting-patches.rst, "Fixes:"; the message that `git revert` writes.
///
/// ```
/// use gonogo_risk::{Evidence, blame_references};
/// let found = blame_references("net: stop the leak\n\nFixes: 1da177e4c3f4 (\"Linux-2.6.12-rc2\")\n");
/// assert_eq!((found[0].id.as_str(), found[0].evidence), ("1da177e4c3f4", Evidence::Fixes));
/// assert!(blame_references("Fixes: #12").is_empty());
/// ```
pub fn blame_references(message: &str) -> Vec<BlameReference> {
    let mut found = Vec::new();
    for line in message.lines() {
        let line = line.trim();
        let after = |prefix: &str| {
            line.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).and(line.get(prefix.len()..))
        };
        let (rest, evidence) = match (after("fixes:"), after("this reverts commit ")) {
            (Some(rest), _) => (rest, Evidence::Fixes),
            (None, Some(rest)) => (rest, Evidence::Reverted),
            (None, None) => continue,
        };
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("commit ").unwrap_or(rest);
        let id: String = rest.chars().take_while(char::is_ascii_hexdigit).take(64).collect();
        let ends = !rest.get(id.len()..).is_some_and(|tail| tail.starts_with(|next: char| next.is_alphanumeric()));
        if id.len() >= SHORTEST_ABBREVIATION && ends {
            found.push(BlameReference { id: id.to_ascii_lowercase(), evidence });
        }
    }
    found
}
