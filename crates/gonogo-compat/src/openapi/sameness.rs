//! Whether two schemas of two documents are the same text, references followed: most of a document is, and needs no proof.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::json::Json;

/// The references of two documents, sorted into those that mean the same in both and those that do not.
pub(crate) struct Sameness {
    same: HashSet<String>,
    /// References that lead nowhere in one of the documents.
    lost: HashSet<String>,
    different: Vec<String>,
    /// References within the target of which a reference stands, on either side.
    users: HashMap<String, Vec<String>>,
}

impl Sameness {
    /// Compares what references lead to: different are those whose target differs, or refers to what is different. Linear in the
    /// size of the documents.
    pub(crate) fn new(a: &Json, b: &Json) -> Self {
        let mut all = BTreeSet::new();
        references(a, &mut all);
        references(b, &mut all);
        if has_identifiers(a) || has_identifiers(b) {
            // References count from the identifiers, not from the root: none is taken as the same.
            let lost = all.into_iter().map(str::to_owned).collect();
            return Self { same: HashSet::new(), lost, different: Vec::new(), users: HashMap::new() };
        }
        let mut open = Vec::new();
        let mut lost = HashSet::new();
        // Who refers to a reference from within its target.
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for &reference in &all {
            let target = |root| target(root, reference);
            let (Some(x), Some(y)) = (target(a), target(b)) else {
                lost.insert(reference.to_owned());
                open.push(reference);
                continue;
            };
            if x != y {
                open.push(reference);
            }
            let mut inner = BTreeSet::new();
            references(x, &mut inner);
            references(y, &mut inner);
            for other in inner {
                users.entry(other).or_default().push(reference);
            }
        }
        let mut different: HashSet<&str> = open.iter().copied().collect();
        while let Some(reference) = open.pop() {
            for &user in users.get(reference).into_iter().flatten() {
                if different.insert(user) {
                    open.push(user);
                }
            }
        }
        let owned = |list: &[&str]| list.iter().map(|r| (*r).to_owned()).collect::<Vec<_>>();
        let kept = |r: &&str| !lost.contains(*r);
        Self {
            different: different.iter().filter(|r| kept(r)).map(|r| (*r).to_owned()).collect(),
            users: users.iter().map(|(r, list)| ((*r).to_owned(), owned(list))).collect(),
            same: all.iter().filter(|r| !different.contains(*r)).map(|r| (*r).to_owned()).collect(),
            lost,
        }
    }

    /// Whether both nodes, and all they refer to, are equal.
    pub(crate) fn same(&self, a: &Json, b: &Json) -> bool {
        let mut inner = BTreeSet::new();
        references(a, &mut inner);
        a == b && inner.into_iter().all(|r| self.same.contains(r))
    }

    /// References that mean the same in both documents.
    pub(crate) fn references(&self) -> &HashSet<String> {
        &self.same
    }

    /// Whether the targets are there on both sides and differ.
    pub(crate) fn differs(&self, reference: &str) -> bool {
        !self.same.contains(reference) && !self.lost.contains(reference)
    }

    /// References whose targets are there and differ.
    pub(crate) fn different(&self) -> impl Iterator<Item = &str> {
        self.different.iter().map(String::as_str)
    }

    /// References whose target refers to this one.
    pub(crate) fn users(&self, reference: &str) -> impl Iterator<Item = &str> {
        self.users.get(reference).into_iter().flatten().map(String::as_str)
    }

    /// Whether any reference leads nowhere.
    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Whether a reference leads nowhere in one of the documents.
    pub(crate) fn is_lost(&self, reference: &str) -> bool {
        self.lost.contains(reference)
    }
}

pub(crate) fn target<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    root.pointer(&crate::schema::decode_fragment(reference.strip_prefix('#')?))
}

fn has_identifiers(node: &Json) -> bool {
    match node {
        Json::Array(items) => items.iter().any(has_identifiers),
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| (name == "$id" && matches!(value, Json::String(_))) || has_identifiers(value)),
        _ => false,
    }
}

pub(crate) fn references<'a>(node: &'a Json, into: &mut BTreeSet<&'a str>) {
    match node {
        Json::Array(items) => items.iter().for_each(|item| references(item, into)),
        Json::Object(members) => {
            for (name, value) in members {
                match value {
                    Json::String(reference) if name == "$ref" || name == "$dynamicRef" => {
                        into.insert(reference);
                    }
                    value => references(value, into),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reaches_all_that_refer_to_it() {
        let json = |c: &str| {
            Json::parse(&format!(
                r##"{{"a": {{"$ref": "#/b"}}, "b": {{"x": {{"$ref": "#/c"}}, "y": {{"$ref": "#/b"}}}}, "c": {c}, "d": [{{"$ref": "#/e"}}],
                "e": {{"self": {{"$ref": "#/e"}}}}}}"##
            ))
            .unwrap()
        };
        let (old, new) = (json("1"), json("2"));
        let sameness = Sameness::new(&old, &new);
        let same = |pointer: &str| sameness.same(old.pointer(pointer).unwrap(), new.pointer(pointer).unwrap());
        assert_eq!([same("/a"), same("/b"), same("/d"), same("/e")], [false, false, true, true]);
    }
}
