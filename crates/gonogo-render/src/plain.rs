//! Foreign text, made harmless.

use std::fmt;

/// Text on one line in which nothing is hidden: the only kind of text a renderer is given.
///
/// Messages, subjects and paths come from repositories and programs that nobody here wrote. In a `Plain`
/// - control characters, escape sequences' `ESC` among them, are shown as the symbols Unicode has for them (U+2400 to U+2421),
/// - characters that reorder or hide text (bidirectional controls, zero-width characters, tags, line separators, those that
///   XML cannot carry) are shown as their number, `<U+202E>`: see Unicode TR36 and TR55, and CVE-2021-42574,
/// - `##[` and `##vso[`, which build agents obey wherever they occur in a line, are broken apart.
///
/// What a format itself gives a meaning to (`<`, `*`, `%`) is left to the renderer of that format.
///
/// ```
/// use gonogo_render::Plain;
/// assert_eq!(Plain::of("fix\n\u{1b}[2JGo: all fine").as_str(), "fix ␛[2JGo: all fine");
/// assert_eq!(Plain::of("admin\u{202e}nimda").as_str(), "admin<U+202E>nimda");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plain(String);

impl Plain {
    /// The text with its white space folded: line breaks, tabs and runs of blanks become one blank.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut folded = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            neutralise(word, &mut folded);
        }
        Self(folded).without_agent_commands()
    }

    /// The text with every blank as it is: for paths, names and source code.
    #[must_use]
    pub fn exact(text: &str) -> Self {
        let mut exact = String::with_capacity(text.len());
        neutralise(text, &mut exact);
        Self(exact).without_agent_commands()
    }

    /// As [`Plain::of`], with at most `most` characters of the text, and how many are left out.
    #[must_use]
    pub fn shortened(text: &str, most: usize) -> Self {
        match text.char_indices().nth(most) {
            None => Self::of(text),
            Some((end, _)) => {
                let left_out = text.chars().count() - most;
                Self::of(&format!("{}… ({left_out} more characters)", text.get(..end).unwrap_or_default().trim_end()))
            }
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Old runners of GitHub and agents of Azure look for these anywhere in a line of a log.
    fn without_agent_commands(mut self) -> Self {
        let mut from = 0;
        while let Some(at) = self.0.get(from..).and_then(|rest| rest.find("##")).map(|at| at + from) {
            let tail = self.0.get(at + 2..).unwrap_or_default();
            let name = tail.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
            if name.starts_with('[') {
                self.0.insert(at + 1, ' ');
            }
            from = at + 1;
        }
        self
    }
}

impl AsRef<str> for Plain {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn neutralise(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '\0'..='\u{1f}' => into.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => into.push('\u{2421}'),
            c if is_deceptive(c) => into.push_str(&format!("<U+{:04X}>", u32::from(c))),
            c => into.push(c),
        }
    }
}

/// Whether a character reorders, hides or breaks what is shown, or cannot stand in XML 1.0.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}' // C1 controls
        | '\u{ad}' // soft hyphen
        | '\u{34f}' | '\u{61c}' // grapheme joiner, Arabic letter mark
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' // fillers: letters without a shape
        | '\u{180b}'..='\u{180f}' // Mongolian selectors and vowel separator
        | '\u{200b}' | '\u{200e}' | '\u{200f}' // zero-width space, directional marks
        | '\u{2028}'..='\u{202e}' // line and paragraph separators, embeddings, overrides
        | '\u{2060}'..='\u{206f}' // joiner, invisible operators, isolates, deprecated format characters
        | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}' // tags, more selectors
    )
}

#[cfg(test)]
mod tests {
    use super::Plain;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(Plain::of("\u{1b}[31mred\u{1b}[0m\u{7}\u{7f}").as_str(), "␛[31mred␛[0m␇␡");
        assert_eq!(Plain::of("csi \u{9b}31m").as_str(), "csi <U+009B>31m");
    }

    #[test]
    fn one_text_is_one_line() {
        assert_eq!(Plain::of("a\r\nGo: fine\u{2028}b\u{85}c\td").as_str(), "a Go: fine b c d");
        assert_eq!(Plain::exact("a  b\nc").as_str(), "a  b␊c");
    }

    #[test]
    fn reordering_and_hiding_are_shown() {
        assert_eq!(Plain::of("\u{2066}x\u{2069}\u{200b}y\u{feff}").as_str(), "<U+2066>x<U+2069><U+200B>y<U+FEFF>");
        assert_eq!(Plain::of("\u{e0041}").as_str(), "<U+E0041>");
    }

    #[test]
    fn letters_of_every_script_and_emoji_stay() {
        for text in ["Größe", "数据库迁移", "مرحبا", "👩\u{200d}💻 ✅"] {
            assert_eq!(Plain::of(text).as_str(), text);
        }
    }

    #[test]
    fn agents_find_no_command() {
        assert_eq!(Plain::of("x ##[error]y ##vso[task.complete]").as_str(), "x # #[error]y # #vso[task.complete]");
        assert_eq!(Plain::of("###[x").as_str(), "## #[x");
        assert_eq!(Plain::of("## heading ##").as_str(), "## heading ##");
    }

    #[test]
    fn making_plain_twice_changes_nothing_more() {
        for text in ["\u{1b}[0m ##[a] ###vso[ \u{202e} \n", "", "plain"] {
            let once = Plain::of(text);
            assert_eq!(Plain::of(once.as_str()), once);
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(Plain::shortened("abcdef", 4).as_str(), "abcd… (2 more characters)");
        assert_eq!(Plain::shortened("abcd", 4).as_str(), "abcd");
    }
}
