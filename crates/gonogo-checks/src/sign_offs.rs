//! Whoever must sign off has.

use async_trait::async_trait;
use gonogo_core::{BoxError, Check, CheckContext, Deploy, Facts, Finding, ObjectId, Outcome, Severity};
use serde::Deserialize;

use crate::document::{self, Source};
use crate::rules::SIGN_OFF_MISSING;

/// Asks whether somebody of each role signed off head, as a JSON document says:
///
/// ```json
/// {"sign_offs": [{"role": "qa", "who": "grace", "head": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}]}
/// ```
///
/// A sign-off counts for the commit it names and no other, with a name that is not blank and is not that of who asks for the deploy
/// ([`Deploy::requested_by`], without regard to case). A role without one is a [`Severity::Caution`].
///
/// ```
/// use gonogo_checks::SignOffCheck;
/// let check = SignOffCheck::new(["qa", "security"], || Ok(std::fs::read("sign-offs.json")?));
/// # let _ = check;
/// ```
pub struct SignOffCheck {
    roles: Vec<String>,
    source: Source,
}

#[derive(Deserialize)]
struct SignOffs {
    sign_offs: Vec<SignOff>,
}

#[derive(Deserialize)]
struct SignOff {
    role: String,
    who: String,
    head: ObjectId,
}

impl SignOffCheck {
    /// A check that each of these roles signed off. `source` gives the document; an error of it is an error of the check.
    pub fn new<R: Into<String>>(
        roles: impl IntoIterator<Item = R>,
        source: impl Fn() -> Result<Vec<u8>, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self { roles: roles.into_iter().map(Into::into).collect(), source: Box::new(source) }
    }

    fn judge(&self, deploy: &Deploy, told: &[SignOff]) -> Outcome {
        let findings = self.roles.iter().filter_map(|role| missing(role, deploy, told));
        let signed: Vec<String> = told
            .iter()
            .filter(|one| self.roles.contains(&one.role) && flaw(one, deploy).is_none())
            .map(|one| format!("{}: {}", one.role, one.who.trim()))
            .collect();
        let facts = Facts::new().count("roles", self.roles.len() as u64).list("sign-offs", signed);
        Outcome::examined(findings.collect(), facts)
    }
}

fn missing(role: &str, deploy: &Deploy, told: &[SignOff]) -> Option<Finding> {
    let mut flaws = Vec::new();
    for one in told.iter().filter(|one| one.role == role) {
        flaws.push(flaw(one, deploy)?);
    }
    let message = match flaws.first() {
        None => format!("nobody has signed off {} for {role}", deploy.head),
        Some(flaw) => format!("nobody has signed off {} for {role}: {flaw}", deploy.head),
    };
    let remedy = format!("ask somebody of {role} to sign off {}", deploy.head.id);
    Some(Finding::new(SIGN_OFF_MISSING, role, Severity::Caution, message).remedy(remedy))
}

/// Why a sign-off does not count, if so.
fn flaw(one: &SignOff, deploy: &Deploy) -> Option<String> {
    let who = one.who.trim();
    let own = deploy.requested_by.as_deref().is_some_and(|asking| asking.trim().to_lowercase() == who.to_lowercase());
    if one.head != deploy.head.id {
        Some(format!("{who} signed off {}", one.head.short()))
    } else if who.is_empty() {
        Some("a sign-off names nobody".into())
    } else if own {
        Some(format!("{who} asks for this deploy"))
    } else {
        None
    }
}

#[async_trait]
impl Check for SignOffCheck {
    fn id(&self) -> &str {
        "checks/sign-offs"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        if self.roles.is_empty() {
            return Ok(Outcome::not_applicable("nobody has to sign off"));
        }
        let read = document::read::<SignOffs>(&self.source, "list of sign-offs")?;
        Ok(read.map_or_else(|outcome| outcome, |told| self.judge(cx.deploy(), &told.sign_offs)))
    }
}
