//! The sizes of tables, as a server's catalog tells them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The size of one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSize {
    /// Rows, as the statistics estimate them (`pg_class.reltuples`, `information_schema.tables.table_rows`).
    pub rows: f64,
    /// Bytes of the table itself.
    #[serde(default)]
    pub bytes: f64,
    /// Bytes of values kept aside (PostgreSQL's TOAST).
    #[serde(default)]
    pub toast_bytes: f64,
    /// Bytes of each index.
    #[serde(default)]
    pub indexes: BTreeMap<String, f64>,
}

/// The sizes of the tables of one database, by name as findings show it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TableStats {
    tables: BTreeMap<String, TableSize>,
}

/// A file of sizes that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// It is not the JSON that was expected.
    #[error(
        "the table sizes are not JSON of the form {{\"table\": {{\"rows\": 1, \"bytes\": 1, \"indexes\": {{}}}}}}: {0}"
    )]
    Format(#[from] serde_json::Error),
    /// A number is negative or not a number.
    #[error("the size of table {table} is not a number of at least 0: give what the server's catalog says")]
    Value {
        /// Which.
        table: String,
    },
}

impl TableStats {
    /// Reads `{"table": {"rows", "bytes", "toast_bytes"?, "indexes"?: {"name": bytes}}}`, alone or under a key `tables`.
    ///
    /// # Errors
    /// When it is not such JSON, or a number is below 0.
    pub fn from_json(text: &str) -> Result<Self, StatsError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        let inner = match value.get("tables") {
            Some(tables) if tables.is_object() && tables.get("rows").is_none() => tables.clone(),
            _ => value,
        };
        let stats: Self = serde_json::from_value(inner)?;
        for (table, size) in &stats.tables {
            let numbers = [size.rows, size.bytes, size.toast_bytes];
            let good = |n: &f64| n.is_finite() && *n >= 0.0;
            // PostgreSQL says -1 for a table that was never analyzed
            if !numbers.iter().all(good) || !size.indexes.values().all(good) {
                return Err(StatsError::Value { table: table.clone() });
            }
        }
        Ok(stats)
    }

    /// Adds or replaces a table.
    pub fn insert(&mut self, table: impl Into<String>, size: TableSize) {
        self.tables.insert(table.into(), size);
    }

    /// The size of a table, if it is known; `public.t` and `t` are the same.
    pub fn get(&self, table: &str) -> Option<&TableSize> {
        let bare = table.strip_prefix("public.").unwrap_or(table);
        self.tables.get(bare).or_else(|| self.tables.get(&format!("public.{bare}")))
    }

    /// Whether no table is known.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// All tables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &TableSize)> {
        self.tables.iter().map(|(n, s)| (n.as_str(), s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_and_without_their_schema() {
        let stats = TableStats::from_json(r#"{"public.t": {"rows": 5, "bytes": 8192}}"#).unwrap();
        assert_eq!(stats.get("t").map(|s| s.rows), Some(5.0));
        assert_eq!(stats.get("u"), None);
    }

    #[test]
    fn a_negative_size_is_refused() {
        assert!(matches!(TableStats::from_json(r#"{"t": {"rows": -1}}"#), Err(StatsError::Value { .. })));
    }
}
