//! Values that no two resources may have, as schemas declare it.

use super::MAX_INDEXED;
use crate::domain::GatewayError;
use crate::scim::{Document, ScimError};
use crate::store::{WriteTx, unique_values};

/// The unique values of a document.
///
/// Errors: `invalidValue` for one that is too long to be found again.
pub(super) fn values(document: &Document) -> Result<Vec<(String, String)>, GatewayError> {
    let values = document.unique_values();
    match values.iter().find(|(_, key)| key.chars().nth(MAX_INDEXED).is_some()) {
        Some((name, _)) => {
            let detail = format!("`{name}` is longer than {MAX_INDEXED} characters, too long to be unique");
            Err(ScimError::InvalidValue(detail).into())
        }
        None => Ok(values),
    }
}

/// Gives a resource the unique values of its new document, if they are others than before.
///
/// Errors: `uniqueness` for one that is another's.
pub(super) fn claim(
    tx: &mut WriteTx<'_>,
    resource: &str,
    before: Option<&Document>,
    after: &Document,
) -> Result<(), GatewayError> {
    let values = values(after)?;
    if before.map(Document::unique_values).unwrap_or_default() == values {
        return Ok(());
    }
    match unique_values::replace(tx, resource, &values)? {
        Some(taken) => Err(ScimError::Uniqueness(format!("the value of `{taken}` is already taken")).into()),
        None => Ok(()),
    }
}
