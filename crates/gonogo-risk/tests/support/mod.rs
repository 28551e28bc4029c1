//! A history read with git's own plumbing: slow, and independent of any library.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, unreachable_pub)]

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use gonogo_core::{LineChange, ObjectId};
use gonogo_risk::{CommitChange, CommitNode, feeding_order, is_fix};

pub fn git(repo: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(repo)
        .args(["-c", "core.attributesFile=/dev/null", "-c", "diff.renames=true"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "git {arguments:?} failed");
    output.stdout
}

/// All non-merge ancestors of `head` in feeding order. Lines before the change are counted for `counted` commits only.
pub fn read(repo: &Path, head: &str, counted: &HashSet<ObjectId>) -> Vec<CommitChange> {
    let log = git(
        repo,
        &[
            "log",
            "--raw",
            "--numstat",
            "-z",
            "--no-abbrev",
            "-M50%",
            "-l1000",
            "--diff-algorithm=myers",
            "--root",
            "--format=%x01%H%x02%P%x02%aN%x02%at%x02%ct%x02%B%x03",
            head,
        ],
        b"",
    );
    let mut nodes = Vec::new();
    let mut changes = HashMap::new();
    let mut blobs: Vec<(ObjectId, usize, String)> = Vec::new();
    for record in log.split(|&byte| byte == 1).filter(|record| !record.is_empty()) {
        let end = record.iter().position(|&byte| byte == 3).unwrap();
        let (header, rest) = record.split_at(end);
        let fields: Vec<&[u8]> = header.splitn(6, |&byte| byte == 2).collect();
        let text = |index: usize| String::from_utf8_lossy(fields[index]).into_owned();
        let id: ObjectId = text(0).parse().unwrap();
        let parents: Vec<ObjectId> = text(1).split_whitespace().map(|parent| parent.parse().unwrap()).collect();
        let merge = parents.len() > 1;
        nodes.push(CommitNode { id, parents, committer_time: text(4).parse().unwrap() });
        if merge {
            continue;
        }
        let (files, old_blobs) = files(&rest[1..]);
        if counted.contains(&id) {
            blobs.extend(old_blobs.into_iter().map(|(index, blob)| (id, index, blob)));
        }
        let author_time = text(3).parse().unwrap();
        let change = CommitChange { commit: id, author: fields[2].to_vec(), author_time, fix: is_fix(&text(5)), files };
        changes.insert(id, change);
    }
    count_lines(repo, &blobs, &mut changes);
    let order = feeding_order(&nodes).unwrap();
    order.into_iter().filter_map(|place| changes.remove(&nodes[place].id)).collect()
}

/// The files of one commit's `--raw --numstat -z`, and for those with a blob before the change its id.
fn files(bytes: &[u8]) -> (Vec<LineChange>, Vec<(usize, String)>) {
    let mut tokens = bytes.split(|&byte| byte == 0).map(|token| token.strip_prefix(b"\n").unwrap_or(token)).peekable();
    let mut old_blobs = HashMap::new();
    let (mut found, mut blobs) = (Vec::new(), Vec::new());
    while let Some(token) = tokens.next() {
        if token.is_empty() {
            continue;
        }
        if token[0] == b':' {
            let text = String::from_utf8_lossy(token).into_owned();
            let parts: Vec<&str> = text.split_whitespace().collect();
            let first = tokens.next().unwrap();
            let renamed = parts[4].starts_with('R');
            let new = if renamed { tokens.next().unwrap() } else { first };
            let has_blob = parts[0] != ":000000" && parts[0] != ":160000";
            old_blobs.insert(new.to_vec(), has_blob.then(|| parts[2].to_owned()));
            continue;
        }
        let mut parts = token.splitn(3, |&byte| byte == b'\t');
        let number = |part: Option<&[u8]>| String::from_utf8_lossy(part.unwrap()).parse::<u64>().ok();
        let (added, deleted) = (number(parts.next()), number(parts.next()));
        let path = parts.next().unwrap();
        let (old, new) = if path.is_empty() { (tokens.next(), tokens.next().unwrap()) } else { (None, path) };
        let binary = added.is_none();
        let mut change =
            if binary { LineChange::binary(new) } else { LineChange::new(new, added.unwrap(), deleted.unwrap(), 0) };
        if let Some(old) = old {
            change = change.renamed_from(old);
        }
        if let Some(Some(blob)) = old_blobs.get(new).filter(|_| !binary) {
            blobs.push((found.len(), blob.clone()));
        }
        found.push(change);
    }
    (found, blobs)
}

fn count_lines(repo: &Path, blobs: &[(ObjectId, usize, String)], changes: &mut HashMap<ObjectId, CommitChange>) {
    let input: String = blobs.iter().map(|(_, _, blob)| format!("{blob}\n")).collect();
    let output = git(repo, &["cat-file", "--batch"], input.as_bytes());
    let mut rest = output.as_slice();
    for (commit, index, blob) in blobs {
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap();
        let header = String::from_utf8_lossy(&rest[..end]).into_owned();
        assert!(header.starts_with(blob.as_str()), "{header}");
        let size: usize = header.rsplit(' ').next().unwrap().parse().unwrap();
        let content = &rest[end + 1..end + 1 + size];
        rest = &rest[end + 2 + size..];
        let newlines = content.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let unterminated = u64::from(content.last().is_some_and(|&byte| byte != b'\n'));
        let binary = content.iter().take(8000).any(|&byte| byte == 0);
        let file = &mut changes.get_mut(commit).unwrap().files[*index];
        file.lines_before = if binary { 0 } else { newlines + unterminated };
    }
}
