//! Whether several schemas that apply to one value describe the same member or the items: then none of them alone says what a
//! writer of declared members sends there.

use std::collections::BTreeSet;

use super::Compiler;
use crate::json::Json;
use crate::schema::{At, address};

/// What the schemas that apply to one value describe.
#[derive(Default)]
struct Described {
    /// Members that may hold members or items themselves.
    names: BTreeSet<String>,
    /// Members by pattern, or all others.
    open_ended: bool,
    items: bool,
    twice: bool,
}

impl Described {
    /// Both apply.
    fn beside(mut self, other: Self) -> Self {
        let any = |d: &Self| d.open_ended || !d.names.is_empty();
        self.twice |= other.twice
            || !self.names.is_disjoint(&other.names)
            || (self.open_ended && any(&other))
            || (other.open_ended && any(&self))
            || (self.items && other.items);
        self.or(other)
    }

    /// One or the other applies.
    fn or(mut self, other: Self) -> Self {
        self.names.extend(other.names);
        self.open_ended |= other.open_ended;
        self.items |= other.items;
        self.twice |= other.twice;
        self
    }
}

impl<'a> Compiler<'_, 'a> {
    pub(super) fn describes_twice(&self, at: At<'a>) -> bool {
        self.described(at, &mut Vec::new()).twice
    }

    fn described(&self, at: At<'a>, path: &mut Vec<usize>) -> Described {
        let node = at.node;
        if path.contains(&address(node)) || path.len() > 60 {
            return Described { twice: true, ..Described::default() };
        }
        path.push(address(node));
        let nested = |schema: &Json| {
            let scalar = ["string", "number", "integer", "boolean", "null"];
            schema.as_bool().is_none() && schema.get("type").and_then(Json::as_str).is_none_or(|t| !scalar.contains(&t))
        };
        let members = |name: &str| node.get(name).and_then(Json::as_object).unwrap_or_default();
        let names: BTreeSet<String> =
            members("properties").iter().filter(|(_, s)| nested(s)).map(|(n, _)| n.clone()).collect();
        let patterns = !members("patternProperties").is_empty();
        let rest = ["additionalProperties", "unevaluatedProperties"];
        let mut all = Described {
            twice: patterns && !names.is_empty(),
            open_ended: patterns || rest.iter().any(|k| node.get(k).is_some_and(|s| s.as_object().is_some())),
            items: ["items", "prefixItems", "unevaluatedItems"].iter().any(|k| node.get(k).is_some()),
            names,
        };
        for name in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(Json::String(reference)) = node.get(name) {
                all = match self.target(name, reference, at) {
                    Ok(target) => all.beside(self.described(target, path)),
                    Err(_) => Described { twice: true, ..all },
                };
            }
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            let branches = node.get(name).and_then(Json::as_array).unwrap_or_default();
            let mut parts = Described::default();
            for branch in branches {
                let part = self.described(self.document.child(at, branch), path);
                parts = if name == "allOf" { parts.beside(part) } else { parts.or(part) };
            }
            all = all.beside(parts);
        }
        for name in ["if", "then", "else"] {
            if let Some(schema) = node.get(name) {
                all = all.beside(self.described(self.document.child(at, schema), path));
            }
        }
        for (_, schema) in members("dependentSchemas").iter().chain(members("dependencies")) {
            all = all.beside(self.described(self.document.child(at, schema), path));
        }
        path.pop();
        all
    }
}
