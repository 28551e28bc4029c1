//! What one statement may break, by what it is.

use super::{Look, OF_THE_SERVER, named};
use crate::catalog::{Catalog, RelationKind};
use crate::effects::MayBreak;
use crate::model::alter::AlterAction;
use crate::model::name::Name;
use crate::model::statement::{
    AlterTable, Dml, DmlVerb, DomainAction, Drop, MysqlIndexKind, ObjectKind, Statement, TypeAction,
};
use crate::model::table::{Constraint, ConstraintKind};

/// One statement before it is played.
pub(super) struct See<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) sql: &'a str,
    pub(super) lower: String,
    pub(super) look: &'a mut Look,
}

impl See<'_> {
    fn takes(&mut self, object: impl Into<String>, why: impl Into<String>) {
        self.look.found.push(MayBreak { object: object.into(), why: why.into(), narrows: false });
    }

    fn narrows(&mut self, object: impl Into<String>, why: impl Into<String>) {
        self.look.found.push(MayBreak { object: object.into(), why: why.into(), narrows: true });
    }

    /// Whether the relation was there before the deploy, as far as can be told: in doubt it was.
    fn existed(&self, name: &Name) -> bool {
        match self.catalog.find(name) {
            Some(r) => r.existed && !r.temporary,
            None => !self.catalog.is_told(),
        }
    }

    /// The same of something that is no relation.
    fn object_existed(&self, kind: &str, name: &str) -> bool {
        match self.catalog.objects.get(&(kind.to_owned(), name.to_owned())) {
            Some(made) => !made,
            None => OF_THE_SERVER.contains(&kind) || !self.catalog.is_told(),
        }
    }

    fn says(&self, word: &str) -> bool {
        self.lower.contains(word)
    }

    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Alter(a) => self.alter(a),
            Statement::Drop(d) => self.drop(d),
            Statement::CreateIndex(i) if i.unique && self.existed(&i.table) => {
                let columns: Vec<&str> = i.parts.iter().filter_map(column_of).collect();
                if columns.len() < i.parts.len() || !self.all_new(&i.table, &columns) {
                    self.narrows(i.table.to_string(), "a new unique index refuses rows that running code could write");
                }
            }
            Statement::CreateTrigger { name, table, .. } if self.existed(table) => {
                self.narrows(
                    table.to_string(),
                    format!("the trigger {name} changes what happens when running code writes {table}"),
                );
            }
            Statement::CreateRule { name, table } if self.existed(table) => {
                self.takes(
                    table.to_string(),
                    format!("the rule {name} changes what statements of running code on {table} do"),
                );
            }
            Statement::Policy { name, table, .. } if self.existed(table) => {
                self.narrows(
                    table.to_string(),
                    format!("the policy {name} changes which rows of {table} running code sees and may write"),
                );
            }
            Statement::AlterDomain { name, action } if self.object_existed("domain", &name.name) => match action {
                DomainAction::AddCheck { .. } | DomainAction::SetNotNull => {
                    self.narrows(
                        name.to_string(),
                        format!("domain {name} refuses values that running code could write"),
                    );
                }
                DomainAction::RenameTo(_) | DomainAction::SetSchema(_) => {
                    self.takes(
                        name.to_string(),
                        format!("domain {name} gets another name, and running code knows the old one"),
                    );
                }
                DomainAction::Other if self.says("default") => {
                    self.narrows(name.to_string(), format!("the default of domain {name} changes under running code"));
                }
                _ => {}
            },
            Statement::AlterType { name, action } if self.object_existed("type", &name.name) => match action {
                TypeAction::RenameValue => self.takes(
                    name.to_string(),
                    format!("a value of {name} gets another name, and running code writes and reads the old one"),
                ),
                TypeAction::RenameTo(_) | TypeAction::SetSchema(_) => {
                    self.takes(
                        name.to_string(),
                        format!("type {name} gets another name, and running code knows the old one"),
                    );
                }
                TypeAction::Attribute { .. } => {
                    self.takes(name.to_string(), format!("the attributes of type {name} change under running code"));
                }
                _ => {}
            },
            Statement::CreateFunction { name, .. } if self.says("replace") && self.replaces("function", &name.name) => {
                self.narrows(name.to_string(), format!("function {name} is replaced, and running code may call it"));
            }
            Statement::CreateView { name, replace: true, .. }
                if self.catalog.find(name).is_some_and(|r| r.existed && !r.temporary)
                    || (self.catalog.find(name).is_none() && self.word(0) == "alter") =>
            {
                self.narrows(name.to_string(), format!("view {name} is replaced, and running code may read it"));
            }
            Statement::Publication { tables, drops: true, .. } => {
                let subject = tables.first().map_or_else(|| "publication".to_owned(), ToString::to_string);
                self.takes(subject, "tables leave a publication, and its subscribers no longer get their changes");
            }
            Statement::Grant { .. } if self.word(0) == "revoke" => self.revoke(),
            Statement::Dml(d) => self.dml(d),
            Statement::Inert(_) => self.inert(),
            _ => {}
        }
    }

    /// Whether CREATE OR REPLACE of that name replaces something that running code may know.
    fn replaces(&self, kind: &str, name: &str) -> bool {
        self.catalog.objects.get(&(kind.to_owned(), name.to_owned())).is_some_and(|made| !made)
    }

    fn word(&self, n: usize) -> &str {
        self.lower.split_whitespace().nth(n).unwrap_or("")
    }

    fn head(&self, n: usize) -> String {
        self.sql.split_whitespace().take(n).collect::<Vec<_>>().join(" ")
    }

    /// What a statement is about, in words: its kind and name, or else how it begins.
    fn called(&self, kind: &str, name: &str) -> String {
        if kind.is_empty() || name.is_empty() { self.head(3) } else { format!("{kind} {name}") }
    }

    fn revoke(&mut self) {
        let subject = self.head(5);
        self.takes(subject, "a right is taken away that running code may need");
    }

    /// Statements that hold up no table: by their first words.
    fn inert(&mut self) {
        let (kind, name) = named(&self.lower);
        let subject = if name.is_empty() { self.head(4) } else { name.clone() };
        let server = self.catalog.objects.get(&(kind.clone(), name.clone()));
        let made_here = server.is_some_and(|made| *made);
        match self.word(0) {
            "revoke" => self.revoke(),
            "drop" => {
                let guarded = self.says("if exists");
                let gone = guarded && !self.object_existed(&kind, &name);
                let harmless = matches!(self.word(1), "statistics" | "prepare" | "undo" | "logfile");
                if !made_here && !gone && !harmless {
                    self.takes(
                        subject,
                        format!("{} goes away, and running code may need it", self.called(&kind, &name)),
                    );
                }
            }
            "rename" => self.takes(subject, "a user gets another name, and running code may sign in by the old one"),
            "alter" if !made_here => {
                let what = self.word(1).to_owned();
                let renames = self.says(" rename ") || self.says(" set schema ");
                match what.as_str() {
                    "default" if self.says("revoke") => {
                        self.narrows(subject, "rights on tables to come are taken away")
                    }
                    "default" | "statistics" | "publication" | "tablespace" => {}
                    "role" | "user" | "group" => {
                        self.takes(subject, "what a role may do, or how it signs in, changes under running code");
                    }
                    _ if renames => self.takes(
                        subject,
                        format!(
                            "{} gets another name or schema, and running code knows the old one",
                            self.called(&kind, &name)
                        ),
                    ),
                    _ => self.narrows(
                        subject,
                        format!("{} changes, and running code may rely on how it was", self.called(&kind, &name)),
                    ),
                }
            }
            "create" if self.word(1) == "or" && self.replaces(&kind, &name) => {
                self.narrows(subject, format!("{kind} {name} is replaced, and running code may call it"));
            }
            "create" if self.word(1) == "event" && self.word(2) == "trigger" => {
                self.narrows(subject, "an event trigger may refuse or change what others do");
            }
            "set" if self.says(" global ") || self.says(" persist") || self.says("@@global") => {
                self.narrows(subject, "a setting of the whole server changes under running code");
            }
            _ => {}
        }
    }

    fn all_new(&self, table: &Name, columns: &[&str]) -> bool {
        let id = self.catalog.find_id(table);
        let empty = |c: &&str| {
            let before = id.and_then(|id| self.catalog.new_columns.get(&(id, (*c).to_owned())));
            before == Some(&false) || self.look.added.contains(&((*c).to_owned(), false))
        };
        !columns.is_empty() && columns.iter().all(empty) && !self.says("nulls not distinct")
    }

    fn constraint(&mut self, table: &Name, constraint: &Constraint) {
        if constraint.not_enforced {
            return;
        }
        let (kind, columns): (&str, &[String]) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns, using_index: None } => ("primary key", columns),
            ConstraintKind::Unique { columns, using_index: None } => ("unique constraint", columns),
            ConstraintKind::ForeignKey { columns, .. } => ("foreign key", columns),
            ConstraintKind::Check { .. } => ("check", &[]),
            ConstraintKind::Exclude { .. } => ("exclusion constraint", &[]),
            ConstraintKind::PrimaryKey { .. } => ("primary key", &[]),
            // the index has refused such rows already; NOT NULL has a rule of its own
            ConstraintKind::Unique { .. } => return,
            ConstraintKind::NotNull { .. } => ("not-null constraint", &[]),
        };
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        if kind != "primary key" && self.all_new(table, &columns) {
            return;
        }
        self.narrows(table.to_string(), format!("a new {kind} of {table} refuses rows that running code could write"));
    }

    fn alter(&mut self, a: &AlterTable) {
        if !self.existed(&a.name) {
            return;
        }
        let table = a.name.to_string();
        let relation = self.catalog.find(&a.name);
        for action in &a.actions {
            match action {
                AlterAction::AddConstraint(constraint) => self.constraint(&a.name, constraint),
                AlterAction::AddIndex(index)
                    if matches!(index.kind, MysqlIndexKind::Unique | MysqlIndexKind::Primary) =>
                {
                    let columns: Vec<&str> = index.parts.iter().filter_map(column_of).collect();
                    if !self.all_new(&a.name, &columns) {
                        self.narrows(
                            table.clone(),
                            format!("a new unique key of {table} refuses rows that running code could write"),
                        );
                    }
                }
                AlterAction::DropConstraint { name, .. } => {
                    let held = relation.and_then(|r| r.constraint(name)).map(|c| &c.kind);
                    let arbiter = match held {
                        Some(ConstraintKind::PrimaryKey { .. } | ConstraintKind::Unique { .. }) => true,
                        Some(_) => false,
                        None => !self.catalog.is_told() && !name.ends_with("_fkey") && !name.ends_with("_check"),
                    };
                    if arbiter {
                        self.narrows(table.clone(), format!("{table} loses the key {name}; upserts of running code (ON CONFLICT, ON DUPLICATE KEY) rely on it"));
                    }
                }
                AlterAction::DropPrimaryKey => {
                    self.narrows(
                        table.clone(),
                        format!("{table} loses its primary key, on which upserts of running code rely"),
                    );
                }
                AlterAction::DropIndex(name) => self.drop_index(&Name::bare(name.clone()), Some(&a.name)),
                AlterAction::AlterConstraint { enforced: Some(true), .. } => {
                    self.narrows(table.clone(), format!("a constraint of {table} is enforced from now on"));
                }
                AlterAction::RenameConstraint { from, .. } => {
                    self.narrows(table.clone(), format!("constraint {from} gets another name, and ON CONFLICT ON CONSTRAINT or error handling of running code may know the old one"));
                }
                AlterAction::RowSecurity if !self.says("disable row") && !self.says("no force") => {
                    self.takes(
                        table.clone(),
                        format!(
                            "row level security hides rows of {table} from running code unless a policy shows them"
                        ),
                    );
                }
                AlterAction::Rule | AlterAction::Trigger { .. } => {
                    self.narrows(
                        table.clone(),
                        format!("triggers or rules of {table} are switched, and running code may rely on them"),
                    );
                }
                AlterAction::RenameTo(_) | AlterAction::SetSchema(_) if a.kind == ObjectKind::Sequence => {
                    self.takes(
                        table.clone(),
                        format!("sequence {table} gets another name, and running code knows the old one"),
                    );
                }
                AlterAction::SequenceOptions { .. }
                    if self.says("restart") || self.says("maxvalue") || self.says("increment") =>
                {
                    self.narrows(table.clone(), format!("sequence {table} gives other numbers from now on"));
                }
                AlterAction::Identity { name, adds: Some(false) } => {
                    self.takes(
                        table.clone(),
                        format!("{table}.{name} no longer numbers its rows, which running code relies on"),
                    );
                }
                AlterAction::DropExpression(name) | AlterAction::SetExpression { name, .. } => {
                    self.narrows(table.clone(), format!("{table}.{name} is generated otherwise, or no longer"));
                }
                AlterAction::DetachPartition { partition, .. } => {
                    self.takes(
                        table.clone(),
                        format!("the rows of {partition} leave {table}, where running code looks for them"),
                    );
                }
                AlterAction::Inherit { parent, adds: false } => {
                    self.takes(
                        parent.to_string(),
                        format!("the rows of {table} leave {parent}, where running code looks for them"),
                    );
                }
                AlterAction::Inherit { parent, adds: true } => {
                    self.narrows(
                        parent.to_string(),
                        format!("running code that reads {parent} sees the rows of {table} too"),
                    );
                }
                AlterAction::AttachPartition { partition, .. }
                    if a.kind == ObjectKind::Table && self.existed(partition) =>
                {
                    self.narrows(
                        partition.to_string(),
                        format!("{partition} refuses rows outside its bound from now on"),
                    );
                }
                AlterAction::Owner => {
                    self.narrows(
                        table.clone(),
                        format!("{table} gets another owner, and the role of running code may lose its rights"),
                    );
                }
                AlterAction::OfType => {
                    self.narrows(table.clone(), format!("{table} is bound to, or freed from, a type"));
                }
                AlterAction::ColumnVisibility(name) if self.says("invisible") => {
                    self.narrows(table.clone(), format!("{table}.{name} is hidden from SELECT * of running code"));
                }
                AlterAction::Partitions(verb)
                    if verb.contains("drop")
                        || verb.contains("truncate")
                        || verb.contains("discard")
                        || verb.contains("exchange") =>
                {
                    self.takes(table.clone(), format!("rows of {table} go away with its partitions"));
                }
                AlterAction::Tablespace => {
                    self.takes(table.clone(), format!("{table} cannot be used while its tablespace is discarded"));
                }
                AlterAction::Versioning(_) => {
                    self.narrows(table.clone(), format!("the versioning of {table} changes under running code"));
                }
                _ => {}
            }
        }
    }

    fn drop_index(&mut self, name: &Name, table: Option<&Name>) {
        let of_table = table.and_then(|t| self.catalog.find(t));
        let index = match of_table {
            Some(t) => t.indexes.iter().filter_map(|i| self.catalog.get(*i)).find(|r| r.name == name.name),
            None => self.catalog.find(name),
        };
        let label = match (table, index.and_then(|r| r.index.as_ref())) {
            (Some(t), _) => t.to_string(),
            (None, Some(shape)) => self.catalog.label(shape.table),
            (None, None) => name.to_string(),
        };
        let arbiter = match index {
            Some(r) => {
                r.existed && r.index.as_ref().is_none_or(|i| i.unique || i.primary || i.kind == MysqlIndexKind::Unique)
            }
            None => !self.catalog.is_told(),
        };
        if arbiter {
            self.narrows(
                label,
                format!("the unique index {name} goes away; upserts of running code (ON CONFLICT, ON DUPLICATE KEY) may rely on it"),
            );
        }
    }

    fn drop(&mut self, d: &Drop) {
        let (word, verb) = match d.kind {
            ObjectKind::Index => {
                for name in &d.names {
                    if !(d.if_exists && self.catalog.is_told() && self.catalog.find(name).is_none() && d.on.is_none()) {
                        self.drop_index(name, d.on.as_ref());
                    }
                }
                return;
            }
            // tables and views have a rule of their own
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::ForeignTable
            | ObjectKind::Statistics => return,
            ObjectKind::Sequence => {
                for name in d.names.iter().filter(|n| self.existed(n)).map(ToString::to_string).collect::<Vec<_>>() {
                    self.takes(
                        name.clone(),
                        format!("sequence {name} goes away, and running code may take numbers from it"),
                    );
                }
                return;
            }
            ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy => {
                let word = match d.kind {
                    ObjectKind::Trigger => "trigger",
                    ObjectKind::Rule => "rule",
                    _ => "policy",
                };
                let attached = d.on.as_ref().and_then(|t| self.catalog.find(t));
                let there = d
                    .names
                    .iter()
                    .any(|n| attached.is_some_and(|r| r.attached.iter().any(|a| a.0 == d.kind && a.1 == n.name)));
                let made_here =
                    d.names.iter().all(|n| self.catalog.objects.get(&(word.to_owned(), n.name.clone())) == Some(&true));
                let on_new = d.on.as_ref().is_some_and(|t| !self.existed(t));
                if made_here || on_new || (d.if_exists && self.catalog.is_told() && !there) {
                    return;
                }
                let name = d.names.first().map_or_else(String::new, ToString::to_string);
                let subject = d.on.as_ref().map_or_else(|| name.clone(), ToString::to_string);
                let why = format!("{word} {name} goes away, and running code may rely on what it does");
                if d.kind == ObjectKind::Policy {
                    self.takes(subject, why);
                } else {
                    self.narrows(subject, why);
                }
                return;
            }
            ObjectKind::Function => ("function", "call it"),
            ObjectKind::Type => ("type", "name it"),
            ObjectKind::Domain => ("domain", "name it"),
            ObjectKind::Schema => ("schema", "need what is in it"),
            ObjectKind::Extension => ("extension", "need what it brings"),
            ObjectKind::Publication => ("publication", "be fed by it"),
            _ => ("object", "need it"),
        };
        for name in &d.names {
            if word == "schema" && name.name == "pg_temp" {
                continue;
            }
            let made_here = self.catalog.objects.get(&(word.to_owned(), name.name.clone())) == Some(&true);
            if made_here || (d.if_exists && !self.object_existed(word, &name.name)) {
                continue;
            }
            self.takes(name.to_string(), format!("{word} {name} goes away, and running code may {verb}"));
        }
    }

    fn dml(&mut self, d: &Dml) {
        for table in d.query.written.iter().filter(|t| self.existed(t)).cloned().collect::<Vec<_>>() {
            self.narrows(table.to_string(), format!("rows of {table} that running code works with are changed"));
        }
        if !self.existed(&d.table) || self.catalog.find(&d.table).is_some_and(|r| r.kind == RelationKind::Index) {
            return;
        }
        let table = d.table.to_string();
        match d.verb {
            DmlVerb::Delete if !d.filtered => self.look.emptied = Some(table),
            DmlVerb::Delete => self.narrows(
                table.clone(),
                format!(
                    "rows of {table} that running code may need are deleted, and a rollback does not bring them back"
                ),
            ),
            DmlVerb::Merge => {
                self.narrows(table.clone(), format!("rows of {table} that running code works with are changed"))
            }
            DmlVerb::Update => {
                let columns = if d.columns.is_empty() { assigned(&self.lower) } else { d.columns.clone() };
                let id = self.catalog.find_id(&d.table);
                let new = |c: &String| id.is_some_and(|id| self.catalog.new_columns.contains_key(&(id, c.clone())));
                // a new column is filled
                if columns.is_empty() || !columns.iter().all(new) {
                    self.narrows(table.clone(), format!("values in {table} that running code works with are changed, and a rollback does not bring the old ones back"));
                }
            }
            _ => {}
        }
    }
}

fn column_of(part: &crate::model::table::IndexPart) -> Option<&str> {
    match part {
        crate::model::table::IndexPart::Column(name) => Some(name),
        crate::model::table::IndexPart::Expression(_) => None,
    }
}

/// The columns that an UPDATE without joins sets, from its text in lower case: the names before `=` after SET.
fn assigned(lower: &str) -> Vec<String> {
    let Some((_, tail)) = lower.split_once(" set ") else { return Vec::new() };
    let tail = tail.split(" where ").next().unwrap_or(tail);
    // a comma in brackets or quotes would be taken for the next column: then nothing is said
    if tail.contains(['(', '\'']) {
        return tail
            .split_once('=')
            .filter(|(_, rest)| !rest.contains('='))
            .map(|(c, _)| vec![super::bare(c.trim())])
            .unwrap_or_default();
    }
    tail.split(',').filter_map(|part| part.split_once('=')).map(|(c, _)| super::bare(c.trim())).collect()
}
