//! `unevaluatedProperties`, `unevaluatedItems`, and writers that send declared members only.
//!
//! What a schema has looked at depends on which of its branches hold. A larger set of looked-at members only loosens the
//! keyword, so the keyword is exactly the disjunction, over the sets of branches, of "these hold, and what is left over fits".

use super::{Atom, Compiler, Content, Formulas, Id, Kinds};
use crate::json::Json;
use crate::schema::{At, DISPUTED_CONTAINS, Draft, address, prefix_and_rest};

/// Conditions beyond this many would make more than 2^8 disjuncts.
const MAX_CONDITIONS: usize = 8;
const TOO_MANY: &str = "more than eight conditions decide what `unevaluated*` sees";

/// Items that a schema has looked at.
#[derive(Clone, Copy)]
enum Seen {
    Prefix(u32),
    All,
    Matching(Id),
}

/// Under which condition a schema looks at what.
#[derive(Default)]
struct Sight {
    names: Vec<(Id, Id)>,
    items: Vec<(Id, Seen)>,
    /// Whether any keyword spoke of members.
    speaks_of_members: bool,
    /// Whether members that are required count as spoken of: a writer must send them.
    closing: bool,
    /// Whether a keyword asks for members that no keyword names: then a writer must send others as well.
    asks_for_more: bool,
}

impl<'a> Compiler<'_, 'a> {
    pub(super) fn unevaluated_properties(&mut self, at: At<'a>, value: &'a Json) -> Result<Id, String> {
        let sight = self.sight(at)?;
        let child = self.document.child(at, value);
        let rest = self.value(child);
        self.leftover_members(&sight, rest)
    }

    /// Only members that the schema, or one that applies beside it, speaks of.
    pub(super) fn only_declared(&mut self, at: At<'a>) -> Id {
        match self.sight_with(at, true) {
            Ok(sight) if sight.speaks_of_members && !sight.asks_for_more => {
                self.leftover_members(&sight, Formulas::NEVER).unwrap_or(Formulas::ALWAYS)
            }
            // A schema that names no member describes a map, and one that cannot be followed stays open: both keep the larger
            // set of what may be written, so nothing is called compatible that is not.
            _ => Formulas::ALWAYS,
        }
    }

    fn leftover_members(&mut self, sight: &Sight, rest: Id) -> Result<Id, String> {
        let (always, conditional) = split(&sight.names);
        if conditional.len() > MAX_CONDITIONS {
            return Err(TOO_MANY.to_owned());
        }
        let mut options = Vec::new();
        for chosen in 0_u32..1 << conditional.len() {
            let mut conditions = Vec::new();
            let mut names = always.clone();
            for (_, (condition, seen)) in conditional.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1) {
                conditions.push(*condition);
                names.extend(seen);
            }
            let seen = self.formulas.or(names);
            let unseen = self.formulas.not(seen);
            let each = self.each(unseen, rest);
            conditions.push(each);
            options.push(self.formulas.and(conditions));
        }
        let any = self.formulas.or(options);
        Ok(self.formulas.when(Kinds::OBJECT, any))
    }

    pub(super) fn unevaluated_items(&mut self, at: At<'a>, value: &'a Json) -> Result<Id, String> {
        let sight = self.sight(at)?;
        let child = self.document.child(at, value);
        let rest = self.value(child);
        let (always, conditional) = split(&sight.items);
        if conditional.len() > MAX_CONDITIONS {
            return Err(TOO_MANY.to_owned());
        }
        let mut options = Vec::new();
        for chosen in 0_u32..1 << conditional.len() {
            let mut conditions = Vec::new();
            let mut seen = always.clone();
            for (_, (condition, marks)) in conditional.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1) {
                conditions.push(*condition);
                seen.extend(marks);
            }
            if !seen.iter().any(|s| matches!(s, Seen::All)) {
                let from = seen.iter().map(|s| if let Seen::Prefix(n) = s { *n } else { 0 }).max().unwrap_or(0);
                let fits = seen.iter().filter_map(|s| if let Seen::Matching(f) = s { Some(*f) } else { None });
                let fits: Vec<Id> = fits.chain([rest]).collect();
                let fits = self.formulas.or(fits);
                let all = self.formulas.atom(Atom::Rest(from, fits));
                conditions.push(all);
            }
            options.push(self.formulas.and(conditions));
        }
        let any = self.formulas.or(options);
        Ok(self.formulas.when(Kinds::ARRAY, any))
    }

    fn sight(&mut self, at: At<'a>) -> Result<Sight, String> {
        self.sight_with(at, false)
    }

    /// What the schema and all that apply in place look at, but for its own `unevaluated*`.
    fn sight_with(&mut self, at: At<'a>, own: bool) -> Result<Sight, String> {
        let mut sight = Sight { closing: own, ..Sight::default() };
        self.look(at, Formulas::ALWAYS, own, &mut sight, &mut Vec::new())?;
        Ok(sight)
    }

    fn look(
        &mut self,
        at: At<'a>,
        condition: Id,
        own: bool,
        sight: &mut Sight,
        path: &mut Vec<usize>,
    ) -> Result<(), String> {
        let Json::Object(_) = at.node else { return Ok(()) };
        if path.contains(&address(at.node)) || path.len() > 60 {
            return Err("references lead in a circle".to_owned());
        }
        path.push(address(at.node));
        let answer = self.look_inside(at, condition, own, sight, path);
        path.pop();
        answer
    }

    /// Names that a writer has to send although no keyword describes them, and keywords that ask for more without a name.
    fn must_be_sent(&mut self, node: &Json, condition: Id, sight: &mut Sight) {
        let listed =
            node.get("required").into_iter().chain(["dependentRequired", "dependencies"].into_iter().flat_map(|k| {
                node.get(k).and_then(Json::as_object).unwrap_or_default().iter().map(|(_, names)| names)
            }));
        let names = listed.filter_map(Json::as_array).flatten().filter_map(|n| n.as_str().map(str::to_owned));
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            let names = self.formulas.atom(Atom::Texts(names.into()));
            sight.names.push((condition, names));
        }
        sight.asks_for_more |= ["minProperties", "enum", "const", "not"].iter().any(|k| node.get(k).is_some());
    }

    fn look_inside(
        &mut self,
        at: At<'a>,
        condition: Id,
        own: bool,
        sight: &mut Sight,
        path: &mut Vec<usize>,
    ) -> Result<(), String> {
        let draft = self.document.draft(at);
        let node = at.node;
        for name in ["$ref", "$dynamicRef", "$recursiveRef"] {
            if let Some(Json::String(reference)) = node.get(name).filter(|_| draft.knows(name)) {
                let target = self.target(name, reference, at)?;
                self.look(target, condition, true, sight, path)?;
                if !draft.ref_has_siblings() {
                    return Ok(());
                }
            }
        }
        let declared = self.declared_names(node);
        if declared != Formulas::NEVER {
            sight.names.push((condition, declared));
            sight.speaks_of_members = true;
        }
        let document = self.document;
        if sight.closing {
            self.must_be_sent(node, condition, sight);
        }
        let has = |name: &str| node.get(name).is_some() && draft.knows(name) && !document.is_muted(node, name);
        if has("additionalProperties") || (own && has("unevaluatedProperties")) {
            sight.names.push((condition, Formulas::ALWAYS));
            sight.speaks_of_members = true;
        }
        let (prefix, rest) = prefix_and_rest(node, draft)?;
        if rest.is_some() || (own && has("unevaluatedItems")) {
            sight.items.push((condition, Seen::All));
        } else if !prefix.is_empty() {
            sight.items.push((condition, Seen::Prefix(prefix.len() as u32)));
        }
        if let Some(schema) = node.get("contains").filter(|_| draft >= Draft::Draft201909) {
            let child = self.document.child(at, schema);
            let fits = self.opened(|open| open.value(child));
            let condition = if draft == Draft::Draft201909 {
                let disputed = self.formulas.opaque(Kinds::ARRAY, DISPUTED_CONTAINS);
                self.formulas.and([condition, disputed])
            } else {
                condition
            };
            sight.items.push((condition, Seen::Matching(fits)));
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            for branch in node.get(name).and_then(Json::as_array).unwrap_or_default() {
                let branch = self.document.child(at, branch);
                let holds = if name == "allOf" { Formulas::ALWAYS } else { self.in_place(branch) };
                let both = self.formulas.and([condition, holds]);
                self.look(branch, both, true, sight, path)?;
            }
        }
        if let Some(test) = node.get("if").filter(|_| draft.knows("if")) {
            let test = self.document.child(at, test);
            let holds = self.in_place(test);
            let fails = self.formulas.not(holds);
            let met = self.formulas.and([condition, holds]);
            let unmet = self.formulas.and([condition, fails]);
            self.look(test, met, true, sight, path)?;
            for (name, when) in [("then", met), ("else", unmet)] {
                if let Some(schema) = node.get(name) {
                    let schema = self.document.child(at, schema);
                    self.look(schema, when, true, sight, path)?;
                }
            }
        }
        for name in ["dependentSchemas", "dependencies"] {
            for (trigger, schema) in
                node.get(name).filter(|_| draft.knows(name)).and_then(Json::as_object).unwrap_or_default()
            {
                let schema = self.document.child(at, schema);
                let has = self.formulas.atom(Atom::Has(trigger.as_str().into()));
                let both = self.formulas.and([condition, has]);
                self.look(schema, both, true, sight, path)?;
            }
        }
        Ok(())
    }
}

/// What is seen always, and what under each condition.
fn split<T: Copy>(seen: &[(Id, T)]) -> (Vec<T>, Vec<(Id, Vec<T>)>) {
    let mut always = Vec::new();
    let mut conditional: Vec<(Id, Vec<T>)> = Vec::new();
    for (condition, what) in seen.iter().filter(|(condition, _)| *condition != Formulas::NEVER) {
        if *condition == Formulas::ALWAYS {
            always.push(*what);
        } else {
            match conditional.iter_mut().find(|(known, _)| known == condition) {
                Some((_, held)) => held.push(*what),
                None => conditional.push((*condition, vec![*what])),
            }
        }
    }
    (always, conditional)
}

impl Content {
    /// The name of the assumption: `open` or `declared`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Declared => "declared",
        }
    }

    /// What the assumption means.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "writers are taken to send whatever their contract allows",
            Self::Declared => "writers are taken to send no members but those that their contract declares",
        }
    }
}
