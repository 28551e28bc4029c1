//! PostgreSQL's type names, brought to the names the catalogs use.
//! Source: "Data Types" (table 8.1) of the manual and `SystemTypeName` in the server's grammar.

use crate::model::name::Name;
use crate::model::table::DataType;
use crate::sql::cursor::{Cursor, Read};
use crate::sql::lex::Kind;

/// The catalog's name of a type, for the spellings that SQL has for it.
pub(crate) fn canonical_type(name: &str) -> &str {
    match name {
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "smallint" => "int2",
        "boolean" => "bool",
        "decimal" | "dec" => "numeric",
        "real" => "float4",
        "serial" | "serial4" => "int4",
        "bigserial" | "serial8" => "int8",
        "smallserial" | "serial2" => "int2",
        other => other,
    }
}

fn is_serial(name: &str) -> bool {
    matches!(name, "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2")
}

/// Reads a type, and whether it was one of the serial spellings.
pub(crate) fn read_type(c: &mut Cursor<'_>) -> Read<(DataType, bool)> {
    c.eat("setof");
    let quoted = c.token(0).is_some_and(|t| t.kind == Kind::Quoted);
    let mut name = c.name()?;
    if name.schema.as_deref() == Some("pg_catalog") {
        name.schema = None;
    }
    let mut serial = false;
    let mut modifiers = Vec::new();
    if name.schema.is_none() && !quoted {
        let national = matches!(name.name.as_str(), "national" | "nchar");
        if name.name == "national" {
            name.name = c.identifier()?;
        }
        match name.name.as_str() {
            "double" => {
                c.need("precision")?;
                name.name = "float8".to_owned();
            }
            "character" | "char" | "nchar" => {
                let varying = c.eat("varying");
                name.name = if varying { "varchar" } else { "bpchar" }.to_owned();
                modifiers = read_modifiers(c);
                if !varying && modifiers.is_empty() {
                    modifiers.push("1".to_owned());
                }
            }
            "bit" => {
                let varying = c.eat("varying");
                name.name = if varying { "varbit" } else { "bit" }.to_owned();
                modifiers = read_modifiers(c);
                if !varying && modifiers.is_empty() {
                    modifiers.push("1".to_owned());
                }
            }
            "timestamp" | "time" => {
                modifiers = read_modifiers(c);
                if c.eat("with time zone") {
                    name.name.push_str("tz");
                } else {
                    c.eat("without time zone");
                }
            }
            "interval" => {
                let mut fields = Vec::new();
                while c.at_any(&["year", "month", "day", "hour", "minute", "second", "to"]) {
                    fields.push(c.word());
                    c.bump();
                }
                modifiers = read_modifiers(c);
                if !fields.is_empty() {
                    if modifiers.is_empty() {
                        modifiers.push(String::new());
                    }
                    modifiers.push(fields.join(" "));
                }
            }
            "float" => {
                modifiers = read_modifiers(c);
                let bits = modifiers.first().and_then(|m| m.parse::<u32>().ok()).unwrap_or(53);
                name.name = if bits <= 24 { "float4" } else { "float8" }.to_owned();
                modifiers.clear();
            }
            _ if national => {}
            word => {
                serial = is_serial(word);
                name.name = canonical_type(word).to_owned();
            }
        }
    }
    if modifiers.is_empty() {
        modifiers = read_modifiers(c);
    }
    c.eat_operator("%");
    let mut array = 0u8;
    if c.eat("array") {
        array = 1;
    }
    while c.at_punct(b'[') {
        c.bump();
        while !c.done() && !c.eat_punct(b']') {
            c.bump();
        }
        array = array.saturating_add(1);
    }
    let name = Name { schema: name.schema, name: name.name };
    Ok((DataType { name, modifiers, array, unsigned: false, charset: None, collation: None }, serial))
}

fn read_modifiers(c: &mut Cursor<'_>) -> Vec<String> {
    if !c.at_punct(b'(') {
        return Vec::new();
    }
    let Ok(inside) = c.group() else { return Vec::new() };
    inside.as_str().split(',').map(|m| m.trim().to_owned()).collect()
}
