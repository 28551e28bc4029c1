//! Breaks of schemas that many operations refer to: each is found once, where it stands, and not again in each operation.
//!
//! A definition is held against its other version with its references taken as readable, which costs what the definition alone is
//! long. A witness is then a value of the definition; what it needs of other definitions is filled in with a typical value of each.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::operations::Walk;
use super::sameness::{references, target};
use crate::breaks::{Break, MAX_BREAKS, explained};
use crate::compare::{Around, Side};
use crate::json::Json;
use crate::schema::{Evaluator, address, explain, governs};

/// References are filled in that often: a definition that needs others needs them first.
const ROUNDS: usize = 8;

/// Breaks within definitions, and who uses them.
#[derive(Default)]
pub(super) struct Shared<'w> {
    /// A reference, the node whose keyword breaks, and the break.
    found: RefCell<Vec<(String, usize, Break)>>,
    /// A value of each definition, once one was asked for.
    typical: RefCell<Option<HashMap<String, Json>>>,
    /// What was compared, with the reader's schema.
    compared: RefCell<Vec<(String, &'w Json)>>,
}

impl<'w> Shared<'w> {
    pub(super) fn compares(&self, subject: &str, expected: &'w Json) {
        self.compared.borrow_mut().push((subject.to_owned(), expected));
    }
}

impl<'w> Walk<'w> {
    fn sides(&self, reference: &str) -> Option<(Side<'_, 'w>, Side<'_, 'w>, String)> {
        let pointer = crate::schema::decode_fragment(reference.strip_prefix('#')?);
        let writer = Side { document: &self.write, at: self.write.at_pointer(&pointer)? };
        let reader = Side { document: &self.read, at: self.read.at_pointer(&pointer)? };
        Some((writer, reader, pointer))
    }

    /// Whether a definition is readable if these references are, once what breaks within it is noted and passed over.
    pub(super) fn definition_holds(&self, reference: &str, assumed: &HashSet<String>) -> bool {
        let Some((writer, reader, pointer)) = self.sides(reference) else { return false };
        if self.plainly_readable(writer.at.node, reader.at.node, assumed) {
            return true;
        }
        let around = Around { patterns: &self.patterns, options: &self.options };
        if around.proved(writer, reader, assumed) {
            return true;
        }
        self.fill_in(&around, assumed);
        let typical = self.shared.typical.borrow();
        let Some(typical) = typical.as_ref() else { return false };
        let name = format!("component `{}`", pointer.rsplit('/').next().unwrap_or_default());
        let mut left = MAX_BREAKS;
        around.witnesses(writer, reader, typical, |witness| {
            let budget = crate::budget::Budget::new(self.options.steps);
            let evaluator = Evaluator { document: &self.read, patterns: &self.patterns, budget: &budget };
            let Some(failure) = explain(&evaluator, reader.at, &pointer, &witness) else { return false };
            if !self.read.mute(failure.node, &failure.keyword) {
                return false;
            }
            let node = self.read.at_pointer(&failure.schema).map(|at| at.node);
            let counterpart = governs(&self.write, writer.at, &pointer, &failure.instance);
            let found = Break { counterpart, ..explained(&name, &failure, node, witness) };
            self.shared.found.borrow_mut().push((reference.to_owned(), failure.node, found));
            left -= 1;
            left > 0
        });
        left < MAX_BREAKS && around.proved(writer, reader, assumed)
    }

    /// Whether two schemas are one text of which every reference is readable: then so is the whole.
    pub(super) fn plainly_readable(&self, sent: &Json, expected: &Json, readable: &HashSet<String>) -> bool {
        let mut inner = BTreeSet::new();
        references(sent, &mut inner);
        inner.iter().all(|reference| readable.contains(*reference)) && sent == expected
    }

    /// Finds a typical value of every definition, if that has not been done.
    fn fill_in(&self, around: &Around<'_>, assumed: &HashSet<String>) {
        if self.shared.typical.borrow().is_some() {
            return;
        }
        let mut known: HashMap<String, Json> = HashMap::new();
        let mut open: Vec<&String> = assumed.iter().collect();
        open.sort_unstable();
        for _ in 0..ROUNDS {
            let before = open.len();
            open.retain(|reference| {
                let Some((writer, reader, _)) = self.sides(reference) else { return false };
                let reader = self.sameness.differs(reference).then_some(reader);
                match around.typical(writer, reader, &known) {
                    Some(value) => {
                        known.insert((*reference).clone(), value);
                        false
                    }
                    None => true,
                }
            });
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        self.shared.typical.replace(Some(known));
    }

    /// The breaks of definitions that what was compared leads to, each once, with who uses it.
    pub(super) fn shared_breaks(&self) -> Vec<Break> {
        let found = self.shared.found.borrow();
        let compared = self.shared.compared.borrow();
        if found.is_empty() || compared.is_empty() {
            return Vec::new();
        }
        let visited = visit(&self.reader.root, compared.iter().map(|(_, node)| *node));
        let direct: Vec<BTreeSet<&str>> = compared
            .iter()
            .map(|(_, node)| {
                let mut into = BTreeSet::new();
                references(node, &mut into);
                into
            })
            .collect();
        let mut reported = Vec::new();
        let mut known: HashMap<&str, String> = HashMap::new();
        for (reference, _, one) in found.iter().filter(|(_, node, _)| visited.contains(node)) {
            if let Some(used) = known.get(reference.as_str()) {
                reported.push(Break { message: format!("{}{used}", one.message), ..one.clone() });
                continue;
            }
            let mut leads: foldhash::HashSet<&str> = std::iter::once(reference.as_str()).collect();
            let mut open = vec![reference.as_str()];
            while let Some(next) = open.pop() {
                open.extend(self.sameness.users(next).filter(|user| leads.insert(user)));
            }
            let users = |at: &usize| direct.get(*at).is_some_and(|own| own.iter().any(|r| leads.contains(r)));
            let mut users = (0..compared.len()).filter(users);
            let first = users.next().and_then(|at| compared.get(at)).map(|(subject, _)| subject.as_str());
            let used = match (first, users.count()) {
                (None, _) => String::new(),
                (Some(first), 0) => format!("; {first} uses it"),
                (Some(first), 1) => format!("; {first} and one other place use it"),
                (Some(first), more) => format!("; {first} and {more} other places use it"),
            };
            reported.push(Break { message: format!("{}{used}", one.message), ..one.clone() });
            known.insert(reference, used);
        }
        reported
    }
}

/// Every node that schemas lead to, references followed.
fn visit<'a>(root: &'a Json, from: impl Iterator<Item = &'a Json>) -> HashSet<usize> {
    let mut nodes = HashSet::new();
    let mut open: Vec<&Json> = from.collect();
    while let Some(node) = open.pop() {
        match node {
            Json::Array(items) => open.extend(items),
            Json::Object(members) if nodes.insert(address(node)) => {
                for (name, value) in members {
                    match value {
                        Json::String(reference) if name == "$ref" || name == "$dynamicRef" => {
                            open.extend(target(root, reference));
                        }
                        value => open.push(value),
                    }
                }
            }
            Json::Bool(_) => {
                nodes.insert(address(node));
            }
            _ => {}
        }
    }
    nodes
}
