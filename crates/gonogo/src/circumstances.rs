//! What a deploy contains, joined from migrations and issues for the rules of `risk/circumstances`.

use std::collections::BTreeMap;

use gonogo_core::{BoxError, CheckContext, ObjectId};
use gonogo_issues::{Extractor, Kind};
use gonogo_migration::layout::{self, Role};
use gonogo_risk::{Circumstances, CircumstancesSource};

/// Reads the migrations and the issues of a deploy from its changes; which issues customers see only a tracker knows.
pub(crate) struct FromChanges {
    pub(crate) extractor: Extractor,
}

impl CircumstancesSource for FromChanges {
    fn circumstances(&self, cx: &CheckContext) -> Result<Circumstances, BoxError> {
        let changes = cx.changes()?;
        let history = cx.history().ok_or("the gate has no history")?;
        let head = &cx.deploy().head;
        let mut found = Circumstances::default();
        for file in changes.files.iter().filter(|file| file.is_added()) {
            let path = file.path.to_string();
            if !layout::is_candidate(&path) {
                continue;
            }
            let content = history.read(head, &file.path)?.unwrap_or_default();
            let exists = |path: &str| history.read(head, &path.into()).is_ok_and(|bytes| bytes.is_some());
            let recognized = layout::recognize(&path, &String::from_utf8_lossy(&content), &exists);
            if recognized.is_some_and(|is| !matches!(is.role, Role::Snapshot | Role::Example | Role::Down)) {
                found.migrations.push(path);
            }
        }
        let mut stories: BTreeMap<String, Vec<ObjectId>> = BTreeMap::new();
        for commit in changes.commits.iter().filter(|commit| !commit.is_merge()) {
            let mut keys: Vec<String> = self
                .extractor
                .extract(&commit.message)
                .into_iter()
                .filter(|reference| reference.kind == Kind::Issue)
                .map(|reference| reference.key)
                .collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                stories.entry(key).or_default().push(commit.id);
            }
        }
        found.stories = stories;
        Ok(found)
    }
}
