//! A page about a rule, on a terminal.

use crate::flow::{Flow, Page, Style};
use crate::plain::Plain;
use crate::text::{NARROWEST, TextOptions};

/// A rule's page, written in Markdown, for a terminal: headings, paragraphs, lists, quotes, code, links.
///
/// What this small reading of Markdown does not know (tables, HTML) is shown as it is written. Without colour, inline code
/// keeps its backticks. O(length of the page).
///
/// ```
/// let page = "# team/wip\n\nA commit says `WIP`.\n\n- finish it\n";
/// let text = gonogo_render::explain("team/wip", page, &gonogo_render::TextOptions::new());
/// assert_eq!(text, "team/wip\n\nA commit says `WIP`.\n\n- finish it\n");
/// ```
#[must_use]
pub fn explain(rule: &str, page_markdown: &str, options: &TextOptions) -> String {
    let mut reader = Reader {
        page: Page::new(options.width.max(NARROWEST), options.colour),
        colour: options.colour,
        block: None,
        last: Last::Nothing,
    };
    let titled = page_markdown.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with('#'));
    if !titled {
        reader.begin(Last::Heading);
        reader.page.raw(0, Style::Bold, Plain::of(rule).as_str());
    }
    let mut fence: Option<&str> = None;
    for line in page_markdown.lines() {
        let trimmed = line.trim_start();
        match fence {
            Some(closing) if trimmed.starts_with(closing) => fence = None,
            Some(_) => reader.code(line),
            None => match ["```", "~~~"].into_iter().find(|opening| trimmed.starts_with(opening)) {
                Some(opening) => {
                    reader.end_block();
                    reader.begin(Last::Code);
                    fence = Some(opening);
                }
                None => reader.line(line),
            },
        }
    }
    reader.end_block();
    reader.page.out
}

/// What was written last: a blank line comes between two that differ, and between all but lines of a list or of code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Heading,
    Text,
    Item,
    Code,
}

/// A paragraph, item or quote that goes on.
struct Block {
    kind: Last,
    indent: usize,
    label: String,
    text: String,
}

struct Reader {
    page: Page,
    colour: bool,
    block: Option<Block>,
    last: Last,
}

impl Reader {
    fn begin(&mut self, kind: Last) {
        let apart = self.last != Last::Nothing && !(self.last == kind && matches!(kind, Last::Item));
        if apart {
            self.page.blank();
        }
        self.last = kind;
    }

    fn code(&mut self, line: &str) {
        self.page.raw(4, Style::Cyan, Plain::exact(&line.replace('\t', "    ")).as_str());
    }

    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            self.end_block();
            return;
        }
        let hashes = trimmed.bytes().take_while(|&byte| byte == b'#').count();
        if let Some(heading) = trimmed.get(hashes..).filter(|rest| (1..=6).contains(&hashes) && rest.starts_with(' ')) {
            self.end_block();
            self.begin(Last::Heading);
            self.page.paragraph(0, 0, &inline(&format!("**{}**", heading.trim()), false));
            return;
        }
        if trimmed.starts_with('|') {
            self.end_block();
            if self.last != Last::Code {
                self.begin(Last::Code);
            }
            self.page.raw(0, Style::Plain, Plain::exact(trimmed).as_str());
            return;
        }
        // Nobody indents a list of a rule's page further than this; a hostile page gets no wider.
        let indent = (line.len() - line.trim_start().len()).min(12);
        if let Some((label, text)) = item(trimmed) {
            self.end_block();
            let (label, text) = (label.to_owned(), text.to_owned());
            self.block = Some(Block { kind: Last::Item, indent, label, text });
        } else if let Some(quoted) = trimmed.strip_prefix('>') {
            match &mut self.block {
                Some(block) if block.label == "|" => block.text.push_str(quoted),
                _ => {
                    self.end_block();
                    self.block = Some(Block {
                        kind: Last::Text,
                        indent: 0,
                        label: "|".to_owned(),
                        text: quoted.trim().to_owned(),
                    });
                }
            }
        } else {
            match &mut self.block {
                Some(block) => {
                    block.text.push(' ');
                    block.text.push_str(trimmed);
                }
                None => {
                    self.block =
                        Some(Block { kind: Last::Text, indent: 0, label: String::new(), text: trimmed.to_owned() });
                }
            }
        }
    }

    fn end_block(&mut self) {
        let Some(block) = self.block.take() else { return };
        self.begin(block.kind);
        let flow = inline(&block.text, !self.colour);
        match block.label.is_empty() {
            true => self.page.paragraph(0, 0, &flow),
            false => {
                let further = block.indent + block.label.len() + 1;
                self.page.labelled(block.indent, (Style::Plain, &block.label), further, &flow);
            }
        }
    }
}

/// The label and the text of a list item.
fn item(line: &str) -> Option<(&str, &str)> {
    let (label, text) = line.split_once(' ')?;
    let number = label.strip_suffix(['.', ')']);
    let numbered =
        number.is_some_and(|number| (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()));
    (matches!(label, "-" | "*" | "+") || numbered).then_some((label, text))
}

/// Text with `code`, **bold** and [links](https://...). What is not closed is text.
fn inline(text: &str, keep_backticks: bool) -> Flow {
    let mut flow = Flow::default();
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = rest.find(['`', '*', '[']) {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        plain.push_str(before);
        let found = if let Some((code, after)) = tail.strip_prefix('`').and_then(|tail| tail.split_once('`')) {
            let shown = if keep_backticks { format!("`{code}`") } else { code.to_owned() };
            Some((Style::Cyan, shown, after))
        } else if let Some((bold, after)) = tail.strip_prefix("**").and_then(|tail| tail.split_once("**")) {
            Some((Style::Bold, bold.replace('`', ""), after))
        } else if let Some((name, link)) = tail.strip_prefix('[').and_then(|tail| tail.split_once("]("))
            && let Some((target, after)) = link.split_once(')')
        {
            Some((Style::Plain, format!("{} ({target})", name.replace('`', "")), after))
        } else {
            None
        };
        match found {
            Some((style, shown, after)) => {
                flow.run(Style::Plain, Plain::exact(&plain).as_str());
                plain.clear();
                flow.run(style, Plain::exact(&shown).as_str());
                rest = after;
            }
            None => {
                let end = tail.char_indices().nth(1).map_or(tail.len(), |(end, _)| end);
                let (first, after) = tail.split_at_checked(end).unwrap_or((tail, ""));
                plain.push_str(first);
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    flow.run(Style::Plain, Plain::exact(&plain).as_str());
    flow
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# migration/index-not-concurrent\n\nAn index is built while **nobody can write**. See the\n[manual](https://example.org/x).\n\n## Example\n\n```sql\nCREATE INDEX ON post (title);\n  -- indented\n```\n\n## Remedy\n\n- `CREATE INDEX CONCURRENTLY`, outside\n  a transaction.\n- or in a quiet hour\n  1. first\n\n> a quote\n> goes on\n\n| a | b |\n| - | - |\n";

    #[test]
    fn a_page_without_colour() {
        let expected = "migration/index-not-concurrent\n\nAn index is built while nobody can write. See the manual (https://example.org/x).\n\nExample\n\n    CREATE INDEX ON post (title);\n      -- indented\n\nRemedy\n\n- `CREATE INDEX CONCURRENTLY`, outside a transaction.\n- or in a quiet hour\n  1. first\n\n| a quote goes on\n\n| a | b |\n| - | - |\n";
        assert_eq!(explain("migration/index-not-concurrent", PAGE, &TextOptions::new()), expected);
    }

    #[test]
    fn colour_stands_for_the_backticks() {
        let text = explain("x", "a `b`, c", &TextOptions::new().colour(true));
        assert_eq!(text, "\u{1b}[1mx\u{1b}[0m\n\na \u{1b}[36mb\u{1b}[0m, c\n");
    }

    #[test]
    fn what_is_not_closed_is_text() {
        let text = explain("x", "# x\n\na `b **c [d](e *f* 数`", &TextOptions::new());
        assert_eq!(text, "x\n\na `b **c [d](e *f* 数`\n");
        assert_eq!(explain("x", "# x\n\n2 * 3 [y] **z", &TextOptions::new()), "x\n\n2 * 3 [y] **z\n");
        assert_eq!(explain("x", "# x\n```\nopen", &TextOptions::new()), "x\n\n    open\n");
        assert_eq!(explain("x", "", &TextOptions::new()), "x\n");
    }

    #[test]
    fn a_page_cannot_steer_the_terminal() {
        let text = explain("x", "# x\n\n\u{1b}[2J `\u{1b}c` \n```\n\u{1b}]0;x\u{7}\n```", &TextOptions::new());
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text}");
    }
}
