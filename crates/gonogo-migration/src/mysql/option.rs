//! What a change of a table option costs.
//! Source: "Online DDL Operations, Table Operations" of the MySQL 8.4 manual; "InnoDB Online DDL Operations" of MariaDB's.

use super::alter::Need;
use crate::catalog::Relation;
use crate::dialect::Dialect;

/// What setting the option asks for.
pub(super) fn need(dialect: Dialect, table: Option<&Relation>, name: &str, value: &str) -> Need {
    let engine = table.and_then(|t| t.option("engine")).unwrap_or("innodb").to_ascii_lowercase();
    match name {
        "engine" | "type" => {
            if value.eq_ignore_ascii_case(&engine) {
                Need::rebuild()
            } else {
                Need::copy()
            }
        }
        // MariaDB rebuilds whenever it is said, MySQL likewise
        "row_format" => Need::rebuild(),
        "key_block_size" => {
            let same = table.and_then(|t| t.option(name)).is_some_and(|v| v.eq_ignore_ascii_case(value));
            if same && dialect == Dialect::Mariadb { Need::instant() } else { Need::rebuild() }
        }
        "encryption" if dialect == Dialect::Mysql => Need::copy(),
        "tablespace" => Need::rebuild(),
        "page_compressed" | "page_compression_level" => Need::instant(),
        "encrypted" | "encryption_key_id" => Need::rebuild(),
        "checksum" | "pack_keys" | "delay_key_write" | "union" | "insert_method" | "connection" | "max_rows"
        | "min_rows" | "avg_row_length" => Need::metadata(),
        _ => Need::metadata(),
    }
}
