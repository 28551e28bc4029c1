//! Where a repository keeps its migrations: which files are migrations, of which tool, in which order, and how they are run.
//!
//! [`recognize`] looks at one path and its bytes. A layout whose migrations are code (Rails, Django, Alembic, ..) is recognised and
//! says how to get its SQL; it is never "no migrations".

pub mod guess;
mod halves;
mod recognize;

use std::cmp::Ordering;

pub use halves::{Halves, halves};
pub(crate) use recognize::{changes_schema, is_aside};
pub use recognize::{is_candidate, recognize};

/// The tools whose migrations are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tool {
    /// `V1__name.sql`, `R__name.sql`.
    Flyway,
    /// `migrations/20240101000000_name.sql`, with or without `.up.sql`, of sqlx.
    Sqlx,
    /// `migrations/2024-01-01-000000_name/up.sql`.
    Diesel,
    /// `migrations/20240101000000_name/migration.sql`.
    Prisma,
    /// `-- +goose Up`.
    Goose,
    /// `000001_name.up.sql`.
    GolangMigrate,
    /// `-- migrate:up`.
    Dbmate,
    /// A directory with an `atlas.sum`.
    Atlas,
    /// `-- +migrate Up`.
    SqlMigrate,
    /// `--liquibase formatted sql`.
    Liquibase,
    /// SQL files in a directory called `migrations`, of no tool that is known.
    Plain,
    /// `db/migrate/*.rb`.
    Rails,
    /// `app/migrations/0001_name.py`.
    Django,
    /// `versions/*.py`.
    Alembic,
    /// `database/migrations/*.php`.
    Laravel,
    /// `priv/repo/migrations/*.exs`.
    Ecto,
    /// `migrations/*.js` or `*.ts` of Knex, Sequelize, TypeORM and others.
    JavaScript,
    /// Liquibase change logs in XML, YAML or JSON.
    LiquibaseChangelog,
}

impl Tool {
    /// The tool's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flyway => "Flyway",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Prisma => "Prisma",
            Self::Goose => "goose",
            Self::GolangMigrate => "golang-migrate",
            Self::Dbmate => "dbmate",
            Self::Atlas => "Atlas",
            Self::SqlMigrate => "sql-migrate",
            Self::Liquibase => "Liquibase (formatted SQL)",
            Self::Plain => "plain SQL",
            Self::Rails => "Rails",
            Self::Django => "Django",
            Self::Alembic => "Alembic",
            Self::Laravel => "Laravel",
            Self::Ecto => "Ecto",
            Self::JavaScript => "JavaScript migrations",
            Self::LiquibaseChangelog => "Liquibase change log",
        }
    }

    /// For a tool whose migrations are code: how to get the SQL they run.
    pub fn sql_remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::Rails => {
                "run the migration on a scratch database with its SQL logged (`ActiveRecord::Base.logger = Logger.new($stdout)`), or keep \
                 the SQL in the migration with `execute`, and give it to `gonogo migration FILE`"
            }
            Self::Django => "`python manage.py sqlmigrate APP NAME > FILE.sql`, then `gonogo migration FILE.sql`",
            Self::Alembic => "`alembic upgrade BASE:HEAD --sql > FILE.sql`, then `gonogo migration FILE.sql`",
            Self::Laravel => "`php artisan migrate --pretend > FILE.sql`, then `gonogo migration FILE.sql`",
            Self::Ecto => {
                "`mix ecto.migrate --log-migrations-sql` on a scratch database, then `gonogo migration FILE.sql`"
            }
            Self::JavaScript => {
                "print the SQL (Knex: `.toSQL()`; TypeORM: `migration:show` and the `query` calls; Sequelize: `logging`), then `gonogo migration FILE.sql`"
            }
            Self::LiquibaseChangelog => "`liquibase update-sql > FILE.sql`, then `gonogo migration FILE.sql`",
            _ => return None,
        })
    }

    /// Whether the tool refuses to run when a migration that has already been applied no longer has its old checksum.
    pub fn verifies_checksums(self) -> bool {
        matches!(
            self,
            Self::Flyway | Self::Sqlx | Self::Prisma | Self::Atlas | Self::Liquibase | Self::LiquibaseChangelog
        )
    }

    /// Whether the tool runs each file of PostgreSQL in one transaction, unless the file says otherwise.
    /// Flyway, sqlx, diesel, goose, dbmate, sql-migrate and Atlas begin one; golang-migrate and Prisma send the file as one simple query,
    /// which the server runs as one transaction.
    pub fn wraps_in_transaction(self) -> bool {
        !matches!(self, Self::Plain | Self::Liquibase)
    }
}

/// What a file is to the migrations of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Role {
    /// A migration in SQL.
    Migration,
    /// The way back.
    Down,
    /// A migration that is code.
    Code,
    /// The schema as a whole, written down after the migrations ran.
    Snapshot,
    /// A migration among tests, fixtures or examples.
    Example,
}

/// A file that has to do with migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognized {
    /// The tool.
    pub tool: Tool,
    /// What it is.
    pub role: Role,
    /// The directory that holds all migrations of this kind; `""` at the top.
    pub root: String,
    /// What the file is sorted by among its root's.
    pub order: Order,
}

/// A version, compared number by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order(Vec<Chunk>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Chunk {
    Number(u128),
    Text(String),
}

impl Order {
    /// The order of a file or directory name: runs of digits compare as numbers.
    pub fn of(name: &str) -> Self {
        let mut chunks = Vec::new();
        let mut rest = name;
        while !rest.is_empty() && chunks.len() < 64 {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                let (number, tail) = rest.split_at(digits);
                // more digits than a number holds: compared as text
                chunks.push(number.parse().map_or_else(|_| Chunk::Text(number.to_owned()), Chunk::Number));
                rest = tail;
            } else {
                let text = rest.bytes().take_while(|b| !b.is_ascii_digit()).count();
                let (text, tail) = rest.split_at(text);
                chunks.push(Chunk::Text(text.to_owned()));
                rest = tail;
            }
        }
        Self(chunks)
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(Order::of("V2__a.sql") < Order::of("V10__b.sql"));
        assert!(Order::of("20240101_a") < Order::of("20240101_b"));
        assert!(Order::of("9") < Order::of("00010"));
    }
}
