//! The sample deploy of `gonogo demo`: a small shop's repository, and what lies beside it.
//!
//! Only the material is made here. What is said about it is found by the same code that `gonogo check` runs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use gonogo::Timestamp;
use serde_json::Value;

use crate::error::CliError;

/// Where the sample lies.
pub(crate) struct Sample {
    pub(crate) repository: PathBuf,
    pub(crate) metrics: PathBuf,
    pub(crate) tables: PathBuf,
    pub(crate) tracker: PathBuf,
}

type Files = &'static [(&'static str, &'static str)];

const BASE: Files = &[
    ("gonogo.toml", include_str!("../demo/base/gonogo.toml")),
    ("api/openapi.yaml", include_str!("../demo/base/api/openapi.yaml")),
    ("app/orders.py", include_str!("../demo/base/app/orders.py")),
    ("db/migration/V1__create_customers.sql", include_str!("../demo/base/db/migration/V1__create_customers.sql")),
    ("db/migration/V2__create_orders.sql", include_str!("../demo/base/db/migration/V2__create_orders.sql")),
    (
        "db/migration/V3__create_subscriptions.sql",
        include_str!("../demo/base/db/migration/V3__create_subscriptions.sql"),
    ),
];

struct Step {
    message: &'static str,
    /// Written on a branch and merged by this message.
    merged_by: Option<&'static str>,
    files: Files,
}

const STEPS: &[Step] = &[
    Step {
        message: "SHOP-412 Widen order ids before they run out\n",
        merged_by: None,
        files: &[(
            "db/migration/V4__widen_order_ids.sql",
            include_str!("../demo/head/db/migration/V4__widen_order_ids.sql"),
        )],
    },
    Step {
        message: "Find the orders of a day quickly\n",
        merged_by: Some(
            "Merge pull request #87 from shop/SHOP-415-orders-by-day\n\nFind the orders of a day quickly\n",
        ),
        files: &[(
            "db/migration/V5__find_orders_by_day.sql",
            include_str!("../demo/head/db/migration/V5__find_orders_by_day.sql"),
        )],
    },
    Step {
        message: "SHOP-418 Ask for the plan when a subscription is made\n",
        merged_by: None,
        files: &[("api/openapi.yaml", include_str!("../demo/head/api/openapi.yaml"))],
    },
    Step {
        message: "SHOP-421 Stop reading legacy_state, and drop it\n",
        merged_by: None,
        files: &[
            ("app/orders.py", include_str!("../demo/head/app/orders.py")),
            (
                "db/migration/V6__drop_legacy_state.sql",
                include_str!("../demo/head/db/migration/V6__drop_legacy_state.sql"),
            ),
        ],
    },
    Step {
        message: "SHOP-423 Coupons\n",
        merged_by: None,
        files: &[("db/migration/V7__coupons.sql", include_str!("../demo/head/db/migration/V7__coupons.sql"))],
    },
    Step {
        message: "Larger connection pool\n",
        merged_by: None,
        files: &[("app/pool.py", include_str!("../demo/head/app/pool.py"))],
    },
];

/// Makes the sample in a directory, which must be empty or not there.
pub(crate) fn make(directory: &Path) -> Result<Sample, CliError> {
    let failed = |source| CliError::Write { path: directory.to_owned(), source };
    std::fs::create_dir_all(directory).map_err(failed)?;
    if std::fs::read_dir(directory).map_err(failed)?.next().is_some() {
        return Err(CliError::sentence(format!("{} is not empty; name a new directory", directory.display())));
    }
    let repository = directory.join("shop");
    git(directory, &["init", "-q", "shop"], None)?;
    git(&repository, &["fast-import", "--quiet"], Some(&stream()))?;
    git(&repository, &["symbolic-ref", "HEAD", "refs/heads/main"], None)?;
    git(&repository, &["reset", "-q", "--hard"], None)?;

    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).map_err(|source| CliError::Write { path: path.clone(), source })?;
        Ok::<_, CliError>(path)
    };
    Ok(Sample {
        metrics: write("metrics.json", &recorded_just_now(include_str!("../demo/beside/metrics.json"))?)?,
        tables: write("tables.json", include_str!("../demo/beside/tables.json"))?,
        tracker: write("issues.json", include_str!("../demo/beside/issues.json"))?,
        repository,
    })
}

/// The recording with all its times moved, so that its last window ended a minute ago: evidence of a rollout grows old.
fn recorded_just_now(recording: &str) -> Result<String, CliError> {
    let broken = |error: &dyn std::fmt::Display| CliError::sentence(format!("the sample's recording: {error}"));
    let mut recording: Value = serde_json::from_str(recording).map_err(|error| broken(&error))?;
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let last = recording["windows"].as_array().and_then(|windows| windows.iter().filter_map(|w| time(&w["end"])).max());
    let now = Timestamp::try_from(SystemTime::now()).map_err(|error| broken(&error))?;
    let minute_ago = now.unix_seconds() - 60;
    let by = minute_ago - last.ok_or_else(|| broken(&"no window has an end"))?.unix_seconds();
    let moved = |value: &mut Value| {
        if let Some(at) = time(value)
            && let Ok(at) = Timestamp::from_unix_seconds(at.unix_seconds() + by)
        {
            *value = Value::from(at.to_string());
        }
    };
    moved(&mut recording["config"]["deployed_at"]);
    for window in recording["windows"].as_array_mut().into_iter().flatten() {
        moved(&mut window["end"]);
    }
    Ok(recording.to_string())
}

fn git(directory: &Path, arguments: &[&str], input: Option<&str>) -> Result<(), CliError> {
    let failed = |why: String| {
        CliError::sentence(format!("the sample repository cannot be made: git {}: {why}", arguments.join(" ")))
    };
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("{error}; install git")))?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        stdin.write_all(input.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let done = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if done.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&done.stderr).trim().to_owned()))
}

/// The repository as a `git fast-import` stream: `production` at the first commit, `main` at the last.
fn stream() -> String {
    let mut stream = Stream { text: String::new(), mark: 0, at: 1_789_000_000 };
    let mut tip = stream.commit("main", "Create the shop\n", &[], BASE);
    stream.text.push_str(&format!("reset refs/heads/production\nfrom :{tip}\n\n"));
    for step in STEPS {
        tip = match step.merged_by {
            None => stream.commit("main", step.message, &[tip], step.files),
            Some(message) => {
                let side = stream.commit("feature", step.message, &[tip], step.files);
                stream.commit("main", message, &[tip, side], step.files)
            }
        };
    }
    // The merged branch is gone, as branches are after their merge.
    stream.text.push_str("reset refs/heads/feature\nfrom 0000000000000000000000000000000000000000\n\n");
    stream.text
}

struct Stream {
    text: String,
    mark: u32,
    at: u64,
}

impl Stream {
    fn commit(&mut self, branch: &str, message: &str, parents: &[u32], files: Files) -> u32 {
        self.mark += 1;
        self.at += 5_400;
        let (mark, at) = (self.mark, self.at);
        let who = format!("Ada Example <ada@example.org> {at} +0100");
        self.text.push_str(&format!(
            "commit refs/heads/{branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {}\n{message}\n",
            message.len()
        ));
        for (place, parent) in parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            self.text.push_str(&format!("{word} :{parent}\n"));
        }
        for (path, content) in files {
            self.text.push_str(&format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()));
        }
        self.text.push('\n');
        mark
    }
}
