//! Follows a script statement by statement: reads it, plays it against the catalog, and gathers its effects.

use serde::Serialize;

use crate::breakage;
use crate::catalog::Catalog;
use crate::dialect::{Dialect, ServerVersion};
use crate::effects::Effects;
use crate::model::statement::Statement;
use crate::postgres::block::{Inside, statements as statements_of_block};
use crate::scene::{Held, Scene, Zone};
use crate::sql::cursor::Cursor;
use crate::sql::lex::{Broken, Kind};
use crate::sql::split::{DEPTH_LIMIT, Piece, split};

/// How many statements of DO blocks and functions are followed for one statement.
const BLOCK_LIMIT: usize = 200;

/// Where a statement stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// The line of the first byte, counted from 1.
    pub line: u32,
}

/// A statement and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Analyzed {
    /// The statement as written, without its semicolon.
    pub sql: String,
    /// Where it stands.
    pub span: Span,
    /// What it asks for.
    pub statement: Statement,
    /// What it does.
    pub effects: Effects,
    /// Whether it runs within a transaction that began before it.
    pub in_transaction: bool,
}

/// A session on a server: its catalog, its settings, its open transaction.
///
/// ```
/// use gonogo_migration::{Analyzer, Dialect, LockMode};
///
/// let mut analyzer = Analyzer::new(Dialect::Postgres);
/// analyzer.replay("create table person (id int primary key, name varchar(20)); create index on person (name);");
/// let found = analyzer.analyze("alter table person alter column name type varchar(10)");
/// let effects = &found[0].effects;
/// assert_eq!(effects.locks["person"], LockMode::AccessExclusive);
/// assert!(effects.rewrites.contains("person"));
/// assert!(effects.grows_while_blocking());
/// ```
#[derive(Debug, Clone)]
pub struct Analyzer {
    dialect: Dialect,
    version: ServerVersion,
    catalog: Catalog,
    zone: Zone,
    local_zone: Option<Zone>,
    transaction: bool,
    /// The transaction is the tool's, and the text opened none.
    wrapped: bool,
    held: Held,
    saved: Option<Box<Catalog>>,
    /// MySQL: `foreign_key_checks`.
    pub(crate) foreign_key_checks: bool,
}

impl Analyzer {
    /// A session on the dialect's default version, with an empty catalog in which nothing is known.
    pub fn new(dialect: Dialect) -> Self {
        Self::with_version(dialect, dialect.default_version())
    }

    /// A session on a server of that version.
    pub fn with_version(dialect: Dialect, version: ServerVersion) -> Self {
        let mut catalog = Catalog::new();
        if dialect.is_mysql_family() {
            catalog.search_path = vec![String::new()];
        }
        Self {
            dialect,
            version,
            catalog,
            zone: Zone::Unknown,
            local_zone: None,
            transaction: false,
            wrapped: false,
            held: Held::default(),
            saved: None,
            foreign_key_checks: true,
        }
    }

    /// Says which TimeZone the migration's session has.
    pub fn timezone(&mut self, name: &str) {
        self.zone = Zone::from_name(name);
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The server's version.
    pub fn version(&self) -> ServerVersion {
        self.version
    }

    /// The schema as it stands now.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The schema as it stands now, to be changed.
    pub fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
    }

    /// Plays SQL that ran before the migration: earlier migrations, or a schema dump. Answers what could not be read, with its line.
    pub fn replay(&mut self, sql: &str) -> Vec<(u32, String)> {
        self.catalog.in_migration = false;
        let zone = self.zone;
        let mut troubles = Vec::new();
        for analyzed in self.run(sql, false) {
            if let Statement::Unknown { why } = &analyzed.statement {
                troubles.push((analyzed.span.line, why.clone()));
            }
        }
        self.end_transaction();
        self.zone = zone;
        self.local_zone = None;
        self.foreign_key_checks = true;
        self.catalog.search_path =
            if self.dialect.is_mysql_family() { vec![String::new()] } else { vec!["public".to_owned()] };
        troubles
    }

    /// Says whether what was replayed is all that ever ran. It then holds that what no statement made is not there, unless a statement
    /// named a table that none made, or did something that could not be followed.
    pub(crate) fn tell<'a>(&mut self, whole: bool, texts: impl Iterator<Item = &'a str>) {
        if !self.catalog.assumed {
            let words = texts.flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
            self.catalog.words = Some(words.filter(|w| !w.is_empty()).map(str::to_lowercase).collect());
        }
        self.catalog.told = whole && !self.catalog.assumed && !self.catalog.clouded;
    }

    /// Plays a migration, statement by statement, each committed by itself unless the text says otherwise.
    pub fn analyze(&mut self, sql: &str) -> Vec<Analyzed> {
        self.catalog.in_migration = true;
        self.run(sql, true)
    }

    /// Plays a migration that its tool wraps in one transaction.
    pub fn analyze_in_transaction(&mut self, sql: &str) -> Vec<Analyzed> {
        self.catalog.in_migration = true;
        self.end_transaction();
        self.transaction = !self.dialect.is_mysql_family();
        self.wrapped = self.transaction;
        self.catalog.transaction = self.catalog.transaction.wrapping_add(1);
        let found = self.run(sql, true);
        self.end_transaction();
        found
    }

    fn end_transaction(&mut self) {
        self.transaction = false;
        self.wrapped = false;
        self.held = Held::default();
        self.local_zone = None;
        self.saved = None;
    }

    fn run(&mut self, sql: &str, checked: bool) -> Vec<Analyzed> {
        let script = split(sql, self.dialect, self.version);
        let mut lines = Lines::new(sql);
        let mut parsed: Vec<(Span, Statement, String)> = Vec::with_capacity(script.statements.len());
        for piece in &script.statements {
            let line = lines.at(piece.start);
            let text = sql.get(piece.start..piece.end).unwrap_or("");
            let broken = match script.broken {
                Some(Broken::Unclosed { at, what }) if at >= piece.start && at <= piece.end => Some(what),
                _ => None,
            };
            let statement = match broken {
                Some(what) => Statement::Unknown { why: format!("a {what} is never closed") },
                None => self.read(sql, piece, text, checked),
            };
            parsed.push((Span { start: piece.start, end: piece.end, line }, statement, text.to_owned()));
        }
        if let (Some(Broken::Unclosed { at, what }), true) =
            (script.broken, script.statements.iter().all(|p| p.end < script_end(script.broken)))
        {
            let text = sql.get(at..).unwrap_or("").chars().take(80).collect::<String>();
            let span = Span { start: at, end: at + text.len(), line: lines.at(at) };
            parsed.push((span, Statement::Unknown { why: format!("a {what} is never closed") }, text));
        }
        let rolls_back = parsed.iter().any(|(_, s, _)| matches!(s, Statement::Rollback | Statement::RollbackTo(_)));
        let mut out = Vec::with_capacity(parsed.len());
        for (span, statement, sql) in parsed {
            let in_transaction = self.transaction;
            let effects = self.play(&statement, &sql, rolls_back);
            out.push(Analyzed { sql, span, statement, effects, in_transaction });
        }
        out
    }

    fn read(&self, sql: &str, piece: &Piece, text: &str, checked: bool) -> Statement {
        if piece.client {
            return Statement::Unknown {
                why: format!(
                    "{} runs SQL that is not in this text",
                    text.split_whitespace().next().unwrap_or("the client")
                ),
            };
        }
        if piece.depth > DEPTH_LIMIT {
            return Statement::Unknown {
                why: format!("brackets nest {} deep, and {DEPTH_LIMIT} is the limit", piece.depth),
            };
        }
        if piece.unbalanced {
            return Statement::Unknown { why: "its brackets do not match".to_owned() };
        }
        let mut cursor = Cursor::new(sql, &piece.tokens, !self.dialect.is_mysql_family());
        let read = match self.dialect {
            Dialect::Postgres => crate::postgres::read(&mut cursor),
            Dialect::Mysql | Dialect::Mariadb => crate::mysql::read(&mut cursor, self.dialect),
        };
        let statement = match read {
            Ok(Statement::Dml(mut dml)) => {
                dml.filtered &= !breakage::constant_condition(text);
                Statement::Dml(dml)
            }
            Ok(statement) => statement,
            Err(e) => {
                let near: String = sql.get(e.at..piece.end).unwrap_or("").chars().take(30).collect();
                let place = if near.is_empty() { "at its end".to_owned() } else { format!("near \"{near}\"") };
                return Statement::Unknown { why: format!("it could not be read: {} was expected {place}", e.wanted) };
            }
        };
        #[cfg(feature = "postgres")]
        if checked
            && self.dialect == Dialect::Postgres
            && !piece.tokens.iter().any(|t| t.kind == Kind::Client)
            && let Some(error) = crate::postgres::grammar::error(text, &piece.tokens, piece.depth)
        {
            return Statement::Unknown { why: format!("it is not valid PostgreSQL: {error}") };
        }
        let _ = (checked, text, Kind::Client);
        statement
    }

    fn play(&mut self, statement: &Statement, sql: &str, rolls_back: bool) -> Effects {
        match statement {
            Statement::Begin => {
                if !self.dialect.is_mysql_family() {
                    self.catalog.transaction = self.catalog.transaction.wrapping_add(1);
                    self.transaction = true;
                    if rolls_back && self.saved.is_none() {
                        self.saved = Some(Box::new(self.catalog.clone()));
                    }
                }
                return Effects::default();
            }
            Statement::Commit => {
                self.end_transaction();
                return Effects::default();
            }
            Statement::Rollback => {
                if let Some(saved) = self.saved.take() {
                    self.catalog = *saved;
                }
                self.end_transaction();
                return Effects::default();
            }
            Statement::Set { name, value, local } => {
                self.set(name, value.as_deref(), *local);
                return Effects::default();
            }
            Statement::Use(database) => {
                self.catalog.search_path = vec![database.clone()];
                return Effects::default();
            }
            _ => {}
        }
        if !self.transaction {
            self.catalog.transaction = self.catalog.transaction.wrapping_add(1);
        }
        let zone = self.local_zone.unwrap_or(self.zone);
        let look = breakage::look(&self.catalog, statement, sql);
        let alone = self.dialect == Dialect::Postgres && breakage::refuses(&self.catalog, statement);
        let mut effects = match (self.dialect, statement) {
            (Dialect::Postgres, Statement::Do { language, body }) => self.block(language, body, zone),
            (Dialect::Postgres, _) => {
                let mut scene = Scene::new(&mut self.catalog, self.version, zone, &mut self.held);
                crate::postgres::perform(&mut scene, statement);
                scene.finish()
            }
            _ => {
                let checks = self.foreign_key_checks;
                let mut scene = Scene::new(&mut self.catalog, self.version, zone, &mut self.held);
                crate::mysql::perform(&mut scene, statement, self.dialect, checks);
                scene.finish()
            }
        };
        if !self.transaction {
            self.held = Held::default();
        }
        look.settle(&mut self.catalog, statement, sql, &mut effects);
        effects.refuses_transaction = alone;
        if self.transaction && !self.wrapped && alone {
            effects.fails.get_or_insert_with(|| "it cannot run in the transaction that BEGIN has opened".to_owned());
        }
        effects.unknown.dedup();
        self.catalog.clouded |= !self.catalog.in_migration && !effects.unknown.is_empty();
        effects
    }

    /// A DO block runs in one transaction; its branches are all taken.
    fn block(&mut self, language: &str, body: &str, zone: Zone) -> Effects {
        if language != "plpgsql" && language != "sql" {
            return Effects { unknown: vec![format!("a block of {language} may do anything")], ..Effects::default() };
        }
        let mut all = Effects::default();
        for inside in statements_of_block(body, self.version, BLOCK_LIMIT) {
            match inside {
                Inside::Unknown(why) => all.unknown.push(why),
                Inside::Sql(sql) => {
                    let script = split(&sql, self.dialect, self.version);
                    for piece in &script.statements {
                        let text = sql.get(piece.start..piece.end).unwrap_or("");
                        let inner = self.read(&sql, piece, text, false);
                        if let Statement::Do { .. } = inner {
                            all.unknown.push("a DO block within a DO block".to_owned());
                            continue;
                        }
                        let look = breakage::look(&self.catalog, &inner, text);
                        let mut scene = Scene::new(&mut self.catalog, self.version, zone, &mut self.held);
                        crate::postgres::perform(&mut scene, &inner);
                        let mut effects = scene.finish();
                        look.settle(&mut self.catalog, &inner, text, &mut effects);
                        // a branch that guards against the error is the usual reason for the block
                        effects.fails = None;
                        merge(&mut all, effects);
                    }
                }
            }
        }
        all
    }

    fn set(&mut self, name: &str, value: Option<&str>, local: bool) {
        match name {
            "timezone" => {
                let zone = value.map_or(Zone::Unknown, Zone::from_name);
                if local {
                    self.local_zone = Some(zone);
                } else {
                    self.zone = zone;
                }
            }
            "search_path" => {
                let path = value.unwrap_or("public");
                let schemas: Vec<String> = path
                    .split(',')
                    .map(|p| p.trim().trim_matches(['"', '\'']).to_owned())
                    .filter(|p| !p.is_empty() && p != "$user")
                    .collect();
                self.catalog.search_path = if schemas.is_empty() { vec!["public".to_owned()] } else { schemas };
            }
            "foreign_key_checks" => {
                self.foreign_key_checks =
                    !matches!(value.map(str::to_ascii_lowercase).as_deref(), Some("0" | "off" | "false"));
            }
            _ => {}
        }
    }
}

/// The statements of a script, without their semicolons: strings, dollar quotes, comments and the bodies of routines are whole.
///
/// ```
/// use gonogo_migration::{Dialect, statements};
///
/// assert_eq!(statements("select ';'; -- one;\nselect 2", Dialect::Postgres), ["select ';'", "select 2"]);
/// ```
pub fn statements(sql: &str, dialect: Dialect) -> Vec<&str> {
    let script = split(sql, dialect, dialect.default_version());
    script.statements.iter().filter_map(|piece| sql.get(piece.start..piece.end)).collect()
}

fn script_end(broken: Option<Broken>) -> usize {
    match broken {
        Some(Broken::Unclosed { at, .. }) => at,
        None => 0,
    }
}

/// The union of two statements' effects.
pub(crate) fn merge(all: &mut Effects, other: Effects) {
    for (relation, mode) in other.locks {
        let held = all.locks.entry(relation).or_insert(mode);
        *held = (*held).max(mode);
    }
    all.blocks_reads.extend(other.blocks_reads);
    all.blocks_writes.extend(other.blocks_writes);
    all.rewrites.extend(other.rewrites);
    all.scans.extend(other.scans);
    all.indexes_built.extend(other.indexes_built);
    all.work.extend(other.work);
    all.changes.extend(other.changes);
    all.may_break.extend(other.may_break);
    all.creates.extend(other.creates);
    all.unknown.extend(other.unknown);
    all.algorithm = all.algorithm.max(other.algorithm);
    if all.fails.is_none() {
        all.fails = other.fails;
    }
}

/// Line numbers of rising offsets, in one pass.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn at(&mut self, offset: usize) -> u32 {
        let passed = self.text.as_bytes().get(self.at..offset).unwrap_or(&[]);
        let new = u32::try_from(passed.iter().filter(|b| **b == b'\n').count()).unwrap_or(u32::MAX);
        self.line = self.line.saturating_add(new);
        self.at = offset.max(self.at);
        self.line
    }
}
