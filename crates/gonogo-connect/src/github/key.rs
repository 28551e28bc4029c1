//! A number of a repository: what goes into an address comes from messages that anybody may write.

/// A number of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) repository: String,
    pub(super) number: u64,
}

impl Key {
    /// `#12`, `gh-12` and `owner/repo#12`; the first two belong to `own`.
    pub(super) fn parse(key: &str, own: Option<&str>) -> Result<Self, &'static str> {
        let (place, number) = match key.split_once('#') {
            Some(parts) => parts,
            None if key.to_ascii_lowercase().starts_with("gh-") => ("", key.get(3..).unwrap_or("")),
            None => return Err("it has no keys of that form"),
        };
        if number.is_empty() || number.len() > 18 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err("it has no keys of that form");
        }
        let number = number.parse().map_err(|_| "it has no keys of that form")?;
        let repository = match place {
            "" => own.ok_or("no repository is configured that it would belong to")?,
            other if is_repository(other) => other,
            _ => return Err("that is no repository"),
        };
        Ok(Self { repository: repository.to_owned(), number })
    }
}

/// `owner/name`.
pub(super) fn is_repository(name: &str) -> bool {
    let part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= 100
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    name.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

/// The repository that an address of the interface ends with: `https://api.github.com/repos/owner/name`.
pub(super) fn repository_of(url: &str) -> Option<String> {
    let (_, name) = url.rsplit_once("/repos/")?;
    is_repository(name).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_number_of_a_repository_and_nothing_else() {
        let key = |text: &str| Key::parse(text, Some("a/b")).map(|key| format!("{} {}", key.repository, key.number));
        assert_eq!(key("#12"), Ok("a/b 12".into()));
        assert_eq!(key("GH-12"), Ok("a/b 12".into()));
        assert_eq!(key("c/d.e#3"), Ok("c/d.e 3".into()));
        for wrong in
            ["KAFKA-1", "#", "#1a", "#１２", "a/../c#1", "../x#1", "a/b/c#1", "a b/c#1", "#99999999999999999999", "é-1"]
        {
            assert!(key(wrong).is_err(), "{wrong}");
        }
        assert!(Key::parse("#1", None).is_err());
    }
}
