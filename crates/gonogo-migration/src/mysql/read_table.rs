//! CREATE TABLE: columns, keys, options.

use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateTable, MysqlIndex, MysqlIndexKind, PartitionKey, Persistence, Statement};
use crate::model::table::{
    ColumnDefinition, Constraint, ConstraintKind, DataType, Generated, IndexPart, OnChange, Position,
};
use crate::sql::cursor::{Cursor, Read};
use crate::sql::lex::Kind;

/// A type, with its character set and signs.
pub(super) fn data_type(c: &mut Cursor<'_>) -> Read<(DataType, bool)> {
    let mut name = c.identifier()?.to_ascii_lowercase();
    let mut serial = false;
    name = match name.as_str() {
        "integer" | "int4" => "int".to_owned(),
        "int1" | "bool" | "boolean" => "tinyint".to_owned(),
        "int2" => "smallint".to_owned(),
        "int3" | "middleint" => "mediumint".to_owned(),
        "int8" => "bigint".to_owned(),
        "dec" | "numeric" | "fixed" => "decimal".to_owned(),
        "real" | "float8" => "double".to_owned(),
        "float4" => "float".to_owned(),
        "double" => {
            c.eat("precision");
            "double".to_owned()
        }
        "character" | "nchar" => {
            if c.eat("varying") {
                "varchar".to_owned()
            } else {
                "char".to_owned()
            }
        }
        "char" => {
            if c.eat("varying") {
                "varchar".to_owned()
            } else {
                "char".to_owned()
            }
        }
        "nvarchar" | "varcharacter" => "varchar".to_owned(),
        "national" => {
            let varying = c.at("varchar") || c.at("character varying") || c.at("char varying");
            c.bump();
            c.eat("varying");
            if varying { "varchar".to_owned() } else { "char".to_owned() }
        }
        "long" => {
            if c.eat("varbinary") {
                "mediumblob".to_owned()
            } else {
                c.eat("varchar");
                "mediumtext".to_owned()
            }
        }
        "serial" => {
            serial = true;
            "bigint".to_owned()
        }
        other => other.to_owned(),
    };
    let mut data_type = DataType::plain(name);
    data_type.unsigned = serial;
    if c.at_punct(b'(') {
        let inside = c.group()?;
        data_type.modifiers = inside
            .fragments
            .split(|f| f.symbol(","))
            .map(|part| {
                part.iter()
                    .map(|f| {
                        if f.kind == crate::model::expression::FragmentKind::Text {
                            crate::sql::cursor::literal(&f.text)
                        } else {
                            f.text.clone()
                        }
                    })
                    .collect::<String>()
            })
            .collect();
    }
    loop {
        if c.eat("unsigned") || c.eat("zerofill") {
            data_type.unsigned = true;
        } else if c.eat("signed") || c.eat("binary") {
        } else if c.eat("character set") || c.eat("charset") || c.eat("char set") {
            c.eat_operator("=");
            data_type.charset = Some(word_or_text(c));
        } else if c.eat("ascii") {
            data_type.charset = Some("latin1".to_owned());
        } else if c.eat("unicode") {
            data_type.charset = Some("ucs2".to_owned());
        } else if c.eat("collate") {
            c.eat_operator("=");
            data_type.collation = Some(word_or_text(c));
        } else {
            return Ok((data_type, serial));
        }
    }
}

pub(super) fn word_or_text(c: &mut Cursor<'_>) -> String {
    if let Some(text) = c.try_text() {
        return text.to_lowercase();
    }
    let word = c.word();
    c.bump();
    word
}

/// A column, from its name on.
pub(super) fn column(c: &mut Cursor<'_>) -> Read<ColumnDefinition> {
    let name = c.identifier()?;
    column_after_name(c, name)
}

pub(super) fn column_after_name(c: &mut Cursor<'_>, name: String) -> Read<ColumnDefinition> {
    let (data_type, serial) = data_type(c)?;
    let mut column = ColumnDefinition::plain(name, data_type);
    if serial {
        column.identity = true;
        column.not_null = Some(true);
        column.constraints.push(key(ConstraintKind::Unique { columns: vec![column.name.clone()], using_index: None }));
    }
    attributes(c, &mut column)?;
    Ok(column)
}

fn key(kind: ConstraintKind) -> Constraint {
    Constraint { name: None, kind, not_valid: false, not_enforced: false }
}

fn attributes(c: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Read<()> {
    loop {
        let mut name = None;
        if c.at("constraint") && !c.at("constraint foreign") {
            c.bump();
            name = if c.at_any(&["check", "references"]) { None } else { Some(c.identifier()?) };
        }
        if c.eat("not null") {
            column.not_null = Some(true);
        } else if c.eat("null") {
            column.not_null = Some(false);
        } else if c.eat("default") {
            if c.at_punct(b'(') {
                column.default = Some(c.group()?);
            } else {
                let from = c.mark();
                c.eat_operator("-");
                c.eat_operator("+");
                c.bump();
                if c.token(0).is_some_and(|t| t.kind == Kind::Text) && !c.at("comment") {
                    // an introducer such as _utf8mb4'x' or DATE '2020-01-01'
                    c.bump();
                }
                c.skip_group();
                column.default = Some(c.expression_of(from, c.mark()));
            }
        } else if c.eat("on update") {
            let from = c.mark();
            c.bump();
            c.skip_group();
            column.on_update = Some(c.expression_of(from, c.mark()));
        } else if c.eat("auto_increment") {
            column.identity = true;
        } else if c.eat("generated always as") || c.eat("as") {
            let expression = c.group()?;
            let how = if c.eat("stored") || c.eat("persistent") {
                Generated::Stored
            } else {
                c.eat("virtual");
                Generated::Virtual
            };
            column.generated = Some((expression, how));
        } else if c.eat("unique") {
            c.eat("key");
            column
                .constraints
                .push(key(ConstraintKind::Unique { columns: vec![column.name.clone()], using_index: None }));
        } else if c.eat("primary key") || c.eat("primary") || c.eat("key") {
            column.not_null = Some(true);
            column
                .constraints
                .push(key(ConstraintKind::PrimaryKey { columns: vec![column.name.clone()], using_index: None }));
        } else if c.eat("check") {
            let expression = c.group()?;
            let not_enforced = c.eat("not enforced");
            c.eat("enforced");
            column.constraints.push(Constraint {
                name,
                kind: ConstraintKind::Check { expression, no_inherit: false },
                not_valid: false,
                not_enforced,
            });
        } else if c.eat("references") {
            let kind = references(c, vec![column.name.clone()])?;
            column.constraints.push(Constraint { name, kind, not_valid: false, not_enforced: false });
        } else if c.eat("comment") {
            c.eat_operator("=");
            column.comment = c.try_text();
        } else if c.eat("collate") {
            column.data_type.collation = Some(word_or_text(c));
        } else if c.eat("character set") || c.eat("charset") {
            column.data_type.charset = Some(word_or_text(c));
        } else if c.eat("invisible") {
            column.invisible = Some(true);
        } else if c.eat("visible") {
            column.invisible = Some(false);
        } else if c.eat("column_format")
            || c.eat("storage")
            || c.eat("engine_attribute")
            || c.eat("secondary_engine_attribute")
            || c.eat("srid")
        {
            c.eat_operator("=");
            c.bump();
        } else if c.eat("ref_system_id")
            || c.eat("compressed")
            || c.eat("with system versioning")
            || c.eat("without system versioning")
        {
            c.eat_operator("=");
        } else if c.eat("first") {
            column.position = Some(Position::First);
        } else if c.eat("after") {
            column.position = Some(Position::After(c.identifier()?));
        } else {
            return Ok(());
        }
    }
}

pub(super) fn references(c: &mut Cursor<'_>, columns: Vec<String>) -> Read<ConstraintKind> {
    let table = c.name()?;
    let referenced = if c.at_punct(b'(') { c.column_list()? } else { Vec::new() };
    let (mut on_delete, mut on_update) = (OnChange::Refuse, OnChange::Refuse);
    loop {
        if c.eat("match") {
            c.bump();
        } else if c.eat("on delete") {
            on_delete = change(c);
        } else if c.eat("on update") {
            on_update = change(c);
        } else {
            return Ok(ConstraintKind::ForeignKey { columns, table, referenced, on_delete, on_update });
        }
    }
}

fn change(c: &mut Cursor<'_>) -> OnChange {
    if c.eat("cascade") {
        OnChange::Cascade
    } else if c.eat("set null") || c.eat("set default") {
        OnChange::Set
    } else {
        if !c.eat("no action") {
            c.eat("restrict");
        }
        OnChange::Refuse
    }
}

/// Whether a key or constraint comes next, rather than a column.
pub(super) fn at_key(c: &Cursor<'_>) -> bool {
    c.at_any(&[
        "constraint",
        "primary key",
        "unique",
        "foreign key",
        "check",
        "fulltext",
        "spatial",
        "index",
        "key",
        "period",
    ])
}

/// What stands among a table's columns and is no column.
pub(super) enum Element {
    Key(MysqlIndex),
    Constraint(Constraint),
}

/// A key or constraint.
pub(super) fn element(c: &mut Cursor<'_>) -> Read<Element> {
    let mut name = None;
    if c.eat("constraint") && !c.at_any(&["primary", "unique", "foreign", "check"]) {
        c.eat("if not exists");
        name = Some(c.identifier()?);
    }
    if c.eat("check") {
        let expression = c.group()?;
        let not_enforced = c.eat("not enforced");
        c.eat("enforced");
        let kind = ConstraintKind::Check { expression, no_inherit: false };
        return Ok(Element::Constraint(Constraint { name, kind, not_valid: false, not_enforced }));
    }
    if c.eat("foreign key") {
        c.eat("if not exists");
        if !c.at_punct(b'(') {
            let own = c.identifier()?;
            name.get_or_insert(own);
        }
        let columns = c.column_list()?;
        c.need("references")?;
        let kind = references(c, columns)?;
        return Ok(Element::Constraint(Constraint { name, kind, not_valid: false, not_enforced: false }));
    }
    let kind = if c.eat("primary key") {
        MysqlIndexKind::Primary
    } else if c.eat("unique") {
        MysqlIndexKind::Unique
    } else if c.eat("fulltext") {
        MysqlIndexKind::Fulltext
    } else if c.eat("spatial") {
        MysqlIndexKind::Spatial
    } else {
        if !c.at_any(&["index", "key"]) {
            return c.fail("a key or a constraint");
        }
        MysqlIndexKind::Plain
    };
    if !c.eat("index") {
        c.eat("key");
    }
    c.eat("if not exists");
    if !c.at_punct(b'(') && !c.at("using") {
        name = Some(c.identifier()?);
    }
    if c.eat("using") || c.eat("type") {
        c.bump();
    }
    let (parts, prefixed) = key_parts(c)?;
    index_options(c);
    Ok(Element::Key(MysqlIndex { name, kind, parts, prefixed }))
}

pub(super) fn index_options(c: &mut Cursor<'_>) {
    loop {
        if c.eat("using") || c.eat("comment") || c.eat("key_block_size") || c.eat("engine_attribute") {
            c.eat_operator("=");
            c.bump();
        } else if c.eat("with parser") {
            c.bump();
        } else if c.eat("visible") || c.eat("invisible") || c.eat("ignored") || c.eat("not ignored") {
        } else {
            return;
        }
    }
}

pub(super) fn key_parts(c: &mut Cursor<'_>) -> Read<(Vec<IndexPart>, bool)> {
    c.need_punct(b'(')?;
    let (mut parts, mut prefixed) = (Vec::new(), false);
    loop {
        if c.at_punct(b'(') {
            parts.push(IndexPart::Expression(c.group()?));
            c.skip_item();
        } else {
            let name = c.identifier()?;
            prefixed |= c.at_punct(b'(');
            c.skip_item();
            parts.push(IndexPart::Column(name));
        }
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')?;
    Ok((parts, prefixed))
}

/// Table options, each with its value, up to PARTITION BY, AS or the end.
pub(super) fn table_option(c: &mut Cursor<'_>) -> Option<(String, String)> {
    c.eat("default");
    let name = if c.eat("character set") || c.eat("charset") {
        "charset".to_owned()
    } else if c.eat("data directory") {
        "data directory".to_owned()
    } else if c.eat("index directory") {
        "index directory".to_owned()
    } else {
        let known = [
            "engine",
            "type",
            "auto_increment",
            "avg_row_length",
            "checksum",
            "table_checksum",
            "collate",
            "comment",
            "compression",
            "connection",
            "delay_key_write",
            "encryption",
            "encrypted",
            "encryption_key_id",
            "insert_method",
            "key_block_size",
            "max_rows",
            "min_rows",
            "pack_keys",
            "password",
            "row_format",
            "stats_auto_recalc",
            "stats_persistent",
            "stats_sample_pages",
            "tablespace",
            "union",
            "page_compressed",
            "page_compression_level",
            "page_checksum",
            "transactional",
            "sequence",
            "engine_attribute",
            "secondary_engine",
            "autoextend_size",
            "start",
        ];
        let word = c.word();
        if !known.contains(&word.as_str()) {
            return None;
        }
        c.bump();
        if word == "start" {
            c.eat("transaction");
        }
        word
    };
    c.eat_operator("=");
    let value = if c.at_punct(b'(') {
        c.skip_group();
        String::new()
    } else {
        word_or_text(c)
    };
    Some((name, value))
}

/// CREATE TABLE, after those words.
pub(super) fn create_table(c: &mut Cursor<'_>, temporary: bool) -> Read<Statement> {
    let if_not_exists = c.eat("if not exists");
    let name = c.name()?;
    let mut table = CreateTable {
        name,
        if_not_exists,
        persistence: if temporary { Persistence::Temporary } else { Persistence::Permanent },
        foreign: false,
        columns: Vec::new(),
        constraints: Vec::new(),
        like: Vec::new(),
        inherits: Vec::new(),
        partition_of: None,
        partition_by: None,
        indexes: Vec::new(),
        options: Vec::new(),
        query: None,
    };
    if c.eat("like") {
        table.like.push((c.name()?, true));
        return Ok(Statement::CreateTable(Box::new(table)));
    }
    if c.at_punct(b'(') && c.token(1).is_some_and(|t| t.is_word(c.source, "like")) {
        c.bump();
        c.bump();
        table.like.push((c.name()?, true));
        return Ok(Statement::CreateTable(Box::new(table)));
    }
    if c.at_punct(b'(') && !c.token(1).is_some_and(|t| t.is_word(c.source, "select")) {
        c.bump();
        loop {
            if at_key(c) {
                if c.eat("period") {
                    c.skip_item();
                } else {
                    match element(c)? {
                        Element::Key(key) => table.indexes.push(key),
                        Element::Constraint(constraint) => table.constraints.push(constraint),
                    }
                }
            } else {
                table.columns.push(column(c)?);
            }
            if !c.eat_punct(b',') {
                break;
            }
        }
        c.need_punct(b')')?;
    }
    loop {
        c.eat_punct(b',');
        if c.at("partition by") {
            c.bump();
            c.bump();
            c.eat("linear");
            let strategy = c.identifier()?.to_ascii_lowercase();
            c.eat("columns");
            let mut parts = Vec::new();
            if let Ok(inside) = c.group() {
                parts.push(IndexPart::Expression(inside));
            }
            table.partition_by = Some(PartitionKey { strategy, parts });
            c.reset(usize::MAX);
        } else if c.eat("with system versioning") {
            table.options.push(("system versioning".to_owned(), "1".to_owned()));
        } else if let Some(option) = table_option(c) {
            table.options.push(option);
        } else if c.eat("ignore") || c.eat("replace") {
        } else if c.at("as") || c.at("select") || c.at_punct(b'(') || c.at("with") || c.at("table") || c.at("values") {
            c.eat("as");
            let from = c.mark();
            let to = from + c.rest().len();
            table.query = Some((Query::read(&c.expression_of(from, to)), true));
            c.reset(usize::MAX);
        } else {
            break;
        }
    }
    if !c.done() {
        return c.fail("a table option");
    }
    Ok(Statement::CreateTable(Box::new(table)))
}

/// A name of a table in a list with RENAME.
pub(super) fn rename_pair(c: &mut Cursor<'_>) -> Read<(Name, Name)> {
    c.eat("if exists");
    let from = c.name()?;
    if c.eat("wait") {
        c.bump();
    }
    c.eat("nowait");
    c.need("to")?;
    Ok((from, c.name()?))
}
