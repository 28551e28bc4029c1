//! A schema document: its resources by identifier, its anchors, and where a reference leads.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::{Draft, uri};
use crate::json::{Json, pointer_segments};

/// The base of a document that names none.
const NO_BASE: &str = "contract:///document";

/// A place in a document: a schema node and the resource it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Json,
    pub(crate) resource: usize,
}

/// A schema with an identifier of its own, and all below it up to the next one.
#[derive(Debug)]
struct Resource<'a> {
    base: String,
    root: &'a Json,
    draft: Draft,
    anchors: HashMap<&'a str, Option<&'a Json>>,
    dynamic: HashMap<&'a str, &'a Json>,
    recursive: bool,
}

/// A document whose identifiers have been indexed.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    root: &'a Json,
    resources: Vec<Resource<'a>>,
    /// `None` where two resources claim one identifier.
    by_uri: HashMap<String, Option<usize>>,
    at: HashMap<usize, usize>,
    /// Why the document's dialect is not understood.
    trouble: Option<String>,
    uses_unevaluated: bool,
    uses_dynamic: bool,
    /// Keywords that are passed over, by node: what is known to break already, so that the next break shows.
    muted: RefCell<HashSet<(usize, String)>>,
}

/// The identity of a node within its document.
pub(crate) fn address(node: &Json) -> usize {
    std::ptr::from_ref(node) as usize
}

const ONE: [&str; 12] = [
    "not",
    "additionalProperties",
    "additionalItems",
    "items",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
const LIST: [&str; 5] = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const MAP: [&str; 6] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions", "dependencies"];

impl<'a> Document<'a> {
    /// Indexes a document; `draft` is what it follows unless its `$schema` says otherwise.
    pub(crate) fn new(root: &'a Json, draft: Draft) -> Self {
        let mut document = Self {
            root,
            resources: Vec::new(),
            by_uri: HashMap::new(),
            at: HashMap::new(),
            trouble: None,
            uses_unevaluated: false,
            uses_dynamic: false,
            muted: RefCell::new(HashSet::new()),
        };
        document.resources.push(Resource {
            base: NO_BASE.to_owned(),
            root,
            draft,
            anchors: HashMap::new(),
            dynamic: HashMap::new(),
            recursive: false,
        });
        document.at.insert(address(root), 0);
        document.by_uri.insert(NO_BASE.to_owned(), Some(0));
        document.index(root, 0);
        document
    }

    /// The schema the document is.
    pub(crate) fn top(&self) -> At<'a> {
        At { node: self.root, resource: 0 }
    }

    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    pub(crate) fn uses_unevaluated(&self) -> bool {
        self.uses_unevaluated
    }

    /// Whether a reference may lead to different places depending on how it was reached.
    pub(crate) fn uses_dynamic(&self) -> bool {
        self.uses_dynamic
    }

    pub(crate) fn draft(&self, at: At<'_>) -> Draft {
        self.resources.get(at.resource).map_or(Draft::default(), |r| r.draft)
    }

    /// Passes over a keyword of one schema from now on; the empty keyword is a schema that is `false`. False if it was passed over
    /// before.
    pub(crate) fn mute(&self, node: usize, keyword: &str) -> bool {
        self.muted.borrow_mut().insert((node, keyword.to_owned()))
    }

    /// Regards these keywords again.
    pub(crate) fn unmute(&self, keywords: &[(usize, String)]) {
        let mut muted = self.muted.borrow_mut();
        for keyword in keywords {
            muted.remove(keyword);
        }
    }

    /// Runs with every keyword regarded.
    pub(crate) fn as_written<R>(&self, then: impl FnOnce() -> R) -> R {
        let muted = self.muted.take();
        let result = then();
        self.muted.replace(muted);
        result
    }

    pub(crate) fn is_muted(&self, node: &Json, keyword: &str) -> bool {
        let muted = self.muted.borrow();
        !muted.is_empty() && muted.contains(&(address(node), keyword.to_owned()))
    }

    /// A document whose schemas stand at pointers of their own, as those of an OpenAPI document do.
    #[cfg(feature = "openapi")]
    pub(crate) fn holding_schemas(root: &'a Json, draft: Draft) -> Self {
        let mut document = Self::new(root, draft);
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            match node {
                Json::Array(items) => open.extend(items),
                Json::Object(members) => {
                    document.uses_unevaluated |= members.iter().any(|(n, _)| n.starts_with("unevaluated"));
                    document.uses_dynamic |= members.iter().any(|(n, _)| n == "$dynamicRef");
                    open.extend(members.iter().map(|(_, v)| v));
                }
                _ => {}
            }
        }
        document
    }

    /// A subschema of a schema: the same resource, unless it has an identifier of its own.
    pub(crate) fn child(&self, parent: At<'_>, node: &'a Json) -> At<'a> {
        At { node, resource: self.at.get(&address(node)).copied().unwrap_or(parent.resource) }
    }

    /// The place a JSON Pointer leads to from the root.
    pub(crate) fn at_pointer(&self, pointer: &str) -> Option<At<'a>> {
        self.walk(self.top(), pointer)
    }

    fn walk(&self, from: At<'a>, pointer: &str) -> Option<At<'a>> {
        let mut here = from;
        for segment in pointer_segments(pointer)? {
            here = self.child(here, here.node.step(&segment)?);
        }
        Some(here)
    }

    fn index(&mut self, node: &'a Json, resource: usize) {
        let Json::Object(members) = node else { return };
        let mut resource = resource;
        let is_root = address(node) == address(self.root);
        let mut draft = self.resources.get(resource).map_or(Draft::default(), |r| r.draft);
        if let Some(written) = node.get("$schema").and_then(Json::as_str) {
            match Draft::from_metaschema(written) {
                Some(known) if is_root || node.get(known.id_keyword()).is_some() => draft = known,
                Some(_) => {}
                None if is_root => self.trouble = Some(format!("the dialect `{written}` is not known")),
                None => {}
            }
        }
        let ignored = !draft.ref_has_siblings() && node.get("$ref").is_some_and(|r| r.as_str().is_some());
        if is_root && let Some(r) = self.resources.first_mut() {
            r.draft = draft;
        }
        if !ignored {
            resource = self.identify(node, resource, draft, is_root);
        }
        for (name, value) in members {
            match (name.as_str(), value) {
                ("unevaluatedItems" | "unevaluatedProperties", _) => self.uses_unevaluated = true,
                ("$dynamicRef" | "$recursiveRef", Json::String(_)) => self.uses_dynamic = true,
                _ => {}
            }
            if ONE.contains(&name.as_str()) {
                self.index(value, resource);
            }
            if LIST.contains(&name.as_str()) {
                value.as_array().unwrap_or_default().iter().for_each(|v| self.index(v, resource));
            }
            if MAP.contains(&name.as_str()) {
                value.as_object().unwrap_or_default().iter().for_each(|(_, v)| self.index(v, resource));
            }
        }
    }

    /// Registers the identifiers of one node and returns the resource that it belongs to.
    fn identify(&mut self, node: &'a Json, outer: usize, draft: Draft, is_root: bool) -> usize {
        let mut resource = outer;
        if let Some(id) = node.get(draft.id_keyword()).and_then(Json::as_str) {
            let (address_part, fragment): (&str, &str) = id.split_once('#').unwrap_or((id, ""));
            if !address_part.is_empty() {
                let base = uri::resolve(self.resources.get(outer).map_or(NO_BASE, |r| &r.base), address_part);
                if is_root {
                    if let Some(r) = self.resources.first_mut() {
                        r.base.clone_from(&base);
                    }
                } else {
                    resource = self.resources.len();
                    self.resources.push(Resource {
                        base: base.clone(),
                        root: node,
                        draft,
                        anchors: HashMap::new(),
                        dynamic: HashMap::new(),
                        recursive: false,
                    });
                    self.at.insert(address(node), resource);
                }
                self.by_uri
                    .entry(base)
                    .and_modify(|known| *known = known.filter(|k| *k == resource))
                    .or_insert(Some(resource));
            }
            if draft <= Draft::Draft7 && !fragment.is_empty() {
                self.anchor(resource, fragment, node);
            }
        }
        if draft >= Draft::Draft201909 {
            if let Some(name) = node.get("$anchor").and_then(Json::as_str) {
                self.anchor(resource, name, node);
            }
            if node.get("$recursiveAnchor").and_then(Json::as_bool) == Some(true)
                && let Some(r) = self.resources.get_mut(resource)
                && address(r.root) == address(node)
            {
                r.recursive = true;
            }
        }
        if draft >= Draft::Draft202012
            && let Some(name) = node.get("$dynamicAnchor").and_then(Json::as_str)
        {
            self.anchor(resource, name, node);
            if let Some(r) = self.resources.get_mut(resource) {
                r.dynamic.insert(name, node);
            }
        }
        resource
    }

    fn anchor(&mut self, resource: usize, name: &'a str, node: &'a Json) {
        if let Some(r) = self.resources.get_mut(resource) {
            r.anchors
                .entry(name)
                .and_modify(|known| *known = known.filter(|k| address(k) == address(node)))
                .or_insert(Some(node));
        }
    }

    /// Where `$ref` leads.
    pub(crate) fn resolve(&self, from: At<'_>, reference: &str) -> Result<At<'a>, String> {
        let (address_part, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if address_part.is_empty() {
            from.resource
        } else {
            let base = self.resources.get(from.resource).map_or(NO_BASE, |r| &r.base);
            match self.by_uri.get(&uri::resolve(base, address_part)) {
                Some(Some(resource)) => *resource,
                Some(None) => return Err(format!("two schemas claim the identifier that `{reference}` names")),
                None => return Err(format!("`{reference}` leads out of the document")),
            }
        };
        let Some(r) = self.resources.get(resource) else { return Err(format!("`{reference}` leads nowhere")) };
        let root = At { node: r.root, resource };
        let fragment = uri::decode(fragment);
        if fragment.is_empty() {
            return Ok(root);
        }
        if fragment.starts_with('/') {
            return self.walk(root, &fragment).ok_or_else(|| format!("`{reference}` leads nowhere"));
        }
        match r.anchors.get(fragment.as_str()) {
            Some(Some(node)) => Ok(self.child(root, node)),
            Some(None) => Err(format!("two schemas claim the anchor that `{reference}` names")),
            None => Err(format!("`{reference}` leads nowhere")),
        }
    }

    /// Where `$dynamicRef` leads, given the resources entered so far, outermost first.
    pub(crate) fn resolve_dynamic(&self, from: At<'_>, reference: &str, scope: &[usize]) -> Result<At<'a>, String> {
        let first = self.resolve(from, reference)?;
        let name = reference.split_once('#').map_or("", |(_, f)| f);
        let bookended = self.resources.get(first.resource).and_then(|r| r.dynamic.get(name));
        if bookended.is_none_or(|node| address(node) != address(first.node)) {
            return Ok(first);
        }
        let outermost = scope.iter().find_map(|&resource| {
            let node = self.resources.get(resource)?.dynamic.get(name)?;
            Some(At { node, resource: self.at.get(&address(node)).copied().unwrap_or(resource) })
        });
        Ok(outermost.unwrap_or(first))
    }

    /// Where `$recursiveRef: "#"` leads, given the resources entered so far, outermost first.
    pub(crate) fn resolve_recursive(&self, from: At<'_>, reference: &str, scope: &[usize]) -> Result<At<'a>, String> {
        if reference != "#" {
            return Err(format!("`$recursiveRef` is `{reference}`, and the draft allows `#` only"));
        }
        let first = self.resolve(from, reference)?;
        if !self.resources.get(first.resource).is_some_and(|r| r.recursive) {
            return Ok(first);
        }
        let outermost = scope.iter().find_map(|&resource| {
            let r = self.resources.get(resource)?;
            r.recursive.then_some(At { node: r.root, resource })
        });
        Ok(outermost.unwrap_or(first))
    }
}
