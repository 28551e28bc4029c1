//! ALTER TABLE and the ALTER of other relations.

use super::read_table::{bound, column, constraint};
use super::types::read_type;
use crate::model::alter::{AlterAction, Which};
use crate::model::name::Name;
use crate::model::statement::{AlterTable, ObjectKind, Statement};
use crate::sql::cursor::{Cursor, Read};

/// ALTER of a relation, after the words that say which kind.
pub(super) fn alter_relation(c: &mut Cursor<'_>, kind: ObjectKind) -> Read<Statement> {
    if c.eat("all in tablespace") {
        return Ok(Statement::AlterAllInTablespace);
    }
    let if_exists = c.eat("if exists");
    let only = c.eat("only");
    let name = c.name()?;
    c.eat_operator("*");
    let mut actions = Vec::new();
    if kind == ObjectKind::Sequence {
        actions.push(sequence_action(c)?);
    } else {
        loop {
            actions.push(action(c, kind, &name)?);
            if !c.eat_punct(b',') {
                break;
            }
        }
    }
    if !c.done() {
        return c.fail("a comma or the end");
    }
    Ok(Statement::Alter(Box::new(AlterTable { kind, name, only, if_exists, actions })))
}

fn sequence_action(c: &mut Cursor<'_>) -> Read<AlterAction> {
    if c.eat("rename to") {
        return Ok(AlterAction::RenameTo(c.name()?));
    }
    if c.eat("set schema") {
        return Ok(AlterAction::SetSchema(c.identifier()?));
    }
    if c.eat("owner to") {
        c.bump();
        return Ok(AlterAction::Owner);
    }
    if c.eat("set logged") || c.at("set unlogged") {
        c.eat("set unlogged");
        return Ok(AlterAction::SetLogged(true));
    }
    let mut owned_by = None;
    while !c.done() {
        if c.eat("owned by") {
            owned_by = super::read::owner(c)?;
        } else {
            c.bump();
        }
    }
    Ok(AlterAction::SequenceOptions { owned_by })
}

fn parameters(c: &mut Cursor<'_>) -> Read<AlterAction> {
    c.need_punct(b'(')?;
    let mut names = Vec::new();
    loop {
        let mut name = c.identifier()?;
        if c.eat_punct(b'.') {
            name = format!("{name}.{}", c.identifier()?);
        }
        names.push(name);
        c.skip_item();
        if !c.eat_punct(b',') {
            break;
        }
    }
    c.need_punct(b')')?;
    Ok(AlterAction::SetParameters(names))
}

fn cascade(c: &mut Cursor<'_>) -> bool {
    let yes = c.eat("cascade");
    c.eat("restrict");
    yes
}

fn which(c: &mut Cursor<'_>) -> Read<Which> {
    if c.eat("all") || c.eat("user") { Ok(Which::All) } else { Ok(Which::One(c.identifier()?)) }
}

fn action(c: &mut Cursor<'_>, kind: ObjectKind, table: &Name) -> Read<AlterAction> {
    if c.eat("add") {
        return add(c);
    }
    if c.eat("drop") {
        return drop_action(c);
    }
    if c.eat("alter constraint") {
        let name = c.identifier()?;
        let mut enforced = None;
        while !c.done() && !c.at_punct(b',') {
            if c.eat("not enforced") {
                enforced = Some(false);
            } else if c.eat("enforced") {
                enforced = Some(true);
            } else {
                c.bump();
            }
        }
        return Ok(AlterAction::AlterConstraint { name, enforced });
    }
    if c.eat("alter") {
        return alter_column(c);
    }
    if c.eat("rename constraint") {
        let from = c.identifier()?;
        c.need("to")?;
        return Ok(AlterAction::RenameConstraint { from, to: c.identifier()? });
    }
    if c.eat("rename to") {
        return Ok(AlterAction::RenameTo(Name { schema: table.schema.clone(), name: c.identifier()? }));
    }
    if c.eat("rename") {
        c.eat("column");
        c.eat("attribute");
        let from = c.identifier()?;
        c.need("to")?;
        return Ok(AlterAction::RenameColumn { from, to: c.identifier()? });
    }
    if c.eat("validate constraint") {
        return Ok(AlterAction::ValidateConstraint(c.identifier()?));
    }
    if c.eat("owner to") {
        c.bump();
        return Ok(AlterAction::Owner);
    }
    if c.eat("cluster on") {
        return Ok(AlterAction::ClusterOn(Some(c.identifier()?)));
    }
    if c.eat("inherit") {
        return Ok(AlterAction::Inherit { parent: c.name()?, adds: true });
    }
    if c.eat("no inherit") {
        return Ok(AlterAction::Inherit { parent: c.name()?, adds: false });
    }
    if c.eat("attach partition") {
        let partition = c.name()?;
        let bound = if kind == ObjectKind::Index { None } else { Some(bound(c)?) };
        return Ok(AlterAction::AttachPartition { partition, bound });
    }
    if c.eat("detach partition") {
        let partition = c.name()?;
        let concurrently = c.eat("concurrently");
        let finalize = c.eat("finalize");
        return Ok(AlterAction::DetachPartition { partition, concurrently, finalize });
    }
    if c.eat("replica identity") {
        if c.eat("using index") {
            return Ok(AlterAction::ReplicaIdentity(Some(c.identifier()?)));
        }
        c.bump();
        return Ok(AlterAction::ReplicaIdentity(None));
    }
    if c.eat("force row level security") || c.eat("no force row level security") {
        return Ok(AlterAction::RowSecurity);
    }
    if c.at("enable") || c.at("disable") {
        let enable = c.eat("enable");
        c.eat("disable");
        c.eat("always");
        c.eat("replica");
        if c.eat("trigger") {
            return Ok(AlterAction::Trigger { which: which(c)?, enable });
        }
        if c.eat("rule") {
            c.identifier()?;
            return Ok(AlterAction::Rule);
        }
        c.need("row level security")?;
        return Ok(AlterAction::RowSecurity);
    }
    if c.eat("of") {
        c.name()?;
        return Ok(AlterAction::OfType);
    }
    if c.eat("not of") {
        return Ok(AlterAction::OfType);
    }
    if c.eat("no depends on extension") || c.eat("depends on extension") {
        c.identifier()?;
        return Ok(AlterAction::DependsOnExtension);
    }
    if c.eat("reset") {
        return parameters(c);
    }
    if c.eat("options") {
        c.skip_group();
        return Ok(AlterAction::Hint("options".to_owned()));
    }
    if c.eat("set") {
        if c.at_punct(b'(') {
            return parameters(c);
        }
        if c.eat("schema") {
            return Ok(AlterAction::SetSchema(c.identifier()?));
        }
        if c.eat("tablespace") {
            let space = c.identifier()?;
            c.eat("nowait");
            return Ok(AlterAction::SetTablespace(space));
        }
        if c.eat("access method") {
            return Ok(AlterAction::SetAccessMethod(c.identifier()?));
        }
        if c.eat("logged") {
            return Ok(AlterAction::SetLogged(true));
        }
        if c.eat("unlogged") {
            return Ok(AlterAction::SetLogged(false));
        }
        if c.eat("without cluster") {
            return Ok(AlterAction::ClusterOn(None));
        }
        if c.eat("without oids") {
            return Ok(AlterAction::Hint("without oids".to_owned()));
        }
    }
    c.fail("an action of ALTER TABLE")
}

fn add(c: &mut Cursor<'_>) -> Read<AlterAction> {
    let starts_constraint = super::read_table::at_constraint(c);
    if starts_constraint && !c.at("column") {
        return Ok(AlterAction::AddConstraint(Box::new(constraint(c)?)));
    }
    c.eat("column");
    let if_not_exists = c.eat("if not exists");
    Ok(AlterAction::AddColumn { column: Box::new(column(c)?), if_not_exists })
}

fn drop_action(c: &mut Cursor<'_>) -> Read<AlterAction> {
    if c.eat("constraint") {
        let if_exists = c.eat("if exists");
        let name = c.identifier()?;
        return Ok(AlterAction::DropConstraint { name, if_exists, cascade: cascade(c) });
    }
    c.eat("column");
    let if_exists = c.eat("if exists");
    let name = c.identifier()?;
    Ok(AlterAction::DropColumn { name, if_exists, cascade: cascade(c) })
}

fn alter_column(c: &mut Cursor<'_>) -> Read<AlterAction> {
    c.eat("column");
    let name = c.identifier().or_else(|e| if c.bump().is_some() { Ok(String::new()) } else { Err(e) })?;
    if c.eat("set data type") || c.eat("type") {
        let (mut data_type, _) = read_type(c)?;
        if c.eat("collate") {
            data_type.collation = Some(c.name()?.name);
        }
        let using = if c.eat("using") { Some(c.expression_until(&[])) } else { None };
        return Ok(AlterAction::AlterType { name, data_type, using });
    }
    if c.eat("set default") {
        return Ok(AlterAction::SetDefault { name, default: Some(c.expression_until(&[])) });
    }
    if c.eat("drop default") {
        return Ok(AlterAction::SetDefault { name, default: None });
    }
    if c.eat("set not null") {
        return Ok(AlterAction::SetNotNull(name));
    }
    if c.eat("drop not null") {
        return Ok(AlterAction::DropNotNull(name));
    }
    if c.eat("set expression as") {
        let expression = c.group()?;
        return Ok(AlterAction::SetExpression { name, expression });
    }
    if c.eat("drop expression") {
        c.eat("if exists");
        return Ok(AlterAction::DropExpression(name));
    }
    if c.eat("set statistics") {
        c.skip_item();
        return Ok(AlterAction::ColumnStatistics(name));
    }
    if c.eat("set storage") || c.eat("set compression") {
        c.bump();
        return Ok(AlterAction::ColumnStorage(name));
    }
    if c.eat("add generated") {
        c.skip_item();
        return Ok(AlterAction::Identity { name, adds: Some(true) });
    }
    if c.eat("drop identity") {
        c.eat("if exists");
        return Ok(AlterAction::Identity { name, adds: Some(false) });
    }
    if c.eat("options") {
        c.skip_group();
        return Ok(AlterAction::Hint("options".to_owned()));
    }
    if c.at("set") || c.at("reset") {
        let mark = c.mark();
        c.bump();
        if c.at_punct(b'(') {
            return parameters(c);
        }
        c.reset(mark);
    }
    if c.at("set generated") || c.at("restart") || c.at("set") {
        c.skip_item();
        return Ok(AlterAction::Identity { name, adds: None });
    }
    c.fail("an action of ALTER COLUMN")
}
