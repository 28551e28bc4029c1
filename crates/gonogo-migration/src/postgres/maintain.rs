//! REINDEX, CLUSTER, VACUUM, ANALYZE, domains.

use super::alter::{rebuild_index, rewrite_with_indexes};
use crate::catalog::{RelationId, RelationKind};
use crate::effects::{Cause, LockMode};
use crate::model::name::Name;
use crate::model::statement::{DomainAction, ReindexTarget};
use crate::scene::Scene;

fn reindex_table(s: &mut Scene<'_>, table: RelationId, concurrently: bool) {
    if s.major() < 14 && s.catalog.get(table).is_some_and(|r| r.kind == RelationKind::Partitioned) {
        // skipped with a warning
        s.lock(table, LockMode::Share);
        return;
    }
    let parts: Vec<RelationId> = std::iter::once(table)
        .chain(s.catalog.descendants(table).into_iter().filter(|d| s.catalog.get(*d).is_some_and(|r| r.is_partition)))
        .collect();
    for part in parts {
        // the one that is named is locked while its partitions are gathered, and let go again
        if part != table && s.catalog.get(part).is_some_and(|r| r.kind == RelationKind::Partitioned) {
            continue;
        }
        s.lock(part, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share });
        if s.catalog.get(part).is_some_and(|r| r.kind == RelationKind::Partitioned) {
            continue;
        }
        if !concurrently && s.catalog.get(part).is_some_and(|r| r.assumed) {
            let label = s.catalog.label(part);
            s.unknown(format!("the indexes of {label} are not known; they are built anew while writers wait"));
        }
        for index in s.catalog.get(part).map_or_else(Vec::new, |r| r.indexes.clone()) {
            s.lock(index, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
            rebuild_index(s, index, Cause::Reindex);
        }
    }
}

pub(super) fn reindex(s: &mut Scene<'_>, target: ReindexTarget, name: Option<&Name>, concurrently: bool) {
    match (target, name) {
        (ReindexTarget::Index, Some(name)) => {
            let Some(index) = s.resolve(name, RelationKind::Index, false) else { return };
            let Some(shape) = s.catalog.get(index).and_then(|r| r.index.clone()) else {
                s.lock(index, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
                let label = s.catalog.label(index);
                s.unknown(format!(
                    "the table of index {label} is not known; its writers wait, and readers that plan with the index"
                ));
                return;
            };
            let mut pending = vec![(index, shape.table)];
            pending.extend(
                shape
                    .children
                    .iter()
                    .filter_map(|c| s.catalog.get(*c).and_then(|r| r.index.as_ref()).map(|i| (*c, i.table))),
            );
            for (index, table) in pending {
                if s.catalog.get(table).is_some_and(|r| r.kind == RelationKind::Partitioned) {
                    continue;
                }
                s.lock(table, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share });
                s.lock(index, if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive });
                rebuild_index(s, index, Cause::Reindex);
            }
        }
        (ReindexTarget::Table, Some(name)) => {
            if let Some(table) = s.resolve(name, RelationKind::Table, false) {
                reindex_table(s, table, concurrently);
            }
        }
        (ReindexTarget::Schema, Some(name)) => {
            for id in s.catalog.in_schema(&name.name) {
                if s.catalog.get(id).is_some_and(|r| r.has_rows()) {
                    reindex_table(s, id, concurrently);
                }
            }
            incomplete(s);
        }
        _ => {
            let all: Vec<RelationId> = s.catalog.relations().filter(|r| r.has_rows()).map(|r| r.id).collect();
            for id in all {
                reindex_table(s, id, concurrently);
            }
            incomplete(s);
        }
    }
}

fn incomplete(s: &mut Scene<'_>) {
    if !s.catalog.is_complete() {
        s.unknown("it works on every table, and not all of them are known");
    }
}

pub(super) fn cluster(s: &mut Scene<'_>, table: Option<&Name>, index: Option<&str>) {
    let Some(name) = table else {
        let marked: Vec<RelationId> =
            s.catalog.relations().filter(|r| r.index.as_ref().is_some_and(|i| i.clustered)).map(|r| r.id).collect();
        for index in marked {
            if let Some(table) = s.catalog.get(index).and_then(|r| r.index.as_ref()).map(|i| i.table) {
                s.lock(table, LockMode::AccessExclusive);
                rewrite_with_indexes(s, table, Cause::Rebuild);
            }
        }
        incomplete(s);
        return;
    };
    let Some(table) = s.resolve(name, RelationKind::Table, false) else { return };
    s.lock(table, LockMode::AccessExclusive);
    rewrite_with_indexes(s, table, Cause::Rebuild);
    if let Some(index) = index {
        super::column::cluster_on(s, table, Some(index));
    }
}

pub(super) fn vacuum(s: &mut Scene<'_>, tables: &[Name], full: bool, analyzes: bool, vacuums: bool) {
    let mut ids: Vec<RelationId> = Vec::new();
    if tables.is_empty() {
        ids.extend(
            s.catalog
                .relations()
                .filter(|r| r.has_rows() || (analyzes && !vacuums && r.kind == RelationKind::Partitioned))
                .map(|r| r.id),
        );
        incomplete(s);
    }
    for name in tables {
        if let Some(id) = s.resolve(name, RelationKind::Table, false) {
            ids.push(id);
            ids.extend(
                s.catalog.descendants(id).into_iter().filter(|d| s.catalog.get(*d).is_some_and(|r| r.is_partition)),
            );
        }
    }
    for id in ids {
        if full {
            let rows = s.catalog.get(id).is_some_and(|r| r.has_rows());
            if rows || s.catalog.get(id).is_some_and(|r| !r.is_partition) {
                s.lock(id, LockMode::AccessExclusive);
            }
            if rows {
                rewrite_with_indexes(s, id, Cause::Rebuild);
            }
            continue;
        }
        s.lock(id, LockMode::ShareUpdateExclusive);
        if analyzes && !vacuums && s.catalog.get(id).is_some_and(|r| r.has_rows()) {
            s.lock_indexes(id, LockMode::AccessShare);
        }
    }
}

/// A condition added to a domain is verified in every table that has a column of it (`validateDomainCheckConstraint`).
pub(super) fn alter_domain(s: &mut Scene<'_>, name: &Name, action: &DomainAction) {
    let Some(domain) = s.catalog.domains.get(&name.name).cloned() else {
        if matches!(
            action,
            DomainAction::AddCheck { not_valid: false, .. } | DomainAction::SetNotNull | DomainAction::Validate(_)
        ) {
            s.unknown(format!(
                "domain {name} is not known: every table that uses it is locked against writes and scanned"
            ));
        }
        return;
    };
    let validates = match action {
        DomainAction::AddCheck { not_valid, .. } => !not_valid,
        DomainAction::Validate(check) => domain.checks.get(check) != Some(&true),
        DomainAction::SetNotNull => !domain.not_null,
        _ => false,
    };
    if validates {
        let users: Vec<RelationId> = s
            .catalog
            .relations()
            .filter(|r| r.is_table())
            .filter(|r| r.columns.iter().any(|c| uses(s, &c.data_type.name.name, &name.name) && c.data_type.array == 0))
            .map(|r| r.id)
            .collect();
        for id in users {
            s.lock(id, LockMode::Share);
            s.scan(id, Cause::Domain);
        }
    }
    if let DomainAction::RenameTo(new) = action {
        if let Some(domain) = s.catalog.domains.remove(&name.name) {
            s.catalog.domains.insert(new.clone(), domain);
        }
        return;
    }
    let Some(domain) = s.catalog.domains.get_mut(&name.name) else { return };
    match action {
        DomainAction::AddCheck { name: check, not_valid } => {
            let check = check.clone().unwrap_or_else(|| format!("{}_check{}", name.name, domain.checks.len()));
            domain.checks.insert(check, !not_valid);
        }
        DomainAction::Validate(check) => {
            domain.checks.insert(check.clone(), true);
        }
        DomainAction::DropConstraint(check) => {
            domain.checks.remove(check);
        }
        DomainAction::SetNotNull => domain.not_null = true,
        DomainAction::DropNotNull => domain.not_null = false,
        _ => {}
    }
}

/// Whether a column of type `used` is of the domain, directly or through domains over it.
fn uses(s: &Scene<'_>, used: &str, domain: &str) -> bool {
    let mut at = used.to_owned();
    for _ in 0..32 {
        if at == domain {
            return true;
        }
        match s.catalog.domains.get(&at) {
            Some(d) => at.clone_from(&d.base.name.name),
            None => return false,
        }
    }
    false
}
