//! Says where the policy came from, and what HEAD would change in it.

use gonogo_core::{
    BoxError, Certainty, Check, CheckContext, Facts, Finding, Location, Outcome, RepoPath, Rule, Severity, async_trait,
};

use crate::config::{CONFIG_FILE, Config, ConfigSource};

/// The rules of this check.
pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        "policy/changed-in-head",
        "HEAD changes gonogo.toml; the change counts from the next deploy on",
        Severity::Note,
        "review the change as you would review a change of the gate itself",
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
}

impl PolicySourceCheck {
    /// For a configuration that came from there.
    #[must_use]
    pub fn new(source: ConfigSource) -> Self {
        Self { source }
    }
}

#[async_trait]
impl Check for PolicySourceCheck {
    fn id(&self) -> &str {
        "policy/source"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        // No counts here: that a policy was read is not evidence about the deploy.
        let facts = Facts::new().text("policy", self.source.to_string());
        let Some(history) = cx.history() else { return Ok(Outcome::examined(vec![], facts)) };
        let file = RepoPath::from(CONFIG_FILE);
        let at_head = history.read(&cx.deploy().head, &file)?;
        let at_base = history.read(&cx.deploy().base, &file)?;
        let mut findings = Vec::new();
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
        if let Some(Err(error)) = at_head.map(|text| Config::parse(&text, &format!("{CONFIG_FILE} of head"))) {
            let mut finding =
                Finding::new("policy/unusable-in-head", CONFIG_FILE, Severity::Caution, error.to_string())
                    .at(Location::file(CONFIG_FILE))
                    .remedy("mend it before it ships: from the next deploy on it is the policy");
            finding.certainty = Certainty::Observed;
            findings.push(finding);
        }
        Ok(Outcome::examined(findings, facts))
    }
}
