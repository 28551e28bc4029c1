//! Files under the user's cache directory.

use std::path::PathBuf;

use gonogo::GitHistory;

/// Where the measures of this repository's commits are kept: under the user's cache directory, never in the repository.
pub(crate) fn risk_index(history: &GitHistory) -> Option<PathBuf> {
    kept(history, "index")
}

/// Where is kept what repairs of this repository were traced to.
pub(crate) fn risk_traces(history: &GitHistory) -> Option<PathBuf> {
    kept(history, "traces")
}

fn kept(history: &GitHistory, what: &str) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    let repository = history.git_directory().canonicalize().ok()?;
    let named: String =
        repository.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let directory = cache.join("gonogo/risk");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join(format!("{}.{what}", named.trim_matches('-'))))
}
