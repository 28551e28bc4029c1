//! A [`Report`](gonogo_core::Report) for people and for machines: pure functions from a report to text.
//!
//! ```
//! use gonogo_core::{judge, Deploy, Entry, Facts, Finding, Location, ObjectId, Outcome, Policy, Revision, Severity};
//! use gonogo_render::{text, TextOptions};
//! # let revision = Revision::from_id("a".repeat(40).parse::<ObjectId>()?);
//! # let deploy = Deploy::new("shop", "production", revision.clone(), revision);
//! let finding = Finding::new("migration/type-rewrite", "post", Severity::Stop, "rewrites 12,000,000 rows")
//!     .at(Location::line("db/004.sql", 3))
//!     .evidence("blocks_writes", vec!["post"]);
//! let said = Entry::completed("migration/effects", Outcome::examined(vec![finding], Facts::new().count("migrations", 1)));
//! let report = judge(&deploy, &Policy::new(), vec![said], None);
//! let text = text(&report, &TextOptions::new());
//! assert!(text.starts_with("NoGo: one statement blocks writes on post.\n"));
//! # Ok::<(), gonogo_core::ObjectIdError>(())
//! ```
//!
//! # The map
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Summary`] | the report as a person reads it, before any format: every renderer for people shows it and decides nothing |
//! | [`text()`], [`TextOptions`] | a terminal |
//! | [`markdown()`] | a pull request, a ticket |
//! | [`html()`] | a browser: one page, no script |
//! | [`github()`] | the log of a job on GitHub Actions |
//! | [`sarif()`], [`sarif_with_rules`] | code scanning, editors |
//! | [`junit()`] | whatever reads test results |
//! | [`explain()`] | a page about a rule, on a terminal |
//! | [`Plain`] | foreign text in which nothing can be hidden |
//!
//! # For whoever writes a check
//!
//! Findings of one rule about one subject are one group, and of more than four subjects of one rule one line that unfolds. These
//! names mean something to a reader of the report:
//!
//! | evidence | value | shown as |
//! | --- | --- | --- |
//! | `blocks_reads` | names of relations | nobody can read or write them meanwhile; the gravest ground |
//! | `blocks_writes` | names of relations | nobody can write to them meanwhile |
//! | `breaks` | names of columns, fields, operations | the running code breaks on them |
//! | `still_named_at` | places in the running code | the running code breaks on the finding's subject |
//! | `blocks` | a text | what is blocked, in the check's own words |
//! | `witness` | any value | the value that shows it, unless the message quotes it |
//!
//! | fact | form | shown as |
//! | --- | --- | --- |
//! | `side-by-side`, `rollback` | a text that begins with `yes`, `no`, `unknown` or `not asked` | the answer to that question, the worst of all checks |
//! | any other text | | a line below |
//! | any count or list | a plural: `commits`, `freeze windows` | counted; of two checks that count the same, the larger |
//! | `contracts-compatible` beside `contracts` | counts | `9 contracts (7 compatible)` |

mod explain;
mod flow;
mod github;
mod html;
mod junit;
mod markdown;
mod plain;
mod sarif;
mod summary;
mod text;

pub use explain::explain;
pub use github::github;
pub use html::html;
pub use junit::junit;
pub use markdown::markdown;
pub use plain::Plain;
pub use sarif::{sarif, sarif_with_rules};
pub use summary::{Answer, AnswerWord, CheckLine, Group, Member, Place, Shadow, Summary, Told};
pub use text::{TextOptions, text};
