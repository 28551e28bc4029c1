//! The way up, the way down, and whether a file is run in one transaction.

use super::Tool;

/// A migration's text, taken apart. Text that belongs to the other half is blanked out, so that line numbers stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halves {
    /// What is run on deploy.
    pub up: String,
    /// What undoes it, when the same file says.
    pub down: Option<String>,
    /// Whether the tool runs it in one transaction (PostgreSQL).
    pub transaction: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Before,
    Up,
    Down,
}

/// Takes a migration apart as its tool does.
pub fn halves(tool: Tool, content: &str) -> Halves {
    let mut transaction = tool.wraps_in_transaction();
    let marked = matches!(tool, Tool::Goose | Tool::Dbmate | Tool::SqlMigrate);
    let mut half = if marked { Half::Before } else { Half::Up };
    let (mut up, mut down) = (String::with_capacity(content.len()), String::new());
    let mut has_down = false;
    for line in content.split_inclusive('\n') {
        let compact: String =
            line.trim_start().chars().filter(|c| !c.is_whitespace()).take(80).collect::<String>().to_ascii_lowercase();
        if let Some(mark) = compact.strip_prefix("--") {
            match tool {
                Tool::Goose if mark.starts_with("+gooseup") => half = Half::Up,
                Tool::Goose if mark.starts_with("+goosedown") => half = Half::Down,
                Tool::Goose if mark.starts_with("+goosenotransaction") => transaction = false,
                Tool::Dbmate if mark.starts_with("migrate:up") => {
                    half = Half::Up;
                    transaction = !mark.contains("transaction:false");
                }
                Tool::Dbmate if mark.starts_with("migrate:down") => half = Half::Down,
                Tool::SqlMigrate if mark.starts_with("+migrateup") => {
                    half = Half::Up;
                    transaction = !mark.contains("notransaction");
                }
                Tool::SqlMigrate if mark.starts_with("+migratedown") => half = Half::Down,
                Tool::Sqlx if mark.starts_with("no-transaction") => transaction = false,
                Tool::Atlas if mark.starts_with("atlas:txmodenone") => transaction = false,
                _ => {}
            }
        }
        let blank = |to: &mut String| to.push_str(if line.ends_with('\n') { "\n" } else { "" });
        match half {
            Half::Up => {
                up.push_str(line);
                blank(&mut down);
            }
            Half::Down => {
                has_down = true;
                down.push_str(line);
                blank(&mut up);
            }
            Half::Before => {
                blank(&mut up);
                blank(&mut down);
            }
        }
    }
    Halves { up, down: has_down.then_some(down), transaction }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_down_half_is_blanked_and_lines_stay() {
        let h = halves(
            Tool::Goose,
            "-- +goose Up\n-- +goose NO TRANSACTION\ncreate table a();\n-- +goose Down\ndrop table a;\n",
        );
        assert_eq!(h.up, "-- +goose Up\n-- +goose NO TRANSACTION\ncreate table a();\n\n\n");
        assert_eq!(h.down.as_deref(), Some("\n\n\n-- +goose Down\ndrop table a;\n"));
        assert!(!h.transaction);
    }

    #[test]
    fn a_file_without_marks_is_all_up() {
        let h = halves(Tool::Flyway, "select 1;");
        assert_eq!((h.up.as_str(), h.down, h.transaction), ("select 1;", None, true));
    }
}
