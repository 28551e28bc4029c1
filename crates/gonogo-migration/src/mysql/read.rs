//! From tokens to a [`Statement`]: MySQL's and MariaDB's grammar as far as effects depend on it.
//! Source: "Data Definition Statements" of the MySQL 8.4 manual, "Alter Table" and "Create Table" of MariaDB's.

use super::read_alter::{alter_table, clause, index_kind};
use super::read_table::{create_table, index_options, key_parts, rename_pair};
use crate::dialect::Dialect;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateIndex, Dml, DmlVerb, Drop, MysqlIndexKind, ObjectKind, Statement};
use crate::sql::cursor::{Cursor, Read, literal, unquote};
use crate::sql::lex::Kind;

/// Reads one statement of MySQL or MariaDB.
pub(crate) fn read(c: &mut Cursor<'_>, dialect: Dialect) -> Read<Statement> {
    let word = c.word();
    match word.as_str() {
        "create" => create(c),
        "alter" => alter(c, dialect),
        "drop" => drop_statement(c),
        "rename" => rename(c),
        "truncate" => {
            c.bump();
            c.eat("table");
            Ok(Statement::Truncate { tables: vec![(c.name()?, false)], cascade: false, restart_identity: true })
        }
        "optimize" | "analyze" | "check" | "repair" | "checksum" => maintenance(c, &word),
        "select" | "values" | "table" | "with" | "(" => Ok(Statement::Select(Box::new(whole_query(c)))),
        "insert" | "update" | "delete" | "replace" | "load" => dml(c, &word),
        "lock" => lock(c),
        "start" | "begin" => Ok(Statement::Begin),
        "commit" => Ok(Statement::Commit),
        "rollback" => {
            c.bump();
            c.eat("work");
            if c.eat("to") {
                c.eat("savepoint");
                return Ok(Statement::RollbackTo(c.identifier()?));
            }
            Ok(Statement::Rollback)
        }
        "savepoint" => {
            c.bump();
            Ok(Statement::Savepoint(c.identifier()?))
        }
        "release" => {
            c.bump();
            c.eat("savepoint");
            Ok(Statement::Release(c.identifier()?))
        }
        "set" => set(c),
        "use" => {
            c.bump();
            Ok(Statement::Use(c.identifier()?))
        }
        "call" => {
            c.bump();
            Ok(Statement::Call(c.name()?))
        }
        "prepare" | "execute" => {
            Ok(Statement::Unknown { why: "a prepared statement runs SQL that is put together when it runs".to_owned() })
        }
        "source" => Ok(Statement::Unknown { why: "SOURCE runs SQL that is not in this text".to_owned() }),
        "grant" | "revoke" | "flush" | "unlock" | "show" | "describe" | "desc" | "explain" | "do" | "deallocate"
        | "install" | "uninstall" | "kill" | "reset" | "purge" | "handler" | "help" | "cache" | "delimiter"
        | "signal" => Ok(Statement::Inert(word.to_uppercase())),
        "" => c.fail("a statement"),
        _ => c.fail("a statement of MySQL"),
    }
}

fn whole_query(c: &mut Cursor<'_>) -> Query {
    let from = c.mark();
    Query::read(&c.expression_of(from, from + c.rest().len()))
}

fn create(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    let replace = c.eat("or replace");
    let temporary = c.eat("temporary");
    if c.eat("table") {
        if replace {
            return Ok(Statement::Unknown { why: "CREATE OR REPLACE TABLE drops the table it replaces".to_owned() });
        }
        return create_table(c, temporary);
    }
    let mark = c.mark();
    let kind = index_kind(c);
    if c.eat("index") {
        return create_index(c, kind);
    }
    c.reset(mark);
    // CREATE [ALGORITHM = ..] [DEFINER = ..] [SQL SECURITY ..] VIEW
    for _ in 0..24 {
        if c.eat("view") {
            c.eat("if not exists");
            let name = c.name()?;
            if c.at_punct(b'(') {
                c.skip_group();
            }
            c.need("as")?;
            return Ok(Statement::CreateView { name, replace, temporary: false, query: whole_query(c) });
        }
        if c.eat("trigger") {
            c.eat("if not exists");
            let name = c.name()?.name;
            while !c.done() && !c.at("on") {
                c.bump();
            }
            c.need("on")?;
            return Ok(Statement::CreateTrigger { name, table: c.name()?, from: None, function: None, replace });
        }
        if c.eat("database") || c.eat("schema") {
            c.eat("if not exists");
            return Ok(Statement::CreateSchema(c.identifier()?));
        }
        let inert = [
            "procedure",
            "function",
            "event",
            "user",
            "role",
            "server",
            "tablespace",
            "undo",
            "logfile",
            "spatial",
            "resource",
            "sequence",
            "package",
            "aggregate",
            "library",
        ];
        if c.at_any(&inert) {
            return Ok(Statement::Inert(format!("CREATE {}", c.word().to_uppercase())));
        }
        if c.bump().is_none() {
            break;
        }
    }
    c.fail("what to create")
}

fn create_index(c: &mut Cursor<'_>, kind: MysqlIndexKind) -> Read<Statement> {
    let if_not_exists = c.eat("if not exists");
    let name = c.identifier()?;
    if c.eat("using") || c.eat("type") {
        c.bump();
    }
    c.need("on")?;
    let table = c.name()?;
    let (parts, prefixed) = key_parts(c)?;
    let mut clauses = Vec::new();
    let _ = prefixed;
    while !c.done() {
        let mark = c.mark();
        index_options(c);
        clauses.extend(clause(c));
        if c.eat("wait") {
            c.bump();
        }
        c.eat("nowait");
        if c.mark() == mark {
            return c.fail("the end of CREATE INDEX");
        }
    }
    Ok(Statement::CreateIndex(Box::new(CreateIndex {
        name: Some(name),
        table,
        only: false,
        concurrently: false,
        unique: kind == MysqlIndexKind::Unique,
        if_not_exists,
        method: "btree".to_owned(),
        parts,
        include: Vec::new(),
        predicate: None,
        kind,
        clauses,
    })))
}

fn alter(c: &mut Cursor<'_>, dialect: Dialect) -> Read<Statement> {
    c.bump();
    c.eat("online");
    c.eat("ignore");
    if c.eat("table") {
        return alter_table(c, dialect);
    }
    let inert = [
        "user",
        "role",
        "server",
        "event",
        "function",
        "procedure",
        "instance",
        "tablespace",
        "undo",
        "logfile",
        "resource",
        "sequence",
        "library",
    ];
    if c.at_any(&inert) {
        return Ok(Statement::Inert(format!("ALTER {}", c.word().to_uppercase())));
    }
    if c.at("database") || c.at("schema") {
        return Ok(Statement::Inert("ALTER DATABASE".to_owned()));
    }
    for _ in 0..24 {
        if c.eat("view") {
            let name = c.name()?;
            if c.at_punct(b'(') {
                c.skip_group();
            }
            c.need("as")?;
            return Ok(Statement::CreateView { name, replace: true, temporary: false, query: whole_query(c) });
        }
        if c.bump().is_none() {
            break;
        }
    }
    c.fail("what to alter")
}

fn drop_statement(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.eat("temporary");
    let kinds = [
        ("table", ObjectKind::Table),
        ("tables", ObjectKind::Table),
        ("view", ObjectKind::View),
        ("index", ObjectKind::Index),
        ("trigger", ObjectKind::Trigger),
        ("database", ObjectKind::Schema),
        ("schema", ObjectKind::Schema),
    ];
    for (word, kind) in kinds {
        if !c.eat(word) {
            continue;
        }
        let if_exists = c.eat("if exists");
        let names = c.names()?;
        let on = if c.eat("on") { Some(c.name()?) } else { None };
        let mut clauses = Vec::new();
        while !c.done() {
            if let Some(found) = clause(c) {
                clauses.push(found);
            } else if c.eat("cascade") || c.eat("restrict") || c.eat("nowait") {
            } else if c.eat("wait") {
                c.bump();
            } else {
                return c.fail("the end of DROP");
            }
        }
        return Ok(Statement::Drop(Drop { kind, names, if_exists, cascade: false, concurrently: false, on, clauses }));
    }
    Ok(Statement::Inert(format!("DROP {}", c.word().to_uppercase())))
}

fn rename(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    if c.at("user") {
        return Ok(Statement::Inert("RENAME USER".to_owned()));
    }
    if !c.eat("table") {
        c.need("tables")?;
    }
    let mut pairs = vec![rename_pair(c)?];
    while c.eat_punct(b',') {
        pairs.push(rename_pair(c)?);
    }
    Ok(Statement::RenameTables(pairs))
}

fn maintenance(c: &mut Cursor<'_>, verb: &str) -> Read<Statement> {
    c.bump();
    c.eat("no_write_to_binlog");
    c.eat("local");
    if !c.eat("table") {
        c.need("tables")?;
    }
    let mut tables = vec![c.name()?];
    while c.eat_punct(b',') {
        tables.push(c.name()?);
    }
    Ok(Statement::Maintenance {
        rewrites: verb == "optimize" || verb == "repair",
        analyzes: verb == "analyze",
        vacuums: false,
        tables,
    })
}

fn dml(c: &mut Cursor<'_>, word: &str) -> Read<Statement> {
    let mut query = whole_query(c);
    let verb = match word {
        "update" => DmlVerb::Update,
        "delete" => DmlVerb::Delete,
        "load" => DmlVerb::Copy,
        _ => DmlVerb::Insert,
    };
    while c.at_any(&[
        "insert",
        "update",
        "delete",
        "replace",
        "load",
        "data",
        "xml",
        "low_priority",
        "high_priority",
        "delayed",
        "ignore",
        "quick",
        "concurrent",
        "local",
    ]) {
        c.bump();
    }
    if verb == DmlVerb::Copy {
        while !c.done() && !c.at("into table") {
            c.bump();
        }
        c.eat("into table");
    }
    c.eat("into");
    c.eat("from");
    c.eat("table");
    let table: Name = c.name()?;
    query.written.retain(|n| *n != table);
    let values = c.rest().iter().any(|t| t.is_word(c.source, "values") || t.is_word(c.source, "value"));
    let filtered = query.filtered;
    Ok(Statement::Dml(Box::new(Dml { verb, table, query, columns: Vec::new(), on_conflict: false, values, filtered })))
}

fn lock(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    if c.at("instance") {
        return Ok(Statement::Inert("LOCK INSTANCE".to_owned()));
    }
    if !c.eat("tables") {
        c.need("table")?;
    }
    let mut tables = Vec::new();
    loop {
        let name = c.name()?;
        if c.eat("as") {
            c.bump();
        }
        if !c.at_any(&["read", "write", "low_priority"]) {
            c.bump();
        }
        let mode = if c.at("read") { "READ" } else { "WRITE" };
        c.skip_item();
        tables.push((name, mode.to_owned(), false));
        if !c.eat_punct(b',') {
            break;
        }
    }
    Ok(Statement::LockTables { tables })
}

/// SET: the last assignment of a session variable this crate heeds, or nothing.
fn set(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    let mut found = None;
    loop {
        if !c.eat("session") && !c.eat("local") && c.eat("global") {
            c.skip_item();
        }
        let token = c.token(0);
        let name = token.map(|t| t.text(c.source).trim_start_matches('@').to_ascii_lowercase()).unwrap_or_default();
        let name = name.trim_start_matches("session.").trim_start_matches("local.").to_owned();
        c.bump();
        if !c.eat_operator("=") {
            c.eat_operator(":=");
        }
        let value = c.token(0).map(|t| match t.kind {
            Kind::Text => literal(t.text(c.source)),
            Kind::Quoted => unquote(t.text(c.source)),
            _ => t.text(c.source).to_owned(),
        });
        if name == "foreign_key_checks" {
            found = Some(Statement::Set { name, value, local: false });
        }
        c.skip_item();
        if !c.eat_punct(b',') {
            break;
        }
    }
    Ok(found.unwrap_or_else(|| Statement::Inert("SET".to_owned())))
}
