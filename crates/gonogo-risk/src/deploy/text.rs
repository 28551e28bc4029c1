//! A risk report for a terminal: a bar for each factor.

use std::fmt::{self, Write as _};

use super::report::{CommitRisk, RiskReport};

/// Commits shown with their bars; the others are counted.
const COMMITS: usize = 5;
/// Bars shown of each.
const BARS: usize = 6;
/// Length of the longest bar.
const WIDTH: f64 = 20.0;

impl fmt::Display for RiskReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deploy = &self.deploy;
        if deploy.commits == 0 {
            return writeln!(
                f,
                "No commit to score ({} merges, {} outside the service).",
                deploy.merges, deploy.outside
            );
        }
        match (deploy.rank, deploy.lines_added_rank) {
            (Some(rank), Some(lines)) => writeln!(
                f,
                "These {} commits rank above {} of the runs of {} commits in this history (by lines added alone: {}).",
                deploy.commits,
                share(rank),
                deploy.commits,
                share(lines)
            )?,
            _ => writeln!(
                f,
                "These {} commits have no rank: {}.",
                deploy.commits,
                deploy.no_rank.as_deref().unwrap_or("too little history")
            )?,
        }
        if self.calibrated {
            writeln!(f, "Chance that one of them is blamed for a defect later: {}.", share(deploy.noisy_or))?;
        } else {
            writeln!(f, "A rank, not a probability: model {} was not calibrated on this history.", self.model)?;
        }
        writeln!(
            f,
            "{} lines added; ranked against the newest {} earlier commits.",
            deploy.lines_added, self.history.reference
        )?;
        for commit in self.commits.iter().take(COMMITS) {
            commit_text(f, commit)?;
        }
        if self.commits.len() > COMMITS {
            writeln!(f, "\n... and {} commits of lower risk.", self.commits.len() - COMMITS)?;
        }
        Ok(())
    }
}

fn commit_text(f: &mut fmt::Formatter<'_>, commit: &CommitRisk) -> fmt::Result {
    let rank = commit.rank.map_or("no rank".to_owned(), |rank| format!("above {} of changes", share(rank)));
    let subject: String = commit.subject.chars().filter(|character| !character.is_control()).take(60).collect();
    writeln!(f, "\n{}  {rank}, {} of this deploy's risk  {subject}", commit.commit.short(), share(commit.share))?;
    let largest = commit.contributions.first().map_or(0.0, |first| first.log_odds.abs());
    for part in commit.contributions.iter().take(BARS).filter(|part| part.log_odds.abs() >= largest / 20.0) {
        let length = if largest > 0.0 { (part.log_odds.abs() / largest * WIDTH).round() as usize } else { 0 };
        let value = match (part.missing, part.value) {
            (true, _) => "missing".to_owned(),
            (false, Some(value)) => number(value),
            (false, None) => String::new(),
        };
        let (sign, word) = if part.log_odds < 0.0 { ("-", "lowers") } else { ("+", "raises") };
        let mut bar = String::new();
        for _ in 0..length.max(1) {
            bar.write_str(sign)?;
        }
        writeln!(f, "  {:<40} {value:>9}  {word} {bar}", part.description)?;
    }
    Ok(())
}

fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e12 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// Percent, never rounded up to all or down to none.
fn share(rank: f64) -> String {
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
