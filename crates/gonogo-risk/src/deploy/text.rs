//! A risk report for a terminal: a bar for each factor.

use std::fmt;

use super::report::{CommitRisk, RiskReport};
use crate::model::Contribution;

/// Commits shown with their bars; the others are counted.
pub(super) const COMMITS: usize = 5;
/// Bars shown of each.
const BARS: usize = 6;
/// Length of the longest bar.
const WIDTH: f64 = 20.0;

/// What is said of the whole deploy, a sentence each.
pub(super) fn sentences(report: &RiskReport) -> Vec<String> {
    let deploy = &report.deploy;
    if deploy.commits == 0 {
        return vec![format!("No commit to score ({} merges, {} outside the service).", deploy.merges, deploy.outside)];
    }
    let these =
        if deploy.commits == 1 { "This commit".to_owned() } else { format!("These {} commits", deploy.commits) };
    let one = deploy.commits == 1;
    let mut said = Vec::new();
    said.push(match (deploy.rank, deploy.lines_added_rank) {
        (Some(rank), Some(lines)) => format!(
            "{these} rank{} above {} of the runs of {} commit{} in this history (by lines added alone: {}).",
            if one { "s" } else { "" },
            share(rank),
            deploy.commits,
            if one { "" } else { "s" },
            share(lines)
        ),
        _ => format!(
            "{these} {} no rank: {}.",
            if one { "has" } else { "have" },
            deploy.no_rank.as_deref().unwrap_or("too little history")
        ),
    });
    said.push(if report.calibrated {
        format!(
            "Chance that {} blamed for a defect later: {}.",
            if one { "it is" } else { "one of them is" },
            share(deploy.noisy_or)
        )
    } else {
        format!("A rank, not a probability: model {} was not calibrated on this history.", report.model)
    });
    said.push(format!(
        "{} lines added; ranked against the newest {} earlier commits.",
        deploy.lines_added, report.history.reference
    ));
    if report.history.unreadable > 0 {
        said.push(format!("{} earlier commits are left out: this clone lacks their files.", report.history.unreadable));
    }
    said
}

impl fmt::Display for RiskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sentence in sentences(self) {
            writeln!(f, "{sentence}")?;
        }
        for commit in self.commits.iter().take(COMMITS) {
            commit_text(f, commit)?;
        }
        if self.commits.len() > COMMITS {
            let others = self.commits.len() - COMMITS;
            writeln!(f, "\n... and {others} commit{} of lower risk.", if others == 1 { "" } else { "s" })?;
        }
        Ok(())
    }
}

/// The contributions worth a bar, with the largest effect among them.
pub(super) fn bars(commit: &CommitRisk) -> (f64, Vec<&Contribution>) {
    let largest = commit.contributions.iter().map(|part| part.log_odds.abs()).fold(0.0, f64::max);
    let worth = |part: &&Contribution| part.log_odds.abs() >= largest / 20.0 && part.log_odds != 0.0;
    (largest, commit.contributions.iter().filter(worth).take(BARS).collect())
}

pub(super) fn rank_of(commit: &CommitRisk) -> String {
    commit.rank.map_or("no rank".to_owned(), |rank| format!("above {} of changes", share(rank)))
}

/// A subject line without control characters, cut to what fits.
pub(super) fn subject_of(commit: &CommitRisk) -> String {
    commit.subject.chars().filter(|character| !character.is_control()).take(72).collect()
}

/// A factor's value, and the usual one where there is one.
pub(super) fn value_of(part: &Contribution) -> String {
    let value = match (part.missing, part.value) {
        (true, _) => "missing".to_owned(),
        (false, Some(value)) => number(value),
        (false, None) => return String::new(),
    };
    match part.usual {
        Some(usual) => format!("{value} (usual {})", number(usual)),
        None => value,
    }
}

fn commit_text(f: &mut fmt::Formatter<'_>, commit: &CommitRisk) -> fmt::Result {
    writeln!(
        f,
        "\n{}  {}, {} of this deploy's risk  {}",
        commit.commit.short(),
        rank_of(commit),
        share(commit.share),
        subject_of(commit)
    )?;
    let (largest, parts) = bars(commit);
    for part in parts {
        let length = (part.log_odds.abs() / largest * WIDTH).round() as usize;
        let (sign, word) = if part.log_odds < 0.0 { ("-", "lowers") } else { ("+", "raises") };
        let bar = sign.repeat(length.max(1));
        writeln!(f, "  {:<36} {:>22}  {word} {bar}", part.description, value_of(part))?;
    }
    Ok(())
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e12 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Percent, never rounded up to all or down to none.
pub(super) fn share(rank: f64) -> String {
    let percent = (rank * 100.0).round();
    if rank <= 0.0 {
        "none".to_owned()
    } else if percent >= 100.0 && rank < 1.0 {
        "over 99 %".to_owned()
    } else if percent <= 0.0 {
        "under 1 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}
