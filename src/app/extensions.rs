//! Schemas of the installation's own: the files that an operator has put into a directory.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::AppError;
use crate::scim::Schemas;

/// A schema is a page or two of text; anything of this size is the wrong file.
const LARGEST_FILE: u64 = 1 << 20;
/// The most files.
const MOST: usize = 50;

/// Adds every `*.json` of `directory`, in the order of their names, to the schemas of this process. A directory that is not
/// there has none.
pub(super) fn install(directory: &Path) -> Result<(), AppError> {
    let files = files(directory)?;
    if files.is_empty() {
        return Ok(());
    }
    if files.len() > MOST {
        let found = directory.display();
        return Err(AppError::Refused(format!("`{found}` has more than {MOST} schemas")));
    }
    let documents = files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
    Schemas::extend(&documents).map_err(|error| AppError::Refused(error.to_string()))?;
    for (name, _) in &documents {
        tracing::info!(schema.file = %name, "the schema in `{name}` is in force");
    }
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, AppError> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|cause| AppError::file(directory, cause))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| AppError::file(directory, cause))?.path();
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<(String, String), AppError> {
    let name = file.display().to_string();
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|cause| AppError::file(file, cause))?;
    opened.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(|cause| AppError::file(file, cause))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > LARGEST_FILE) {
        return Err(AppError::Refused(format!("`{name}` is larger than {LARGEST_FILE} bytes")));
    }
    Ok((name, text))
}
