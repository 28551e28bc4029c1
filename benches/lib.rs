//! Criterion benches of gonogo: `cargo bench -p gonogo-benches`.
//!
//! | bench | measures |
//! | --- | --- |
//! | `gate` | a gate's own cost over 100 checks that do nothing, and how long after its limit a gate returns whose check blocks |
//! | `issues` | references of a whole history beside reading its messages with git2, equivalence beside `git cherry`, hostile messages |
//! | `guard` | windows a second through a monitor of each kind, ten thousand metrics over an hour, bytes of state |
//! | `range` | commits and changed files of a range, beside `git log --raw` and `git diff --raw` over the same range |
//! | `compat` | containment over all pairs of the cases, and OpenAPI documents of 1 MB against an ordinary and a bad successor |
//!
//! And two programs: `guard_simulation` says how often the guard halts healthy and bad rollouts, `guard_peers` the same of other
//! tools' rules.

pub mod random;
