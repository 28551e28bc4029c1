//! Paths inside a repository: bytes, as git has them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path inside a repository, relative to its root, `/` between components, any bytes but NUL.
///
/// Shown, and written in JSON, as it is when it is plain UTF-8; otherwise quoted the way git quotes
/// (`"caf\303\251\377"`), so that every path survives a round trip.
///
/// ```
/// use gonogo_core::RepoPath;
/// let path = RepoPath::from("db/migrate/001.sql");
/// assert_eq!(path.file_name(), b"001.sql");
/// assert_eq!(path.extension(), Some(&b"sql"[..]));
/// assert_eq!(RepoPath::from(&b"a\xff"[..]).to_string(), r#""a\377""#);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// The bytes of the path.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The path as text, when it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// What follows the last `/`; the whole path when there is none.
    #[must_use]
    pub fn file_name(&self) -> &[u8] {
        self.0.rsplit(|&b| b == b'/').next().unwrap_or(&self.0)
    }

    /// What follows the last `.` of the file name; `None` without one or when the name begins with it.
    #[must_use]
    pub fn extension(&self) -> Option<&[u8]> {
        let name = self.file_name();
        let dot = name.iter().rposition(|&b| b == b'.')?;
        if dot == 0 { None } else { name.get(dot + 1..) }
    }

    /// Everything before the last `/`; empty for a file at the top.
    #[must_use]
    pub fn directory(&self) -> &[u8] {
        match self.0.iter().rposition(|&b| b == b'/') {
            Some(at) => &self.0[..at],
            None => &[],
        }
    }

    /// The components between the slashes, first to last.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.split(|&b| b == b'/')
    }

    /// Whether the path is `directory` itself or lies below it. The empty directory holds everything.
    #[must_use]
    pub fn is_within(&self, directory: &RepoPath) -> bool {
        let directory = directory.0.strip_suffix(b"/").unwrap_or(&directory.0);
        directory.is_empty()
            || self.0.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }

    fn is_plain(&self) -> Option<&str> {
        let text = self.as_str()?;
        let plain = !text.starts_with('"') && !text.chars().any(char::is_control);
        plain.then_some(text)
    }
}

impl From<&str> for RepoPath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for RepoPath {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&[u8]> for RepoPath {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<Vec<u8>> for RepoPath {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.is_plain() {
            return f.write_str(text);
        }
        f.write_str("\"")?;
        for &byte in &self.0 {
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\t' => f.write_str("\\t")?,
                0x20..=0x7e => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\{byte:03o}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RepoPath({self})")
    }
}

/// A quoted path whose quoting is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is no quoted path: it wants a closing quote, and \\\\ \\\" \\n \\t or three octal digits after a backslash"
)]
pub struct RepoPathError {
    given: String,
}

impl FromStr for RepoPath {
    type Err = RepoPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(quoted) = text.strip_prefix('"') else { return Ok(Self::from(text)) };
        let broken = || RepoPathError { given: text.chars().take(200).collect() };
        let quoted = quoted.strip_suffix('"').ok_or_else(broken)?;
        let mut bytes = Vec::with_capacity(quoted.len());
        let mut rest = quoted.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'"' {
                return Err(broken());
            }
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            match rest.next().ok_or_else(broken)? {
                b'"' => bytes.push(b'"'),
                b'\\' => bytes.push(b'\\'),
                b'n' => bytes.push(b'\n'),
                b't' => bytes.push(b'\t'),
                first @ b'0'..=b'3' => {
                    let mut value = first - b'0';
                    for _ in 0..2 {
                        match rest.next() {
                            Some(digit @ b'0'..=b'7') => value = value * 8 + (digit - b'0'),
                            _ => return Err(broken()),
                        }
                    }
                    bytes.push(value);
                }
                _ => return Err(broken()),
            }
        }
        Ok(Self(bytes))
    }
}

impl Serialize for RepoPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RepoPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
