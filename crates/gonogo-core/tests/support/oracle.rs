//! The third law, written from its text: when is it Go, and when NoGo.
//!
//! Uses nothing of the crate but the data: not `Policy::weight`, nor what tells whether a waiver lives or names something.

use gonogo_core::{
    Approval, ApprovalTarget, Certainty, Conclusion, Decision, Entry, Finding, Mode, ObjectId, Outcome, Policy,
    Requirement, Severity, Timestamp,
};

pub(crate) struct Oracle<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) entries: &'a [Entry],
    pub(crate) head: ObjectId,
    pub(crate) now: Option<Timestamp>,
}

impl Oracle<'_> {
    /// "Go if and only if every required id is present, every enforced check Completed, none is Undetermined without a live
    /// approval, every finding that is neither waived nor approved is a Note, and at least one enforced check examined
    /// something." With the words: an id is unique in a gate; a check that is simply required and does not apply, and evidence
    /// whose time is over, are Holds that a live approval of the check clears.
    pub(crate) fn decision(&self) -> Decision {
        if self.stops() {
            Decision::NoGo
        } else if self.holds() {
            Decision::Hold
        } else {
            Decision::Go
        }
    }

    fn enforced(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.mode == Mode::Enforced)
    }

    fn stops(&self) -> bool {
        let absent = self.policy.requirements.keys().any(|id| !self.enforced().any(|entry| entry.check == *id));
        let twins = self.enforced().any(|one| self.enforced().filter(|other| other.check == one.check).count() > 1);
        let incomplete = self.enforced().any(|entry| !matches!(entry.ended, Conclusion::Completed { .. }));
        let stop = self
            .enforced()
            .flat_map(Entry::findings)
            .any(|finding| self.severity(finding) == Severity::Stop && !self.is_waived(finding));
        absent || twins || incomplete || stop
    }

    fn holds(&self) -> bool {
        let mut examined = 0;
        for entry in self.enforced() {
            let approved = self.is_approved(|approval| approval.clears == ApprovalTarget::Check(entry.check.clone()));
            match &entry.ended {
                Conclusion::Completed { result: Outcome::Undetermined { .. } } if !approved => return true,
                Conclusion::Completed { result: Outcome::NotApplicable { .. } } => {
                    let requirement = self.policy.requirements.get(&entry.check);
                    if requirement == Some(&Requirement::Required) && !approved {
                        return true;
                    }
                }
                Conclusion::Completed { result: Outcome::Examined { findings, facts } } => {
                    examined += facts.iter().filter_map(|fact| fact.count).sum::<u64>();
                    let good = match (facts.ends_at(), self.now) {
                        (None, _) => true,
                        (Some(end), Some(now)) => now < end,
                        (Some(_), None) => false,
                    };
                    if !good && !approved {
                        return true;
                    }
                    let open = |finding: &&Finding| {
                        let named = |approval: &Approval| match &approval.clears {
                            ApprovalTarget::Check(_) => false,
                            ApprovalTarget::Rule { id, subject: None } => *id == finding.rule,
                            ApprovalTarget::Rule { id, subject: Some(subject) } => {
                                (id, subject) == (&finding.rule, &finding.subject)
                            }
                        };
                        self.severity(finding) != Severity::Note
                            && !self.is_waived(finding)
                            && !approved
                            && !self.is_approved(named)
                    };
                    if findings.iter().any(|finding| open(&finding)) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        examined == 0
    }

    fn severity(&self, finding: &Finding) -> Severity {
        let mut severities = vec![finding.severity];
        if finding.certainty == Certainty::Unknown {
            severities.push(Severity::Caution);
        }
        severities.extend(self.policy.raise.get(&finding.rule));
        severities.into_iter().max().unwrap()
    }

    fn lives(&self, until: Timestamp, who: &str, why: &str) -> bool {
        let signed = [who, why].iter().all(|text| text.chars().any(|c| !c.is_whitespace()));
        signed && self.now.is_some_and(|now| now < until)
    }

    fn is_waived(&self, finding: &Finding) -> bool {
        self.policy.waivers.iter().any(|waiver| {
            self.lives(waiver.until, &waiver.who, &waiver.why)
                && waiver.rule == finding.rule
                && (waiver.subject.is_none() || waiver.subject.as_deref() == Some(&*finding.subject))
                && (waiver.head.is_none() || waiver.head == Some(self.head))
        })
    }

    fn is_approved(&self, named: impl Fn(&Approval) -> bool) -> bool {
        let lives = |one: &&Approval| self.lives(one.until, &one.who, &one.why) && one.head == self.head;
        self.policy.approvals.iter().filter(lives).any(named)
    }
}
