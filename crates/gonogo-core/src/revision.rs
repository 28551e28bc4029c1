//! Names of commits and blobs.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The object id of a commit or blob: 20 bytes (SHA-1) or 32 bytes (SHA-256), lower-case hexadecimal in text.
///
/// ```
/// use gonogo_core::ObjectId;
/// let id: ObjectId = "1eb7644000000000000000000000000000000000".parse()?;
/// assert_eq!(id.short(), "1eb7644000");
/// # Ok::<(), gonogo_core::ObjectIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    length: u8,
    bytes: [u8; 32],
}

/// A text that is no full object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no full object id: it wants 40 (SHA-1) or 64 (SHA-256) hexadecimal digits")]
pub struct ObjectIdError {
    given: String,
}

impl ObjectId {
    /// The id with these bytes, 20 or 32 of them.
    ///
    /// # Errors
    /// When the length is neither 20 nor 32.
    pub fn from_bytes(given: &[u8]) -> Result<Self, ObjectIdError> {
        if given.len() != 20 && given.len() != 32 {
            return Err(ObjectIdError { given: format!("{} bytes", given.len()) });
        }
        let mut bytes = [0; 32];
        bytes[..given.len()].copy_from_slice(given);
        Ok(Self { length: given.len() as u8, bytes })
    }

    /// The bytes of the id.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The first ten hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl std::str::FromStr for ObjectId {
    type Err = ObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let broken = || ObjectIdError { given: text.chars().take(80).collect() };
        let digits = text.as_bytes();
        if digits.len() != 40 && digits.len() != 64 {
            return Err(broken());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for &digit in pair {
                let value = char::from(digit).to_digit(16).ok_or_else(broken)? as u8;
                *byte = *byte << 4 | value;
            }
        }
        Ok(Self { length: (digits.len() / 2) as u8, bytes })
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A commit, resolved: its id, and the name it was asked for by, if there was one.
///
/// Two revisions are equal when their ids are, whatever they were called.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// The commit.
    pub id: ObjectId,
    /// What the person wrote: `origin/production`, `v1.4.2`, `HEAD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Revision {
    /// The revision with this id and no name.
    #[must_use]
    pub fn from_id(id: ObjectId) -> Self {
        Self { id, name: None }
    }

    /// The same revision, called `name`.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl PartialEq for Revision {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Revision {}

impl std::hash::Hash for Revision {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// `origin/production (1eb7644000)`, or the short id alone.
impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) if *name != self.id.to_string() => write!(f, "{name} ({})", self.id.short()),
            _ => f.write_str(&self.id.short()),
        }
    }
}
