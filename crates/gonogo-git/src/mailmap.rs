//! One person under one name: the `.mailmap` file (gitmailmap(5)), read as git reads it.

use std::collections::HashMap;

use gonogo_core::Signature;

/// Who is whom.
#[derive(Debug, Default)]
pub(crate) struct Mailmap {
    /// By the address that commits have, in lower case (ASCII only, as in git).
    by_address: HashMap<Vec<u8>, Entry>,
}

/// What an address stands for.
#[derive(Debug, Default)]
struct Entry {
    any_name: Person,
    /// By the name that commits have, in lower case.
    by_name: HashMap<Vec<u8>, Person>,
}

/// What to put in the place of a name and an address.
#[derive(Debug, Default)]
struct Person {
    name: Option<Vec<u8>>,
    address: Option<Vec<u8>>,
}

impl Mailmap {
    /// Reads a mailmap; lines that make no sense are passed over, as in git.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut map = Self::default();
        for line in bytes.split(|&byte| byte == b'\n') {
            map.add_line(line);
        }
        map
    }

    fn add_line(&mut self, line: &[u8]) {
        let line = line.split(|&byte| byte == 0).next().unwrap_or_default();
        if line.starts_with(b"#") {
            return;
        }
        let Some((first, rest)) = name_and_address(line, false) else { return };
        let second = name_and_address(rest, true).map(|(second, _)| second);
        let (old_name, old_address, address) = match second {
            Some((old_name, old_address)) => (old_name, old_address, Some(first.1.to_vec())),
            None => (None, first.1, None),
        };
        let name = first.0.map(<[u8]>::to_vec);
        let entry = self.by_address.entry(old_address.to_ascii_lowercase()).or_default();
        match old_name {
            Some(old_name) => {
                entry.by_name.insert(old_name.to_ascii_lowercase(), Person { name, address });
            }
            None => {
                entry.any_name.name = name.or(entry.any_name.name.take());
                entry.any_name.address = address.or(entry.any_name.address.take());
            }
        }
    }

    /// The person that a commit's name and address stand for.
    pub(crate) fn canonical(&self, author: &Signature) -> Signature {
        let Some(entry) = self.by_address.get(&author.email.to_ascii_lowercase()) else { return author.clone() };
        let person = entry.by_name.get(&author.name.to_ascii_lowercase()).unwrap_or(&entry.any_name);
        Signature {
            name: person.name.clone().unwrap_or_else(|| author.name.clone()),
            email: person.address.clone().unwrap_or_else(|| author.email.clone()),
            at: author.at,
        }
    }
}

/// A name, if there is one, and the address after it in angle brackets.
type Named<'a> = (Option<&'a [u8]>, &'a [u8]);

/// Cuts `Name <address>` off; what follows it is returned too.
fn name_and_address(text: &[u8], may_be_empty: bool) -> Option<(Named<'_>, &[u8])> {
    let open = text.iter().position(|&byte| byte == b'<')?;
    let after = text.get(open + 1..)?;
    let close = after.iter().position(|&byte| byte == b'>')?;
    if close == 0 && !may_be_empty {
        return None;
    }
    let name = trim(text.get(..open)?);
    let name = if name.is_empty() { None } else { Some(name) };
    Some(((name, after.get(..close)?), after.get(close + 1..)?))
}

/// Without the white space at both ends that git counts as such.
fn trim(text: &[u8]) -> &[u8] {
    let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let start = text.iter().position(|byte| !white(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !white(byte)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(map: &str, name: &str, address: &str) -> String {
        let author = Signature { name: name.into(), email: address.into(), at: None };
        Mailmap::parse(map.as_bytes()).canonical(&author).to_text()
    }

    #[test]
    fn the_four_forms_of_the_manual_page() {
        assert_eq!(mapped("Proper Name <commit@x>", "p", "commit@x"), "Proper Name <commit@x>");
        assert_eq!(mapped("<proper@x> <commit@x>", "p", "commit@x"), "p <proper@x>");
        assert_eq!(mapped("Proper Name <proper@x> <commit@x>", "p", "commit@x"), "Proper Name <proper@x>");
        let by_name = "Proper Name <proper@x> Commit Name <commit@x>";
        assert_eq!(mapped(by_name, "Commit Name", "commit@x"), "Proper Name <proper@x>");
        assert_eq!(mapped(by_name, "Other Name", "commit@x"), "Other Name <commit@x>");
    }

    #[test]
    fn addresses_and_names_are_compared_without_case_and_later_lines_win() {
        assert_eq!(mapped("New <Commit@X>\nNewer <commit@x>", "p", "COMMIT@x"), "Newer <COMMIT@x>");
        assert_eq!(mapped("N <n@x> COMMIT name <c@x>", "commit NAME", "c@x"), "N <n@x>");
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for map in ["# Name <a@x>", "Name", "Name <a@x", "Name <>", "<", ">", "\0Name <a@x>", ""] {
            assert_eq!(mapped(map, "p", "a@x"), "p <a@x>", "{map:?}");
        }
        assert_eq!(mapped("Name <n@x> <>", "p", ""), "Name <n@x>");
        assert_eq!(mapped("Name <a@x> # a comment", "p", "a@x"), "Name <a@x>");
    }
}
