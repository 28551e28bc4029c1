//! Whether two schemas of two documents are the same text, references followed: most of a document is, and needs no proof.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::json::Json;

/// Compares schemas of two documents, remembering the references that were found equal.
pub(crate) struct Sameness<'a> {
    a: &'a Json,
    b: &'a Json,
    /// References to the same name that are equal, or are being compared.
    assumed: RefCell<HashSet<String>>,
    different: RefCell<HashSet<String>>,
}

impl<'a> Sameness<'a> {
    pub(crate) fn new(a: &'a Json, b: &'a Json) -> Self {
        Self { a, b, assumed: RefCell::default(), different: RefCell::default() }
    }

    /// Whether both nodes, and all they refer to, are equal.
    pub(crate) fn same(&self, a: &Json, b: &Json) -> bool {
        let same = self.equal(a, b);
        if !same {
            // What was assumed on the way to a difference was not shown.
            self.assumed.borrow_mut().clear();
        }
        same
    }

    fn equal(&self, a: &Json, b: &Json) -> bool {
        match (a, b) {
            (Json::Array(x), Json::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(p, q)| self.equal(p, q)),
            (Json::Object(x), Json::Object(y)) => {
                x.len() == y.len()
                    && x.iter().all(|(name, p)| match b.get(name) {
                        Some(q) if name == "$ref" => self.equal_references(p, q),
                        Some(q) => self.equal(p, q),
                        None => false,
                    })
            }
            _ => a == b,
        }
    }

    fn equal_references(&self, a: &Json, b: &Json) -> bool {
        let (Json::String(x), Json::String(y)) = (a, b) else { return self.equal(a, b) };
        if x != y || self.different.borrow().contains(x) {
            return false;
        }
        if !self.assumed.borrow_mut().insert(x.clone()) {
            return true;
        }
        let target = |root: &'a Json| root.pointer(x.strip_prefix('#')?);
        let same = match (target(self.a), target(self.b)) {
            (Some(p), Some(q)) => self.equal(p, q),
            _ => false,
        };
        if !same {
            self.assumed.borrow_mut().remove(x);
            self.different.borrow_mut().insert(x.clone());
        }
        same
    }
}
