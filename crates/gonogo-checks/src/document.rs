//! JSON documents that others write: reading them, or saying why they cannot be read.

use gonogo_core::{BoxError, Outcome};
use serde::de::DeserializeOwned;

/// Where a document comes from; called once for each run.
pub(crate) type Source = Box<dyn Fn() -> Result<Vec<u8>, BoxError> + Send + Sync>;

/// The document; or, when what is there is none, an undetermined outcome that says where it breaks.
pub(crate) fn read<T: DeserializeOwned>(source: &Source, what: &str) -> Result<Result<T, Outcome>, BoxError> {
    let bytes = source()?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| {
        let remedy =
            format!("write the {what} as the documentation of the check shows, for the commit that is deployed");
        Outcome::undetermined(format!("the {what} cannot be read: {error}"), remedy)
    }))
}
