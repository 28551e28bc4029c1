//! Which tool a file belongs to, by its path and its first lines.

use super::{Order, Recognized, Role, Tool};

/// Directory names that hold tests, fixtures and examples.
const EXAMPLES: &[&str] = &[
    "test",
    "tests",
    "testdata",
    "test-data",
    "fixtures",
    "fixture",
    "spec",
    "specs",
    "example",
    "examples",
    "mocks",
    "__tests__",
    "node_modules",
    "vendor",
    "third_party",
];

/// Directory names that hold migrations.
const DIRECTORIES: &[&str] = &[
    "migrations",
    "migration",
    "migrate",
    "db-migrations",
    "dbmigrations",
    "schema-migrations",
    "sql-migrations",
    "changesets",
    "changelog",
    "changelogs",
];

/// Whether a path can be a migration or a snapshot at all, so that its bytes are worth reading.
pub fn is_candidate(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = file_name(&lower);
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    match extension {
        "sql" => true,
        "rb" => lower.contains("migrate/") || name == "schema.rb",
        "py" => lower.contains("migrations/") || lower.contains("versions/"),
        "php" | "exs" | "js" | "ts" | "mjs" | "cjs" => in_migrations(&lower),
        "xml" | "yaml" | "yml" | "json" => lower.contains("changelog"),
        _ => false,
    }
}

/// Whether the path lies among tests, fixtures, examples or documentation.
pub(crate) fn is_aside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let aside =
        |c: &str| EXAMPLES.contains(&c) || matches!(c, "docs" | "doc" | "samples" | "sample" | "benches" | "bench");
    parent(&lower).split('/').any(aside)
}

/// Whether a text of SQL changes the schema in one of its lines. Linear.
pub(crate) fn changes_schema(content: &str) -> bool {
    const VERBS: &[&str] = &["create", "alter", "drop", "truncate", "rename"];
    const OBJECTS: &[&str] = &[
        "table",
        "index",
        "view",
        "type",
        "function",
        "procedure",
        "trigger",
        "sequence",
        "schema",
        "database",
        "domain",
        "extension",
        "column",
        "unlogged",
        "unique",
        "materialized",
        "or",
        "temporary",
        "temp",
    ];
    content.split([';', '\n']).any(|line| {
        let mut words = line.split_whitespace();
        let verb = words.next().is_some_and(|w| VERBS.iter().any(|v| w.eq_ignore_ascii_case(v)));
        verb && words.next().is_some_and(|w| OBJECTS.iter().any(|o| w.eq_ignore_ascii_case(o)))
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(p, _)| p)
}

fn in_migrations(lower: &str) -> bool {
    parent(lower)
        .split('/')
        .any(|c| DIRECTORIES.contains(&c) || c.ends_with("_migrations") || c.ends_with("-migrations"))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// What the file is, or `None` if it has nothing to do with migrations. `content` is its text, `siblings` tells whether a file lies in a
/// directory.
pub fn recognize(path: &str, content: &str, exists: &dyn Fn(&str) -> bool) -> Option<Recognized> {
    let lower = path.to_ascii_lowercase();
    let name = file_name(&lower).to_owned();
    let directory = parent(path).to_owned();
    let make = |tool: Tool, role: Role, root: String, order: &str| {
        let example = parent(&lower).split('/').any(|c| EXAMPLES.contains(&c));
        let role = if example && role != Role::Snapshot { Role::Example } else { role };
        Some(Recognized { tool, role, root, order: Order::of(order) })
    };
    let (stem, extension) = name.rsplit_once('.')?;
    match extension {
        "rb" => {
            if lower.contains("db/migrate/")
                || parent(&lower).ends_with("migrate")
                || parent(&lower).ends_with("_migrate")
            {
                return (digits(stem) >= 8).then_some(()).and_then(|()| make(Tool::Rails, Role::Code, directory, stem));
            }
            return None;
        }
        "py" => {
            let versioned = parent(&lower).ends_with("versions") || parent(&lower).contains("versions/");
            if content.contains("from alembic import")
                || content.contains("import alembic")
                || (versioned && content.contains("down_revision"))
            {
                return make(Tool::Alembic, Role::Code, directory, stem);
            }
            let django = parent(&lower).ends_with("migrations")
                && stem != "__init__"
                && (content.contains("migrations.Migration") || digits(stem) == 4);
            return if django { make(Tool::Django, Role::Code, directory, stem) } else { None };
        }
        "php" => {
            let migration = in_migrations(&lower) && (digits(stem) >= 4 || content.contains("extends Migration"));
            return if migration { make(Tool::Laravel, Role::Code, directory, stem) } else { None };
        }
        "exs" => {
            return if in_migrations(&lower) && digits(stem) >= 8 {
                make(Tool::Ecto, Role::Code, directory, stem)
            } else {
                None
            };
        }
        "js" | "ts" | "mjs" | "cjs" => {
            let migration = in_migrations(&lower)
                && !name.ends_with(".d.ts")
                && (content.contains("queryInterface")
                    || content.contains("MigrationInterface")
                    || content.contains("knex")
                    || ((content.contains("up(") || content.contains(".up ="))
                        && (content.contains("down(") || content.contains(".down ="))));
            return if migration { make(Tool::JavaScript, Role::Code, directory, stem) } else { None };
        }
        "xml" | "yaml" | "yml" | "json" => {
            return if content.contains("databaseChangeLog") {
                make(Tool::LiquibaseChangelog, Role::Code, directory, stem)
            } else {
                None
            };
        }
        "sql" => {}
        _ => return None,
    }
    if matches!(name.as_str(), "structure.sql" | "schema.sql" | "dump.sql" | "full_schema.sql" | "current_schema.sql")
        || name.ends_with("_structure.sql")
    {
        return make(Tool::Plain, Role::Snapshot, directory, stem);
    }
    if let Some(found) = by_content(content, &lower, stem) {
        return make(found.0, found.1, directory, &name);
    }
    if let Some(role) = flyway(file_name(path)) {
        return make(Tool::Flyway, role, directory, &file_name(path)[1..]);
    }
    let grandparent = parent(&directory).to_owned();
    let own_directory = file_name(&directory).to_owned();
    if name == "migration.sql" && (digits(&own_directory) >= 4 || in_migrations(&lower)) {
        return make(Tool::Prisma, Role::Migration, grandparent, &own_directory);
    }
    if (name == "up.sql" || name == "down.sql") && digits(&own_directory) >= 1 {
        let role = if name == "up.sql" { Role::Migration } else { Role::Down };
        return make(Tool::Diesel, role, grandparent, &own_directory);
    }
    let up_down = stem.rsplit_once('.').filter(|(_, half)| matches!(*half, "up" | "down" | "do" | "undo"));
    if let Some((base, half)) = up_down
        && (digits(base) >= 1 || in_migrations(&lower))
    {
        let role = if matches!(half, "up" | "do") { Role::Migration } else { Role::Down };
        let tool = if digits(base) >= 14 && exists("Cargo.toml") { Tool::Sqlx } else { Tool::GolangMigrate };
        return make(tool, role, directory, base);
    }
    if exists(&join(&directory, "atlas.sum")) && digits(stem) >= 1 {
        return make(Tool::Atlas, Role::Migration, directory, stem);
    }
    if !in_migrations(&lower) {
        return None;
    }
    if ["down", "rollback", "undo", "revert"]
        .iter()
        .any(|w| stem.ends_with(&format!("_{w}")) || stem.ends_with(&format!("-{w}")) || stem == *w)
    {
        return make(Tool::Plain, Role::Down, directory, stem);
    }
    if digits(stem) >= 8 && exists("Cargo.toml") {
        return make(Tool::Sqlx, Role::Migration, directory, stem);
    }
    make(Tool::Plain, Role::Migration, directory, stem)
}

fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

fn by_content(content: &str, lower: &str, stem: &str) -> Option<(Tool, Role)> {
    let head: String = content.chars().take(4000).collect::<String>().to_ascii_lowercase();
    let marked = |mark: &str| head.lines().any(|l| l.trim_start().replace(' ', "").starts_with(mark));
    if marked("--+goose") {
        return Some((Tool::Goose, Role::Migration));
    }
    if marked("--migrate:up") {
        return Some((Tool::Dbmate, Role::Migration));
    }
    if marked("--+migrate") {
        return Some((Tool::SqlMigrate, Role::Migration));
    }
    if marked("--liquibaseformattedsql") {
        return Some((Tool::Liquibase, Role::Migration));
    }
    let _ = (lower, stem);
    None
}

/// `V1.2__name.sql`, `U1__name.sql`, `R__name.sql`, `B1__name.sql`.
fn flyway(name: &str) -> Option<Role> {
    let (kind, rest) = name.split_at_checked(1)?;
    let (version, description) = rest.split_once("__")?;
    if description.is_empty() {
        return None;
    }
    let versioned = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'_');
    match kind {
        "V" | "B" if versioned => Some(Role::Migration),
        "R" if version.is_empty() => Some(Role::Migration),
        "U" if versioned => Some(Role::Down),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, content: &str) -> Option<(Tool, Role)> {
        recognize(path, content, &|p| p == "Cargo.toml" || p == "atlas/atlas.sum").map(|r| (r.tool, r.role))
    }

    #[test]
    fn every_layout_is_told_by_its_files() {
        assert_eq!(of("src/main/resources/db/migration/V1.2__x.sql", ""), Some((Tool::Flyway, Role::Migration)));
        assert_eq!(of("src/main/resources/db/migration/U1.2__x.sql", ""), Some((Tool::Flyway, Role::Down)));
        assert_eq!(of("migrations/2024-01-01-000000_x/up.sql", ""), Some((Tool::Diesel, Role::Migration)));
        assert_eq!(of("migrations/2024-01-01-000000_x/down.sql", ""), Some((Tool::Diesel, Role::Down)));
        assert_eq!(of("prisma/migrations/20240101000000_x/migration.sql", ""), Some((Tool::Prisma, Role::Migration)));
        assert_eq!(of("db/migrations/000001_x.up.sql", ""), Some((Tool::GolangMigrate, Role::Migration)));
        assert_eq!(of("migrations/20240101000000_x.sql", ""), Some((Tool::Sqlx, Role::Migration)));
        assert_eq!(of("db/m.sql", "-- +goose Up\nselect 1;"), Some((Tool::Goose, Role::Migration)));
        assert_eq!(of("db/migrations/1_x.sql", "-- migrate:up\n"), Some((Tool::Dbmate, Role::Migration)));
        assert_eq!(of("atlas/20240101_x.sql", ""), Some((Tool::Atlas, Role::Migration)));
        assert_eq!(of("migrations/add_user.sql", ""), Some((Tool::Plain, Role::Migration)));
        assert_eq!(of("db/structure.sql", ""), Some((Tool::Plain, Role::Snapshot)));
        assert_eq!(of("tests/migrations/1_x.sql", ""), Some((Tool::Plain, Role::Example)));
        assert_eq!(of("src/report.sql", "select 1"), None);
    }

    #[test]
    fn migrations_that_are_code_are_recognised() {
        assert_eq!(of("db/migrate/20240101000000_add.rb", ""), Some((Tool::Rails, Role::Code)));
        assert_eq!(
            of("shop/migrations/0001_initial.py", "class Migration(migrations.Migration)"),
            Some((Tool::Django, Role::Code))
        );
        assert_eq!(of("alembic/versions/ab12_x.py", "from alembic import op"), Some((Tool::Alembic, Role::Code)));
        assert_eq!(of("priv/repo/migrations/20240101000000_x.exs", ""), Some((Tool::Ecto, Role::Code)));
    }
}
