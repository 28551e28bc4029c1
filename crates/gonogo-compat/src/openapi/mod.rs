//! OpenAPI 3.0 and 3.1: what clients of one version and servers of another say to each other.

mod assumed;
mod bundle;
mod direction;
mod document;
mod locate;
mod operations;
mod parameters;
mod responses;
mod sameness;
mod security;
mod shared;
mod uncertain;

pub use bundle::{BundleError, bundle};
pub use document::{OpenApi, OpenApiError};

pub use crate::yaml::ReadError;
pub use locate::line_of;
pub(crate) use operations::{request_breaks, response_breaks};
