//! The configuration that `docs/guide/configuration.md` shows is one, and does what the page says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use gonogo::{Clearances, Config, ConfigError, ConfigSource, Decision, Deploy, History, Mode, Plan, PlanError};
use gonogo_core::testing::MemoryHistory;

const PAGE: &str = include_str!("../../../docs/guide/configuration.md");

/// The code blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    PAGE.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_page_s_configuration_can_be_used() {
    let config = Config::parse(blocks("toml")[0].as_bytes(), "the page").unwrap();
    assert_eq!(config.service.as_deref(), Some("shop"));
    assert_eq!(config.policy.requirements.len(), 2);
    assert_eq!(config.policy.waivers[0].who, "ada");
    assert_eq!(config.freeze.as_ref().unwrap().windows.len(), 2);
    assert_eq!(config.command[0].mode, Mode::Shadow);
    assert_eq!(config.migration.dialect.as_deref(), Some("postgres"));
    assert!(config.compat.rollout.is_some());
}

#[test]
fn the_page_s_clearances_can_be_used() {
    let given = Clearances::parse(blocks("toml")[1].as_bytes(), "the page").unwrap();
    assert_eq!((given.approvals.len(), given.overrides.len()), (1, 1));
}

#[test]
fn the_page_s_outcome_is_one() {
    let outcome: gonogo::Outcome = serde_json::from_str(&blocks("json")[1]).unwrap();
    assert_eq!(outcome.findings()[0].rule, "team/licence");
}

#[test]
fn an_unknown_key_is_an_error_with_its_line() {
    let error = Config::parse(b"service = \"shop\"\n\n[policy]\nvalid_for = 3\n", "gonogo.toml").unwrap_err();
    assert!(
        matches!(&error, ConfigError::Invalid { message, .. } if message.contains("line 4") && message.contains("valid_for"))
    );
}

#[test]
fn base_s_configuration_counts_and_head_s_only_where_base_has_none() {
    let history = MemoryHistory::new()
        .commit("none", &[], "first", &[])
        .commit("base", &["none"], "second", &[("gonogo.toml", "service = \"old\"\n")])
        .commit("head", &["base"], "third", &[("gonogo.toml", "service = \"new\"\n")]);
    let at = |name: &str| history.resolve(name).unwrap();
    let load = |base: &str, head: &str| Config::load(&history, &at(base), &at(head), None).unwrap();
    let (config, source) = load("base", "head");
    assert_eq!((config.service.as_deref(), source), (Some("old"), ConfigSource::Base(at("base"))));
    let (config, source) = load("none", "head");
    assert_eq!((config.service.as_deref(), source), (Some("new"), ConfigSource::Head(at("head"))));
    let (config, source) = load("none", "none");
    assert_eq!((config.service, source), (None, ConfigSource::None));
}

#[test]
fn a_plan_without_checks_is_refused_and_one_of_a_team_s_own_decides() {
    let history = MemoryHistory::new().commit("a", &[], "first", &[]);
    let deploy = Deploy::new("shop", "production", history.resolve("a").unwrap(), history.resolve("a").unwrap());
    let own = gonogo::check_fn("team/own", |_: Arc<gonogo::CheckContext>| async {
        Ok(gonogo::Outcome::examined(vec![], gonogo::Facts::new().count("things", 1)))
    });
    let config = Config::default();
    let history: Arc<dyn gonogo::ChangeHistory> = Arc::new(NoChanges(history));
    let empty = Plan::empty().gate(&config, ConfigSource::None, Arc::clone(&history)).unwrap().build();
    assert!(empty.is_err());
    let gate = Plan::empty().check(own).gate(&config, ConfigSource::None, history).unwrap().build().unwrap();
    assert_eq!(gate.decide_blocking(Arc::new(deploy)).decision, Decision::Go);
}

#[test]
fn a_misspelt_check_in_skip_or_shadow_is_an_error() {
    let history: Arc<dyn gonogo::ChangeHistory> = Arc::new(NoChanges(MemoryHistory::new()));
    let config = Config::parse(b"skip = [\"migration/efects\"]\n", "gonogo.toml").unwrap();
    let error = Plan::standard().gate(&config, ConfigSource::None, history).unwrap_err();
    assert!(
        matches!(&error, PlanError::UnknownCheck { check, known, .. } if check == "migration/efects" && known.contains("migration/effects"))
    );
}

/// A history in memory whose commits' own changes cannot be told.
struct NoChanges(MemoryHistory);

fn unknown() -> gonogo::HistoryError {
    gonogo::HistoryError::Incomplete { what: "no changes are kept".into(), remedy: "ask a repository".into() }
}

impl History for NoChanges {
    fn resolve(&self, name: &str) -> Result<gonogo::Revision, gonogo::HistoryError> {
        self.0.resolve(name)
    }
    fn ancestry(
        &self,
        base: &gonogo::Revision,
        head: &gonogo::Revision,
    ) -> Result<gonogo::Ancestry, gonogo::HistoryError> {
        self.0.ancestry(base, head)
    }
    fn commits(
        &self,
        base: &gonogo::Revision,
        head: &gonogo::Revision,
    ) -> Result<Vec<gonogo::Commit>, gonogo::HistoryError> {
        self.0.commits(base, head)
    }
    fn changed_files(
        &self,
        base: &gonogo::Revision,
        head: &gonogo::Revision,
    ) -> Result<Vec<gonogo::FileChange>, gonogo::HistoryError> {
        self.0.changed_files(base, head)
    }
    fn read(&self, at: &gonogo::Revision, path: &gonogo::RepoPath) -> Result<Option<Vec<u8>>, gonogo::HistoryError> {
        self.0.read(at, path)
    }
    fn files(
        &self,
        at: &gonogo::Revision,
        directory: &gonogo::RepoPath,
    ) -> Result<Vec<gonogo::RepoPath>, gonogo::HistoryError> {
        self.0.files(at, directory)
    }
}

impl gonogo::ChangeHistory for NoChanges {
    fn ancestors(
        &self,
        _head: &gonogo::Revision,
        _visit: &mut dyn FnMut(&gonogo::CommitHeader) -> std::ops::ControlFlow<()>,
    ) -> Result<(), gonogo::HistoryError> {
        Err(unknown())
    }
    fn line_changes(&self, _commit: &gonogo::ObjectId) -> Result<Vec<gonogo::LineChange>, gonogo::HistoryError> {
        Err(unknown())
    }
    fn canonical_author(
        &self,
        _at: &gonogo::Revision,
        _author: &gonogo::Signature,
    ) -> Result<gonogo::Signature, gonogo::HistoryError> {
        Err(unknown())
    }
    fn equivalent(
        &self,
        _base: &gonogo::Revision,
        _head: &gonogo::Revision,
    ) -> Result<Vec<gonogo::Equivalent>, gonogo::HistoryError> {
        Err(unknown())
    }
}
