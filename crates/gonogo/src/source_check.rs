//! Says where the policy came from, and what HEAD would change in it.

use gonogo_core::{
    BoxError, Certainty, Check, CheckContext, Facts, Finding, Location, Outcome, RepoPath, Rule, Severity, async_trait,
};

use crate::config::{CONFIG_FILE, Config, ConfigSource};

/// The attribute of a deploy whose base nobody named: how it was found.
pub const BASE_FOUND_BY: &str = "base-found-by";

/// The rules of this check.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        "policy/changed-in-head",
        "HEAD changes gonogo.toml; the change counts from the next deploy on",
        Severity::Note,
        "review the change as you would review a change of the gate itself",
    ),
    Rule::new(
        "policy/base-changed-in-head",
        "HEAD names another base than production does, and that base was used",
        Severity::Caution,
        "name what runs in production yourself: gonogo check BASE..HEAD",
    ),
    Rule::new(
        "policy/check-skipped",
        "the policy leaves out a ready-made check",
        Severity::Note,
        "take the check out of `skip`, or know why it is there",
    ),
    Rule::new(
        "policy/unusable-in-head",
        "HEAD's gonogo.toml cannot be used; once it is in production no deploy can be judged",
        Severity::Caution,
        "mend gonogo.toml before it ships",
    ),
];

/// Where the policy of a run came from (id `policy/source`).
#[derive(Debug, Clone)]
pub struct PolicySourceCheck {
    source: ConfigSource,
    skipped: Vec<String>,
    paths: Vec<String>,
}

impl PolicySourceCheck {
    /// For a configuration that came from there.
    #[must_use]
    pub fn new(source: ConfigSource, config: &Config) -> Self {
        let paths = config.paths.iter().map(ToString::to_string).collect();
        Self { source, skipped: config.skip.clone(), paths }
    }

    /// Whether nobody but a file of the deploy itself can have said what the base is.
    fn found_by_head(&self, cx: &CheckContext) -> bool {
        !matches!(self.source, ConfigSource::Explicit(_)) && cx.deploy().attributes.contains_key(BASE_FOUND_BY)
    }
}

#[async_trait]
impl Check for PolicySourceCheck {
    fn id(&self) -> &str {
        "policy/source"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        // No counts here: that a policy was read is not evidence about the deploy.
        let mut facts = Facts::new().text("policy", self.source.to_string());
        if !self.paths.is_empty() {
            facts = facts.text("limited to the paths", self.paths.join(", "));
        }
        if let Some(from) = cx.deploy().attributes.get(BASE_FOUND_BY) {
            facts = facts.text("base found by", from.as_str());
        }
        let skips = self.skipped.iter().map(|check| {
            let message = format!("the policy leaves out {check}: nothing of what it looks at was looked at");
            Finding::new("policy/check-skipped", check.as_str(), Severity::Note, message)
                .remedy("take it out of `skip`, or make it a shadow, which is at least seen")
        });
        let mut findings: Vec<Finding> = skips.collect();
        let Some(history) = cx.history() else { return Ok(Outcome::examined(findings, facts)) };
        let file = RepoPath::from(CONFIG_FILE);
        let at_head = history.read(&cx.deploy().head, &file)?;
        let at_base = history.read(&cx.deploy().base, &file)?;
        if at_head != at_base && at_base.is_some() {
            let what = if at_head.is_some() { "changes" } else { "removes" };
            findings.push(
                Finding::new(
                    "policy/changed-in-head",
                    CONFIG_FILE,
                    Severity::Note,
                    format!("this deploy {what} {CONFIG_FILE}; that counts from the next deploy on"),
                )
                .at(Location::file(CONFIG_FILE)),
            );
        }
        let read = |text: &[u8], side| Config::parse(text, &format!("{CONFIG_FILE} of {side}"));
        match at_head.as_deref().map(|text| read(text, "head")) {
            Some(Err(error)) => {
                let mut finding =
                    Finding::new("policy/unusable-in-head", CONFIG_FILE, Severity::Caution, error.to_string())
                        .at(Location::file(CONFIG_FILE))
                        .remedy("mend it before it ships: from the next deploy on it is the policy");
                finding.certainty = Certainty::Observed;
                findings.push(finding);
            }
            Some(Ok(head)) if self.found_by_head(cx) => {
                let base = at_base.as_deref().and_then(|text| read(text, "base").ok());
                findings.extend(base.and_then(|base| base_changed(base.base.as_deref(), head.base.as_deref())));
            }
            _ => {}
        }
        Ok(Outcome::examined(findings, facts))
    }
}

/// Where nobody named the range, HEAD's file said what production is; a deploy that points it elsewhere chooses what it is
/// measured against, and whose policy counts.
fn base_changed(at_base: Option<&str>, at_head: Option<&str>) -> Option<Finding> {
    if at_head.is_none() || at_base == at_head {
        return None;
    }
    let named = |name: Option<&str>| name.map_or("none".to_owned(), |name| format!("`{name}`"));
    let message = format!(
        "the base was found by the `base` of head, {}, and production's own {CONFIG_FILE} names {}",
        named(at_head),
        named(at_base)
    );
    Some(
        Finding::new("policy/base-changed-in-head", CONFIG_FILE, Severity::Caution, message)
            .at(Location::file(CONFIG_FILE))
            .remedy("name what runs in production yourself: gonogo check BASE..HEAD"),
    )
}
