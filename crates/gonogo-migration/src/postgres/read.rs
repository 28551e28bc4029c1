//! From tokens to a [`Statement`]: PostgreSQL's grammar as far as locks and work depend on it.
//! Source: the "SQL Commands" part of the PostgreSQL manual, versions 12 to 18.

use super::read_alter::alter_relation;
use super::read_other::{
    cluster, comment, copy, dml, do_block, explain, grant, lock, maintenance, refresh, reindex, rollback, select,
    truncate,
};
use super::read_routine::{create_function, set_statement};
use super::read_table::{constraint, create_table, index_parts};
use super::types::read_type;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateIndex, DomainAction, Drop, MysqlIndexKind, ObjectKind, Statement, TypeAction};
use crate::sql::cursor::{Cursor, Read};

/// Reads one statement of PostgreSQL.
pub(crate) fn read(c: &mut Cursor<'_>) -> Read<Statement> {
    let word = c.word();
    match word.as_str() {
        "create" => create(c),
        "alter" => alter(c),
        "drop" => drop_statement(c),
        "select" | "values" | "table" | "with" | "(" => select(c),
        "insert" | "update" | "delete" | "merge" => dml(c),
        "copy" => copy(c),
        "truncate" => truncate(c),
        "lock" => lock(c),
        "begin" => Ok(Statement::Begin),
        "start" => Ok(Statement::Begin),
        "commit" | "end" => Ok(Statement::Commit),
        "rollback" | "abort" => rollback(c),
        "savepoint" => {
            c.bump();
            Ok(Statement::Savepoint(c.identifier()?))
        }
        "release" => {
            c.bump();
            c.eat("savepoint");
            Ok(Statement::Release(c.identifier()?))
        }
        "set" | "reset" => set_statement(c),
        "reindex" => reindex(c),
        "cluster" => cluster(c),
        "vacuum" | "analyze" | "analyse" => maintenance(c),
        "refresh" => refresh(c),
        "comment" => {
            c.bump();
            c.need("on")?;
            comment(c)
        }
        "security" => {
            while !c.done() && !c.at("on") {
                c.bump();
            }
            c.need("on")?;
            comment(c)
        }
        "grant" | "revoke" => grant(c),
        "do" => do_block(c),
        "call" => {
            c.bump();
            Ok(Statement::Call(c.name()?))
        }
        "explain" => explain(c),
        "reassign" => Ok(Statement::Owned { drops: false }),
        "show" | "discard" | "listen" | "notify" | "unlisten" | "deallocate" | "checkpoint" | "load" | "close"
        | "fetch" | "move" | "prepare" | "import" => Ok(Statement::Inert(first_words(c, 2))),
        "" => c.fail("a statement"),
        _ => c.fail("a statement of PostgreSQL"),
    }
}

pub(super) fn first_words(c: &Cursor<'_>, n: usize) -> String {
    let words: Vec<String> = (0..n).filter_map(|i| c.token(i)).map(|t| t.text(c.source).to_uppercase()).collect();
    words.join(" ")
}

fn create(c: &mut Cursor<'_>) -> Read<Statement> {
    let words = first_words(c, 3);
    c.bump();
    let replace = c.eat("or replace");
    if c.at("table")
        || c.at("unlogged table")
        || c.at("temp table")
        || c.at("temporary table")
        || c.at("foreign table")
        || ((c.at("local") || c.at("global"))
            && (c.at("local temp") || c.at("local temporary") || c.at("global temp") || c.at("global temporary")))
    {
        return create_table(c);
    }
    if c.at("index") || c.at("unique index") {
        return create_index(c);
    }
    if c.eat("materialized view") {
        let if_not_exists = c.eat("if not exists");
        let name = c.name()?;
        if c.at_punct(b'(') {
            c.skip_group();
        }
        while !c.done() && !c.at("as") {
            c.bump();
        }
        c.need("as")?;
        let from = c.mark();
        let to = from + c.rest().len();
        let tail = c.expression_of(to.saturating_sub(3), to);
        let with_data = !tail.as_str().to_ascii_lowercase().contains("no");
        let with_data = with_data || !tail.as_str().to_ascii_lowercase().starts_with("with");
        return Ok(Statement::CreateMaterializedView {
            name,
            if_not_exists,
            query: Query::read(&c.expression_of(from, to)),
            with_data,
        });
    }
    let mark = c.mark();
    let temporary = c.eat("temporary") || c.eat("temp");
    c.eat("recursive");
    if c.eat("view") {
        let name = c.name()?;
        while !c.done() && !c.at("as") {
            c.bump();
        }
        c.need("as")?;
        let from = c.mark();
        let mut query = Query::read(&c.expression_of(from, from + c.rest().len()));
        // a recursive view names itself
        query.tables.retain(|t| t.name != name.name || t.schema != name.schema);
        return Ok(Statement::CreateView { name, replace, temporary, query });
    }
    c.eat("unlogged");
    if c.eat("sequence") {
        c.eat("if not exists");
        let name = c.name()?;
        let mut owned_by = None;
        while !c.done() {
            if c.eat("owned by") {
                owned_by = owner(c)?;
            } else {
                c.bump();
            }
        }
        return Ok(Statement::CreateSequence { name, owned_by, temporary });
    }
    c.reset(mark);
    if c.eat("constraint trigger") || c.eat("trigger") {
        let name = c.identifier()?;
        while !c.done() && !c.at("on") {
            c.bump();
        }
        c.need("on")?;
        let table = c.name()?;
        let from = if c.eat("from") { Some(c.name()?) } else { None };
        while !c.done() && !c.at("function") && !c.at("procedure") {
            c.bump();
        }
        let function = if c.eat("function") || c.eat("procedure") { Some(c.name()?) } else { None };
        return Ok(Statement::CreateTrigger { name, table, from, function, replace });
    }
    if c.eat("rule") {
        let name = c.identifier()?;
        while !c.done() && !c.at("to") {
            c.bump();
        }
        c.need("to")?;
        return Ok(Statement::CreateRule { name, table: c.name()? });
    }
    if c.eat("policy") {
        return policy(c);
    }
    if c.eat("schema") {
        c.eat("if not exists");
        if c.eat("authorization") {
            return Ok(Statement::CreateSchema(c.identifier()?));
        }
        return Ok(Statement::CreateSchema(c.identifier()?));
    }
    if c.eat("statistics") {
        c.eat("if not exists");
        let name = if c.at("on") || c.at_punct(b'(') { None } else { Some(c.name()?) };
        while !c.done() && !c.at("from") {
            c.bump();
        }
        c.need("from")?;
        return Ok(Statement::CreateStatistics { name, table: c.name()? });
    }
    if c.eat("publication") {
        let name = c.identifier()?;
        return publication(c, name, false);
    }
    if c.eat("domain") {
        return create_domain(c);
    }
    if c.eat("type") {
        let name = c.name()?;
        let composite = c.eat("as") && c.at_punct(b'(');
        return Ok(Statement::CreateType { name, composite });
    }
    if c.eat("function") || c.eat("procedure") {
        return create_function(c);
    }
    let inert = [
        "extension",
        "role",
        "user",
        "group",
        "database",
        "tablespace",
        "language",
        "trusted",
        "procedural",
        "cast",
        "operator",
        "aggregate",
        "collation",
        "conversion",
        "default",
        "text",
        "server",
        "foreign",
        "event",
        "access",
        "transform",
        "subscription",
    ];
    if c.at_any(&inert) {
        return Ok(Statement::Inert(words));
    }
    c.fail("what to create")
}

/// The table and the column of `OWNED BY schema.table.column`; none for NONE.
pub(super) fn owner(c: &mut Cursor<'_>) -> Read<Option<(Name, String)>> {
    let mut parts = vec![c.identifier()?];
    while c.eat_punct(b'.') {
        parts.push(c.identifier()?);
    }
    let column = parts.pop().unwrap_or_default();
    let table = parts.pop();
    Ok(table.map(|name| (Name { schema: parts.pop(), name }, column)))
}

fn policy(c: &mut Cursor<'_>) -> Read<Statement> {
    let name = c.identifier()?;
    c.need("on")?;
    let table = c.name()?;
    let from = c.mark();
    let query = Query::read(&c.expression_of(from, from + c.rest().len()));
    Ok(Statement::Policy { name, table, reads: query.tables, names: query.identifiers })
}

fn create_index(c: &mut Cursor<'_>) -> Read<Statement> {
    let unique = c.eat("unique");
    c.need("index")?;
    let concurrently = c.eat("concurrently");
    let if_not_exists = c.eat("if not exists");
    let name = if c.at("on") { None } else { Some(c.name()?.name) };
    c.need("on")?;
    let only = c.eat("only");
    let table = c.name()?;
    c.eat_operator("*");
    let method = if c.eat("using") { c.identifier()? } else { "btree".to_owned() };
    let parts = index_parts(c)?;
    let mut index = CreateIndex {
        name,
        table,
        only,
        concurrently,
        unique,
        if_not_exists,
        method,
        parts,
        include: Vec::new(),
        predicate: None,
        kind: if unique { MysqlIndexKind::Unique } else { MysqlIndexKind::Plain },
        clauses: Vec::new(),
    };
    loop {
        if c.eat("include") {
            index.include = c.column_list()?;
        } else if c.eat("nulls") {
            c.eat("not");
            c.need("distinct")?;
        } else if c.eat("with") {
            c.skip_group();
        } else if c.eat("tablespace") {
            c.identifier()?;
        } else if c.eat("where") {
            index.predicate = Some(c.expression_until(&[]));
        } else {
            break;
        }
    }
    if !c.done() {
        return c.fail("the end of CREATE INDEX");
    }
    Ok(Statement::CreateIndex(Box::new(index)))
}

fn create_domain(c: &mut Cursor<'_>) -> Read<Statement> {
    let name = c.name()?;
    c.eat("as");
    let (base, _) = read_type(c)?;
    let (mut constrained, mut not_null, mut default) = (false, false, None);
    while !c.done() {
        if c.eat("constraint") {
            c.identifier()?;
        } else if c.eat("not null") {
            constrained = true;
            not_null = true;
        } else if c.eat("default") {
            default = Some(c.expression_until(&["constraint", "not", "null", "check", "collate"]));
        } else if c.eat("check") {
            constrained = true;
            c.skip_group();
        } else if c.bump().is_none() {
            break;
        }
    }
    Ok(Statement::CreateDomain { name, base, constrained, not_null, default })
}

fn publication(c: &mut Cursor<'_>, name: String, altered: bool) -> Read<Statement> {
    if altered && !c.at_any(&["add", "set", "drop"]) {
        return Ok(Statement::Inert("ALTER PUBLICATION".to_owned()));
    }
    let drops = altered && c.at("drop");
    let sets = altered && c.at("set");
    let mut tables = Vec::new();
    let mut wide = false;
    while !c.done() {
        if c.at("for all tables") || c.at("for tables in") || c.at("tables in schema") || c.at("all tables") {
            wide = true;
            c.bump();
        } else if c.eat("table") {
            loop {
                c.eat("only");
                tables.push(c.name()?);
                c.eat_operator("*");
                c.skip_item();
                if !c.eat_punct(b',') || c.at("tables") {
                    break;
                }
                c.eat("table");
            }
        } else {
            c.bump();
        }
    }
    Ok(Statement::Publication { name, tables, wide, drops, sets })
}

fn alter(c: &mut Cursor<'_>) -> Read<Statement> {
    let words = first_words(c, 2);
    c.bump();
    for (text, kind) in [
        ("table", ObjectKind::Table),
        ("index", ObjectKind::Index),
        ("materialized view", ObjectKind::MaterializedView),
        ("view", ObjectKind::View),
        ("sequence", ObjectKind::Sequence),
        ("foreign table", ObjectKind::ForeignTable),
    ] {
        if c.eat(text) {
            return alter_relation(c, kind);
        }
    }
    if c.eat("domain") {
        return alter_domain(c);
    }
    if c.eat("type") {
        return alter_type(c);
    }
    if c.eat("publication") {
        let name = c.identifier()?;
        return publication(c, name, true);
    }
    if c.eat("policy") {
        return policy(c);
    }
    for (text, kind) in [("trigger", ObjectKind::Trigger), ("rule", ObjectKind::Rule)] {
        if c.eat(text) {
            c.identifier()?;
            c.need("on")?;
            return Ok(Statement::AlterOnTable { kind, table: c.name()? });
        }
    }
    if c.eat("extension") {
        c.identifier()?;
        if c.at("update") {
            return Ok(Statement::Unknown {
                why: "ALTER EXTENSION .. UPDATE runs the extension's own script, which is not in this text".to_owned(),
            });
        }
        return Ok(Statement::Inert(words));
    }
    let inert = [
        "role",
        "user",
        "group",
        "database",
        "tablespace",
        "language",
        "procedural",
        "operator",
        "aggregate",
        "collation",
        "conversion",
        "default",
        "text",
        "server",
        "foreign",
        "event",
        "access",
        "function",
        "procedure",
        "routine",
        "schema",
        "statistics",
        "system",
        "subscription",
        "large",
    ];
    if c.at_any(&inert) {
        return Ok(Statement::Inert(words));
    }
    c.fail("what to alter")
}

fn alter_domain(c: &mut Cursor<'_>) -> Read<Statement> {
    let name = c.name()?;
    let action = if c.eat("add") {
        let named = if c.at("constraint") {
            let mut look = *c;
            look.bump();
            look.try_identifier()
        } else {
            None
        };
        if let Ok(found) = domain_constraint(c) {
            DomainAction::AddCheck { name: named, not_valid: found }
        } else {
            return c.fail("a constraint");
        }
    } else if c.eat("validate constraint") {
        DomainAction::Validate(c.identifier()?)
    } else if c.eat("set not null") {
        DomainAction::SetNotNull
    } else if c.eat("drop not null") {
        DomainAction::DropNotNull
    } else if c.eat("drop constraint") {
        c.eat("if exists");
        DomainAction::DropConstraint(c.identifier()?)
    } else if c.eat("rename to") {
        DomainAction::RenameTo(c.identifier()?)
    } else if c.eat("set schema") {
        DomainAction::SetSchema(c.identifier()?)
    } else {
        DomainAction::Other
    };
    Ok(Statement::AlterDomain { name, action })
}

/// Whether the constraint of a domain is NOT VALID.
fn domain_constraint(c: &mut Cursor<'_>) -> Read<bool> {
    if c.eat("not null") {
        return Ok(false);
    }
    if c.at("constraint") {
        let mark = c.mark();
        c.bump();
        c.identifier()?;
        if c.at("not null") {
            return Ok(false);
        }
        c.reset(mark);
    }
    Ok(constraint(c)?.not_valid)
}

fn alter_type(c: &mut Cursor<'_>) -> Read<Statement> {
    let name = c.name()?;
    let action = if c.eat("add value") {
        TypeAction::AddValue
    } else if c.eat("rename value") {
        TypeAction::RenameValue
    } else if c.eat("rename to") {
        TypeAction::RenameTo(c.identifier()?)
    } else if c.eat("set schema") {
        TypeAction::SetSchema(c.identifier()?)
    } else if c.at("add attribute") || c.at("drop attribute") || c.at("alter attribute") || c.at("rename attribute") {
        let retypes = c
            .rest()
            .windows(2)
            .any(|w| matches!(w, [a, b] if a.is_word(c.source, "alter") && b.is_word(c.source, "attribute")));
        TypeAction::Attribute { retypes }
    } else {
        TypeAction::Other
    };
    Ok(Statement::AlterType { name, action })
}

fn drop_statement(c: &mut Cursor<'_>) -> Read<Statement> {
    let words = first_words(c, 2);
    c.bump();
    if c.eat("owned") {
        return Ok(Statement::Owned { drops: true });
    }
    let kinds = [
        ("table", ObjectKind::Table),
        ("index", ObjectKind::Index),
        ("materialized view", ObjectKind::MaterializedView),
        ("view", ObjectKind::View),
        ("sequence", ObjectKind::Sequence),
        ("foreign table", ObjectKind::ForeignTable),
        ("schema", ObjectKind::Schema),
        ("type", ObjectKind::Type),
        ("domain", ObjectKind::Domain),
        ("function", ObjectKind::Function),
        ("procedure", ObjectKind::Function),
        ("routine", ObjectKind::Function),
        ("aggregate", ObjectKind::Function),
        ("trigger", ObjectKind::Trigger),
        ("rule", ObjectKind::Rule),
        ("policy", ObjectKind::Policy),
        ("statistics", ObjectKind::Statistics),
        ("publication", ObjectKind::Publication),
        ("extension", ObjectKind::Extension),
    ];
    for (text, kind) in kinds {
        if !c.eat(text) {
            continue;
        }
        let concurrently = c.eat("concurrently");
        let if_exists = c.eat("if exists");
        let mut names = Vec::new();
        loop {
            names.push(c.name()?);
            c.skip_group();
            if !c.eat_punct(b',') {
                break;
            }
        }
        let on = if c.eat("on") { Some(c.name()?) } else { None };
        let cascade = c.eat("cascade");
        c.eat("restrict");
        if !c.done() && kind != ObjectKind::Function {
            return c.fail("the end of DROP");
        }
        return Ok(Statement::Drop(Drop { kind, names, if_exists, cascade, concurrently, on, clauses: Vec::new() }));
    }
    let inert = [
        "role",
        "user",
        "group",
        "database",
        "tablespace",
        "language",
        "procedural",
        "cast",
        "operator",
        "collation",
        "conversion",
        "text",
        "server",
        "foreign",
        "event",
        "access",
        "transform",
        "subscription",
    ];
    if c.at_any(&inert) {
        return Ok(Statement::Inert(words));
    }
    c.fail("what to drop")
}
