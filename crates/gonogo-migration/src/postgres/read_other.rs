//! Queries, changes of rows, maintenance, comments and grants.

use super::read::{first_words, read};
use super::read_routine::declared;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateTable, Dml, DmlVerb, ObjectKind, Persistence, ReindexTarget, Statement};
use crate::sql::cursor::{Cursor, Read};

pub(super) fn whole_query(c: &mut Cursor<'_>) -> Query {
    let from = c.mark();
    Query::read(&c.expression_of(from, from + c.rest().len()))
}

pub(super) fn select(c: &mut Cursor<'_>) -> Read<Statement> {
    let mut query = whole_query(c);
    // SELECT .. INTO makes a table
    let mut look = *c;
    let (mut depth, mut into) = (0usize, None);
    while let Some(token) = look.bump() {
        match token.text(c.source) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 && token.is_word(c.source, "into") && c.at("select") => {
                let temporary = look.eat("temporary") || look.eat("temp");
                look.eat("unlogged");
                look.eat("table");
                into = Some((look.name()?, temporary));
                break;
            }
            _ => {}
        }
    }
    if let Some((name, temporary)) = into {
        let persistence = if temporary { Persistence::Temporary } else { Persistence::Permanent };
        return Ok(Statement::CreateTable(Box::new(CreateTable {
            name,
            if_not_exists: false,
            persistence,
            foreign: false,
            columns: Vec::new(),
            constraints: Vec::new(),
            like: Vec::new(),
            inherits: Vec::new(),
            partition_of: None,
            partition_by: None,
            indexes: Vec::new(),
            options: Vec::new(),
            query: Some((query, true)),
        })));
    }
    if let Some(table) = query.written.pop() {
        let filtered = query.filtered;
        return Ok(Statement::Dml(Box::new(Dml {
            verb: DmlVerb::Update,
            table,
            query,
            columns: Vec::new(),
            on_conflict: false,
            values: false,
            filtered,
        })));
    }
    Ok(Statement::Select(Box::new(query)))
}

pub(super) fn dml(c: &mut Cursor<'_>) -> Read<Statement> {
    let mut query = whole_query(c);
    let verb = match c.word().as_str() {
        "insert" => DmlVerb::Insert,
        "update" => DmlVerb::Update,
        "delete" => DmlVerb::Delete,
        _ => DmlVerb::Merge,
    };
    c.bump();
    c.eat("into");
    c.eat("from");
    c.eat("only");
    let table = c.name()?;
    c.eat_operator("*");
    query.written.retain(|n| *n != table);
    let mut columns = Vec::new();
    if c.eat("as") {
        c.bump();
    }
    if verb == DmlVerb::Insert && c.at_punct(b'(') {
        columns = c.column_list().unwrap_or_default();
    }
    let mut look = *c;
    let (mut on_conflict, mut values, mut depth) = (false, false, 0usize);
    while let Some(token) = look.token(0) {
        let text = token.text(c.source);
        match text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 => {
                on_conflict |= look.at("on conflict");
                values |= look.at("values") || look.at("default values");
                if verb == DmlVerb::Update && (look.at("set") || text == ",") {
                    let mut target = look;
                    target.bump();
                    columns.extend(target.try_identifier());
                }
                if look.at("from") || look.at("where") {
                    break;
                }
            }
            _ => {}
        }
        look.bump();
    }
    // INSERT .. SELECT goes on after FROM
    while look.bump().is_some() {
        on_conflict |= look.at("on conflict");
    }
    let filtered = query.filtered;
    Ok(Statement::Dml(Box::new(Dml { verb, table, query, columns, on_conflict, values, filtered })))
}

pub(super) fn copy(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.eat("binary");
    if c.at_punct(b'(') {
        let query = Query::read(&c.group()?);
        return Ok(Statement::Select(Box::new(query)));
    }
    let table = c.name()?;
    let columns = if c.at_punct(b'(') { c.column_list()? } else { Vec::new() };
    if c.at("to") {
        return Ok(Statement::CopyTo(table));
    }
    c.need("from")?;
    let query = Query::read(&c.expression_of(0, 0));
    Ok(Statement::Dml(Box::new(Dml {
        verb: DmlVerb::Copy,
        table,
        query,
        columns,
        on_conflict: false,
        values: true,
        filtered: false,
    })))
}

pub(super) fn truncate(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.eat("table");
    let mut tables = Vec::new();
    loop {
        let only = c.eat("only");
        tables.push((c.name()?, only));
        c.eat_operator("*");
        if !c.eat_punct(b',') {
            break;
        }
    }
    let restart_identity = c.eat("restart identity");
    c.eat("continue identity");
    let cascade = c.eat("cascade");
    c.eat("restrict");
    if !c.done() {
        return c.fail("the end of TRUNCATE");
    }
    Ok(Statement::Truncate { tables, cascade, restart_identity })
}

pub(super) fn lock(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.eat("table");
    let mut tables = Vec::new();
    loop {
        let only = c.eat("only");
        tables.push((c.name()?, only));
        c.eat_operator("*");
        if !c.eat_punct(b',') {
            break;
        }
    }
    let mut mode = "ACCESS EXCLUSIVE".to_owned();
    if c.eat("in") {
        let mut words = Vec::new();
        while !c.done() && !c.at("mode") {
            words.push(c.word().to_uppercase());
            c.bump();
        }
        mode = words.join(" ");
        c.need("mode")?;
    }
    Ok(Statement::LockTables { tables: tables.into_iter().map(|(n, only)| (n, mode.clone(), only)).collect() })
}

pub(super) fn rollback(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    if !c.eat("work") {
        c.eat("transaction");
    }
    if c.eat("to") {
        c.eat("savepoint");
        return Ok(Statement::RollbackTo(c.identifier()?));
    }
    Ok(Statement::Rollback)
}

pub(super) fn options_say(c: &mut Cursor<'_>, word: &str) -> bool {
    c.group().is_ok_and(|options| {
        let f = &options.fragments;
        f.iter().enumerate().any(|(i, part)| {
            part.word(word)
                && !f.get(i + 1).is_some_and(|v| {
                    v.word("false") || v.word("off") || v.text == "0" || v.text.eq_ignore_ascii_case("'false'")
                })
        })
    })
}

pub(super) fn reindex(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    let mut concurrently = c.at_punct(b'(') && options_say(c, "concurrently");
    let target = if c.eat("index") {
        ReindexTarget::Index
    } else if c.eat("table") {
        ReindexTarget::Table
    } else if c.eat("schema") {
        ReindexTarget::Schema
    } else if c.eat("database") || c.eat("system") {
        ReindexTarget::Database
    } else {
        return c.fail("INDEX, TABLE, SCHEMA or DATABASE");
    };
    concurrently |= c.eat("concurrently");
    let name = if c.done() { None } else { Some(c.name()?) };
    Ok(Statement::Reindex { target, name, concurrently })
}

pub(super) fn cluster(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.skip_group();
    c.eat("verbose");
    if c.done() {
        return Ok(Statement::Cluster { table: None, index: None });
    }
    let first = c.name()?;
    if c.eat("on") {
        return Ok(Statement::Cluster { table: Some(c.name()?), index: Some(first.name) });
    }
    let index = if c.eat("using") { Some(c.identifier()?) } else { None };
    Ok(Statement::Cluster { table: Some(first), index })
}

pub(super) fn maintenance(c: &mut Cursor<'_>) -> Read<Statement> {
    let vacuums = c.at("vacuum");
    c.bump();
    let (mut rewrites, mut analyzes) = (false, !vacuums);
    if c.at_punct(b'(') {
        let mut look = *c;
        rewrites = vacuums && options_say(&mut look, "full");
        let mut look = *c;
        analyzes |= options_say(&mut look, "analyze");
        c.skip_group();
    }
    loop {
        if c.eat("full") {
            rewrites = vacuums;
        } else if c.eat("analyze") || c.eat("analyse") {
            analyzes = true;
        } else if !c.eat("freeze") && !c.eat("verbose") {
            break;
        }
    }
    let mut tables = Vec::new();
    while !c.done() {
        c.eat("only");
        tables.push(c.name()?);
        c.skip_item();
        if !c.eat_punct(b',') {
            break;
        }
    }
    Ok(Statement::Maintenance { rewrites, analyzes, vacuums, tables })
}

pub(super) fn refresh(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    c.need("materialized view")?;
    let concurrently = c.eat("concurrently");
    let name = c.name()?;
    Ok(Statement::Refresh { name, concurrently, with_data: !c.at("with no data") })
}

pub(super) fn comment(c: &mut Cursor<'_>) -> Read<Statement> {
    let direct = [
        ("table", ObjectKind::Table),
        ("view", ObjectKind::View),
        ("materialized view", ObjectKind::MaterializedView),
        ("index", ObjectKind::Index),
        ("sequence", ObjectKind::Sequence),
        ("foreign table", ObjectKind::ForeignTable),
        ("statistics", ObjectKind::Statistics),
    ];
    for (text, kind) in direct {
        if c.eat(text) {
            return Ok(Statement::Comment { kind, name: c.name()? });
        }
    }
    if c.eat("column") {
        let mut parts = vec![c.identifier()?];
        while c.eat_punct(b'.') {
            parts.push(c.identifier()?);
        }
        parts.pop();
        let name = parts.pop().unwrap_or_default();
        return Ok(Statement::Comment { kind: ObjectKind::Column, name: Name { schema: parts.pop(), name } });
    }
    let on_table = [
        ("constraint", ObjectKind::Constraint),
        ("trigger", ObjectKind::Trigger),
        ("rule", ObjectKind::Rule),
        ("policy", ObjectKind::Policy),
    ];
    for (text, kind) in on_table {
        if c.eat(text) {
            c.identifier()?;
            c.need("on")?;
            if c.eat("domain") {
                return Ok(Statement::Inert("COMMENT ON CONSTRAINT OF DOMAIN".to_owned()));
            }
            return Ok(Statement::Comment { kind, name: c.name()? });
        }
    }
    Ok(Statement::Inert(format!("COMMENT ON {}", c.word().to_uppercase())))
}

pub(super) fn grant(c: &mut Cursor<'_>) -> Read<Statement> {
    let words = first_words(c, 2);
    while !c.done() && !c.at("on") {
        if !c.skip_group() {
            c.bump();
        }
    }
    if !c.eat("on") {
        return Ok(Statement::Inert(words));
    }
    if c.eat("all") {
        c.bump();
        if c.eat("in schema") {
            let schemas = c.names()?.into_iter().map(|n| n.name).collect();
            return Ok(Statement::Grant { relations: Vec::new(), schemas });
        }
        return Ok(Statement::Inert(words));
    }
    let other = [
        "database",
        "domain",
        "foreign",
        "function",
        "procedure",
        "routine",
        "language",
        "large",
        "parameter",
        "schema",
        "tablespace",
        "type",
    ];
    if c.at_any(&other) && !c.token(1).is_some_and(|t| t.is_word(c.source, "to") || t.is_word(c.source, "from")) {
        return Ok(Statement::Inert(words));
    }
    if !c.eat("table") {
        c.eat("sequence");
    }
    Ok(Statement::Grant { relations: c.names()?, schemas: Vec::new() })
}

pub(super) fn do_block(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    let (language, body) = declared(c);
    match body {
        Some(body) => Ok(Statement::Do { language, body }),
        None => c.fail("the body of DO"),
    }
}

pub(super) fn explain(c: &mut Cursor<'_>) -> Read<Statement> {
    c.bump();
    let mut runs = false;
    if c.at_punct(b'(') {
        runs = options_say(c, "analyze");
    }
    loop {
        if c.eat("analyze") || c.eat("analyse") {
            runs = true;
        } else if !c.eat("verbose") {
            break;
        }
    }
    if runs {
        return read(c);
    }
    Ok(Statement::Inert("EXPLAIN".to_owned()))
}
