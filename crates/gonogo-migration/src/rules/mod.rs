//! Rules: what of a statement's effects a person should hear about.

use crate::analysis::Analyzed;
use crate::effects::{Cause, WorkKind};

/// The rule that speaks of a piece of work.
pub(crate) fn rule_of(kind: WorkKind, cause: Cause) -> &'static str {
    match (kind, cause) {
        (_, Cause::ColumnType | Cause::Charset) => "migration/type-rewrite",
        (_, Cause::ColumnDefault | Cause::GeneratedColumn | Cause::ConstrainedDomain) => "migration/default-rewrite",
        (_, Cause::NotNull) => "migration/not-null-scan",
        (_, Cause::Check) => "migration/check-scan",
        (_, Cause::ForeignKey) => "migration/foreign-key-scan",
        (_, Cause::Index | Cause::IndexRebuild) => "migration/index-blocks",
        (_, Cause::Reindex) => "migration/reindex-blocks",
        (_, Cause::PartitionBound | Cause::DefaultPartition) => "migration/partition-scan",
        (_, Cause::Refresh) => "migration/refresh-blocks",
        (_, Cause::Domain) => "migration/domain-scan",
        (_, Cause::Tablespace | Cause::Storage | Cause::Rebuild | Cause::Partitioning) => "migration/table-rebuild",
        (_, Cause::Query | Cause::Rows) => "migration/scan-under-lock",
    }
}

/// The rules by which the statement is a hazard: work that grows with a table while somebody waits, or a certain failure.
pub fn hazards(analyzed: &Analyzed) -> Vec<&'static str> {
    let effects = &analyzed.effects;
    let mut out = Vec::new();
    if effects.grows_while_blocking() {
        for work in effects.work_on_existing().filter(|w| w.kind != WorkKind::RowChange) {
            let rule = rule_of(work.kind, work.cause);
            if !out.contains(&rule) {
                out.push(rule);
            }
        }
    }
    if effects.fails.is_some() {
        out.push("migration/fails");
    }
    out
}
