//! The parts of a commit's raw bytes, as `git cat-file commit` prints them.

use git2::Oid;
use gonogo_core::{Commit, CommitHeader, HistoryError, Signature, Timestamp};

use crate::error::malformed;
use crate::odb::object_id;

/// A commit's bytes, cut into parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawCommit<'a> {
    pub(crate) tree: Oid,
    pub(crate) parents: Vec<Oid>,
    author: &'a [u8],
    committer: &'a [u8],
    pub(crate) message: &'a [u8],
}

/// What the walk over the commit graph needs of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Links {
    pub(crate) parents: Vec<Oid>,
    /// Seconds since 1970; 0 where it cannot be read, as in git.
    pub(crate) committed_at: i64,
}

impl<'a> RawCommit<'a> {
    /// Cuts the bytes of commit `id`.
    pub(crate) fn parse(id: Oid, bytes: &'a [u8]) -> Result<Self, HistoryError> {
        let broken = |why| malformed(format!("commit {id}"), why);
        let mut rest = bytes;
        let tree = header_id(&mut rest, b"tree ").ok_or_else(|| broken("it names no tree"))?;
        let mut parents = Vec::new();
        while let Some(parent) = header_id(&mut rest, b"parent ") {
            parents.push(parent);
        }
        let author = header(&mut rest, b"author ").unwrap_or_default();
        let committer = header(&mut rest, b"committer ").unwrap_or_default();
        // Further headers (encoding, gpgsig with its folded lines, mergetag) end at the first empty line.
        let message = loop {
            match rest.iter().position(|&byte| byte == b'\n') {
                Some(0) => break rest.get(1..).unwrap_or_default(),
                Some(end) => rest = rest.get(end + 1..).unwrap_or_default(),
                None => break &[],
            }
        };
        Ok(Self { tree, parents, author, committer, message })
    }

    pub(crate) fn links(&self) -> Links {
        Links { parents: self.parents.clone(), committed_at: seconds(self.committer) }
    }

    pub(crate) fn commit(&self, id: Oid) -> Commit {
        let parents = self.parents.iter().copied().map(object_id).collect();
        Commit::new(object_id(id), parents, signature(self.author), signature(self.committer), self.message)
    }

    pub(crate) fn header(&self, id: Oid) -> CommitHeader {
        let parents = self.parents.iter().copied().map(object_id).collect();
        CommitHeader::new(
            object_id(id),
            parents,
            signature(self.author),
            seconds(self.author),
            seconds(self.committer),
            self.message.to_vec(),
        )
    }
}

fn header<'a>(rest: &mut &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = rest.strip_prefix(name)?;
    let end = value.iter().position(|&byte| byte == b'\n')?;
    *rest = value.get(end + 1..)?;
    value.get(..end)
}

fn header_id(rest: &mut &[u8], name: &[u8]) -> Option<Oid> {
    let mut ahead = *rest;
    let digits = header(&mut ahead, name)?;
    if digits.len() != 40 {
        return None;
    }
    let id = Oid::from_str(std::str::from_utf8(digits).ok()?).ok()?;
    *rest = ahead;
    Some(id)
}

/// `Name <address> seconds zone`, as leniently as git reads it: the address lies between the first `<` and the `>` that follows it,
/// the time follows the last `>`.
fn signature(line: &[u8]) -> Signature {
    let Some(open) = line.iter().position(|&byte| byte == b'<') else {
        return Signature { name: line.trim_ascii().to_vec(), email: Vec::new(), at: None };
    };
    let name = line.get(..open).unwrap_or_default().trim_ascii().to_vec();
    let after = line.get(open + 1..).unwrap_or_default();
    let close = after.iter().position(|&byte| byte == b'>').unwrap_or(after.len());
    let email = after.get(..close).unwrap_or_default().trim_ascii().to_vec();
    let at = written_seconds(line).and_then(|seconds| Timestamp::from_unix_seconds(seconds).ok());
    Signature { name, email, at }
}

fn seconds(line: &[u8]) -> i64 {
    written_seconds(line).unwrap_or(0)
}

/// The number after the last `>`; `None` where there is none.
pub(crate) fn written_seconds(line: &[u8]) -> Option<i64> {
    let close = line.iter().rposition(|&byte| byte == b'>')?;
    let digits = line.get(close + 1..)?.trim_ascii_start();
    let end = digits
        .iter()
        .enumerate()
        .position(|(at, &byte)| !(byte.is_ascii_digit() || at == 0 && byte == b'-'))
        .unwrap_or(digits.len());
    std::str::from_utf8(digits.get(..end)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1111111111111111111111111111111111111111";

    fn parse(text: &[u8]) -> RawCommit<'_> {
        RawCommit::parse(Oid::from_str(ID).unwrap(), text).unwrap()
    }

    #[test]
    fn a_signed_merge_is_cut_at_the_first_empty_line() {
        let text = format!(
            "tree {ID}\nparent {ID}\nparent {ID}\nauthor A B <a@b> 1700000000 +0100\ncommitter C <c@d> 1700000001 +0000\n\
             gpgsig -----BEGIN\n \n x\nencoding latin-1\n\nSubject\n\nBody\n"
        );
        let commit = parse(text.as_bytes());
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.message, b"Subject\n\nBody\n");
        assert_eq!(commit.links().committed_at, 1_700_000_001);
        let author = signature(commit.author);
        assert_eq!(author.to_text(), "A B <a@b>");
        assert_eq!(author.at.map(Timestamp::unix_seconds), Some(1_700_000_000));
    }

    #[test]
    fn strange_signatures_are_read_without_a_time() {
        for line in ["", "nobody", "a <b", "a <b>", "a <b> never", "a <b> 99999999999999999999999 +0000"] {
            assert_eq!(signature(line.as_bytes()).at, None, "{line}");
            assert_eq!(seconds(line.as_bytes()), 0, "{line}");
        }
        assert_eq!(signature(b"a <b> c> 12 +0000").email, b"b");
        assert_eq!(seconds(b"a <b> c> 12 +0000"), 12);
        assert_eq!(seconds(b"a <b> -12 +0000"), -12);
    }

    #[test]
    fn a_commit_without_a_tree_is_malformed() {
        let id = Oid::from_str(ID).unwrap();
        assert!(RawCommit::parse(id, b"").is_err());
        assert!(RawCommit::parse(id, b"tree 12\n").is_err());
    }

    #[test]
    fn a_commit_without_message_or_people_is_read() {
        let commit = parse(b"tree 1111111111111111111111111111111111111111\n");
        assert_eq!((commit.message, commit.parents.len()), (&b""[..], 0));
    }
}
