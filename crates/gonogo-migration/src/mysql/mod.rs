//! MySQL and MariaDB: reading their statements and modelling what they do.

use crate::dialect::Dialect;
use crate::model::statement::Statement;
use crate::scene::Scene;
use crate::sql::cursor::{Cursor, Read};

pub(crate) fn read(c: &mut Cursor<'_>, _dialect: Dialect) -> Read<Statement> {
    c.fail("a statement of MySQL")
}

pub(crate) fn perform(s: &mut Scene<'_>, _statement: &Statement, _dialect: Dialect, _checks: bool) {
    s.unknown("not modelled");
}
