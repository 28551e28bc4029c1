//! From the files of a deploy to findings about its migrations.

use std::collections::{BTreeMap, BTreeSet};

use gonogo_core::{
    ChangeSet, Deploy, Facts, FileChange, Finding, History, HistoryError, Location, Outcome, RepoPath, Timestamp,
    Waiver,
};

use crate::analysis::Analyzer;
use crate::answers;
use crate::check::Settings;
use crate::dialect::Dialect;
use crate::duration::forecast;
use crate::evidence::Code;
use crate::layout::guess::{Guess, from_path, from_provider, from_sql};
use crate::layout::{Order, Recognized, Role, Tool, changes_schema, halves, is_aside, is_candidate, recognize};
use crate::model::statement::Statement;
use crate::phase::{Phase, PhasePlan};
use crate::rules::{self, RuleInput, Uses};
use crate::table::StatementRow;
use crate::waiver::{self, Court};

/// How many bytes of earlier migrations are replayed at most.
const REPLAY_BYTES: usize = 64 * 1024 * 1024;

/// The migrations of one directory.
#[derive(Default)]
struct Root {
    /// Those of the deploy, in order.
    new: Vec<(Order, Tool, String, String)>,
}

/// What the deploy does to files that have to do with migrations.
#[derive(Default)]
struct Sorted {
    roots: BTreeMap<String, Root>,
    code: Vec<(Tool, String)>,
    edited: Vec<(Tool, String, bool)>,
    moved: Vec<String>,
    down: usize,
    snapshots: Vec<String>,
    examples: usize,
    unreadable: Vec<String>,
    unrecognised: Vec<String>,
}

/// Examines the migrations of a deploy. Waivers in their files live at `now`, if that is known.
///
/// # Errors
/// When the history cannot answer.
pub fn examine(
    history: &dyn History,
    deploy: &Deploy,
    changes: &ChangeSet,
    settings: &Settings,
    now: Option<Timestamp>,
) -> Result<Outcome, HistoryError> {
    let touched: Vec<&FileChange> = changes
        .files
        .iter()
        .filter(|f| is_candidate(&f.path.to_string()) || is_candidate(&f.base_path().to_string()))
        .collect();
    if touched.is_empty() {
        return Ok(Outcome::not_applicable("no file of this deploy is a migration"));
    }
    let head: BTreeSet<String> =
        history.files(&deploy.head, &RepoPath::default())?.iter().map(ToString::to_string).collect();
    let sorted = sort(history, deploy, &touched, &head)?;
    let nothing = sorted.roots.is_empty()
        && sorted.code.is_empty()
        && sorted.edited.is_empty()
        && sorted.unreadable.is_empty()
        && sorted.moved.is_empty()
        && sorted.unrecognised.is_empty();
    if nothing {
        let why = match (sorted.snapshots.first(), sorted.down + sorted.examples) {
            (Some(snapshot), _) => format!("only the snapshot {snapshot} changes, and no migration"),
            (None, n) if n > 0 => "only the way back, or migrations among tests and examples, change".to_owned(),
            _ => "no file of this deploy is a migration".to_owned(),
        };
        return Ok(Outcome::not_applicable(why));
    }
    if sorted.roots.is_empty()
        && sorted.edited.is_empty()
        && sorted.unreadable.is_empty()
        && sorted.unrecognised.is_empty()
        && !sorted.code.is_empty()
    {
        return Ok(undetermined_code(&sorted.code));
    }
    let mut found = Found::default();
    let given = Given {
        history,
        deploy,
        settings,
        code: Code::new(history, &deploy.base),
        court: Court { allowed: &settings.inline_waivers, head: &deploy.head.id, now },
    };
    for (path, root) in &sorted.roots {
        found.root(&given, path, root)?;
    }
    if found.analyzed == 0 && !sorted.roots.is_empty() && found.unmodelled.len() == sorted.roots.len() {
        return Ok(Outcome::undetermined(found.unmodelled.join("; "), rules::BY_HAND));
    }
    for (tool, path, gone) in &sorted.edited {
        found.findings.push(rules::edited(path, *tool, *gone));
    }
    for (tool, path) in &sorted.code {
        let remedy = tool.sql_remedy().unwrap_or("have it reviewed by hand");
        let why = format!(
            "this {} migration is code: what it does to the database cannot be read here",
            tool.as_str().trim_end_matches(" migrations")
        );
        found.findings.push(
            Finding::unknown("migration/unknown", path.as_str(), why).at(Location::file(path.as_str())).remedy(remedy),
        );
    }
    for path in &sorted.unreadable {
        found.findings.push(
            Finding::unknown(
                "migration/unknown",
                path.as_str(),
                "this migration is not UTF-8 text, or larger than what is read, so it was not examined",
            )
            .at(Location::file(path.as_str()))
            .remedy("save it as UTF-8, move its data out of it, or have it reviewed by hand"),
        );
    }
    found.findings.extend(rules::unrecognised_sql(&sorted.unrecognised));
    // A waiver says that somebody answers for it, not that it is not so: what can live side by side is told before.
    let facts = answers::add(found.facts.into_facts(&sorted), &found.findings);
    let facts = waiver::lower(&mut found.findings, &found.waived, facts);
    Ok(Outcome::examined(group(found.findings), facts))
}

fn undetermined_code(code: &[(Tool, String)]) -> Outcome {
    let paths: Vec<&str> = code.iter().take(5).map(|(_, p)| p.as_str()).collect();
    let tools: BTreeSet<&str> = code.iter().map(|(t, _)| t.as_str()).collect();
    let more = if code.len() > 5 { format!(" and {} more", code.len() - 5) } else { String::new() };
    let tools = tools.into_iter().collect::<Vec<_>>().join(", ");
    let tools = tools.trim_end_matches(" migrations");
    let why = if code.len() == 1 {
        format!(
            "1 {tools} migration is code, and what it does to the database cannot be read here: {}",
            paths.join(", ")
        )
    } else {
        format!(
            "{} {tools} migrations are code, and what they do to the database cannot be read here: {}{more}",
            code.len(),
            paths.join(", ")
        )
    };
    let remedy = code.first().and_then(|(t, _)| t.sql_remedy()).unwrap_or("have them reviewed by hand");
    Outcome::undetermined(why, remedy)
}

fn sort(
    history: &dyn History,
    deploy: &Deploy,
    touched: &[&FileChange],
    head: &BTreeSet<String>,
) -> Result<Sorted, HistoryError> {
    let mut sorted = Sorted::default();
    for file in touched {
        let gone = file.is_deleted();
        let (revision, path) = if gone { (&deploy.base, file.base_path()) } else { (&deploy.head, &file.path) };
        let bytes = match history.read(revision, path) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => continue,
            Err(HistoryError::TooLarge { .. }) => {
                sorted.unreadable.push(path.to_string());
                continue;
            }
            Err(e) => return Err(e),
        };
        let path = path.to_string();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some(Recognized { tool, role, root, order }) = recognize(&path, &text, &|p| head.contains(p)) else {
            if path.to_ascii_lowercase().ends_with(".sql")
                && !gone
                && !file.same_content()
                && !is_aside(&path)
                && changes_schema(&text)
            {
                sorted.unrecognised.push(path);
            }
            continue;
        };
        match role {
            Role::Example => sorted.examples += 1,
            Role::Down => sorted.down += 1,
            Role::Snapshot => sorted.snapshots.push(path),
            Role::Migration | Role::Code if file.is_moved() && file.same_content() => sorted.moved.push(path),
            Role::Migration | Role::Code if gone => sorted.edited.push((tool, path, true)),
            // a repeatable migration of Flyway is meant to be edited, and runs again
            Role::Migration if !file.is_added() && repeatable(tool, &path) => {
                sorted.roots.entry(root).or_default().new.push((order, tool, path, text));
            }
            Role::Migration | Role::Code if !file.is_added() => {
                if file.same_content() {
                    continue;
                }
                sorted.edited.push((tool, path, false));
            }
            Role::Code => sorted.code.push((tool, path)),
            Role::Migration => {
                if std::str::from_utf8(&bytes).is_err() {
                    sorted.unreadable.push(path);
                } else {
                    sorted.roots.entry(root).or_default().new.push((order, tool, path, text));
                }
            }
        }
    }
    for root in sorted.roots.values_mut() {
        root.new.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.2.cmp(&b.2)));
    }
    Ok(sorted)
}

fn repeatable(tool: Tool, path: &str) -> bool {
    tool == Tool::Flyway && path.rsplit('/').next().is_some_and(|n| n.starts_with("R__"))
}

#[derive(Default)]
struct Told {
    migrations: Vec<String>,
    statements: Vec<String>,
    dialects: Vec<String>,
    replayed: usize,
    unread: usize,
    phases: [u64; 3],
    apart: usize,
    late: Vec<String>,
}

/// What every migration of the deploy is examined with.
struct Given<'a> {
    history: &'a dyn History,
    deploy: &'a Deploy,
    settings: &'a Settings,
    code: Code<'a>,
    court: Court<'a>,
}

#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    /// Which of them a waiver in their file lowers.
    waived: BTreeMap<usize, Waiver>,
    facts: Told,
    unmodelled: Vec<String>,
    analyzed: usize,
}

impl Found {
    fn root(&mut self, given: &Given<'_>, path: &str, root: &Root) -> Result<(), HistoryError> {
        let Given { history, deploy, settings, .. } = *given;
        let earlier = earlier(history, deploy, path)?;
        let guess = match (settings.dialect, guess(history, deploy, path, &earlier.migrations, root)?) {
            // a repository may keep the same migrations for several servers, and says one of them in its configuration
            (Some(_), other @ Guess::Other { .. }) | (None, other) => other,
            (Some(dialect), _) => match from_path(path) {
                named @ Guess::Known { dialect: own, .. } if own.is_mysql_family() != dialect.is_mysql_family() => {
                    named
                }
                _ => Guess::Known { dialect, evidence: "the configuration".to_owned() },
            },
        };
        let name = if path.is_empty() { "the top directory" } else { path };
        let dialect = match guess {
            Guess::Known { dialect, evidence } => {
                self.facts.dialects.push(format!("{name}: {dialect}, by {evidence}"));
                dialect
            }
            Guess::Other { name: other, evidence } => {
                let why = format!("the migrations in {name} are for {other} (by {evidence}), which is not modelled");
                self.findings.push(rules::unmodelled_dialect(path, why.clone()));
                self.unmodelled.push(why);
                return Ok(());
            }
            Guess::None => {
                self.findings.push(rules::unknown_dialect(
                    path,
                    format!(
                        "nothing in {name} says which server its migrations are for; they are read as PostgreSQL's"
                    ),
                ));
                Dialect::Postgres
            }
        };
        let mut analyzer =
            Analyzer::with_version(dialect, settings.version.unwrap_or_else(|| dialect.default_version()));
        if let Some(zone) = &settings.timezone {
            analyzer.timezone(zone);
        }
        self.facts.replayed += earlier.migrations.len();
        if earlier.migrations.is_empty()
            && let Some(snapshot) = &earlier.snapshot
        {
            analyzer.replay(snapshot);
        }
        let mut unread = 0;
        for (_, tool, text) in &earlier.migrations {
            unread += analyzer.replay(&halves(*tool, text).up).len();
        }
        self.facts.unread += unread;
        if !earlier.migrations.is_empty() && earlier.left_out == 0 {
            analyzer.tell(unread == 0, earlier.migrations.iter().map(|(_, _, text)| text.as_str()));
        }
        if earlier.left_out > 0 {
            let (count, verb) =
                if earlier.left_out == 1 { ("1 earlier migration", "is") } else { ("earlier migrations", "are") };
            let count = if earlier.left_out == 1 { count.to_owned() } else { format!("{} {count}", earlier.left_out) };
            let why = format!(
                "{count} in {name} {verb} too large to be read, so the schema before the deploy is not fully known"
            );
            self.findings.push(
                Finding::unknown("migration/unknown", name, why).remedy("keep a schema dump beside the migrations"),
            );
        }
        let last = earlier.migrations.last().map(|(order, ..)| order.clone());
        for (order, tool, file, text) in &root.new {
            if last.as_ref().is_some_and(|l| order < l) && !repeatable(*tool, file) {
                self.facts.late.push(file.clone());
            }
            self.file(&mut analyzer, given, *tool, file, text);
        }
        Ok(())
    }

    fn file(&mut self, analyzer: &mut Analyzer, given: &Given<'_>, tool: Tool, file: &str, text: &str) {
        let settings = given.settings;
        let parts = halves(tool, text);
        let dialect = analyzer.dialect();
        let lone = refusing(analyzer, &parts.up);
        // a tool that looks at the file first, or sends it as one query, runs a lone statement of this kind without a transaction
        let lenient = lone.any && !strict(tool) && (lone.all || lone.statements == 1);
        let wrapped = parts.transaction && !dialect.is_mysql_family() && !lenient;
        let statements = if wrapped { analyzer.analyze_in_transaction(&parts.up) } else { analyzer.analyze(&parts.up) };
        let forecasts = forecast(&statements, dialect, &settings.stats, &settings.model, wrapped);
        let plan = PhasePlan::of(&statements);
        let counted = match statements.len() {
            1 => "1 statement".to_owned(),
            n => format!("{n} statements"),
        };
        self.facts.migrations.push(format!("{file} ({}, {counted})", tool.as_str()));
        self.analyzed += 1;
        let uses = |change: &crate::effects::Change| {
            if settings.skip_code_search { Uses::default() } else { given.code.uses(change) }
        };
        let mut about = BTreeMap::new();
        for (i, analyzed) in statements.iter().enumerate() {
            let first = self.findings.len();
            let input = RuleInput {
                analyzed,
                dialect,
                forecast: forecasts.get(i),
                stats: &settings.stats,
                limits: &settings.limits,
                uses: &uses,
            };
            let phase = plan.placements.get(i);
            for finding in rules::findings(&input) {
                let mut finding = finding.at(Location::line(file, analyzed.span.line));
                if let Some(p) = phase {
                    finding = finding.evidence("phase", serde_json::json!(p.phase));
                }
                self.findings.push(finding);
            }
            if wrapped && analyzed.effects.refuses_transaction {
                let subject = analyzed.sql.split_whitespace().take(5).collect::<Vec<_>>().join(" ");
                let why = format!(
                    "{} runs this file in one transaction, and the server refuses this statement in a transaction",
                    tool.as_str()
                );
                self.findings.push(
                    Finding::new("migration/fails", subject, gonogo_core::Severity::Caution, why)
                        .at(Location::line(file, analyzed.span.line))
                        .evidence("statement", analyzed.sql.as_str())
                        .remedy("put it into a file of its own and mark that file as run without a transaction"),
                );
            }
            about.insert(analyzed.span.start, first..self.findings.len());
            let row = StatementRow::new(analyzed, forecasts.get(i), phase.map(|p| p.phase));
            if row.is_worth_naming() {
                self.facts.statements.push(format!("{file}:{} {}", analyzed.span.line, row.summary()));
            }
            if let (Some(slot), false) =
                (phase.and_then(|p| self.facts.phases.get_mut(p.phase as usize)), quiet(&analyzed.statement))
            {
                *slot += 1;
            }
            self.facts.apart += usize::from(phase.is_some_and(|p| p.apart && p.phase != Phase::With));
        }
        for written in waiver::written(text, &parts.up, dialect, analyzer.version()) {
            let line = written.line;
            match given.court.hear(written, &about, &self.findings, &self.waived) {
                Ok((waiver, lowered)) => self.waived.extend(lowered.into_iter().map(|i| (i, waiver.clone()))),
                Err(refusal) => self.findings.push(rules::waiver_refused(file, line, &refusal.why, refusal.remedy)),
            }
        }
    }
}

/// Statements that frame others and do nothing themselves.
fn quiet(statement: &Statement) -> bool {
    matches!(
        statement,
        Statement::Begin
            | Statement::Commit
            | Statement::Rollback
            | Statement::Savepoint(_)
            | Statement::Release(_)
            | Statement::Set { .. }
    )
}

/// How many statements of a script refuse to run in a transaction.
#[derive(Default)]
struct Refusing {
    any: bool,
    all: bool,
    statements: usize,
}

fn refusing(analyzer: &Analyzer, sql: &str) -> Refusing {
    let mut look = analyzer.clone();
    let found: Vec<bool> = look
        .analyze(sql)
        .iter()
        .filter(|a| !matches!(a.statement, Statement::Set { .. }))
        .map(|a| a.effects.refuses_transaction)
        .collect();
    Refusing { any: found.contains(&true), all: !found.is_empty() && found.iter().all(|r| *r), statements: found.len() }
}

/// Tools that begin a transaction of their own whatever the file holds. Flyway looks first, golang-migrate and Prisma send one query.
fn strict(tool: Tool) -> bool {
    matches!(tool, Tool::Sqlx | Tool::Diesel | Tool::Goose | Tool::Dbmate | Tool::SqlMigrate | Tool::Atlas)
}

/// The migrations of a directory as production has them.
struct Earlier {
    migrations: Vec<(Order, Tool, String)>,
    snapshot: Option<String>,
    /// How many were too large to be read.
    left_out: usize,
}

fn earlier(history: &dyn History, deploy: &Deploy, root: &str) -> Result<Earlier, HistoryError> {
    let files = history.files(&deploy.base, &RepoPath::from(root))?;
    let all: BTreeSet<String> =
        history.files(&deploy.base, &RepoPath::default())?.iter().map(ToString::to_string).collect();
    let mut migrations = Vec::new();
    let (mut bytes, mut left_out) = (0usize, 0usize);
    for path in files {
        let name = path.to_string();
        if !is_candidate(&name) || !name.ends_with(".sql") {
            continue;
        }
        if bytes > REPLAY_BYTES {
            left_out += 1;
            continue;
        }
        let content = match history.read(&deploy.base, &path) {
            Ok(Some(content)) => content,
            Ok(None) => continue,
            Err(HistoryError::TooLarge { .. }) => {
                left_out += 1;
                continue;
            }
            Err(e) => return Err(e),
        };
        bytes = bytes.saturating_add(content.len());
        let text = String::from_utf8_lossy(&content).into_owned();
        let found = recognize(&name, &text, &|p| all.contains(p));
        if let Some(Recognized { tool, role: Role::Migration, root: own, order }) = found
            && own == root
        {
            migrations.push((order, tool, text));
        }
    }
    migrations.sort_by(|a, b| a.0.cmp(&b.0));
    let parent = root.rsplit_once('/').map_or("", |(p, _)| p);
    let mut snapshot = None;
    for directory in [root, parent] {
        for name in ["structure.sql", "schema.sql"] {
            let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
            if snapshot.is_none() && all.contains(&path) {
                snapshot = history
                    .read(&deploy.base, &RepoPath::from(path.as_str()))?
                    .map(|b| String::from_utf8_lossy(&b).into_owned());
            }
        }
    }
    Ok(Earlier { migrations, snapshot, left_out })
}

fn guess(
    history: &dyn History,
    deploy: &Deploy,
    root: &str,
    earlier: &[(Order, Tool, String)],
    new: &Root,
) -> Result<Guess, HistoryError> {
    for directory in [root.to_owned(), root.rsplit_once('/').map_or(String::new(), |(p, _)| p.to_owned())] {
        for name in ["migration_lock.toml", "schema.prisma"] {
            let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
            if let Some(bytes) = history.read(&deploy.head, &RepoPath::from(path.as_str()))? {
                let found = from_provider(&String::from_utf8_lossy(&bytes), name);
                if found != Guess::None {
                    return Ok(found);
                }
            }
        }
    }
    let by_path = from_path(root);
    if by_path != Guess::None {
        return Ok(by_path);
    }
    let texts = earlier.iter().map(|(_, _, t)| t.as_str()).chain(new.new.iter().map(|(_, _, _, t)| t.as_str()));
    Ok(from_sql(texts))
}

impl Told {
    fn into_facts(self, sorted: &Sorted) -> Facts {
        let mut facts = Facts::new().list("migrations", self.migrations).list("statements", self.statements);
        for dialect in self.dialects {
            facts = facts.text("dialect", dialect);
        }
        facts = facts.count("migrations replayed", self.replayed as u64);
        if self.unread > 0 {
            facts = facts.text(
                "schema before the deploy",
                match self.unread {
                    1 => "1 statement of earlier migrations could not be read".to_owned(),
                    n => format!("{n} statements of earlier migrations could not be read"),
                },
            );
        }
        let [before, with, after] = self.phases;
        facts = facts.text(
            "phases",
            format!(
                "{before} {} may run before the code, {with} with it, {after} after it",
                if before == 1 { "statement" } else { "statements" }
            ),
        );
        if self.apart > 0 {
            facts = facts.count("statements with work that grows with a table", self.apart as u64);
        }
        if !self.late.is_empty() {
            facts = facts.list("migrations older than the newest in production", self.late);
        }
        if !sorted.moved.is_empty() {
            facts = facts.list("migrations moved with the same bytes", sorted.moved.clone());
        }
        if !sorted.snapshots.is_empty() {
            facts = facts.list("schema snapshots", sorted.snapshots.clone());
        }
        if sorted.down > 0 {
            facts = facts.text("down migrations", format!("{} left out", sorted.down));
        }
        if sorted.examples > 0 {
            facts = facts.text("migrations among tests and examples", format!("{} left out", sorted.examples));
        }
        facts
    }
}

/// Findings of one rule about one thing in one file are one finding, at its first place, as grave as the gravest; those that somebody
/// answers for stay apart from the others.
fn group(findings: Vec<Finding>) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::new();
    let mut at: BTreeMap<(String, String, String, String), usize> = BTreeMap::new();
    let mut lines: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for finding in findings {
        let place = finding.location.as_ref().map_or_else(String::new, |l| l.path.to_string());
        let waived = finding.evidence.get(waiver::WAIVED).map_or_else(String::new, ToString::to_string);
        let key = (finding.rule.clone(), finding.subject.clone(), place, waived);
        match at.get(&key) {
            Some(&i) => {
                if let (Some(first), Some(location)) = (out.get_mut(i), finding.location.as_ref()) {
                    first.severity = first.severity.max(finding.severity);
                    lines.entry(i).or_default().push(format!("{location}: {}", finding.message));
                }
            }
            None => {
                at.insert(key, out.len());
                out.push(finding);
            }
        }
    }
    for (i, more) in lines {
        if let Some(first) = out.get_mut(i) {
            first.message.push_str(&format!(
                " (and {} more {} the like)",
                more.len(),
                if more.len() == 1 { "statement does" } else { "statements do" }
            ));
            first.evidence.insert("also".to_owned(), serde_json::json!(more));
        }
    }
    out
}
