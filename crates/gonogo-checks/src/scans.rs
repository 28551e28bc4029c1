//! A scan of the deployed commit found no grave vulnerability.

use std::time::Duration;

use async_trait::async_trait;
use gonogo_core::{BoxError, Check, CheckContext, Deploy, Facts, Finding, ObjectId, Outcome, Severity, Timestamp};
use serde::Deserialize;

use crate::document::{self, Source};
use crate::rules::{SCAN_UNUSABLE, VULNERABILITY};

/// Asks what a vulnerability scan of head found, as a JSON document says:
///
/// ```json
/// {"head": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "scanned_at": "2026-11-20T09:00:00Z", "packages": 212,
///  "vulnerabilities": [{"id": "CVE-2026-1234", "package": "left-pad", "severity": "high", "fixed_in": "1.3.1"}]}
/// ```
///
/// A `critical` one is a [`Severity::Stop`], a `high` one a [`Severity::Caution`], `medium` and `low` ones are notes; any other word
/// makes the document unreadable. The scan is good for a time after `scanned_at`, and so is the decision. A scan of another
/// commit, or of the future, is a [`Finding::unknown`].
///
/// ```
/// use std::time::Duration;
/// use gonogo_checks::ScansCheck;
/// let check = ScansCheck::new(Duration::from_secs(24 * 3600), || Ok(std::fs::read("scan.json")?));
/// # let _ = check;
/// ```
pub struct ScansCheck {
    good_for: Duration,
    source: Source,
}

#[derive(Deserialize)]
struct Scan {
    head: ObjectId,
    scanned_at: Timestamp,
    /// How many packages were looked at: a scan of nothing finds nothing.
    packages: u64,
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: String,
    package: String,
    severity: Grade,
    #[serde(default)]
    fixed_in: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Grade {
    Critical,
    High,
    Medium,
    Low,
}

impl ScansCheck {
    /// A check of a scan that is good for so long. `source` gives the document; an error of it is an error of the check.
    pub fn new(good_for: Duration, source: impl Fn() -> Result<Vec<u8>, BoxError> + Send + Sync + 'static) -> Self {
        Self { good_for, source: Box::new(source) }
    }

    fn judge(&self, deploy: &Deploy, scan: &Scan, now: Option<Timestamp>) -> Outcome {
        let unusable = |why: String| Some(Finding::unknown(SCAN_UNUSABLE, "scan", why));
        let mut findings: Vec<Finding> = scan.vulnerabilities.iter().map(told).collect();
        findings.extend(if scan.head == deploy.head.id {
            None
        } else {
            unusable(format!("the scan is of {}, and {} is deployed", scan.head.short(), deploy.head))
        });
        findings.extend(match now {
            Some(now) if now < scan.scanned_at => {
                unusable(format!("the scan is of {}, which is still to come", scan.scanned_at))
            }
            _ => None,
        });
        // A scan that is good beyond all time still has its end: what cannot be added is the scan's own time.
        let ends = scan.scanned_at.checked_add(self.good_for).unwrap_or(scan.scanned_at);
        let facts = Facts::new()
            .count("packages", scan.packages)
            .text("vulnerabilities", scan.vulnerabilities.len().to_string())
            .valid_until(ends);
        Outcome::examined(findings, facts)
    }
}

fn told(one: &Vulnerability) -> Finding {
    let (severity, grade) = match one.severity {
        Grade::Critical => (Severity::Stop, "critical"),
        Grade::High => (Severity::Caution, "high"),
        Grade::Medium => (Severity::Note, "medium"),
        Grade::Low => (Severity::Note, "low"),
    };
    let message = format!("{} holds {}, which is {grade}", one.package, one.id);
    let finding = Finding::new(VULNERABILITY, &*one.package, severity, message).evidence("id", one.id.as_str());
    match &one.fixed_in {
        Some(version) => finding.remedy(format!("take {} {version} or later", one.package)),
        None => finding,
    }
}

#[async_trait]
impl Check for ScansCheck {
    fn id(&self) -> &str {
        "checks/scans"
    }

    async fn run(&self, cx: &CheckContext) -> Result<Outcome, BoxError> {
        let read = document::read::<Scan>(&self.source, "scan")?;
        Ok(read.map_or_else(|outcome| outcome, |scan| self.judge(cx.deploy(), &scan, cx.now())))
    }
}
