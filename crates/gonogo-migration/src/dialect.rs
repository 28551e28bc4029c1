//! Which server will run the SQL: its dialect and its version.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The family of server whose SQL a migration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL, modelled for majors 12 to 18.
    #[serde(alias = "postgresql")]
    Postgres,
    /// MySQL, modelled for 8.0 to 9.x with InnoDB.
    Mysql,
    /// MariaDB, modelled for 10.6 and later with InnoDB.
    Mariadb,
}

impl Dialect {
    /// The dialect a configuration or an input names; `None` when the word is not known.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" | "pg" | "psql" => Some(Self::Postgres),
            "mysql" => Some(Self::Mysql),
            "mariadb" => Some(Self::Mariadb),
            _ => None,
        }
    }

    /// The name used in JSON and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
        }
    }

    /// Whether the dialect is MySQL or its relative MariaDB.
    pub fn is_mysql_family(self) -> bool {
        matches!(self, Self::Mysql | Self::Mariadb)
    }

    /// The version assumed when nobody says which: the oldest still widely run, so that the guess errs to more work.
    pub fn default_version(self) -> ServerVersion {
        match self {
            Self::Postgres => ServerVersion::new(15, 0, 0),
            Self::Mysql => ServerVersion::new(8, 0, 0),
            Self::Mariadb => ServerVersion::new(10, 6, 0),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A server's version, of which PostgreSQL uses the first number and MySQL all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServerVersion {
    /// The first number.
    pub major: u32,
    /// The second number, 0 when not given.
    pub minor: u32,
    /// The third number, 0 when not given.
    pub patch: u32,
}

impl ServerVersion {
    /// A version from its three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `15`, `15.18`, `8.0.36-ubuntu`, `10.11.14-MariaDB`: what follows the numbers is ignored. `None` without a leading number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let numeric = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).next()?;
        let mut parts = numeric.split('.').map(|p| p.parse::<u32>());
        let major = parts.next()?.ok()?;
        let minor = parts.next().and_then(Result::ok).unwrap_or(0);
        let patch = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { major, minor, patch })
    }

    /// Whether this version is at least the given one.
    pub fn at_least(self, major: u32, minor: u32, patch: u32) -> bool {
        self >= Self::new(major, minor, patch)
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_ignores_what_follows_its_numbers() {
        assert_eq!(ServerVersion::parse("10.11.14-MariaDB-0"), Some(ServerVersion::new(10, 11, 14)));
        assert_eq!(ServerVersion::parse("15"), Some(ServerVersion::new(15, 0, 0)));
        assert_eq!(ServerVersion::parse("latest"), None);
    }

    #[test]
    fn an_unknown_dialect_is_not_guessed() {
        assert_eq!(Dialect::from_name("PostgreSQL"), Some(Dialect::Postgres));
        assert_eq!(Dialect::from_name("oracle"), None);
    }
}
