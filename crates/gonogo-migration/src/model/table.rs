//! Columns, types and constraints, as statements define them.

use super::expression::Expression;
use super::name::Name;

/// A data type as it is written: PostgreSQL's are brought to their internal names (`int` is `int4`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataType {
    /// The type's name, with a schema only if the statement names one.
    pub name: Name,
    /// What stands in brackets: length, precision and scale, or the labels of an ENUM or SET.
    pub modifiers: Vec<String>,
    /// How many array dimensions are declared.
    pub array: u8,
    /// MySQL: UNSIGNED (ZEROFILL implies it).
    pub unsigned: bool,
    /// MySQL: the character set, when given.
    pub charset: Option<String>,
    /// The collation, when given.
    pub collation: Option<String>,
}

impl DataType {
    /// A type without modifiers.
    pub fn plain(name: impl Into<String>) -> Self {
        Self {
            name: Name::bare(name),
            modifiers: Vec::new(),
            array: 0,
            unsigned: false,
            charset: None,
            collation: None,
        }
    }

    /// The n-th modifier as a number.
    pub fn modifier(&self, n: usize) -> Option<i64> {
        self.modifiers.get(n).and_then(|m| m.trim().parse().ok())
    }

    /// The type as SQL.
    pub fn to_sql(&self) -> String {
        let mut out = self.name.to_string();
        if !self.modifiers.is_empty() {
            out.push('(');
            out.push_str(&self.modifiers.join(","));
            out.push(')');
        }
        if self.unsigned {
            out.push_str(" unsigned");
        }
        for _ in 0..self.array {
            out.push_str("[]");
        }
        out
    }
}

/// How a generated column keeps its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// Written with the row.
    Stored,
    /// Computed when read.
    Virtual,
}

/// A column of CREATE TABLE or ADD COLUMN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// The column's name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// `Some(true)` for NOT NULL, `Some(false)` for NULL said outright.
    pub not_null: Option<bool>,
    /// DEFAULT.
    pub default: Option<Expression>,
    /// GENERATED ALWAYS AS (expression).
    pub generated: Option<(Expression, Generated)>,
    /// An identity column, a serial type or AUTO_INCREMENT.
    pub identity: bool,
    /// Written with a serial type, so that a sequence of its own is made.
    pub serial: bool,
    /// The constraints that stand with the column, FOREIGN KEY included.
    pub constraints: Vec<Constraint>,
    /// MySQL: FIRST, or AFTER a column.
    pub position: Option<Position>,
    /// MySQL: ON UPDATE.
    pub on_update: Option<Expression>,
    /// COMMENT.
    pub comment: Option<String>,
    /// MySQL: INVISIBLE.
    pub invisible: Option<bool>,
}

impl ColumnDefinition {
    /// A column of a type and nothing else.
    pub fn plain(name: impl Into<String>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            not_null: None,
            default: None,
            generated: None,
            identity: false,
            serial: false,
            constraints: Vec::new(),
            position: None,
            on_update: None,
            comment: None,
            invisible: None,
        }
    }

    /// Whether the column makes its table's primary key.
    pub fn is_primary_key(&self) -> bool {
        self.constraints.iter().any(|c| matches!(c.kind, ConstraintKind::PrimaryKey { .. }))
    }
}

/// Where MySQL puts a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Before all others.
    First,
    /// After the named one.
    After(String),
}

/// What a foreign key does when the row it points to changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// NO ACTION or RESTRICT.
    Refuse,
    /// CASCADE.
    Cascade,
    /// SET NULL or SET DEFAULT.
    Set,
}

/// A part of an index: a column, or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexPart {
    /// A column, by name; MySQL: whether only a prefix of it, or in descending order.
    Column(String),
    /// An expression in brackets or a function call.
    Expression(Expression),
}

impl IndexPart {
    /// Whether the part names the column.
    pub fn mentions(&self, column: &str) -> bool {
        match self {
            Self::Column(name) => name.eq_ignore_ascii_case(column),
            Self::Expression(e) => e.mentions(column),
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    PrimaryKey {
        /// Its columns.
        columns: Vec<String>,
        /// USING INDEX.
        using_index: Option<String>,
    },
    /// UNIQUE.
    Unique {
        /// Its columns.
        columns: Vec<String>,
        /// USING INDEX.
        using_index: Option<String>,
    },
    /// EXCLUDE.
    Exclude {
        /// What it compares.
        parts: Vec<IndexPart>,
    },
    /// CHECK.
    Check {
        /// What must not be false.
        expression: Expression,
        /// NO INHERIT.
        no_inherit: bool,
    },
    /// NOT NULL as a table constraint (PostgreSQL 18).
    NotNull {
        /// The column.
        column: String,
        /// NO INHERIT.
        no_inherit: bool,
    },
    /// FOREIGN KEY.
    ForeignKey {
        /// The referencing columns.
        columns: Vec<String>,
        /// The table it points to.
        table: Name,
        /// The referenced columns; none means its primary key.
        referenced: Vec<String>,
        /// ON DELETE.
        on_delete: OnChange,
        /// ON UPDATE.
        on_update: OnChange,
    },
}

/// A constraint of a table or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Its name, when given.
    pub name: Option<String>,
    /// What it demands.
    pub kind: ConstraintKind,
    /// NOT VALID was said: existing rows are not checked.
    pub not_valid: bool,
    /// NOT ENFORCED was said.
    pub not_enforced: bool,
}
