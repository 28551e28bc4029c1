//! The schema as it stands before a statement: relations, columns, constraints, indexes, partitions, types and functions.
//!
//! A [`Catalog`] is built by replaying SQL (earlier migrations, or a schema dump) and is followed statement by statement.

mod naming;
mod relation;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use naming::{automatic_name, index_label};
pub use relation::{Column, HeldConstraint, IndexShape, Relation, RelationId, RelationKind};

use crate::model::expression::Expression;
use crate::model::name::Name;
use crate::model::statement::Volatility;
use crate::model::table::DataType;

/// A domain: a type with conditions of its own.
#[derive(Debug, Clone)]
pub(crate) struct Domain {
    pub(crate) base: DataType,
    /// Checks by name; true when they are valid.
    pub(crate) checks: BTreeMap<String, bool>,
    pub(crate) not_null: bool,
    pub(crate) default: Option<Expression>,
}

impl Domain {
    pub(crate) fn constrained(&self) -> bool {
        self.not_null || !self.checks.is_empty()
    }
}

/// A function that the scripts define.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) volatility: Volatility,
    pub(crate) language: String,
    pub(crate) body: Option<String>,
}

/// The objects of one database.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    relations: HashMap<RelationId, Relation>,
    by_name: HashMap<(String, String), RelationId>,
    by_schema: HashMap<String, BTreeSet<String>>,
    next: u32,
    pub(crate) domains: HashMap<String, Domain>,
    pub(crate) types: BTreeSet<String>,
    pub(crate) functions: HashMap<String, Function>,
    pub(crate) search_path: Vec<String>,
    /// Everything there is was told: a name that is not here does not exist.
    pub(crate) complete: bool,
    /// The tables of each publication that names its tables.
    pub(crate) publications: HashMap<String, BTreeSet<RelationId>>,
    /// The triggers that call a function, each with its table.
    pub(crate) triggers: HashMap<String, Vec<(RelationId, String)>>,
    /// Counts transactions, to tell what others can see already.
    pub(crate) transaction: u64,
    /// Relations made from now on did not exist before the migration.
    pub(crate) in_migration: bool,
    /// What earlier migrations were read whole, and made every table that they name: a name that is not here does not exist.
    pub(crate) told: bool,
    /// A table had to be assumed, because no statement made it.
    pub(crate) assumed: bool,
    /// A statement before the migration did something that could not be followed.
    pub(crate) clouded: bool,
    /// Every word of the earlier migrations, in lower case, when all of them were at hand: a name that is not among them was made by
    /// none, not even by SQL that was put together when it ran.
    pub(crate) words: Option<BTreeSet<String>>,
    /// Things that are no relations, by kind and name; true when the migration made them.
    pub(crate) objects: BTreeMap<(String, String), bool>,
    /// The columns of views, where they are plain.
    pub(crate) view_columns: BTreeMap<RelationId, Vec<String>>,
    /// Columns that the migration added to tables that were there, and whether their rows get a value.
    pub(crate) new_columns: BTreeMap<(RelationId, String), bool>,
}

impl Catalog {
    /// An empty catalog in which nothing is known: a table that a statement names is assumed to exist.
    pub fn new() -> Self {
        Self { search_path: vec!["public".to_owned()], ..Self::default() }
    }

    /// Says that this catalog holds everything there is.
    pub fn set_complete(&mut self, complete: bool) {
        self.complete = complete;
    }

    /// Whether this catalog is said to hold everything there is.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether a name that is not here can be taken not to exist.
    pub(crate) fn is_told(&self) -> bool {
        self.complete || self.told
    }

    /// Whether a relation that is not here can be taken not to exist, because no earlier migration even names it.
    pub(crate) fn is_unheard_of(&self, name: &str) -> bool {
        self.is_told() || self.words.as_ref().is_some_and(|words| !words.contains(&name.to_lowercase()))
    }

    /// How many relations there are, indexes and sequences included.
    pub fn len(&self) -> usize {
        self.relations.len()
    }

    /// Whether there is no relation.
    pub fn is_empty(&self) -> bool {
        self.relations.is_empty()
    }

    /// All relations, in no order.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.relations.values()
    }

    /// The relation of that name, looked for in the search path if no schema is said.
    pub fn find(&self, name: &Name) -> Option<&Relation> {
        self.find_id(name).and_then(|id| self.relations.get(&id))
    }

    pub(crate) fn find_id(&self, name: &Name) -> Option<RelationId> {
        match &name.schema {
            Some(schema) => self.by_name.get(&(schema.clone(), name.name.clone())).copied(),
            None => {
                let temporary = std::iter::once("pg_temp");
                temporary
                    .chain(self.search_path.iter().map(String::as_str))
                    .find_map(|schema| self.by_name.get(&(schema.to_owned(), name.name.clone())).copied())
            }
        }
    }

    pub(crate) fn get(&self, id: RelationId) -> Option<&Relation> {
        self.relations.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: RelationId) -> Option<&mut Relation> {
        self.relations.get_mut(&id)
    }

    /// The schema in which a new object of that name is made.
    pub(crate) fn home(&self, name: &Name) -> String {
        name.schema.clone().unwrap_or_else(|| self.search_path.first().cloned().unwrap_or_else(|| "public".to_owned()))
    }

    /// Adds a relation; one of the same name is replaced.
    pub(crate) fn add(&mut self, schema: &str, name: &str, kind: RelationKind) -> RelationId {
        let id = RelationId(self.next);
        self.next = self.next.wrapping_add(1);
        let mut relation = Relation::new(id, schema.to_owned(), name.to_owned(), kind, !self.in_migration);
        relation.born = self.transaction;
        let key = (schema.to_owned(), name.to_owned());
        if let Some(old) = self.by_name.insert(key, id) {
            self.relations.remove(&old);
        }
        self.by_schema.entry(schema.to_owned()).or_default().insert(name.to_owned());
        self.relations.insert(id, relation);
        id
    }

    /// Takes a relation out, with its indexes and owned sequences, and everything that points to it.
    pub(crate) fn remove(&mut self, id: RelationId) {
        let Some(relation) = self.relations.remove(&id) else { return };
        let key = (relation.schema.clone(), relation.name.clone());
        if self.by_name.get(&key) == Some(&id) {
            self.by_name.remove(&key);
            if let Some(names) = self.by_schema.get_mut(&relation.schema) {
                names.remove(&relation.name);
            }
        }
        for index in &relation.indexes {
            self.remove(*index);
        }
        for sequence in &relation.sequences {
            self.remove(*sequence);
        }
        for parent in &relation.parents {
            if let Some(p) = self.relations.get_mut(parent) {
                p.children.retain(|c| *c != id);
            }
        }
        for child in &relation.children {
            if let Some(c) = self.relations.get_mut(child) {
                c.parents.retain(|p| *p != id);
            }
        }
        if let Some(shape) = &relation.index
            && let Some(t) = self.relations.get_mut(&shape.table)
        {
            t.indexes.retain(|i| *i != id);
        }
        for referencing in &relation.referenced_by {
            if let Some(r) = self.relations.get_mut(referencing) {
                r.constraints.retain(|c| c.target != Some(id));
            }
        }
        for target in relation.constraints.iter().filter_map(|c| c.target) {
            if let Some(t) = self.relations.get_mut(&target) {
                t.referenced_by.retain(|r| *r != id);
            }
        }
        for read in &relation.reads {
            if let Some(r) = self.relations.get_mut(read) {
                r.read_by.retain(|v| *v != id);
            }
        }
    }

    /// Gives a relation another name or schema.
    pub(crate) fn rename(&mut self, id: RelationId, schema: &str, name: &str) {
        let Some(relation) = self.relations.get_mut(&id) else { return };
        let old = (
            std::mem::replace(&mut relation.schema, schema.to_owned()),
            std::mem::replace(&mut relation.name, name.to_owned()),
        );
        if self.by_name.get(&old) == Some(&id) {
            self.by_name.remove(&old);
            if let Some(names) = self.by_schema.get_mut(&old.0) {
                names.remove(&old.1);
            }
        }
        self.by_name.insert((schema.to_owned(), name.to_owned()), id);
        self.by_schema.entry(schema.to_owned()).or_default().insert(name.to_owned());
    }

    /// The relations of a schema.
    pub(crate) fn in_schema(&self, schema: &str) -> Vec<RelationId> {
        let Some(names) = self.by_schema.get(schema) else { return Vec::new() };
        names.iter().filter_map(|n| self.by_name.get(&(schema.to_owned(), n.clone())).copied()).collect()
    }

    pub(crate) fn taken(&self, schema: &str, name: &str) -> bool {
        self.by_name.contains_key(&(schema.to_owned(), name.to_owned()))
    }

    /// The relation and everything below it, children before grandchildren.
    pub(crate) fn descendants(&self, id: RelationId) -> Vec<RelationId> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::from([id]);
        let mut queue = std::collections::VecDeque::from([id]);
        while let Some(next) = queue.pop_front() {
            for child in self.get(next).map_or(&[][..], |r| &r.children) {
                if seen.insert(*child) {
                    out.push(*child);
                    queue.push_back(*child);
                }
            }
        }
        out
    }

    /// Everything above the relation.
    pub(crate) fn ancestors(&self, id: RelationId) -> Vec<RelationId> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::from([id]);
        let mut stack = vec![id];
        while let Some(next) = stack.pop() {
            for parent in self.get(next).map_or(&[][..], |r| &r.parents) {
                if seen.insert(*parent) {
                    out.push(*parent);
                    stack.push(*parent);
                }
            }
        }
        out
    }

    /// How the relation is shown: bare in schema `public`, otherwise with its schema.
    pub(crate) fn label(&self, id: RelationId) -> String {
        self.get(id).map_or_else(String::new, Relation::label)
    }

    /// A table of that name of which nothing else is known.
    pub(crate) fn assume(&mut self, name: &Name, kind: RelationKind) -> RelationId {
        let schema = self.home(name);
        self.assumed = true;
        let before = std::mem::replace(&mut self.in_migration, false);
        let id = self.add(&schema, &name.name, kind);
        self.in_migration = before;
        if let Some(relation) = self.get_mut(id) {
            relation.assumed = true;
        }
        id
    }

    pub(crate) fn link_child(&mut self, parent: RelationId, child: RelationId) {
        if let Some(p) = self.get_mut(parent)
            && !p.children.contains(&child)
        {
            p.children.push(child);
        }
        if let Some(c) = self.get_mut(child)
            && !c.parents.contains(&parent)
        {
            c.parents.push(parent);
        }
    }

    pub(crate) fn unlink_child(&mut self, parent: RelationId, child: RelationId) {
        if let Some(p) = self.get_mut(parent) {
            p.children.retain(|c| *c != child);
        }
        if let Some(c) = self.get_mut(child) {
            c.parents.retain(|p| *p != parent);
        }
    }

    /// Notes that a view reads these relations.
    pub(crate) fn link_reads(&mut self, view: RelationId, reads: Vec<RelationId>) {
        for read in &reads {
            if let Some(r) = self.get_mut(*read)
                && !r.read_by.contains(&view)
            {
                r.read_by.push(view);
            }
        }
        if let Some(v) = self.get_mut(view) {
            v.reads = reads;
        }
    }
}
