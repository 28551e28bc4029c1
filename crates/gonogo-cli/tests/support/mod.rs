//! Repositories and runs for the tests of the command line.
#![allow(dead_code, missing_docs)] // each test file uses its part

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A repository in a directory of its own, removed when dropped.
pub struct Repository {
    directory: tempfile::TempDir,
}

impl Repository {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let repository = Self { directory };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn git(&self, arguments: &[&str]) -> String {
        let done = Command::new("git")
            .current_dir(self.path())
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Writes files and commits everything.
    pub fn commit(&self, message: &str, files: &[(&str, &str)]) -> &Self {
        for (path, text) in files {
            let path = self.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self
    }

    /// Calls HEAD `name`.
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", name]);
        self
    }
}

/// What a run of `gonogo` left.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `gonogo` in a directory.
pub fn gonogo(directory: &Path, arguments: &[&str]) -> Run {
    gonogo_with(directory, arguments, "")
}

/// Runs `gonogo` in a directory with this standard input.
pub fn gonogo_with(directory: &Path, arguments: &[&str], input: &str) -> Run {
    use std::io::Write;
    let mut child = Command::new(PathBuf::from(env!("CARGO_BIN_EXE_gonogo")))
        .current_dir(directory)
        .args(arguments)
        .env_remove("COLUMNS")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}
