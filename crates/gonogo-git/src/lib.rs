//! Git histories for gonogo: [`GitHistory`] answers [`History`](gonogo_core::History) and
//! [`ChangeHistory`](gonogo_core::ChangeHistory) from a repository on disk, through libgit2 and without the network.
//!
//! ```
//! use gonogo_core::{Ancestry, History};
//! use gonogo_git::GitHistory;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let Some(repository) = demo::repository() else { return Ok(()) };
//! # let directory = repository.path();
//! let history = GitHistory::discover(directory)?;
//! let base = history.resolve("v1.0")?;
//! let head = history.resolve("main")?;
//! assert_eq!(history.ancestry(&base, &head)?, Ancestry::Ahead(1));
//! for commit in history.commits(&base, &head)? {
//!     println!("{} {}", commit.id.short(), commit.subject());
//! }
//! for file in history.changed_files(&base, &head)? {
//!     println!("{}", file.path);
//! }
//! # Ok(())
//! # }
//! # mod demo {
//! #     pub fn repository() -> Option<tempfile::TempDir> {
//! #         let directory = tempfile::tempdir().ok()?;
//! #         let run = |words: &str| {
//! #             std::process::Command::new("git").current_dir(directory.path()).args(words.split(' '))
//! #                 .env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1")
//! #                 .env("GIT_AUTHOR_NAME", "a").env("GIT_AUTHOR_EMAIL", "a@example.org")
//! #                 .env("GIT_COMMITTER_NAME", "a").env("GIT_COMMITTER_EMAIL", "a@example.org")
//! #                 .status().is_ok_and(|status| status.success())
//! #         };
//! #         let made = run("init -q -b main .") && run("commit -q --allow-empty -m one") && run("tag v1.0")
//! #             && run("commit -q --allow-empty -m two");
//! #         made.then_some(directory)
//! #     }
//! # }
//! ```
//!
//! # The map
//!
//! | room | what happens there |
//! | --- | --- |
//! | `open` | finding and opening a repository, a handle for each thread, what cannot be opened and why |
//! | `resolve` | names to commits; ambiguous names are refused |
//! | `graph` | ranges and ancestry over the commit graph; the edge of a shallow clone |
//! | `trees` | what differs between two trees, read from their raw bytes |
//! | `files` | reading and listing files as of a commit |
//! | `exact`, `renames`, `similarity` | which path became which other path |
//! | `lines`, `myers` | how many lines two texts differ by |
//! | `changes` | what one commit changed: all of the above for its files |
//! | `patch`, `cherry` | which commits the other side has in substance |
//! | `blame` | which commit a line comes from: [`Blame`], [`DeletedLines`] |
//! | `walk` | every ancestor of a commit |
//! | `mailmap` | one person under one name |
//! | `tags` | the newest tag, the current branch, uncommitted changes |
//! | `production` | what runs in an environment: [`NamedRevision`], [`NewestTag`], [`RevisionFile`] |
//! | `odb`, `cache`, `commit` | reading objects; what is missing and how to get it; the parts of a commit's raw bytes |
//! | `history`, `change_history` | core's traits, on these rooms |
//!
//! # What is honoured and what is not
//! Replace references (`refs/replace`) and grafts are ignored, as with `git --no-replace-objects`: what is deployed is what the
//! object ids name. Attributes (`.gitattributes`) are ignored. Environment variables such as `GIT_DIR` are ignored: the
//! repository is the one at the path given. As with git, objects are not hashed again when they are read; `git fsck` does that.

mod blame;
mod cache;
mod change_history;
mod changes;
mod cherry;
mod commit;
mod error;
mod exact;
mod files;
mod graph;
mod history;
mod lines;
mod mailmap;
mod myers;
mod odb;
mod open;
mod patch;
mod production;
mod renames;
mod resolve;
mod similarity;
mod suggest;
mod tags;
mod trees;
mod walk;

pub use blame::{Blame, DeletedLines};
pub use open::GitHistory;
pub use production::{NamedRevision, NewestTag, RevisionFile};
