//! A risk report for a pull request or a chat.

use super::report::RiskReport;
use super::text::{COMMITS, bars, rank_of, sentences, share, subject_of, value_of};

impl RiskReport {
    /// The report as Markdown: a sentence each for the deploy, a table for each of the riskiest commits.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut sentences = sentences(self).into_iter();
        let mut out = format!("**{}**\n\n", plain(&sentences.next().unwrap_or_default()));
        out.push_str(&plain(&sentences.collect::<Vec<_>>().join(" ")));
        out.push('\n');
        for commit in self.commits.iter().take(COMMITS) {
            out.push_str(&format!(
                "\n`{}` {}: {}, {} of this deploy's risk\n\n| factor | value | effect |\n| --- | --- | --- |\n",
                commit.commit.short(),
                plain(&subject_of(commit)),
                rank_of(commit),
                share(commit.share)
            ));
            let (largest, parts) = bars(commit);
            for part in parts {
                let length = (part.log_odds.abs() / largest * 10.0).round().max(1.0) as usize;
                let effect = if part.log_odds < 0.0 { "▼ lowers " } else { "▲ raises " };
                out.push_str(&format!(
                    "| {} | {} | {effect}{} |\n",
                    plain(&part.description),
                    value_of(part),
                    "█".repeat(length)
                ));
            }
        }
        if self.commits.len() > COMMITS {
            out.push_str(&format!("\n{} further commits rank lower.\n", self.commits.len() - COMMITS));
        }
        out
    }
}

/// Text that Markdown shows as it is: what begins markup is escaped.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '@' | '&') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
