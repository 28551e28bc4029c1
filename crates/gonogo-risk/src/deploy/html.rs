//! A risk report for a browser: one page that needs nothing else.

use super::report::{CommitRisk, RiskReport};
use super::text::{bars, rank_of, sentences, share, subject_of, value_of};

/// Commits that are open, and how many more are folded.
const OPEN: usize = 3;
const FOLDED: usize = 200;

const STYLE: &str = include_str!("html.css");

impl RiskReport {
    /// The report as one HTML page: a bar for each factor to the right of the middle line where it raises the risk against the median
    /// change, to the left where it lowers it. No script and no request to anywhere; light or dark as the reader prefers.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut sentences = sentences(self).into_iter();
        let first = escape(&sentences.next().unwrap_or_default());
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta name=\"color-scheme\" content=\"light dark\"/>\n\
             <title>Risk: {first}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{first}</h1>\n"
        );
        if let Some(rank) = self.deploy.rank {
            out.push_str(&scale("this deploy", rank));
        }
        if let Some(rank) = self.deploy.lines_added_rank {
            out.push_str(&scale("lines added alone", rank));
        }
        for sentence in sentences {
            out.push_str(&format!("<p class=\"dim\">{}</p>\n", escape(&sentence)));
        }
        for (place, commit) in self.commits.iter().take(OPEN + FOLDED).enumerate() {
            out.push_str(&one(commit, place < OPEN));
        }
        if self.commits.len() > OPEN + FOLDED {
            out.push_str(&format!(
                "<p class=\"dim\">{} further commits rank lower.</p>\n",
                self.commits.len() - OPEN - FOLDED
            ));
        }
        out.push_str(
            "<p class=\"dim\">Bars are log-odds against the median change of this history and add up to the score. Such a score \
             orders changes; it finds no defects and says nothing of people.</p>\n</main>\n</body>\n</html>\n",
        );
        out
    }
}

/// Where a rank lies between the least and the most risky.
fn scale(name: &str, rank: f64) -> String {
    format!(
        "<div class=\"scale\"><span>{name}</span><span class=\"track\"><i style=\"left:{:.1}%\"></i></span><span>{}</span></div>\n",
        (rank * 100.0).clamp(0.0, 100.0),
        share(rank)
    )
}

fn one(commit: &CommitRisk, open: bool) -> String {
    let mut out = format!(
        "<details{}>\n<summary><code>{}</code> {} <span class=\"dim\">{}, {} of this deploy's risk</span></summary>\n<table>\n",
        if open { " open=\"open\"" } else { "" },
        commit.commit.short(),
        escape(&subject_of(commit)),
        rank_of(commit),
        share(commit.share)
    );
    let (largest, parts) = bars(commit);
    for part in parts {
        let width = (part.log_odds.abs() / largest * 50.0).clamp(0.5, 50.0);
        let (class, left, word) =
            if part.log_odds < 0.0 { ("lowers", 50.0 - width, "lowers") } else { ("raises", 50.0, "raises") };
        out.push_str(&format!(
            "<tr><th>{}</th><td>{}</td><td class=\"bar\"><i class=\"{class}\" style=\"left:{left:.1}%;width:{width:.1}%\"></i></td>\
             <td class=\"effect\">{word} {:.2}</td></tr>\n",
            escape(&part.description),
            escape(&value_of(part)),
            part.log_odds.abs()
        ));
    }
    out.push_str("</table>\n</details>\n");
    out
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
