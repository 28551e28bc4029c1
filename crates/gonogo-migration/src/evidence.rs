//! Where code in production still names a column or a table.
//!
//! A word search over the files of BASE: comments, migrations, snapshots, documentation, tests and vendored code are left out. It is
//! evidence, not proof: a name can be put together at run time, and a common word can mean something else, so a common word counts only
//! where it stands beside its table or in quotes.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use gonogo_core::{History, HistoryError, RepoPath, Revision};

use crate::effects::Change;
use crate::rules::Uses;

/// How many files are read at most.
const FILES: usize = 20_000;
/// How many bytes are read at most, in all.
const BYTES: usize = 96 * 1024 * 1024;
/// Longer files are data or generated.
const FILE_BYTES: usize = 512 * 1024;
/// How many places are shown.
const PLACES: usize = 5;
/// How many different names are searched for.
const SEARCHES: usize = 400;

const CODE: &[&str] = &[
    "rs", "go", "rb", "py", "java", "kt", "kts", "scala", "js", "jsx", "ts", "tsx", "mjs", "cjs", "php", "cs", "fs",
    "vb", "ex", "exs", "erl", "clj", "c", "cc", "cpp", "h", "hpp", "swift", "m", "pl", "pm", "lua", "dart", "groovy",
    "sql", "graphql", "gql", "erb", "haml", "slim", "vue", "svelte", "jbuilder", "rake", "prisma", "xml", "ejs", "hbs",
    "twig", "blade",
];

const LEFT_OUT: &[&str] = &[
    "migrations",
    "migration",
    "migrate",
    "test",
    "tests",
    "spec",
    "specs",
    "__tests__",
    "testdata",
    "fixtures",
    "vendor",
    "node_modules",
    "third_party",
    "docs",
    "doc",
    "dist",
    "build",
    "target",
    "examples",
    "locales",
    "i18n",
    "translations",
    "changelog",
];

/// The code of BASE, read once when the first name is searched for.
pub(crate) struct Code<'a> {
    history: &'a dyn History,
    base: &'a Revision,
    loaded: RefCell<Option<Loaded>>,
    known: RefCell<HashMap<String, Uses>>,
}

#[derive(Default)]
struct Loaded {
    files: Vec<File>,
    complete: bool,
    readable: bool,
}

struct File {
    path: String,
    /// The lines without comments.
    lines: Vec<String>,
    /// Its words, in lower case without underscores.
    words: BTreeSet<String>,
}

impl<'a> Code<'a> {
    pub(crate) fn new(history: &'a dyn History, base: &'a Revision) -> Self {
        Self { history, base, loaded: RefCell::new(None), known: RefCell::new(HashMap::new()) }
    }

    /// Where the code names what the change takes away.
    pub(crate) fn uses(&self, change: &Change) -> Uses {
        let (table, column) = match change {
            Change::DropColumn { table, column } | Change::RenameColumn { table, column, .. } => (table, Some(column)),
            Change::DropTable { table } | Change::RenameTable { table, .. } => (table, None),
            _ => return Uses::default(),
        };
        let key = format!("{table}\u{1f}{}", column.map_or("", String::as_str));
        if let Some(found) = self.known.borrow().get(&key) {
            return found.clone();
        }
        if self.known.borrow().len() >= SEARCHES {
            return Uses::default();
        }
        if self.loaded.borrow().is_none() {
            let loaded = load(self.history, self.base).unwrap_or_default();
            *self.loaded.borrow_mut() = Some(loaded);
        }
        let uses =
            self.loaded.borrow().as_ref().map_or_else(Uses::default, |l| search(l, table, column.map(String::as_str)));
        self.known.borrow_mut().insert(key, uses.clone());
        uses
    }
}

fn wanted(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let Some((directory, name)) = lower.rsplit_once('/').or(Some(("", lower.as_str()))) else { return false };
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    if !CODE.contains(&extension) || directory.split('/').any(|d| LEFT_OUT.contains(&d)) {
        return false;
    }
    let test = name.contains("_test.")
        || name.contains(".test.")
        || name.contains("_spec.")
        || name.contains(".spec.")
        || name.ends_with("test.java")
        || name.ends_with(".min.js");
    let snapshot = matches!(name, "structure.sql" | "schema.sql" | "schema.rb" | "dump.sql");
    !test && !snapshot
}

fn load(history: &dyn History, base: &Revision) -> Result<Loaded, HistoryError> {
    let paths = history.files(base, &RepoPath::default())?;
    let mut loaded = Loaded { files: Vec::new(), complete: true, readable: true };
    let mut bytes = 0usize;
    for path in paths.iter().filter(|p| p.as_str().is_some_and(wanted)) {
        if loaded.files.len() >= FILES || bytes >= BYTES {
            loaded.complete = false;
            break;
        }
        let content = match history.read(base, path) {
            Ok(Some(content)) => content,
            Ok(None) => continue,
            Err(_) => {
                loaded.complete = false;
                continue;
            }
        };
        if content.len() > FILE_BYTES {
            loaded.complete = false;
            continue;
        }
        bytes = bytes.saturating_add(content.len());
        let text = String::from_utf8_lossy(&content);
        let name = path.to_string();
        let lines = without_comments(&text, &name);
        let mut words: BTreeSet<String> = BTreeSet::new();
        for line in &lines {
            words.extend(tokens(line).map(|(_, w)| normal(w)));
        }
        words.extend(tokens(&name).map(|(_, w)| normal(w)));
        loaded.files.push(File { path: name, lines, words });
    }
    Ok(loaded)
}

/// Lower case without underscores, so that `published_at` and `publishedAt` are one word.
fn normal(word: &str) -> String {
    word.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// The words of a line, with where each begins.
fn tokens(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let tail = line.get(rest..)?;
        let start = rest + tail.find(part)?;
        let word = line.get(start..)?;
        let end = start + word.find(|c| !part(c)).unwrap_or(word.len());
        rest = end;
        Some((start, line.get(start..end)?))
    })
}

fn without_comments(text: &str, path: &str) -> Vec<String> {
    let extension = path.rsplit_once('.').map_or("", |(_, e)| e);
    let hash = matches!(extension, "rb" | "py" | "pl" | "pm" | "ex" | "exs" | "rake" | "graphql" | "gql" | "jbuilder");
    let dashes = matches!(extension, "sql" | "lua");
    let slashes = !hash && !dashes;
    let mut block = false;
    let mut out = Vec::new();
    for line in text.lines() {
        let mut kept = String::new();
        let mut rest = line;
        loop {
            if block {
                match rest.split_once("*/") {
                    Some((_, tail)) => {
                        block = false;
                        rest = tail;
                    }
                    None => break,
                }
            }
            let open = if hash { None } else { rest.find("/*") };
            let line_comment = [(hash, "#"), (dashes, "--"), (slashes, "//")]
                .iter()
                .filter(|(on, _)| *on)
                .filter_map(|(_, mark)| rest.match_indices(mark).find(|(i, _)| !within_url(rest, *i)).map(|(i, _)| i))
                .min();
            match (open, line_comment) {
                (Some(o), c) if c.is_none_or(|c| o < c) => {
                    kept.push_str(rest.get(..o).unwrap_or(""));
                    rest = rest.get(o + 2..).unwrap_or("");
                    block = true;
                }
                (_, Some(c)) => {
                    kept.push_str(rest.get(..c).unwrap_or(""));
                    break;
                }
                _ => {
                    kept.push_str(rest);
                    break;
                }
            }
        }
        out.push(kept);
    }
    out
}

/// `https://` and `#{` begin no comment.
fn within_url(line: &str, at: usize) -> bool {
    line.get(..at).is_some_and(|b| b.ends_with(':')) || line.get(at..).is_some_and(|t| t.starts_with("#{"))
}

/// The spellings a table has in code: as it is, singular, plural.
fn forms(table: &str) -> BTreeSet<String> {
    let own = normal(table.rsplit('.').next().unwrap_or(table));
    let mut out = BTreeSet::from([own.clone(), format!("{own}s")]);
    if let Some(stem) = own.strip_suffix("ies") {
        out.insert(format!("{stem}y"));
    } else if let Some(stem) = own.strip_suffix('s') {
        out.insert(stem.to_owned());
    }
    if let Some(stem) = own.strip_suffix('y') {
        out.insert(format!("{stem}ies"));
    }
    out.retain(|f| f.len() > 1);
    out
}

/// Whether the word at `at` stands in quotes.
fn quoted(line: &str, at: usize, word: &str) -> bool {
    let before = line.get(..at).and_then(|b| b.chars().next_back());
    let after = line.get(at + word.len()..).and_then(|a| a.chars().next());
    let quote = |c: Option<char>| c.is_some_and(|c| matches!(c, '"' | '\'' | '`'));
    (quote(before) && quote(after))
        || (before == Some(':') && !line.get(..at.saturating_sub(1)).is_some_and(|b| b.ends_with(':')))
}

fn search(loaded: &Loaded, table: &str, column: Option<&str>) -> Uses {
    let own = table.rsplit('.').next().unwrap_or(table);
    let forms = forms(own);
    let word = column.unwrap_or(own);
    let wanted = normal(word);
    // a name with an underscore is one that somebody made up; a plain word may mean anything
    let distinctive = word.trim_matches('_').contains('_') || word.chars().any(char::is_uppercase);
    let mut uses = Uses { places: Vec::new(), lines: 0, complete: loaded.complete, searched: loaded.readable };
    for file in &loaded.files {
        if !file.words.contains(&wanted) {
            continue;
        }
        if column.is_some() && !forms.iter().any(|f| file.words.contains(f)) {
            continue;
        }
        for (number, line) in file.lines.iter().enumerate() {
            let mut previous: Option<(usize, String)> = None;
            let mut hit = false;
            for (at, token) in tokens(line) {
                let plain = normal(token);
                if plain == wanted {
                    let beside = previous.as_ref().is_some_and(|(end, p)| {
                        let between = line.get(*end..at).unwrap_or(" ");
                        forms.contains(p)
                            && !between.is_empty()
                            && between.chars().all(|c| matches!(c, '.' | ':' | '"' | '`' | '>' | '-' | '?' | '!' | '&'))
                    });
                    let after_keyword = previous
                        .as_ref()
                        .is_some_and(|(_, p)| matches!(p.as_str(), "from" | "join" | "into" | "update" | "table"));
                    hit |= match column {
                        Some(_) => distinctive || beside || quoted(line, at, token),
                        None => token == own && (distinctive || after_keyword || quoted(line, at, token)),
                    };
                }
                previous = Some((at + token.len(), plain));
            }
            if hit {
                uses.lines += 1;
                if uses.places.len() < PLACES {
                    uses.places.push(format!("{}:{}", file.path, number + 1));
                }
            }
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(path: &str, text: &str) -> Loaded {
        let lines = without_comments(text, path);
        let mut words: BTreeSet<String> =
            lines.iter().flat_map(|l| tokens(l).map(|(_, w)| normal(w)).collect::<Vec<_>>()).collect();
        words.extend(tokens(path).map(|(_, w)| normal(w)));
        Loaded { files: vec![File { path: path.to_owned(), lines, words }], complete: true, readable: true }
    }

    #[test]
    fn a_distinctive_column_is_found_in_a_file_about_its_table() {
        let code = loaded(
            "app/models/user.rb",
            "class User\n  # last_login_at\n  scope :recent, -> { where(last_login_at: x) }\nend",
        );
        assert_eq!(search(&code, "users", Some("last_login_at")).places, ["app/models/user.rb:3"]);
        assert_eq!(search(&code, "orders", Some("last_login_at")).lines, 0);
    }

    #[test]
    fn a_common_word_counts_only_beside_its_table_or_in_quotes() {
        let code = loaded("src/post.rs", "let name = 1;\nlet x = post.name;\nlet y = row[\"name\"];");
        assert_eq!(search(&code, "post", Some("name")).places, ["src/post.rs:2", "src/post.rs:3"]);
    }

    #[test]
    fn a_table_is_found_in_sql_and_in_quotes() {
        let code = loaded("src/a.go", "// select * from item\nq := \"select * from item where x\"\nitem := 3");
        assert_eq!(search(&code, "item", None).places, ["src/a.go:2"]);
    }

    #[test]
    fn camel_case_is_the_same_word() {
        let code = loaded("src/Post.java", "post.publishedAt()");
        assert_eq!(search(&code, "post", Some("published_at")).lines, 1);
    }
}
