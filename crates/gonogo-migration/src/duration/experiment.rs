//! Timed operations on tables made for the purpose, from which a model is fitted.

use super::calibrate::TimedRun;
use super::stats::TableStats;
use crate::dialect::Dialect;
use crate::server::{MigrationServer, ServerError};

/// How many columns of what the tables have, and how wide their text is.
const SHAPES: [(usize, usize); 3] = [(1, 30), (3, 120), (2, 400)];

/// What is timed, how large, and how often.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Experiment {
    /// The sizes of the tables, in rows.
    pub rows: Vec<u64>,
    /// How often each operation is timed on each table.
    pub repetitions: usize,
    /// Which of the table shapes: narrow, middle, wide.
    pub shapes: Vec<usize>,
}

impl Experiment {
    /// Tables of up to that many rows: four sizes, each operation three times.
    pub fn up_to(rows: u64) -> Self {
        let rows = rows.max(2000);
        Self { rows: vec![rows / 6, rows / 3, rows * 3 / 4, rows], repetitions: 3, shapes: vec![0, 1, 2] }
    }

    /// Tables of exactly that many rows, for runs that a forecast is compared with.
    pub fn of(rows: &[u64], repetitions: usize) -> Self {
        Self { rows: rows.to_vec(), repetitions, shapes: vec![0, 1, 2] }
    }
}

/// The tables that an experiment makes in the database.
const TABLES: [&str; 2] = ["gonogo_timed_reference", "gonogo_timed"];

/// The SQL of one dialect.
struct Speech {
    /// The schema as the analyzer is told.
    schema: String,
    /// The statements that fill it.
    fill: Vec<String>,
    operations: &'static [Operation],
    drop: String,
}

/// A name, a statement, and the statement that undoes it where a rollback does not.
type Operation = (&'static str, &'static str, Option<&'static str>);

const POSTGRES: &[Operation] = &[
    ("add-column", "alter table gonogo_timed add column z int default 5", None),
    ("set-not-null", "alter table gonogo_timed alter column a set not null", None),
    ("add-check", "alter table gonogo_timed add constraint gonogo_timed_c check (a > -1 and length(tx) > 0)", None),
    ("rewrite-type", "alter table gonogo_timed alter column a type bigint", None),
    ("rewrite-default", "alter table gonogo_timed add column z timestamptz default clock_timestamp()", None),
    ("index-int", "create index gonogo_timed_i on gonogo_timed (b)", None),
    ("index-text", "create index gonogo_timed_i on gonogo_timed (tx)", None),
    ("unique", "alter table gonogo_timed add constraint gonogo_timed_u unique (id)", None),
    (
        "foreign-key",
        "alter table gonogo_timed add constraint gonogo_timed_f foreign key (f) references gonogo_timed_reference",
        None,
    ),
];

const MYSQL: &[Operation] = &[
    (
        "add-column",
        "alter table gonogo_timed add column z int default 5",
        Some("alter table gonogo_timed drop column z"),
    ),
    ("rewrite-type", "alter table gonogo_timed modify a bigint", Some("alter table gonogo_timed modify a int")),
    ("rebuild", "alter table gonogo_timed force", None),
    (
        "index-int",
        "alter table gonogo_timed add index gonogo_timed_i (b)",
        Some("alter table gonogo_timed drop index gonogo_timed_i"),
    ),
    (
        "index-text",
        "alter table gonogo_timed add index gonogo_timed_i (tx)",
        Some("alter table gonogo_timed drop index gonogo_timed_i"),
    ),
    (
        "unique",
        "alter table gonogo_timed add unique gonogo_timed_u (id)",
        Some("alter table gonogo_timed drop index gonogo_timed_u"),
    ),
    (
        "set-not-null",
        "alter table gonogo_timed modify a int not null",
        Some("alter table gonogo_timed modify a int null"),
    ),
];

fn speech(dialect: Dialect, rows: u64, shape: usize) -> Speech {
    let (copies, width) = SHAPES.get(shape).copied().unwrap_or((1, 30));
    let references = (rows / 20).max(1000);
    let drop = TABLES.iter().rev().map(|t| format!("drop table if exists {t};\n")).collect::<String>();
    if dialect.is_mysql_family() {
        let pads: String = (0..copies).map(|n| format!(", p{n} varchar(500)")).collect();
        let values: String = (0..copies).map(|_| format!(", repeat('x', {width})")).collect();
        let schema = format!(
            "create table gonogo_timed (id int primary key, a int, b int, c bigint, tx varchar(120){pads}) engine=innodb;\n"
        );
        // ten rows, multiplied: there is no generate_series
        let digits = "(select 0 d union all select 1 union all select 2 union all select 3 union all select 4 union all select 5 \
                      union all select 6 union all select 7 union all select 8 union all select 9)";
        let series = format!(
            "select d1.d + 10*d2.d + 100*d3.d + 1000*d4.d + 10000*d5.d + 100000*d6.d + 1000000*d7.d n from {digits} d1, {digits} d2, \
             {digits} d3, {digits} d4, {digits} d5, {digits} d6, {digits} d7"
        );
        let fill = vec![
            format!(
                "insert into gonogo_timed select n, n, (n * 7919) % 1000003, (n * 104729) % 2147483647, md5(n){values} from ({series} limit {rows}) s"
            ),
            "analyze table gonogo_timed".to_owned(),
        ];
        return Speech { schema, fill, operations: MYSQL, drop };
    }
    let pads: String = (0..copies).map(|n| format!(", p{n} text")).collect();
    let values: String = (0..copies).map(|_| format!(", repeat('x', {width})")).collect();
    let schema = format!(
        "create table gonogo_timed_reference (id int primary key);\n\
         create table gonogo_timed (id int, a int, b int, f int, tx text{pads});\n\
         create index gonogo_timed_id on gonogo_timed (id);\n"
    );
    let fill = vec![
        format!("insert into gonogo_timed_reference select generate_series(1, {references})"),
        format!(
            "insert into gonogo_timed select n, n, (n::bigint * 7919 % 1000003)::int, 1 + n % {references}, md5(n::text){values} from generate_series(1, {rows}) n"
        ),
        "vacuum analyze gonogo_timed".to_owned(),
        "vacuum analyze gonogo_timed_reference".to_owned(),
        // dirty pages are written now, and not in the middle of what is timed
        "checkpoint".to_owned(),
    ];
    Speech { schema, fill, operations: POSTGRES, drop }
}

/// Times every operation of an experiment on a scratch database; what it makes there goes away again.
///
/// `told` hears of each table before it is made, and may say that enough time has passed: what was timed by then is the answer.
///
/// # Errors
/// When the database is not marked as scratch, or the server does not answer.
pub fn time_on(
    server: &mut dyn MigrationServer,
    experiment: &Experiment,
    told: &mut dyn FnMut(&str) -> bool,
) -> Result<Vec<TimedRun>, ServerError> {
    server.demand_scratch()?;
    let mut runs = Vec::new();
    let mut rows = experiment.rows.clone();
    rows.sort_unstable();
    for rows in rows {
        for shape in &experiment.shapes {
            if !told(&format!("{rows} rows, shape {}", shape + 1)) {
                return Ok(runs);
            }
            let speech = speech(server.dialect(), rows, *shape);
            server.run(&speech.drop)?;
            let timed = time_table(server, &speech, experiment.repetitions, &mut runs);
            let dropped = server.run(&speech.drop);
            timed?;
            dropped?;
        }
    }
    Ok(runs)
}

fn time_table(
    server: &mut dyn MigrationServer,
    speech: &Speech,
    repetitions: usize,
    runs: &mut Vec<TimedRun>,
) -> Result<(), ServerError> {
    server.run(&speech.schema)?;
    for statement in &speech.fill {
        // a role without the right to a checkpoint times a little less evenly, and that is all
        match server.run(statement) {
            Err(ServerError::Statement { .. }) if statement == "checkpoint" => {}
            other => other?,
        }
    }
    let mut stats = TableStats::default();
    for (table, size) in server.sizes()?.iter().filter(|(table, _)| TABLES.contains(table)) {
        stats.insert(table, size.clone());
    }
    // operations in turn, so that a busy minute of the machine does not hit all repetitions of one
    for _ in 0..repetitions {
        for (operation, sql, undo) in speech.operations {
            let seconds = server.time(sql, *undo)?;
            runs.push(TimedRun {
                operation: (*operation).to_owned(),
                setup: speech.schema.clone(),
                sql: (*sql).to_owned(),
                stats: stats.clone(),
                seconds,
            });
        }
    }
    Ok(())
}
