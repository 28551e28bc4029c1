//! A measured and labelled history as a table to train on.

use std::collections::BTreeSet;

use gonogo_core::ObjectId;

use crate::factor::Definitions;
use crate::history::MeasuredCommit;

/// A CSV of the commits authored before `until` (seconds since 1970), in the order given, as [`crate::Table::from_csv`] reads it.
///
/// The table says by which definitions its factors were measured, so a model trained on it refuses others. A missing value
/// is an empty cell.
pub fn training_csv(
    history: &[MeasuredCommit],
    blamed: &BTreeSet<ObjectId>,
    until: i64,
    definitions: &Definitions,
) -> String {
    let mut text =
        String::from("commit,unix_time,definitions,la,ld,lt,ns,nd,nf,entropy,ndev,age,nuc,exp,rexp,sexp,fix,buggy\n");
    for commit in history.iter().filter(|commit| commit.authored_at < until) {
        let f = &commit.factors;
        let age = f.age.map(|days| days.to_string()).unwrap_or_default();
        let cells = [
            commit.commit.to_string(),
            commit.authored_at.to_string(),
            definitions.as_str().to_owned(),
            f.la.to_string(),
            f.ld.to_string(),
            f.lt.to_string(),
            f.ns.to_string(),
            f.nd.to_string(),
            f.nf.to_string(),
            f.entropy.to_string(),
            f.ndev.to_string(),
            age,
            f.nuc.to_string(),
            f.exp.to_string(),
            f.rexp.to_string(),
            f.sexp.to_string(),
            u8::from(f.fix).to_string(),
            u8::from(blamed.contains(&commit.commit)).to_string(),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}
