//! What makes a deploy worth a word whatever a model says: rules on facts, never inputs of a score.

use std::collections::BTreeMap;
use std::sync::Arc;

use gonogo_core::{
    BoxError, ChangeHistory, Check, CheckContext, Facts, Finding, HistoryError, ObjectId, Outcome, Severity, Timestamp,
    async_trait,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rules::{CUSTOMER_VISIBLE, MIGRATION_PRESENT, OVERSIZED_STORY, QUIET_DAY};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, clippy::exhaustive_enums)] // there are seven, and they are called what they are called
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// The day at a time, so many minutes east of Greenwich.
    pub fn at(time: Timestamp, minutes_east: i32) -> Self {
        const DAYS: [Weekday; 7] = [
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
            Weekday::Saturday,
            Weekday::Sunday,
        ];
        let days = time.unix_seconds().saturating_add(i64::from(minutes_east) * 60).div_euclid(86_400);
        // 1970-01-01 was a Thursday.
        let place = usize::try_from((days.rem_euclid(7) + 3) % 7).unwrap_or(0);
        DAYS.get(place).copied().unwrap_or(Self::Monday)
    }
}

/// `[risk.circumstances]` in gonogo.toml: what the team wants a word about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CircumstancesPolicy {
    /// Days on which a deploy is worth a word, because fewer people are there on the next.
    pub quiet_days: Vec<Weekday>,
    /// Where the team's day begins: minutes east of Greenwich, -1439 to 1439.
    pub minutes_east: i32,
    /// From so many lines added and deleted on, a story is oversized.
    pub oversized_lines: u64,
    /// From so many files on, a story is oversized.
    pub oversized_files: usize,
}

impl Default for CircumstancesPolicy {
    fn default() -> Self {
        Self { quiet_days: vec![Weekday::Friday], minutes_east: 0, oversized_lines: 1_000, oversized_files: 50 }
    }
}

/// What is known of a deploy beside its commits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Circumstances {
    /// Migrations in it, by path.
    pub migrations: Vec<String>,
    /// The issues in it, with the commits of each.
    pub stories: BTreeMap<String, Vec<ObjectId>>,
    /// Issues in it that customers will see.
    pub customer_visible: Vec<String>,
}

/// Who knows the circumstances of a deploy: joins migrations, issues and the tracker.
///
/// # Contract
/// What cannot be told is an error, never an empty list.
pub trait CircumstancesSource: Send + Sync {
    /// The circumstances of this deploy. May block.
    ///
    /// # Errors
    /// If a migration, an issue or the tracker cannot be read.
    fn circumstances(&self, cx: &CheckContext) -> Result<Circumstances, BoxError>;
}

/// What is worth a word, by the circumstances, the size of each story (changed lines, files) and the time.
pub fn circumstance_findings(
    circumstances: &Circumstances,
    sizes: &BTreeMap<String, (u64, usize)>,
    now: Option<Timestamp>,
    policy: &CircumstancesPolicy,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in &circumstances.customer_visible {
        findings.push(
            Finding::new(CUSTOMER_VISIBLE, key, Severity::Note, "customers will see it")
                .remedy("tell support and whoever speaks to customers before the deploy"),
        );
    }
    if let Some(first) = circumstances.migrations.first() {
        let count = circumstances.migrations.len();
        let message = if count == 1 {
            format!("the deploy runs a migration: {first}")
        } else {
            format!("the deploy runs {count} migrations, {first} among them")
        };
        findings.push(
            Finding::new(MIGRATION_PRESENT, "deploy", Severity::Note, message)
                .evidence("migrations", json!(circumstances.migrations))
                .remedy("know how it is taken back before it starts"),
        );
    }
    if let Some(today) = now.map(|now| Weekday::at(now, policy.minutes_east))
        && policy.quiet_days.contains(&today)
    {
        findings.push(
            Finding::new(QUIET_DAY, "deploy", Severity::Note, format!("it is {today:?}"))
                .remedy("deploy on a day after which people are there, or name who watches"),
        );
    }
    for (key, &(lines, files)) in sizes {
        if lines >= policy.oversized_lines || files >= policy.oversized_files {
            findings.push(
                Finding::new(OVERSIZED_STORY, key, Severity::Note, format!("{lines} lines changed in {files} files"))
                    .evidence("lines", lines)
                    .evidence("files", files as u64)
                    .remedy("ship it in parts, each of which can be taken back alone"),
            );
        }
    }
    findings
}

/// Says what makes a deploy worth a word: check `risk/circumstances`.
pub struct CircumstancesCheck {
    source: Arc<dyn CircumstancesSource>,
    history: Arc<dyn ChangeHistory>,
    policy: CircumstancesPolicy,
}

impl std::fmt::Debug for CircumstancesCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CircumstancesCheck").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl CircumstancesCheck {
    /// Asks `source` what is known, and `history` how large each story is.
    pub fn new(
        source: Arc<dyn CircumstancesSource>,
        history: Arc<dyn ChangeHistory>,
        policy: CircumstancesPolicy,
    ) -> Self {
        Self { source, history, policy }
    }

    fn sizes(&self, circumstances: &Circumstances) -> Result<BTreeMap<String, (u64, usize)>, HistoryError> {
        let mut sizes = BTreeMap::new();
        for (key, commits) in &circumstances.stories {
            let (mut lines, mut paths) = (0u64, std::collections::BTreeSet::new());
            for commit in commits {
                for file in self.history.line_changes(commit)? {
                    lines = lines.saturating_add(file.added).saturating_add(file.deleted);
                    paths.insert(file.path);
                }
            }
            sizes.insert(key.clone(), (lines, paths.len()));
        }
        Ok(sizes)
    }
}

#[async_trait]
impl Check for CircumstancesCheck {
    fn id(&self) -> &str {
        "risk/circumstances"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let circumstances = match self.source.circumstances(cx) {
            Ok(circumstances) => circumstances,
            Err(error) => {
                return Ok(Outcome::undetermined(
                    format!("what this deploy contains cannot be told: {error}"),
                    "make the repository and the tracker readable here, or take [risk.circumstances] out",
                ));
            }
        };
        let sizes = match self.sizes(&circumstances) {
            Ok(sizes) => sizes,
            Err(error) => {
                return Ok(Outcome::undetermined(
                    format!("how large the stories are cannot be told: {error}"),
                    "fetch the whole history (fetch-depth: 0)",
                ));
            }
        };
        let now = cx.now();
        if now.is_none() && !self.policy.quiet_days.is_empty() {
            return Ok(Outcome::undetermined(
                "which day it is cannot be told: there is no clock to trust",
                "give the gate a clock, or set quiet_days = [] in [risk.circumstances]",
            ));
        }
        let facts = Facts::new()
            .count("stories", circumstances.stories.len() as u64)
            .count("migrations", circumstances.migrations.len() as u64);
        Ok(Outcome::examined(circumstance_findings(&circumstances, &sizes, now, &self.policy), facts))
    }
}
