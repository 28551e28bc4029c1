//! Rules: what of a statement's effects a person should hear about, how grave it is, and what to do instead.
//!
//! One file a rule. A rule reads [`Effects`](crate::Effects), never syntax; its severity follows from the evidence: how long others would
//! wait, as far as the sizes of the tables are known, and whether code in production still names what goes away.

mod check_scan;
mod default_rewrite;
mod domain_scan;
mod drop_column;
mod drop_default;
mod drop_table;
mod edited;
mod fails;
mod foreign_key_scan;
mod index_blocks;
mod input;
mod may_break_code;
mod narrow_type;
mod not_null_scan;
mod partition_scan;
mod refresh_blocks;
mod reindex_blocks;
mod rename_column;
mod rename_table;
mod required_column;
mod scan_under_lock;
mod table_rebuild;
mod too_long;
mod truncate;
mod type_rewrite;
mod unknown;
mod unknown_dialect;
mod unrecognised_sql;
mod waiver_refused;
mod whole_table;
mod work;

use gonogo_core::{Finding, Rule};

pub use input::{Limits, RuleInput, Uses};

use crate::analysis::Analyzed;
use crate::effects::{Cause, Change, WorkKind};

pub(crate) use edited::finding as edited;
pub(crate) use unknown_dialect::BY_HAND;
pub(crate) use unknown_dialect::finding as unknown_dialect;
pub(crate) use unknown_dialect::other as unmodelled_dialect;
pub(crate) use unrecognised_sql::finding as unrecognised_sql;
pub(crate) use waiver_refused::finding as waiver_refused;
pub(crate) use work::human;

/// Every rule of this crate; each has a page in `docs/rules`.
pub const RULES: &[Rule] = &[
    check_scan::RULE,
    default_rewrite::RULE,
    domain_scan::RULE,
    drop_column::RULE,
    drop_default::RULE,
    drop_table::RULE,
    edited::RULE,
    fails::RULE,
    foreign_key_scan::RULE,
    index_blocks::RULE,
    may_break_code::RULE,
    narrow_type::RULE,
    not_null_scan::RULE,
    partition_scan::RULE,
    refresh_blocks::RULE,
    reindex_blocks::RULE,
    rename_column::RULE,
    rename_table::RULE,
    required_column::RULE,
    scan_under_lock::RULE,
    table_rebuild::RULE,
    too_long::RULE,
    truncate::RULE,
    type_rewrite::RULE,
    unknown::RULE,
    unknown_dialect::RULE,
    unrecognised_sql::RULE,
    waiver_refused::RULE,
    whole_table::RULE,
];

type Speak = fn(&RuleInput<'_>) -> Vec<Finding>;

/// What each rule says of a statement; the two that speak of files are not among them.
const VOICES: &[Speak] = &[
    check_scan::speak,
    default_rewrite::speak,
    domain_scan::speak,
    drop_column::speak,
    drop_default::speak,
    drop_table::speak,
    fails::speak,
    foreign_key_scan::speak,
    index_blocks::speak,
    may_break_code::speak,
    narrow_type::speak,
    not_null_scan::speak,
    partition_scan::speak,
    refresh_blocks::speak,
    reindex_blocks::speak,
    rename_column::speak,
    rename_table::speak,
    required_column::speak,
    scan_under_lock::speak,
    table_rebuild::speak,
    too_long::speak,
    truncate::speak,
    type_rewrite::speak,
    unknown::speak,
    whole_table::speak,
];

/// The findings of all rules about one statement, gravest first.
pub fn findings(input: &RuleInput<'_>) -> Vec<Finding> {
    let mut out: Vec<Finding> = VOICES.iter().flat_map(|speak| speak(input)).collect();
    out.sort_by_key(|f| std::cmp::Reverse(f.weight()));
    out
}

/// The rule that speaks of a piece of work.
pub(crate) fn rule_of(kind: WorkKind, cause: Cause) -> &'static str {
    match (kind, cause) {
        (_, Cause::ColumnType | Cause::Charset) => type_rewrite::RULE.id,
        (_, Cause::ColumnDefault | Cause::GeneratedColumn | Cause::ConstrainedDomain) => default_rewrite::RULE.id,
        (_, Cause::NotNull) => not_null_scan::RULE.id,
        (_, Cause::Check) => check_scan::RULE.id,
        (_, Cause::ForeignKey) => foreign_key_scan::RULE.id,
        (_, Cause::Index | Cause::IndexRebuild) => index_blocks::RULE.id,
        (_, Cause::Reindex) => reindex_blocks::RULE.id,
        (_, Cause::PartitionBound | Cause::DefaultPartition) => partition_scan::RULE.id,
        (_, Cause::Refresh) => refresh_blocks::RULE.id,
        (_, Cause::Domain) => domain_scan::RULE.id,
        (_, Cause::Tablespace | Cause::Storage | Cause::Rebuild | Cause::Partitioning) => table_rebuild::RULE.id,
        (_, Cause::Query | Cause::Rows) => scan_under_lock::RULE.id,
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
        out.push(fails::RULE.id);
    }
    out
}

/// The rules by which the statement breaks running code that uses what it touches: something goes away, gets another name, or becomes
/// required.
pub fn breaks(analyzed: &Analyzed) -> Vec<&'static str> {
    let mut out = Vec::new();
    for change in &analyzed.effects.changes {
        let rule = match change {
            Change::DropTable { .. } => drop_table::RULE.id,
            Change::RenameTable { .. } => rename_table::RULE.id,
            Change::DropColumn { .. } => drop_column::RULE.id,
            Change::RenameColumn { .. } => rename_column::RULE.id,
            Change::ChangeType { narrows: true, .. } => narrow_type::RULE.id,
            Change::RequireColumn { .. } => required_column::RULE.id,
            Change::DropDefault { required: true, .. } => drop_default::RULE.id,
            Change::Truncate { .. } => truncate::RULE.id,
            _ => continue,
        };
        if !out.contains(&rule) {
            out.push(rule);
        }
    }
    if analyzed.effects.may_break.iter().any(|may| !may.narrows) {
        out.push(may_break_code::RULE.id);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RULES;

    #[test]
    fn rule_ids_are_unique_and_of_this_area() {
        let ids: BTreeSet<&str> = RULES.iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), RULES.len());
        assert!(ids.iter().all(|id| id.starts_with("migration/")));
    }

    #[test]
    fn every_rule_has_its_page() {
        let pages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules");
        for rule in RULES {
            let page = pages.join(format!("{}.md", rule.id.replace('/', "-")));
            assert!(page.is_file(), "{} is missing", page.display());
        }
    }
}
