//! The place where a statement is played: the catalog, the locks its transaction holds, and the effects so far.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, RelationId, RelationKind};
use crate::dialect::ServerVersion;
use crate::effects::{Cause, Change, Effects, LockMode, Work, WorkKind};
use crate::model::name::Name;

/// What the session's TimeZone is, as far as a conversion between `timestamp` and `timestamptz` cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// No offset, ever: stored bytes stay as they are.
    Utc,
    /// A zone with an offset: values are rewritten.
    Offset,
    /// Nobody said.
    Unknown,
}

impl Zone {
    pub(crate) fn from_name(name: &str) -> Self {
        let name = name.trim().trim_matches(['\'', '"']).to_ascii_lowercase();
        let utc = [
            "utc",
            "gmt",
            "etc/utc",
            "etc/gmt",
            "uct",
            "zulu",
            "etc/zulu",
            "etc/uct",
            "universal",
            "etc/universal",
            "greenwich",
            "0",
            "gmt0",
            "gmt+0",
            "gmt-0",
        ];
        if utc.contains(&name.as_str()) { Self::Utc } else { Self::Offset }
    }
}

/// Who waits because of locks that the transaction holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(crate) reads: BTreeSet<String>,
    pub(crate) writes: BTreeSet<String>,
}

/// One statement being played.
pub(crate) struct Scene<'a> {
    pub(crate) catalog: &'a mut Catalog,
    pub(crate) version: ServerVersion,
    pub(crate) zone: Zone,
    pub(crate) held: &'a mut Held,
    pub(crate) out: Effects,
    locks: BTreeMap<RelationId, LockMode>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(catalog: &'a mut Catalog, version: ServerVersion, zone: Zone, held: &'a mut Held) -> Self {
        Self { catalog, version, zone, held, out: Effects::default(), locks: BTreeMap::new() }
    }

    pub(crate) fn major(&self) -> u32 {
        self.version.major
    }

    /// The effects, with who waits added from the whole transaction.
    pub(crate) fn finish(mut self) -> Effects {
        self.out.blocks_reads.extend(self.held.reads.iter().cloned());
        self.out.blocks_writes.extend(self.held.writes.iter().cloned());
        self.out
    }

    pub(crate) fn unknown(&mut self, why: impl Into<String>) {
        let why = why.into();
        if !self.out.unknown.contains(&why) {
            self.out.unknown.push(why);
        }
    }

    pub(crate) fn fails(&mut self, why: impl Into<String>) {
        self.out.fails.get_or_insert(why.into());
    }

    pub(crate) fn change(&mut self, change: Change) {
        self.out.changes.push(change);
    }

    /// Whether the relation was there before the migration and others see it.
    pub(crate) fn visible(&self, id: RelationId) -> bool {
        self.catalog.get(id).is_some_and(|r| r.existed && !r.temporary)
    }

    /// Takes a lock, and works out whose reads and writes it holds up.
    pub(crate) fn lock(&mut self, id: RelationId, mode: LockMode) {
        self.lock_apart(id, mode, true);
    }

    /// As [`Scene::lock`]; with `upwards` false, readers of parents do not need this relation.
    pub(crate) fn lock_apart(&mut self, id: RelationId, mode: LockMode, upwards: bool) {
        if self.locks.get(&id).is_some_and(|m| *m >= mode) {
            return;
        }
        let Some(relation) = self.catalog.get(id) else { return };
        self.locks.insert(id, mode);
        // an index that the migration has made and committed is one that others plan with
        let seen = relation.index.is_some() && relation.born != self.catalog.transaction;
        if (!relation.existed && !seen) || relation.temporary {
            return;
        }
        if relation.existed {
            let label = relation.label();
            let held = self.out.locks.entry(label).or_insert(mode);
            *held = (*held).max(mode);
        }
        if !mode.blocks_writes() {
            return;
        }
        let table = relation.index.as_ref().map_or(id, |shape| shape.table);
        let mut affected = vec![table];
        if upwards {
            affected.extend(self.catalog.ancestors(table));
        }
        let mut below = Vec::new();
        if mode.blocks_reads() && relation.index.is_none() {
            // planning for a partition that is itself partitioned opens its ancestors
            below.extend(self.catalog.descendants(table).into_iter().filter(|d| {
                self.catalog.get(*d).is_some_and(|r| r.is_partition && r.kind == RelationKind::Partitioned)
            }));
        }
        if mode.blocks_reads() && relation.index.is_none() && self.version.major < 14 {
            // before PostgreSQL 14, planning UPDATE or DELETE of a partition opened its ancestors
            for part in self.catalog.descendants(table) {
                if let Some(r) = self.catalog.get(part).filter(|r| r.existed && r.is_partition) {
                    let label = r.label();
                    self.held.writes.insert(label);
                }
            }
        }
        for id in affected.into_iter().chain(below) {
            let Some(r) = self.catalog.get(id) else { continue };
            if !r.existed || r.temporary || !r.is_table() {
                continue;
            }
            let label = r.label();
            if mode.blocks_reads() {
                self.held.reads.insert(label.clone());
            }
            self.held.writes.insert(label);
        }
    }

    /// Locks all indexes of a table.
    pub(crate) fn lock_indexes(&mut self, table: RelationId, mode: LockMode) {
        for index in self.catalog.get(table).map_or_else(Vec::new, |r| r.indexes.clone()) {
            self.lock(index, mode);
        }
    }

    /// What planning a query over the relation locks: views down to their tables, all partitions, all indexes.
    pub(crate) fn lock_for_query(&mut self, id: RelationId, mode: LockMode) {
        let mut stack = vec![id];
        let mut seen = BTreeSet::new();
        while let Some(next) = stack.pop() {
            if !seen.insert(next) {
                continue;
            }
            self.lock(next, mode);
            // from PostgreSQL 16 on the planner looks at the indexes of partitioned tables too
            if self.version.major >= 16 || self.catalog.get(next).is_some_and(|r| r.kind != RelationKind::Partitioned) {
                self.lock_indexes(next, mode);
            }
            if let Some(r) = self.catalog.get(next) {
                stack.extend(r.children.iter().copied());
                if r.kind == RelationKind::View {
                    stack.extend(r.reads.iter().copied());
                }
            }
        }
    }

    fn work(&mut self, id: RelationId, kind: WorkKind, cause: Cause, object: Option<String>, types: Vec<String>) {
        let Some(r) = self.catalog.get(id) else { return };
        let existed = r.existed && !r.temporary;
        let unique = kind == WorkKind::IndexBuild && self.is_unique(r, object.as_deref());
        let work = Work { relation: r.label(), kind, cause, object, types, unique, existed };
        if !self.out.work.contains(&work) {
            self.out.work.push(work);
        }
    }

    fn is_unique(&self, table: &crate::catalog::Relation, index: Option<&str>) -> bool {
        table
            .indexes
            .iter()
            .filter_map(|i| self.catalog.get(*i))
            .any(|r| Some(r.name.as_str()) == index && r.index.as_ref().is_some_and(|i| i.unique))
    }

    pub(crate) fn rewrite(&mut self, id: RelationId, cause: Cause) {
        if self.visible(id) {
            let label = self.catalog.label(id);
            self.out.rewrites.insert(label);
        }
        self.work(id, WorkKind::Rewrite, cause, None, Vec::new());
    }

    pub(crate) fn file_copy(&mut self, id: RelationId, cause: Cause) {
        if self.visible(id) {
            let label = self.catalog.label(id);
            self.out.rewrites.insert(label);
        }
        self.work(id, WorkKind::FileCopy, cause, None, Vec::new());
    }

    /// A partitioned table has no rows of its own: its partitions are scanned.
    pub(crate) fn scan(&mut self, id: RelationId, cause: Cause) {
        if !self.catalog.get(id).is_some_and(|r| r.has_rows() || r.kind == RelationKind::Foreign) {
            return;
        }
        if self.visible(id) {
            let label = self.catalog.label(id);
            self.out.scans.insert(label);
        }
        self.work(id, WorkKind::Scan, cause, None, Vec::new());
    }

    /// An index is built on a table, which reads the table from end to end.
    pub(crate) fn build(&mut self, table: RelationId, index: String, types: Vec<String>, cause: Cause) {
        if !self.catalog.get(table).is_some_and(|r| r.has_rows()) {
            return;
        }
        if self.visible(table) {
            let label = self.catalog.label(table);
            self.out.scans.insert(label);
            self.out.indexes_built.insert(index.clone());
        }
        self.work(table, WorkKind::IndexBuild, cause, Some(index), types);
    }

    pub(crate) fn check_foreign_key(&mut self, table: RelationId, target: RelationId, types: Vec<String>) {
        // a partitioned target is looked up through its indexes
        let through_index = self.catalog.get(target).is_some_and(|r| r.kind == RelationKind::Partitioned);
        for id in [table, target].into_iter().take(if through_index { 1 } else { 2 }) {
            for part in std::iter::once(id).chain(self.catalog.descendants(id)) {
                if self.visible(part) && self.catalog.get(part).is_some_and(|r| r.has_rows()) {
                    let label = self.catalog.label(part);
                    self.out.scans.insert(label);
                }
            }
        }
        let other = self.catalog.label(target);
        for part in std::iter::once(table).chain(self.catalog.descendants(table)) {
            if self.catalog.get(part).is_some_and(|r| r.has_rows()) {
                self.work(part, WorkKind::ForeignKeyCheck, Cause::ForeignKey, Some(other.clone()), types.clone());
            }
        }
    }

    pub(crate) fn change_rows(&mut self, id: RelationId) {
        self.work(id, WorkKind::RowChange, Cause::Rows, None, Vec::new());
    }

    /// The relation a statement names. One that is not known is assumed to exist, unless the catalog is complete: then the
    /// server will refuse the statement.
    pub(crate) fn resolve(&mut self, name: &Name, kind: RelationKind, if_exists: bool) -> Option<RelationId> {
        if let Some(id) = self.catalog.find_id(name) {
            return Some(id);
        }
        if let Some(schema) = &name.schema
            && matches!(schema.as_str(), "pg_catalog" | "information_schema" | "mysql" | "sys" | "performance_schema")
        {
            return None;
        }
        if name.name.starts_with("pg_") && name.schema.is_none() {
            return None;
        }
        if if_exists && self.catalog.is_unheard_of(&name.name) {
            return None;
        }
        if self.catalog.is_complete() {
            if !if_exists {
                self.fails(format!("{name} does not exist in the schema before this statement"));
            }
            return None;
        }
        Some(self.catalog.assume(name, kind))
    }
}
