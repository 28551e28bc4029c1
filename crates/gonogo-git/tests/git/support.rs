//! Throwaway repositories made with the git program, apart from the user's configuration.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gonogo_core::{History, ObjectId, Revision};
use gonogo_git::GitHistory;

pub(crate) struct Sandbox {
    root: tempfile::TempDir,
    directory: PathBuf,
    clock: Cell<i64>,
}

impl Sandbox {
    /// An empty repository whose branch is `main`.
    pub(crate) fn new() -> Self {
        let sandbox = Self::bare_directory();
        sandbox.git(&["init", "-q", "-b", "main", "."]);
        sandbox
    }

    /// A directory without a repository.
    pub(crate) fn bare_directory() -> Self {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("work");
        std::fs::create_dir(&directory).unwrap();
        Self { root, directory, clock: Cell::new(1_700_000_000) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// A path beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn history(&self) -> GitHistory {
        GitHistory::open(&self.directory).unwrap()
    }

    pub(crate) fn command(&self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        let date = format!("{} +0100", self.clock.get());
        command.current_dir(directory).args(arguments).stdin(Stdio::null());
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
            command.env_remove(name);
        }
        command
            .env("HOME", self.root.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.org")
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date);
        command
    }

    pub(crate) fn try_git_in(&self, directory: &Path, arguments: &[&str]) -> Output {
        self.command(directory, arguments).output().expect("the git program runs")
    }

    pub(crate) fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        let output = self.try_git_in(directory, arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.directory, arguments)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.directory.join(path)).unwrap();
    }

    /// Moves the clock on, for the next commit.
    pub(crate) fn tick(&self, seconds: i64) {
        self.clock.set(self.clock.get() + seconds);
    }

    /// Commits everything in the work tree; the id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.tick(60);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes one file and commits.
    pub(crate) fn commit_file(&self, path: &str, text: impl AsRef<[u8]>) -> String {
        self.write(path, text);
        self.commit(path)
    }

    pub(crate) fn merge(&self, branch: &str) -> String {
        self.tick(60);
        self.git(&["merge", "-q", "--no-ff", "-m", &format!("Merge {branch}"), branch]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A clone beside the repository, over the transport that honours `--depth` and `--filter`.
    pub(crate) fn clone_to(&self, name: &str, options: &[&str]) -> PathBuf {
        self.git(&["config", "uploadpack.allowFilter", "true"]);
        self.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let target = self.beside(name);
        let source = format!("file://{}", self.directory.display());
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(options);
        let target_text = target.display().to_string();
        arguments.extend([source.as_str(), target_text.as_str()]);
        self.git_in(self.root.path(), &arguments);
        target
    }
}

/// The revision with this id.
pub(crate) fn at(id: &str) -> Revision {
    Revision::from_id(id.parse().unwrap())
}

pub(crate) fn ids(text: &str) -> Vec<ObjectId> {
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// The ids of `base..head`, as our history lists them.
pub(crate) fn listed(history: &GitHistory, base: &str, head: &str) -> Vec<ObjectId> {
    history.commits(&at(base), &at(head)).unwrap().into_iter().map(|commit| commit.id).collect()
}

/// A `git fast-import` stream: many commits in one process.
#[derive(Default)]
pub(crate) struct Stream {
    bytes: Vec<u8>,
    marks: usize,
    date: i64,
}

/// What a commit of a stream does to one path.
pub(crate) enum Edit<'a> {
    Write(&'a str, &'a [u8]),
    WriteAs(&'a str, &'a str, &'a [u8]),
    Submodule(&'a str, &'a str),
    Delete(&'a str),
}

impl Stream {
    /// A commit on `branch`, which begins at commit `from` if that is given; its mark.
    pub(crate) fn commit(
        &mut self,
        branch: &str,
        from: Option<usize>,
        merge: Option<usize>,
        edits: &[Edit<'_>],
    ) -> usize {
        self.marks += 1;
        self.date += 60;
        let date = 1_700_000_000 + self.date;
        let mut text =
            format!("commit refs/heads/{branch}\nmark :{}\ncommitter C <c@d> {date} +0000\ndata 2\nm\n", self.marks);
        if let Some(from) = from {
            text += &format!("from :{from}\n");
        }
        if let Some(merge) = merge {
            text += &format!("merge :{merge}\n");
        }
        self.bytes.extend(text.bytes());
        for edit in edits {
            let (mode, path, content) = match edit {
                Edit::Delete(path) => {
                    self.bytes.extend(format!("D {path}\n").bytes());
                    continue;
                }
                Edit::Submodule(path, id) => {
                    self.bytes.extend(format!("M 160000 {id} {path}\n").bytes());
                    continue;
                }
                Edit::Write(path, content) => ("100644", path, content),
                Edit::WriteAs(mode, path, content) => (*mode, path, content),
            };
            self.bytes.extend(format!("M {mode} inline {path}\ndata {}\n", content.len()).bytes());
            self.bytes.extend(*content);
            self.bytes.push(b'\n');
        }
        self.bytes.push(b'\n');
        self.marks
    }

    /// Writes everything into the repository.
    pub(crate) fn import(self, sandbox: &Sandbox) {
        use std::io::Write;
        let mut child = sandbox
            .command(sandbox.path(), &["fast-import", "--quiet", "--force"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&self.bytes).unwrap();
        assert!(child.wait().unwrap().success());
    }
}
