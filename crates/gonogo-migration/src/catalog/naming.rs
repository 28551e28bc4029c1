//! The names that PostgreSQL makes up.
//! Source: `makeObjectName`, `ChooseRelationName` and `ChooseIndexColumnNames` of the server (commands/indexcmds.c).

use super::Catalog;
use crate::model::table::IndexPart;

const LONGEST: usize = 63;

/// `name1_name2_label`, cut to 63 bytes, with a number appended while it is taken.
pub(crate) fn automatic_name(catalog: &Catalog, schema: &str, table: &str, middle: &str, label: &str) -> String {
    for n in 0..1000u32 {
        let end = if n == 0 { label.to_owned() } else { format!("{label}{n}") };
        let candidate = fit(table, middle, &end);
        if !catalog.taken(schema, &candidate) {
            return candidate;
        }
    }
    fit(table, middle, label)
}

fn fit(table: &str, middle: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!middle.is_empty());
    let room = LONGEST.saturating_sub(overhead);
    let (mut a, mut b) = (table.len(), middle.len());
    while a + b > room {
        if a > b {
            a -= 1;
        } else {
            b = b.saturating_sub(1);
        }
    }
    let first = clip(table, a);
    let second = clip(middle, b);
    if middle.is_empty() { format!("{first}_{label}") } else { format!("{first}_{second}_{label}") }
}

fn clip(text: &str, mut bytes: usize) -> &str {
    while !text.is_char_boundary(bytes) {
        bytes = bytes.saturating_sub(1);
    }
    text.get(..bytes).unwrap_or("")
}

/// The middle of an index's name: its columns, or what its expressions are called.
pub(crate) fn index_label(parts: &[IndexPart]) -> String {
    let mut names: Vec<String> = Vec::new();
    for part in parts {
        let base = match part {
            IndexPart::Column(name) => name.clone(),
            IndexPart::Expression(e) => e.functions().first().map_or_else(|| "expr".to_owned(), |f| f.name.clone()),
        };
        let mut name = base.clone();
        let mut n = 1;
        while names.contains(&name) {
            name = format!("{base}{n}");
            n += 1;
        }
        names.push(name);
    }
    names.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_as_the_server_cuts_it() {
        let table = "a".repeat(60);
        let name = automatic_name(&Catalog::new(), "public", &table, "column_of_some_length", "key");
        assert_eq!(name.len(), 63);
        assert!(name.ends_with("_column_of_some_length_key"), "{name}");
    }
}
