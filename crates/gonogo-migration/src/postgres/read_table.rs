//! CREATE TABLE: columns, constraints, partition bounds.

use super::types::read_type;
use crate::model::alter::PartitionBound;
use crate::model::expression::Expression;
use crate::model::name::Name;
use crate::model::query::Query;
use crate::model::statement::{CreateTable, PartitionKey, Persistence, Statement};
use crate::model::table::{ColumnDefinition, Constraint, ConstraintKind, Generated, IndexPart, OnChange};
use crate::sql::cursor::{Cursor, Read};
use crate::sql::lex::Kind;

/// Words that may follow a DEFAULT's expression.
pub(super) const AFTER_EXPRESSION: &[&str] = &[
    "constraint",
    "not",
    "null",
    "check",
    "unique",
    "primary",
    "references",
    "generated",
    "collate",
    "deferrable",
    "initially",
    "default",
    "storage",
    "compression",
    "using",
];

/// A column definition, from its name on.
pub(super) fn column(c: &mut Cursor<'_>) -> Read<ColumnDefinition> {
    let name = c.identifier()?;
    let (data_type, serial) = read_type(c)?;
    let mut column = ColumnDefinition::plain(name, data_type);
    column.serial = serial;
    if serial {
        column.identity = true;
        column.not_null = Some(true);
    }
    column_constraints(c, &mut column)?;
    Ok(column)
}

fn column_constraints(c: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Read<()> {
    loop {
        let name = if c.eat("constraint") { Some(c.identifier()?) } else { None };
        let kind = if c.eat("not null") {
            c.eat("no inherit");
            column.not_null = Some(true);
            continue;
        } else if c.eat("null") {
            column.not_null = Some(false);
            continue;
        } else if c.eat("default") {
            column.default = Some(c.expression_until(AFTER_EXPRESSION));
            continue;
        } else if c.eat("check") {
            let expression = c.group()?;
            ConstraintKind::Check { expression, no_inherit: c.eat("no inherit") }
        } else if c.eat("primary key") {
            column.not_null = Some(true);
            index_parameters(c);
            ConstraintKind::PrimaryKey { columns: vec![column.name.clone()], using_index: None }
        } else if c.eat("unique") {
            index_parameters(c);
            ConstraintKind::Unique { columns: vec![column.name.clone()], using_index: None }
        } else if c.eat("references") {
            references(c, vec![column.name.clone()])?
        } else if c.eat("generated") {
            if !c.eat("always") {
                c.need("by default")?;
            }
            c.need("as")?;
            if c.eat("identity") {
                column.identity = true;
                column.not_null = Some(true);
                c.skip_group();
            } else {
                let expression = c.group()?;
                let how = if c.eat("stored") {
                    Generated::Stored
                } else {
                    c.eat("virtual");
                    Generated::Virtual
                };
                column.generated = Some((expression, how));
            }
            continue;
        } else if c.eat("collate") {
            column.data_type.collation = Some(c.name()?.name);
            continue;
        } else if c.eat("storage") || c.eat("compression") {
            c.bump();
            continue;
        } else if c.eat("options") {
            c.skip_group();
            continue;
        } else if c.eat("with options") {
            continue;
        } else {
            return if name.is_some() { c.fail("a constraint") } else { Ok(()) };
        };
        let mut constraint = Constraint { name, kind, not_valid: false, not_enforced: false };
        constraint_attributes(c, &mut constraint);
        column.constraints.push(constraint);
    }
}

/// `INCLUDE (..)`, `WITH (..)`, `USING INDEX TABLESPACE x`, `NULLS [NOT] DISTINCT`.
fn index_parameters(c: &mut Cursor<'_>) {
    loop {
        if c.eat("nulls") {
            c.eat("not");
            c.eat("distinct");
        } else if c.eat("include") || c.eat("with") {
            c.skip_group();
        } else if c.eat("using index tablespace") {
            c.bump();
        } else {
            return;
        }
    }
}

fn constraint_attributes(c: &mut Cursor<'_>, constraint: &mut Constraint) {
    loop {
        if c.eat("not valid") {
            constraint.not_valid = true;
        } else if c.eat("not enforced") {
            constraint.not_enforced = true;
        } else if c.eat("no inherit") {
            if let ConstraintKind::Check { no_inherit, .. } | ConstraintKind::NotNull { no_inherit, .. } =
                &mut constraint.kind
            {
                *no_inherit = true;
            }
        } else if c.eat("not deferrable") || c.eat("deferrable") || c.eat("enforced") {
        } else if c.eat("initially") {
            c.bump();
        } else {
            return;
        }
    }
}

/// What follows REFERENCES.
fn references(c: &mut Cursor<'_>, columns: Vec<String>) -> Read<ConstraintKind> {
    let table = c.name()?;
    let referenced = if c.at_punct(b'(') { c.column_list()? } else { Vec::new() };
    let (mut on_delete, mut on_update) = (OnChange::Refuse, OnChange::Refuse);
    loop {
        if c.eat("match") {
            c.bump();
        } else if c.eat("on delete") {
            on_delete = on_change(c);
        } else if c.eat("on update") {
            on_update = on_change(c);
        } else {
            return Ok(ConstraintKind::ForeignKey { columns, table, referenced, on_delete, on_update });
        }
    }
}

fn on_change(c: &mut Cursor<'_>) -> OnChange {
    if c.eat("cascade") {
        OnChange::Cascade
    } else if c.eat("set null") || c.eat("set default") {
        c.skip_group();
        OnChange::Set
    } else {
        if !c.eat("no action") {
            c.eat("restrict");
        }
        OnChange::Refuse
    }
}

/// Whether a table constraint comes next.
pub(super) fn at_constraint(c: &Cursor<'_>) -> bool {
    c.at("constraint")
        || c.at("primary key")
        || c.at("foreign key")
        || (c.at_any(&["unique", "check", "exclude"])
            && !c.token(1).is_some_and(|t| t.kind == Kind::Word && !unique_follows(c)))
        || c.at("not null")
}

fn unique_follows(c: &Cursor<'_>) -> bool {
    c.at("unique using") || c.at("unique nulls") || c.at("exclude using")
}

/// A table constraint.
pub(super) fn constraint(c: &mut Cursor<'_>) -> Read<Constraint> {
    let name = if c.eat("constraint") { Some(c.identifier()?) } else { None };
    let kind = if c.eat("check") {
        let expression = c.group()?;
        ConstraintKind::Check { expression, no_inherit: false }
    } else if c.eat("not null") {
        ConstraintKind::NotNull { column: c.identifier()?, no_inherit: false }
    } else if c.eat("foreign key") {
        let columns = c.column_list()?;
        c.need("references")?;
        references(c, columns)?
    } else if c.eat("exclude") {
        if c.eat("using") {
            c.identifier()?;
        }
        let parts = index_parts(c)?;
        index_parameters(c);
        if c.eat("where") {
            c.skip_group();
        }
        ConstraintKind::Exclude { parts }
    } else {
        let primary = c.eat("primary key");
        if !primary {
            c.need("unique")?;
        }
        if c.eat("nulls") {
            c.eat("not");
            c.need("distinct")?;
        }
        let (columns, using_index) = if c.eat("using index") {
            (Vec::new(), Some(c.identifier()?))
        } else {
            let columns = c.column_list()?;
            index_parameters(c);
            (columns, None)
        };
        if primary {
            ConstraintKind::PrimaryKey { columns, using_index }
        } else {
            ConstraintKind::Unique { columns, using_index }
        }
    };
    let mut constraint = Constraint { name, kind, not_valid: false, not_enforced: false };
    constraint_attributes(c, &mut constraint);
    Ok(constraint)
}

/// The bracketed list of what an index (or a partition key) is over.
pub(super) fn index_parts(c: &mut Cursor<'_>) -> Read<Vec<IndexPart>> {
    c.need_punct(b'(')?;
    let mut parts = Vec::new();
    loop {
        let mark = c.mark();
        let plain = c.try_identifier().filter(|_| !c.at_punct(b'(') && !c.at_punct(b'.'));
        match plain {
            Some(name) => {
                parts.push(IndexPart::Column(name));
                c.skip_item();
            }
            None => {
                c.reset(mark);
                if c.done() || c.at_punct(b')') {
                    return c.fail("a column or an expression");
                }
                parts.push(IndexPart::Expression(c.expression_until(&["with"])));
                c.skip_item();
            }
        }
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')?;
    Ok(parts)
}

/// FOR VALUES .. or DEFAULT.
pub(super) fn bound(c: &mut Cursor<'_>) -> Read<PartitionBound> {
    if c.eat("default") {
        return Ok(PartitionBound::Default);
    }
    c.need("for values")?;
    if c.eat("in") {
        return Ok(PartitionBound::List(expressions(c)?));
    }
    if c.eat("with") {
        c.skip_group();
        return Ok(PartitionBound::Hash);
    }
    c.need("from")?;
    let from = expressions(c)?;
    c.need("to")?;
    let to = expressions(c)?;
    Ok(PartitionBound::Range { from, to })
}

fn expressions(c: &mut Cursor<'_>) -> Read<Vec<Expression>> {
    c.need_punct(b'(')?;
    let mut out = Vec::new();
    loop {
        out.push(c.expression_until(&[]));
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')?;
    Ok(out)
}

/// CREATE TABLE, after CREATE.
pub(super) fn create_table(c: &mut Cursor<'_>) -> Read<Statement> {
    let mut persistence = Persistence::Permanent;
    c.eat("global");
    c.eat("local");
    if c.eat("temporary") || c.eat("temp") {
        persistence = Persistence::Temporary;
    } else if c.eat("unlogged") {
        persistence = Persistence::Unlogged;
    }
    let foreign = c.eat("foreign");
    c.need("table")?;
    let if_not_exists = c.eat("if not exists");
    let name = c.name()?;
    let mut table = CreateTable {
        name,
        if_not_exists,
        persistence,
        foreign,
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
    if c.eat("of") {
        read_type(c)?;
        c.skip_group();
    } else if c.eat("partition of") {
        let parent = c.name()?;
        if c.at_punct(b'(') {
            partition_elements(c, &mut table)?;
        }
        table.partition_of = Some((parent, bound(c)?));
    } else if c.at_punct(b'(') {
        let mark = c.mark();
        if elements(c, &mut table).is_err() {
            // CREATE TABLE x (a, b) AS ..: names without types
            let wrong = elements_error(c, mark, &mut table);
            if !c.at("as") && !c.at("with") && !c.at("on commit") && !c.at("using") && !c.at("tablespace") {
                return wrong;
            }
        }
    }
    loop {
        if c.eat("inherits") {
            c.need_punct(b'(')?;
            if !c.at_punct(b')') {
                table.inherits = c.names()?;
            }
            c.need_punct(b')')?;
        } else if c.eat("partition by") {
            let strategy = c.identifier()?;
            table.partition_by = Some(PartitionKey { strategy, parts: index_parts(c)? });
        } else if c.eat("using") || c.eat("tablespace") || c.eat("server") {
            c.identifier()?;
        } else if c.eat("without oids") {
        } else if c.eat("with") || c.eat("options") {
            c.skip_group();
        } else if c.eat("on commit") {
            c.bump();
            if !c.eat("rows") {
                c.bump();
            }
        } else if c.eat("as") {
            let from = c.mark();
            let mut to = from + c.rest().len();
            let tail = c.slice(from, to);
            let said = |n: usize, w: &str| {
                tail.len().checked_sub(n).and_then(|i| tail.get(i)).is_some_and(|t| t.is_word(c.source, w))
            };
            let no_data = said(3, "with") && said(2, "no") && said(1, "data");
            if no_data {
                to -= 3;
            } else if said(2, "with") && said(1, "data") {
                to -= 2;
            }
            table.query = Some((Query::read(&c.expression_of(from, to)), !no_data));
            c.reset(usize::MAX);
        } else {
            break;
        }
    }
    Ok(Statement::CreateTable(Box::new(table)))
}

fn elements_error(c: &mut Cursor<'_>, mark: usize, table: &mut CreateTable) -> Read<Statement> {
    let wrong = c.fail("a column definition");
    table.columns.clear();
    table.constraints.clear();
    c.reset(mark);
    c.skip_group();
    wrong
}

fn elements(c: &mut Cursor<'_>, table: &mut CreateTable) -> Read<()> {
    c.need_punct(b'(')?;
    if c.eat_punct(b')') {
        return Ok(());
    }
    loop {
        if c.eat("like") {
            let source: Name = c.name()?;
            let mut indexes = false;
            loop {
                if c.eat("including") {
                    indexes |= c.at("all") || c.at("indexes");
                    c.bump();
                } else if c.eat("excluding") {
                    if c.at("indexes") || c.at("all") {
                        indexes = false;
                    }
                    c.bump();
                } else {
                    break;
                }
            }
            table.like.push((source, indexes));
        } else if at_constraint(c) {
            table.constraints.push(constraint(c)?);
        } else {
            table.columns.push(column(c)?);
        }
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')
}

/// The elements of PARTITION OF: columns without a type, and constraints.
fn partition_elements(c: &mut Cursor<'_>, table: &mut CreateTable) -> Read<()> {
    c.need_punct(b'(')?;
    loop {
        if at_constraint(c) {
            table.constraints.push(constraint(c)?);
        } else {
            c.skip_item();
        }
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')
}
