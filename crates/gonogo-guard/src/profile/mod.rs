//! Other tools' rules, for teams that move over: Kayenta's judge, Argo's and Keptn's decision tables.
//!
//! They are reproduced as they are, including where they let missing data pass. What they say becomes a [`Verdict`](crate::Verdict) in one place,
//! [`verdict`], which never makes "nothing was measured" healthy.

pub mod argo;
pub mod expression;
pub mod kayenta;
pub mod keptn;
pub mod keptn_analysis;
pub mod verdict;
