//! The semantic version that a change asks for.

use semver::Version;

use crate::compare::{Options, Schema, Verdict, compare};

/// Which part of a semantic version must grow (semver.org 2.0.0, items 6 to 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums)] // the specification has three
pub enum Bump {
    /// Both versions accept the same.
    Patch,
    /// What was readable is readable, and more is.
    Minor,
    /// Something that was readable is not, or nobody could tell.
    Major,
}

impl Bump {
    /// `patch`, `minor` or `major`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// What a change of a schema that readers publish asks for: what was accepted before must be accepted after.
    #[must_use]
    pub fn of(old: &Schema, new: &Schema, options: &Options) -> Self {
        let same_way = compare(old, new, options) == Verdict::Compatible;
        let other_way = || compare(new, old, options) == Verdict::Compatible;
        match same_way {
            false => Self::Major,
            true if other_way() => Self::Patch,
            true => Self::Minor,
        }
    }

    /// The next version: before 1.0.0 a break bumps the minor part and anything else the patch.
    #[must_use]
    pub fn apply(self, version: &Version) -> Version {
        let (major, minor, patch) = (version.major, version.minor, version.patch);
        match (self, major) {
            (Self::Major, 0) => Version::new(0, minor.saturating_add(1), 0),
            (Self::Major, _) => Version::new(major.saturating_add(1), 0, 0),
            (Self::Minor, 1..) => Version::new(major, minor.saturating_add(1), 0),
            _ => Version::new(major, minor, patch.saturating_add(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Draft;

    #[test]
    fn the_bump_follows_what_readers_lose() {
        let schema = |text| Schema::parse(text, Draft::default()).unwrap();
        let (narrow, wide) = (schema(r#"{"type": "integer"}"#), schema(r#"{"type": "number"}"#));
        assert_eq!(Bump::of(&narrow, &wide, &Options::open()), Bump::Minor);
        assert_eq!(Bump::of(&wide, &narrow, &Options::open()), Bump::Major);
        assert_eq!(
            Bump::of(&wide, &schema(r#"{"title": "t", "type": ["number", "integer"]}"#), &Options::open()),
            Bump::Patch
        );
        assert_eq!(Bump::Major.apply(&Version::new(1, 4, 2)), Version::new(2, 0, 0));
        assert_eq!(Bump::Major.apply(&Version::new(0, 4, 2)), Version::new(0, 5, 0));
        assert_eq!(Bump::Minor.apply(&Version::new(1, 4, 2)), Version::new(1, 5, 0));
    }
}
