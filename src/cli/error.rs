//! What ends a command early, as one sentence and an exit code.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crate::app::AppError;
use crate::config::ConfigError;

/// Why a command did not do its work.
#[derive(Debug)]
pub enum CliError {
    /// The configuration is not valid.
    Config(ConfigError),
    /// The work failed.
    App(AppError),
    /// Standard output is closed or full.
    Output(std::io::Error),
}

impl CliError {
    /// 2 for what the caller can mend in the arguments or the file, 1 for the rest.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(2),
            Self::App(_) | Self::Output(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for CliError {
    /// The error and its causes in one line: the reader has no second place to look.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cause: Option<&dyn Error> = match self {
            Self::Config(error) => Some(error),
            Self::App(error) => Some(error),
            Self::Output(error) => Some(error),
        };
        let mut separator = "";
        while let Some(error) = cause {
            write!(f, "{separator}{error}")?;
            separator = ": ";
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for CliError {}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<AppError> for CliError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}
