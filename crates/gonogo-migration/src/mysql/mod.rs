//! MySQL and MariaDB: reading their statements and modelling what they do.

mod alter;
mod before;
mod modify;
mod option;
mod perform;
mod plan_columns;
mod plan_keys;
mod read;
mod read_alter;
mod read_table;

pub(crate) use perform::perform;
pub(crate) use read::read;
