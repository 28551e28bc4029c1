//! Words that flow into lines of a width.

/// How a word looks where colour is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Green,
    Cyan,
}

impl Style {
    /// Select Graphic Rendition, ECMA-48 section 8.3.117.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Red => Some("1;31"),
            Self::Yellow => Some("1;33"),
            Self::Green => Some("1;32"),
            Self::Cyan => Some("36"),
        }
    }
}

/// A paragraph: words, each with its style.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    /// The pieces of each word, each with its style.
    words: Vec<Vec<(Style, String)>>,
    /// Whether the next run goes on with the last word.
    open: bool,
}

impl Flow {
    /// The paragraph, with this text added; it may be broken at its blanks.
    pub(crate) fn text(mut self, style: Style, text: &str) -> Self {
        self.words.extend(text.split(' ').filter(|word| !word.is_empty()).map(|word| vec![(style, word.to_owned())]));
        self
    }

    /// The paragraph, with this text added, which is never broken: a path, say.
    pub(crate) fn whole(mut self, style: Style, text: &str) -> Self {
        if !text.is_empty() {
            self.words.push(vec![(style, text.to_owned())]);
        }
        self
    }

    /// Adds text in which only a blank begins a new word: without one, it goes on with the last word.
    pub(crate) fn run(&mut self, style: Style, text: &str) {
        for (place, part) in text.split(' ').enumerate() {
            if place > 0 {
                self.open = false;
            }
            if part.is_empty() {
                continue;
            }
            match self.words.last_mut() {
                Some(last) if self.open => last.push((style, part.to_owned())),
                _ => self.words.push(vec![(style, part.to_owned())]),
            }
            self.open = true;
        }
    }

    /// The paragraph, with this added to its last word, where there is one.
    pub(crate) fn joined(mut self, text: &str) -> Self {
        match self.words.last_mut().and_then(|word| word.last_mut()) {
            Some((_, last)) => last.push_str(text),
            None => self.words.push(vec![(Style::Plain, text.to_owned())]),
        }
        self
    }
}

/// Writes paragraphs.
pub(crate) struct Page {
    pub(crate) out: String,
    width: usize,
    colour: bool,
}

impl Page {
    pub(crate) fn new(width: usize, colour: bool) -> Self {
        Self { out: String::new(), width, colour }
    }

    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A line as it is, indented.
    pub(crate) fn raw(&mut self, indent: usize, style: Style, line: &str) {
        self.out.push_str(&" ".repeat(indent));
        self.word(style, line);
        self.out.push('\n');
    }

    /// A paragraph: its first line indented so far, the others so far. O(length).
    pub(crate) fn paragraph(&mut self, first: usize, further: usize, flow: &Flow) {
        self.out.push_str(&" ".repeat(first));
        self.flow(first, further, flow);
    }

    /// A paragraph that begins with a label, at least one word of it on the label's line.
    pub(crate) fn labelled(&mut self, first: usize, label: (Style, &str), further: usize, flow: &Flow) {
        self.out.push_str(&" ".repeat(first));
        self.word(label.0, label.1);
        self.out.push(' ');
        self.flow(first + columns(label.1) + 1, further, flow);
    }

    fn flow(&mut self, mut column: usize, further: usize, flow: &Flow) {
        let mut now = Style::Plain;
        for (place, pieces) in flow.words.iter().enumerate() {
            let word: String = pieces.iter().map(|(_, piece)| piece.as_str()).collect();
            let first = pieces.first().map_or(Style::Plain, |(style, _)| *style);
            let wide = columns(&word);
            if place > 0 && column + 1 + wide > self.width && !could_be_taken_for_ours(&word) {
                self.change(&mut now, Style::Plain);
                self.out.push('\n');
                self.out.push_str(&" ".repeat(further));
                column = further;
            } else if place > 0 {
                if now != first {
                    self.change(&mut now, Style::Plain);
                }
                self.out.push(' ');
                column += 1;
            }
            for (style, piece) in pieces {
                self.change(&mut now, *style);
                self.out.push_str(piece);
            }
            column += wide;
        }
        self.change(&mut now, Style::Plain);
        self.out.push('\n');
    }

    fn change(&mut self, now: &mut Style, to: Style) {
        if *now != to {
            self.end(*now);
            self.style(to);
            *now = to;
        }
    }

    fn word(&mut self, style: Style, word: &str) {
        self.style(style);
        self.out.push_str(word);
        self.end(style);
    }

    fn style(&mut self, style: Style) {
        if let Some(code) = style.code().filter(|_| self.colour) {
            self.out.push_str("\u{1b}[");
            self.out.push_str(code);
            self.out.push('m');
        }
    }

    fn end(&mut self, style: Style) {
        if self.colour && style.code().is_some() {
            self.out.push_str("\u{1b}[0m");
        }
    }
}

/// A word that must not begin a line: a line that begins with it could be read as a decision, or be obeyed by a build agent
/// (GitHub's runner obeys `::` after blanks).
fn could_be_taken_for_ours(word: &str) -> bool {
    let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric() && c != ':' && c != '#');
    ["Go", "NoGo", "Hold"].iter().any(|decision| bare.strip_prefix(decision).is_some_and(|rest| rest.starts_with(':')))
        || word.starts_with("::")
        || word.starts_with("##")
}

/// How many columns of a terminal a text takes: two for East Asian wide characters and emoji, none for combining marks.
///
/// The ranges are the large blocks of Unicode's `EastAsianWidth.txt`; a rare character outside them costs a line one column.
pub(crate) fn columns(text: &str) -> usize {
    let column = |c: char| match u32::from(c) {
        0x300..=0x36f | 0x200c..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(column).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize, flow: &Flow) -> String {
        let mut page = Page::new(width, false);
        page.paragraph(2, 4, flow);
        page.out
    }

    #[test]
    fn lines_end_before_the_width() {
        let flow = Flow::default().text(Style::Plain, "one two three four five six");
        assert_eq!(page(12, &flow), "  one two\n    three\n    four\n    five six\n");
    }

    #[test]
    fn a_path_is_never_broken() {
        let flow = Flow::default()
            .text(Style::Plain, "at")
            .whole(Style::Plain, "my db/long name.sql:3")
            .text(Style::Plain, "x");
        assert_eq!(page(10, &flow), "  at\n    my db/long name.sql:3\n    x\n");
    }

    #[test]
    fn no_line_begins_as_a_decision_or_a_command_does() {
        let flow = Flow::default().text(Style::Plain, "aaaa bbbb Go: fine ::error::x \"NoGo: y");
        assert_eq!(page(8, &flow), "  aaaa\n    bbbb Go:\n    fine ::error::x \"NoGo:\n    y\n");
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let flow = Flow::default().text(Style::Red, "NoGo:");
        let mut coloured = Page::new(80, true);
        coloured.paragraph(0, 0, &flow);
        assert_eq!(coloured.out, "\u{1b}[1;31mNoGo:\u{1b}[0m\n");
        assert_eq!(page(80, &flow), "  NoGo:\n");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((columns("abc"), columns("数据"), columns("e\u{301}"), columns("🚀")), (3, 4, 1, 2));
    }
}
