//! A CSV file as a table of changes.

use std::collections::{BTreeMap, HashSet};

use super::csv::{CsvError, Records};
use crate::factor::{Definitions, FactorValue, Factors};

/// Columns that are not factors.
const LABEL: &str = "buggy";
const TIME: &str = "unix_time";
const PROJECT: &str = "project";
const COMMIT: &str = "commit";
const DEFINITIONS: &str = "definitions";
/// The factor columns every table may have; each cell must be a number or empty.
const FACTORS: [&str; 14] =
    ["la", "ld", "lt", "ns", "nd", "nf", "entropy", "ndev", "age", "nuc", "exp", "rexp", "sexp", "fix"];

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The text is not CSV.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// There is no header line.
    #[error("the table is empty: its first line must name the columns")]
    Empty,
    /// A header names a column twice.
    #[error("line 1: column `{0}` appears twice")]
    DuplicateColumn(String),
    /// A row has more or fewer cells than the header.
    #[error("line {line}: {found} cells, but the header names {expected} columns")]
    Width {
        /// Line of the row, from 1.
        line: usize,
        /// Cells found.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// A cell that must be a number is none.
    #[error(
        "line {line}, column `{column}`: `{cell}` is not a finite number; leave the cell empty if the value is missing"
    )]
    Number {
        /// Line of the row, from 1.
        line: usize,
        /// Name of the column.
        column: String,
        /// What stands there, cut to 40 characters.
        cell: String,
    },
    /// A label is neither 0 nor 1.
    #[error("line {line}, column `buggy`: `{cell}` is not a label; write 0 or 1")]
    Label {
        /// Line of the row, from 1.
        line: usize,
        /// What stands there, cut to 40 characters.
        cell: String,
    },
    /// Rows of one table were measured by different definitions.
    #[error(
        "line {line}, column `definitions`: `{cell}` differs from the rows before; one table has one set of definitions"
    )]
    MixedDefinitions {
        /// Line of the row, from 1.
        line: usize,
        /// What stands there, cut to 40 characters.
        cell: String,
    },
    /// A needed column is absent.
    #[error("column `{0}` is missing; the columns are described in the guide under \"tables\"")]
    MissingColumn(&'static str),
    /// The table has a header and no rows.
    #[error("the table has no rows")]
    NoRows,
}

/// Factors, times and labels of many changes, in the order of the file.
///
/// Columns: `la ld lt ns nd nf entropy ndev age nuc exp rexp sexp fix` (any may be absent, a cell may be empty: missing,
/// never zero), `buggy` (the label), `unix_time` (seconds), `project`, `commit`, `definitions` (by which rules the factors
/// were measured; without it they are [`Definitions::Unstated`]). A further column is a factor of the team's own if all its
/// cells are numbers or empty, and is ignored otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    definitions: Definitions,
    columns: BTreeMap<String, Vec<Option<f64>>>,
    times: Option<Vec<Option<f64>>>,
    labels: Option<Vec<bool>>,
    projects: Vec<u32>,
    project_names: Vec<String>,
    rows: usize,
    repeated_commits: usize,
}

impl Table {
    /// Reads a CSV file. O(bytes), and memory of eight bytes a cell.
    ///
    /// # Errors
    /// Names the line and column of the first cell that cannot be read.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, TableError> {
        let mut records = Records::new(bytes);
        let mut header = Vec::new();
        records.next(&mut header)?.ok_or(TableError::Empty)?;
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let mut seen = HashSet::new();
        if let Some(twice) = header.iter().find(|name| !name.is_empty() && !seen.insert(name.as_str())) {
            return Err(TableError::DuplicateColumn(twice.clone()));
        }
        Reader::new(&header).read(&mut records)
    }

    /// How many changes.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no change.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// By which rules the factors were measured.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// The cells of a column; `None` if the table does not have it.
    pub fn column(&self, name: &str) -> Option<&[Option<f64>]> {
        self.columns.get(name).map(Vec::as_slice)
    }

    /// Names of the factor columns.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    /// Times in seconds since 1970-01-01 UTC, if the table has them.
    pub fn times(&self) -> Option<&[Option<f64>]> {
        self.times.as_deref()
    }

    /// Whether each change is blamed for a defect.
    ///
    /// # Errors
    /// [`TableError::MissingColumn`] if the table has no labels.
    pub fn labels(&self) -> Result<&[bool], TableError> {
        self.labels.as_deref().ok_or(TableError::MissingColumn(LABEL))
    }

    /// The number of each row's project; all 0 if the table does not tell projects apart.
    pub fn projects(&self) -> &[u32] {
        &self.projects
    }

    /// Names of the projects, by number.
    pub fn project_names(&self) -> &[String] {
        &self.project_names
    }

    /// How many rows name a commit that an earlier row of the same project named.
    pub fn repeated_commits(&self) -> usize {
        self.repeated_commits
    }

    /// Lines added and deleted plus one, the effort of reviewing each change; a missing count is taken as 0.
    ///
    /// # Errors
    /// [`TableError::MissingColumn`] if the table lacks `la` or `ld`.
    pub fn efforts(&self) -> Result<Vec<f64>, TableError> {
        let added = self.column("la").ok_or(TableError::MissingColumn("la"))?;
        let deleted = self.column("ld").ok_or(TableError::MissingColumn("ld"))?;
        Ok(added
            .iter()
            .zip(deleted)
            .map(|(a, d)| a.unwrap_or(0.0).max(0.0) + d.unwrap_or(0.0).max(0.0) + 1.0)
            .collect())
    }

    /// The factors of one row, by name, as models read them; `lt_total` is `lt` summed over files.
    pub fn factors(&self, row: usize) -> Factors {
        let mut factors = Factors::new(self.definitions.clone());
        for (name, cells) in &self.columns {
            let value = match cells.get(row).copied().flatten() {
                Some(number) => FactorValue::of(number),
                None => FactorValue::Missing("the cell is empty".to_owned()),
            };
            factors.set(name.clone(), value);
        }
        if let Some(lines) = self.column("lt").and_then(|cells| cells.get(row).copied().flatten()) {
            let per_file = matches!(self.definitions, Definitions::Gonogo1 | Definitions::Gonogo1Authored);
            let files = self.column("nf").and_then(|cells| cells.get(row).copied().flatten());
            let total = match (per_file, files) {
                (false, _) => FactorValue::of(lines),
                (true, Some(files)) => FactorValue::of(lines * files),
                (true, None) => FactorValue::Missing("lt is per file here, and nf is missing".to_owned()),
            };
            factors.set("lt_total", total);
        }
        factors
    }

    /// The first `share` of every project's rows, rounded down, in their order.
    #[must_use]
    pub fn first_share(&self, share: f64) -> Self {
        self.pick(&self.split(share).0)
    }

    /// What [`Table::first_share`] leaves, one table for each project.
    #[must_use]
    pub fn rest_by_project(&self, share: f64) -> Vec<Self> {
        let rest = self.split(share).1;
        let of = |project: usize| {
            let here = |row: &&usize| self.projects.get(**row).is_some_and(|&number| number as usize == project);
            self.pick(&rest.iter().filter(here).copied().collect::<Vec<_>>())
        };
        (0..self.project_names.len().max(1)).map(of).filter(|table| !table.is_empty()).collect()
    }

    /// Rows of the first share of every project, and the others.
    fn split(&self, share: f64) -> (Vec<usize>, Vec<usize>) {
        let mut counts = vec![0usize; self.project_names.len().max(1)];
        for &project in &self.projects {
            if let Some(count) = counts.get_mut(project as usize) {
                *count += 1;
            }
        }
        let mut left: Vec<usize> =
            counts.iter().map(|&count| (count as f64 * share.clamp(0.0, 1.0)) as usize).collect();
        (0..self.rows).partition(|&row| {
            let project = self.projects.get(row).copied().unwrap_or(0) as usize;
            left.get_mut(project).filter(|left| **left > 0).map(|left| *left -= 1).is_some()
        })
    }

    /// These rows, as a table of their own.
    fn pick(&self, rows: &[usize]) -> Self {
        let keep = |cells: &Vec<Option<f64>>| -> Vec<Option<f64>> {
            rows.iter().map(|&row| cells.get(row).copied().flatten()).collect()
        };
        Self {
            definitions: self.definitions.clone(),
            columns: self.columns.iter().map(|(name, cells)| (name.clone(), keep(cells))).collect(),
            times: self.times.as_ref().map(keep),
            labels: self
                .labels
                .as_ref()
                .map(|labels| rows.iter().map(|&row| labels.get(row).copied().unwrap_or(false)).collect()),
            projects: rows.iter().map(|&row| self.projects.get(row).copied().unwrap_or(0)).collect(),
            project_names: self.project_names.clone(),
            rows: rows.len(),
            repeated_commits: 0,
        }
    }
}

enum Role {
    Label,
    Time,
    Project,
    Commit,
    Definitions,
    /// A number that must be one, or a further column that may turn out to be none.
    Number {
        cells: Vec<Option<f64>>,
        required: bool,
        broken: bool,
    },
    Ignored,
}

struct Reader<'h> {
    header: &'h [String],
    roles: Vec<Role>,
    definitions: Option<String>,
    times: Vec<Option<f64>>,
    labels: Vec<bool>,
    projects: Vec<u32>,
    project_names: Vec<String>,
    commits: HashSet<(u32, String)>,
    repeated_commits: usize,
}

impl<'h> Reader<'h> {
    fn new(header: &'h [String]) -> Self {
        let roles = header
            .iter()
            .map(|name| match name.as_str() {
                LABEL => Role::Label,
                TIME => Role::Time,
                PROJECT => Role::Project,
                COMMIT => Role::Commit,
                DEFINITIONS => Role::Definitions,
                "" => Role::Ignored,
                other => Role::Number { cells: Vec::new(), required: FACTORS.contains(&other), broken: false },
            })
            .collect();
        Self {
            header,
            roles,
            definitions: None,
            times: Vec::new(),
            labels: Vec::new(),
            projects: Vec::new(),
            project_names: Vec::new(),
            commits: HashSet::new(),
            repeated_commits: 0,
        }
    }

    fn read(mut self, records: &mut Records<'_>) -> Result<Table, TableError> {
        let mut fields = Vec::new();
        let mut rows = 0usize;
        while let Some(line) = records.next(&mut fields)? {
            if fields.len() != self.header.len() {
                return Err(TableError::Width { line, found: fields.len(), expected: self.header.len() });
            }
            self.row(line, &fields)?;
            rows += 1;
        }
        if rows == 0 {
            return Err(TableError::NoRows);
        }
        let has = |wanted: &str| self.header.iter().any(|name| name == wanted);
        let (labels, times) = (has(LABEL).then_some(self.labels), has(TIME).then_some(self.times));
        let columns = self
            .header
            .iter()
            .zip(self.roles)
            .filter_map(|(name, role)| match role {
                Role::Number { cells, broken: false, .. } => Some((name.clone(), cells)),
                _ => None,
            })
            .collect();
        Ok(Table {
            definitions: self.definitions.map_or(Definitions::Unstated, Definitions::from),
            columns,
            times,
            labels,
            projects: self.projects,
            project_names: self.project_names,
            rows,
            repeated_commits: self.repeated_commits,
        })
    }

    fn row(&mut self, line: usize, fields: &[String]) -> Result<(), TableError> {
        let mut project = 0;
        let mut commit = None;
        for ((name, role), field) in self.header.iter().zip(&mut self.roles).zip(fields) {
            let cell = field.trim();
            match role {
                Role::Label => self.labels.push(label(line, cell)?),
                Role::Time => self.times.push(number(line, name, cell)?),
                Role::Project => {
                    project = match self.project_names.iter().rposition(|known| known == cell) {
                        Some(number) => number as u32,
                        None => {
                            self.project_names.push(cell.to_owned());
                            self.project_names.len() as u32 - 1
                        }
                    };
                }
                Role::Commit => commit = Some(cell),
                Role::Definitions => match &self.definitions {
                    None => self.definitions = Some(cell.to_owned()),
                    Some(before) if before == cell => {}
                    Some(_) => return Err(TableError::MixedDefinitions { line, cell: cut(cell) }),
                },
                Role::Number { cells, required, broken } => {
                    if *broken {
                        continue;
                    }
                    match number(line, name, cell) {
                        Ok(value) => cells.push(value),
                        Err(error) if *required => return Err(error),
                        Err(_) => {
                            *broken = true;
                            *cells = Vec::new();
                        }
                    }
                }
                Role::Ignored => {}
            }
        }
        self.projects.push(project);
        if let Some(commit) = commit.filter(|commit| !commit.is_empty())
            && !self.commits.insert((project, commit.to_owned()))
        {
            self.repeated_commits += 1;
        }
        Ok(())
    }
}

fn cut(cell: &str) -> String {
    cell.chars().take(40).collect()
}

fn number(line: usize, column: &str, cell: &str) -> Result<Option<f64>, TableError> {
    if cell.is_empty() || ["na", "nan", "null", "none"].iter().any(|word| cell.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    if cell.eq_ignore_ascii_case("true") {
        return Ok(Some(1.0));
    }
    if cell.eq_ignore_ascii_case("false") {
        return Ok(Some(0.0));
    }
    match cell.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(TableError::Number { line, column: column.to_owned(), cell: cut(cell) }),
    }
}

fn label(line: usize, cell: &str) -> Result<bool, TableError> {
    match cell {
        "0" | "0.0" => Ok(false),
        "1" | "1.0" => Ok(true),
        _ if cell.eq_ignore_ascii_case("false") => Ok(false),
        _ if cell.eq_ignore_ascii_case("true") => Ok(true),
        _ => Err(TableError::Label { line, cell: cut(cell) }),
    }
}
