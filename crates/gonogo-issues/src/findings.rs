//! What there is to say about the issues of a deploy.

use std::collections::BTreeMap;

use gonogo_core::{Finding, Severity, Timestamp};

use crate::contents::Contents;
use crate::ledger::{Class, IssueEntry, Ledger};
use crate::policy::{CustomerVisible, IssuesPolicy, says_any, texts};
use crate::rules;
use crate::tracker::{Field, Issue, Lookup};

/// The severity that turns a grouped note into one finding for each commit, so that each can be waived by itself.
const APART_FROM: Severity = Severity::Caution;

/// How many things a grouped finding names.
const NAMED: usize = 50;

/// What a tracker was asked and what it answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) keys: Vec<String>,
    pub(crate) answers: BTreeMap<String, Lookup>,
    pub(crate) tracker: Option<String>,
}

impl Asked {
    pub(crate) fn nobody(keys: Vec<String>) -> Self {
        Self { keys, answers: BTreeMap::new(), tracker: None }
    }
}

/// Every finding, worst things first within each rule's order.
pub(crate) fn findings(
    policy: &IssuesPolicy,
    ledger: &Ledger,
    contents: &Contents,
    asked: &Asked,
    now: Option<Timestamp>,
) -> Vec<Finding> {
    let mut list = Vec::new();
    unverified(policy, asked, &mut list);
    freshness(policy, asked, now, &mut list);
    for issue in ledger.issues().iter().filter(|issue| issue.is_brought()) {
        match asked.answers.get(&issue.key) {
            Some(Lookup::Found(found)) => tracked(policy, issue, found, &mut list),
            Some(Lookup::NotFound) => list.push(
                finding(
                    policy,
                    rules::UNKNOWN_KEY,
                    &issue.key,
                    format!(
                        "{} has no issue {} that its user may see",
                        asked.tracker.as_deref().unwrap_or("the tracker"),
                        issue.key
                    ),
                )
                .evidence("commits", shorts(&issue.commits))
                .remedy("correct the key, or add its project to `never` if it is none"),
            ),
            _ => {}
        }
    }
    reverted(policy, ledger, &mut list);
    near_misses(policy, contents, &mut list);
    unlinked(policy, ledger, &mut list);
    if ledger.is_incomplete() {
        list.push(
            Finding::new(rules::UNLINKED_COMMIT, "merges", Severity::Note, "not every merge was followed within the limit of steps: some commits that a merge links may be listed as unlinked")
                .remedy("deploy smaller ranges, or name the issue in each commit"),
        );
    }
    list
}

fn finding(policy: &IssuesPolicy, rule: &str, subject: &str, message: String) -> Finding {
    Finding::new(rule, subject, policy.severity(rule), message)
}

/// What policy asks and nobody answered: the keys that failed, or all of them where there is no tracker.
fn unverified(policy: &IssuesPolicy, asked: &Asked, list: &mut Vec<Finding>) {
    if !policy.asks_tracker() && asked.tracker.is_none() {
        return;
    }
    if asked.tracker.is_none() && !asked.keys.is_empty() {
        list.push(
            Finding::unknown(rules::UNVERIFIED, "issues", format!("policy asks about states or fields of issues and no tracker is configured: {} issues are not verified", asked.keys.len()))
                .evidence("issues", asked.keys.get(..NAMED.min(asked.keys.len())).unwrap_or(&[]).to_vec())
                .remedy("configure a tracker, or take the demands out of the policy"),
        );
        return;
    }
    let mut failed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, answer) in &asked.answers {
        if let Lookup::Failed { why } = answer {
            failed.entry(why).or_default().push(key.clone());
        }
    }
    for (why, keys) in failed {
        let subject = if keys.len() == 1 { keys.first().cloned().unwrap_or_default() } else { "issues".to_owned() };
        let count = keys.len();
        list.push(
            Finding::unknown(
                rules::UNVERIFIED,
                subject,
                format!("{count} {} could not be looked up: {why}", if count == 1 { "issue" } else { "issues" }),
            )
            .evidence("issues", keys.get(..NAMED.min(count)).unwrap_or(&[]).to_vec())
            .remedy("make the tracker answer, and decide again"),
        );
    }
}

/// Answers that were not asked for now. Older than policy allows, or of an age that nobody can tell, they are as good as none.
fn freshness(policy: &IssuesPolicy, asked: &Asked, now: Option<Timestamp>, list: &mut Vec<Finding>) {
    let mut by_time: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in asked.answers.values() {
        if let Lookup::Found(issue) = answer
            && let Some(when) = &issue.stale
        {
            *by_time.entry(when).or_default() += 1;
        }
    }
    for (when, count) in by_time {
        let issues = if count == 1 { "1 issue was".to_owned() } else { format!("{count} issues were") };
        let message = format!("{issues} not asked for now but read as of {when}");
        let too_old = policy.max_age_seconds.filter(|most| match (when.parse::<Timestamp>(), now) {
            (Ok(then), Some(now)) => age_seconds(then, now).is_none_or(|age| age > *most),
            _ => true,
        });
        let found = match too_old {
            Some(most) => Finding::unknown(
                rules::UNVERIFIED,
                "freshness",
                format!("{message}, and policy takes nothing older than {most} seconds"),
            )
            .remedy("write the issues anew, and decide again"),
            None => Finding::new(rules::UNVERIFIED, "freshness", Severity::Note, message),
        };
        list.push(found.evidence("as_of", when));
    }
}

/// How long ago something was; `None` for what lies in the future by more than clocks differ.
fn age_seconds(then: Timestamp, now: Timestamp) -> Option<u64> {
    let (then, now) = (std::time::SystemTime::from(then), std::time::SystemTime::from(now));
    match now.duration_since(then) {
        Ok(age) => Some(age.as_secs()),
        Err(ahead) => (ahead.duration().as_secs() <= 300).then_some(0),
    }
}

/// What the tracker's answer means under the policy.
fn tracked(policy: &IssuesPolicy, entry: &IssueEntry, issue: &Issue, list: &mut Vec<Finding>) {
    let key = entry.key.as_str();
    let about = |found: Finding| {
        let found = found
            .evidence("title", issue.title.clone())
            .evidence("state", issue.state.clone())
            .evidence("commits", shorts(&entry.commits));
        let found = match issue.key.eq_ignore_ascii_case(key) {
            true => found,
            false => found.evidence("moved_to", issue.key.clone()),
        };
        match &issue.url {
            Some(url) => found.evidence("url", url.clone()),
            None => found,
        }
    };
    if let Some(allowed) = policy.allowed_states(issue.issue_type.as_deref())
        && !allowed.iter().any(|state| state.trim().eq_ignore_ascii_case(issue.state.trim()))
    {
        let message = format!("{key} is {}, and only {} may be deployed", quoted(&issue.state), any_of(allowed));
        list.push(
            about(finding(policy, rules::WRONG_STATE, key, message))
                .evidence("allowed", allowed.to_vec())
                .remedy("move the issue on, or leave its commits out"),
        );
    }
    let mut missing = Vec::new();
    let mut unseen = Vec::new();
    for name in &policy.required_fields {
        match issue.get(name) {
            Some(Field::Value(_)) => {}
            Some(Field::Empty) => missing.push(format!("{name} is empty")),
            Some(Field::Hidden) => unseen.push(format!("{name} is not shown to the tracker's user")),
            None => unseen.push(format!("{name} was not delivered")),
        }
    }
    for (name, wanted) in &policy.required_values {
        match issue.get(name) {
            Some(Field::Value(value)) if says_any(value, wanted) => {}
            Some(Field::Value(value)) => {
                missing.push(format!("{name} is {}, not {}", quoted(&texts(value).join(", ")), any_of(wanted)))
            }
            Some(Field::Empty) => missing.push(format!("{name} is empty")),
            Some(Field::Hidden) => unseen.push(format!("{name} is not shown to the tracker's user")),
            None => unseen.push(format!("{name} was not delivered")),
        }
    }
    if !missing.is_empty() {
        let message = format!("{key} lacks what policy requires: {}", missing.join("; "));
        list.push(
            about(finding(policy, rules::MISSING_FIELD, key, message))
                .evidence("missing", missing)
                .remedy("fill in the field in the tracker"),
        );
    }
    if !unseen.is_empty() {
        let message = format!("it cannot be told whether {key} has what policy requires: {}", unseen.join("; "));
        let found = about(Finding::unknown(rules::MISSING_FIELD, key, message)).evidence("unseen", unseen);
        list.push(found.remedy("let the tracker's user see the field, and check that the field has this name"));
    }
    let open: Vec<String> =
        issue.changes.iter().flatten().filter(|(_, merged)| !**merged).map(|(change, _)| change.clone()).collect();
    if policy.require_merged && issue.changes.is_none() {
        let message =
            format!("it cannot be told whether all changes of {key} are merged: the tracker does not know them");
        list.push(
            about(Finding::unknown(rules::NOT_MERGED, key, message))
                .remedy("connect the tracker with the host of the changes, or take `require_merged` out"),
        );
    } else if policy.require_merged && !open.is_empty() {
        let message = format!("{key} has changes that are not merged: {}", open.join(", "));
        list.push(
            about(finding(policy, rules::NOT_MERGED, key, message))
                .evidence("changes", open)
                .remedy("merge them, or make sure that the part stands alone"),
        );
    }
    if let Some(visible) = &policy.customer_visible {
        announced(policy, visible, key, issue, &about, list);
    }
}

fn announced(
    policy: &IssuesPolicy,
    visible: &CustomerVisible,
    key: &str,
    issue: &Issue,
    about: &dyn Fn(Finding) -> Finding,
    list: &mut Vec<Finding>,
) {
    let labelled =
        |wanted: &[String]| issue.labels.iter().any(|label| wanted.iter().any(|one| one.eq_ignore_ascii_case(label)));
    let mut unseen = Vec::new();
    let mut is_visible = labelled(&visible.labels);
    for (name, wanted) in &visible.fields {
        match issue.get(name) {
            Some(Field::Value(value)) => is_visible |= says_any(value, wanted),
            Some(Field::Empty) => {}
            Some(Field::Hidden) | None => unseen.push(name.clone()),
        }
    }
    if !is_visible && !unseen.is_empty() {
        let message = format!("it cannot be told whether customers see {key}: {} was not delivered", unseen.join(", "));
        list.push(
            about(Finding::unknown(rules::UNANNOUNCED, key, message)).remedy("let the tracker's user see the field"),
        );
        return;
    }
    if !is_visible || labelled(&visible.announced_labels) {
        return;
    }
    let mut unseen = Vec::new();
    for name in &visible.announced_fields {
        match issue.get(name) {
            Some(Field::Value(_)) => return,
            Some(Field::Empty) => {}
            Some(Field::Hidden) | None => unseen.push(name.clone()),
        }
    }
    if unseen.is_empty() {
        let message = format!("customers will see {key}, and it is not announced");
        list.push(
            about(finding(policy, rules::UNANNOUNCED, key, message))
                .remedy("write the announcement, or record that none is needed"),
        );
    } else {
        let message = format!(
            "it cannot be told whether {key}, which customers will see, is announced: {} was not delivered",
            unseen.join(", ")
        );
        list.push(
            about(Finding::unknown(rules::UNANNOUNCED, key, message)).remedy("let the tracker's user see the field"),
        );
    }
}

fn reverted(policy: &IssuesPolicy, ledger: &Ledger, list: &mut Vec<Finding>) {
    for issue in ledger.issues() {
        let message = if issue.is_partly_reverted() {
            format!("{} is partly reverted: {} of its commits stay", issue.key, issue.commits.len())
        } else if !issue.removed_by.is_empty() {
            format!("the deploy removes {} from production", issue.key)
        } else {
            continue;
        };
        let mut taken = issue.netted.clone();
        taken.extend(&issue.removed_by);
        list.push(
            finding(policy, rules::REVERTED, &issue.key, message)
                .evidence("stays", shorts(&issue.commits))
                .evidence("taken_back_by_or_with", shorts(&taken))
                .remedy("make sure that it is meant to go"),
        );
    }
    // Reverts of production that name no issue at all.
    for entry in ledger.entries().iter().filter(|entry| {
        !entry.reverts_outside.is_empty() && !matches!(entry.class, Class::Outside | Class::Equivalent { .. })
    }) {
        if ledger.issues().iter().any(|issue| issue.removed_by.contains(&entry.id)) {
            continue;
        }
        let what: Vec<String> = entry
            .reverts_outside
            .iter()
            .filter_map(|target| target.subject.clone().or_else(|| target.commit.clone()))
            .collect();
        list.push(
            finding(
                policy,
                rules::REVERTED,
                &entry.id.short(),
                format!("the deploy takes {} out of production", any_of(&what)),
            )
            .evidence("commit", entry.id.to_string())
            .remedy("make sure that it is meant to go"),
        );
    }
}

fn near_misses(policy: &IssuesPolicy, contents: &Contents, list: &mut Vec<Finding>) {
    for miss in &contents.near_misses {
        let key = miss.split(' ').next().unwrap_or(miss);
        list.push(
            finding(policy, rules::NEAR_MISS, key, format!("{miss} is probably a slip of the pen"))
                .remedy("correct the key where it can be, or note the issue it was meant for"),
        );
    }
}

fn unlinked(policy: &IssuesPolicy, ledger: &Ledger, list: &mut Vec<Finding>) {
    let entries: Vec<_> = ledger.entries().iter().filter(|entry| entry.class == Class::Unlinked).collect();
    let remedy = "name the issue in the message, or say why none is needed (`NO-ISSUE`)";
    if policy.severity(rules::UNLINKED_COMMIT) >= APART_FROM {
        for entry in entries {
            let message = format!("{} names no issue or change: {}", entry.id.short(), entry.subject);
            let found = finding(policy, rules::UNLINKED_COMMIT, &entry.id.short(), message);
            list.push(
                found.evidence("commit", entry.id.to_string()).evidence("author", entry.author.clone()).remedy(remedy),
            );
        }
        return;
    }
    let Some(first) = entries.first() else { return };
    let count = entries.len();
    let message = if count == 1 {
        format!(
            "1 commit of {} names no issue or change: {} {}",
            ledger.entries().len(),
            first.id.short(),
            first.subject
        )
    } else {
        format!("{count} commits of {} name no issue or change", ledger.entries().len())
    };
    let named: Vec<String> =
        entries.iter().take(NAMED).map(|entry| format!("{} {}", entry.id.short(), entry.subject)).collect();
    list.push(
        finding(policy, rules::UNLINKED_COMMIT, "commits", message)
            .evidence("count", count as u64)
            .evidence("commits", named)
            .remedy(remedy),
    );
}

fn shorts(ids: &[gonogo_core::ObjectId]) -> Vec<String> {
    ids.iter().take(NAMED).map(gonogo_core::ObjectId::short).collect()
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

fn any_of(list: &[String]) -> String {
    list.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" or ")
}
