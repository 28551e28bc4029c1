//! Whether a message says that its commit repairs a defect.

/// Whether the message has a word that names a repair: `fix`, `bug`, `defect` and their forms.
///
/// Whole words only, in any case: `fixture`, `prefix` and `debug` are none. Source: the keywords of Kamei et al. (IEEE TSE
/// 39(6), 2013, "fix: whether or not the change is a defect fix"), without `patch`, which in today's messages mostly names
/// a version. A word is weak evidence: rank it below a `Fixes: <commit>` trailer or a linked issue. O(length).
///
/// ```
/// assert!(gonogo_risk::is_fix("Hotfix: the total was off by one"));
/// assert!(!gonogo_risk::is_fix("Add a fixture and a debug prefix"));
/// ```
pub fn is_fix(message: &str) -> bool {
    const WORDS: [&str; 14] = [
        "fix", "fixes", "fixed", "fixing", "fixup", "hotfix", "hotfixes", "bugfix", "bugfixes", "bug", "bugs", "buggy",
        "defect", "defects",
    ];
    message
        .split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| word.len() <= 8 && WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}
