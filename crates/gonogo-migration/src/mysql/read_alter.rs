//! ALTER TABLE.

use super::read_table::{Element, at_key, column, column_after_name, element, table_option, word_or_text};
use crate::dialect::Dialect;
use crate::model::alter::AlterAction;
use crate::model::statement::{AlterTable, MysqlIndexKind, ObjectKind, Statement};
use crate::model::table::Position;
use crate::sql::cursor::{Cursor, Read};

/// ALTER TABLE, after those words.
pub(super) fn alter_table(c: &mut Cursor<'_>, dialect: Dialect) -> Read<Statement> {
    let if_exists = c.eat("if exists");
    let name = c.name()?;
    if c.eat("wait") {
        c.bump();
    }
    c.eat("nowait");
    let mut actions = Vec::new();
    while !c.done() {
        action(c, dialect, &mut actions)?;
        let comma = c.eat_punct(b',');
        // table options need no comma between them, and PARTITION BY none before it
        let free = matches!(
            actions.last(),
            Some(
                AlterAction::Option { .. }
                    | AlterAction::Algorithm(_)
                    | AlterAction::Lock(_)
                    | AlterAction::ConvertCharset { .. }
                    | AlterAction::OrderBy
                    | AlterAction::Hint(_)
                    | AlterAction::Partitions(_)
            )
        ) || c.at("partition by")
            || c.at("remove partitioning");
        if !comma && !c.done() && !free {
            return c.fail("a comma");
        }
    }
    if actions.is_empty() {
        actions.push(AlterAction::Hint("nothing".to_owned()));
    }
    Ok(Statement::Alter(Box::new(AlterTable { kind: ObjectKind::Table, name, only: false, if_exists, actions })))
}

/// ALGORITHM and LOCK, which also follow CREATE and DROP INDEX.
pub(super) fn clause(c: &mut Cursor<'_>) -> Option<AlterAction> {
    if c.eat("algorithm") {
        c.eat_operator("=");
        return Some(AlterAction::Algorithm(word_or_text(c).to_uppercase()));
    }
    if c.eat("lock") {
        c.eat_operator("=");
        return Some(AlterAction::Lock(word_or_text(c).to_uppercase()));
    }
    None
}

fn action(c: &mut Cursor<'_>, dialect: Dialect, out: &mut Vec<AlterAction>) -> Read<()> {
    if let Some(found) = clause(c) {
        out.push(found);
        return Ok(());
    }
    if c.at("add") {
        return add(c, out);
    }
    if c.eat("drop") {
        out.push(drop_action(c)?);
        return Ok(());
    }
    let found = if c.eat("modify") {
        c.eat("column");
        c.eat("if exists");
        let definition = column(c)?;
        AlterAction::Modify { old: definition.name.clone(), column: Box::new(definition) }
    } else if c.eat("change") {
        c.eat("column");
        c.eat("if exists");
        let old = c.identifier()?;
        let definition = column(c)?;
        AlterAction::Modify { old, column: Box::new(definition) }
    } else if c.eat("alter") {
        alter_part(c)?
    } else if c.eat("rename") {
        if c.eat("column") {
            c.eat("if exists");
            let from = c.identifier()?;
            c.need("to")?;
            AlterAction::RenameColumn { from, to: c.identifier()? }
        } else if c.eat("index") || c.eat("key") {
            c.eat("if exists");
            let from = c.identifier()?;
            c.need("to")?;
            AlterAction::RenameIndex { from, to: c.identifier()? }
        } else {
            if !c.eat("to") {
                c.eat("as");
            }
            c.eat_operator("=");
            AlterAction::RenameTo(c.name()?)
        }
    } else if c.eat("convert to") {
        if !c.eat("character set") {
            c.need("charset")?;
        }
        let charset = word_or_text(c);
        let collation = if c.eat("collate") { Some(word_or_text(c)) } else { None };
        AlterAction::ConvertCharset { charset, collation }
    } else if c.eat("convert") {
        partition_tail(c, "convert")
    } else if c.eat("force") {
        AlterAction::Force
    } else if c.eat("order by") {
        loop {
            c.skip_item();
            if !c.eat_punct(b',') {
                break;
            }
        }
        AlterAction::OrderBy
    } else if c.at("enable keys") || c.at("disable keys") {
        c.bump();
        c.bump();
        AlterAction::Keys
    } else if c.eat("discard tablespace") || c.eat("import tablespace") {
        AlterAction::Tablespace
    } else if c.eat("with validation") || c.eat("without validation") {
        AlterAction::Hint("validation".to_owned())
    } else if c.eat("partition by") {
        partition_tail(c, "partition by")
    } else if c.eat("remove partitioning") {
        AlterAction::Partitions("remove".to_owned())
    } else if c.at_any(&[
        "truncate",
        "coalesce",
        "reorganize",
        "exchange",
        "analyze",
        "check",
        "optimize",
        "rebuild",
        "repair",
        "discard",
        "import",
    ]) {
        let verb = c.word();
        partition_tail(c, &verb)
    } else if let Some((name, value)) = table_option(c) {
        AlterAction::Option { name, value }
    } else {
        let _ = dialect;
        return c.fail("an action of ALTER TABLE");
    };
    out.push(found);
    Ok(())
}

fn partition_tail(c: &mut Cursor<'_>, verb: &str) -> AlterAction {
    c.reset(usize::MAX);
    AlterAction::Partitions(verb.to_owned())
}

fn add(c: &mut Cursor<'_>, out: &mut Vec<AlterAction>) -> Read<()> {
    c.need("add")?;
    if c.eat("partition") {
        out.push(partition_tail(c, "add"));
        return Ok(());
    }
    if c.eat("system versioning") {
        out.push(AlterAction::Versioning("add system versioning".to_owned()));
        return Ok(());
    }
    if c.eat("period for") {
        c.skip_item();
        out.push(AlterAction::Versioning("add period".to_owned()));
        return Ok(());
    }
    if at_key(c) {
        out.push(match element(c)? {
            Element::Key(key) => AlterAction::AddIndex(Box::new(key)),
            Element::Constraint(constraint) => AlterAction::AddConstraint(Box::new(constraint)),
        });
        return Ok(());
    }
    c.eat("column");
    let if_not_exists = c.eat("if not exists");
    if c.eat_punct(b'(') {
        loop {
            if at_key(c) {
                out.push(match element(c)? {
                    Element::Key(key) => AlterAction::AddIndex(Box::new(key)),
                    Element::Constraint(constraint) => AlterAction::AddConstraint(Box::new(constraint)),
                });
            } else {
                out.push(AlterAction::AddColumn { column: Box::new(column(c)?), if_not_exists });
            }
            if !c.eat_punct(b',') {
                break;
            }
        }
        return c.need_punct(b')');
    }
    let name = c.identifier()?;
    let mut definition = column_after_name(c, name)?;
    if c.eat("first") {
        definition.position = Some(Position::First);
    }
    out.push(AlterAction::AddColumn { column: Box::new(definition), if_not_exists });
    Ok(())
}

fn drop_action(c: &mut Cursor<'_>) -> Read<AlterAction> {
    if c.eat("primary key") {
        return Ok(AlterAction::DropPrimaryKey);
    }
    if c.eat("partition") {
        return Ok(partition_tail(c, "drop"));
    }
    if c.eat("system versioning") {
        return Ok(AlterAction::Versioning("drop system versioning".to_owned()));
    }
    if c.eat("index") || c.eat("key") {
        c.eat("if exists");
        return Ok(AlterAction::DropIndex(c.identifier()?));
    }
    if c.eat("foreign key") {
        c.eat("if exists");
        return Ok(AlterAction::DropForeignKey(c.identifier()?));
    }
    if c.eat("constraint") || c.eat("check") {
        let if_exists = c.eat("if exists");
        return Ok(AlterAction::DropConstraint { name: c.identifier()?, if_exists, cascade: false });
    }
    c.eat("column");
    let if_exists = c.eat("if exists");
    let name = c.identifier()?;
    c.eat("cascade");
    c.eat("restrict");
    Ok(AlterAction::DropColumn { name, if_exists, cascade: false })
}

fn alter_part(c: &mut Cursor<'_>) -> Read<AlterAction> {
    if c.at("index") || c.at("key") {
        c.bump();
        c.eat("if exists");
        let name = c.identifier()?;
        c.eat("not");
        c.bump();
        return Ok(AlterAction::IndexVisibility(name));
    }
    if c.eat("check") || c.eat("constraint") {
        let name = c.identifier()?;
        let enforced = !c.eat("not");
        c.need("enforced")?;
        return Ok(AlterAction::AlterConstraint { name, enforced: Some(enforced) });
    }
    c.eat("column");
    c.eat("if exists");
    let name = c.identifier()?;
    if c.eat("set default") {
        let default = if c.at_punct(b'(') { c.group()? } else { c.expression_until(&[]) };
        return Ok(AlterAction::SetDefault { name, default: Some(default) });
    }
    if c.eat("drop default") {
        return Ok(AlterAction::SetDefault { name, default: None });
    }
    if c.eat("set visible") || c.eat("set invisible") {
        return Ok(AlterAction::ColumnVisibility(name));
    }
    c.fail("SET or DROP DEFAULT")
}

/// Whether a word names a kind of index, for CREATE INDEX.
pub(super) fn index_kind(c: &mut Cursor<'_>) -> MysqlIndexKind {
    if c.eat("unique") {
        MysqlIndexKind::Unique
    } else if c.eat("fulltext") {
        MysqlIndexKind::Fulltext
    } else if c.eat("spatial") {
        MysqlIndexKind::Spatial
    } else {
        MysqlIndexKind::Plain
    }
}
