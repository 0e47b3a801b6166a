//! What an event is about.

use std::fmt;
use std::str::FromStr;

use super::AuditError;
use super::event::clip;

macro_rules! kinds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The kind of thing that was acted on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum TargetKind {
            $($variant,)+
        }

        impl TargetKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The kind's name in entries, searches and pages.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl FromStr for TargetKind {
            type Err = AuditError;

            fn from_str(name: &str) -> Result<Self, AuditError> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    other => Err(AuditError::UnknownTarget(AuditError::excerpt(other))),
                }
            }
        }
    };
}

kinds! {
    Organization = "organization",
    User = "user",
    Group = "group",
    Directory = "directory",
    DirectoryToken = "directory_token",
    OauthClient = "oauth_client",
    Connection = "connection",
    MappingRule = "mapping_rule",
    Assignment = "assignment",
    Override = "override",
    Role = "role",
    Scope = "scope",
    Share = "share",
    Approval = "approval",
    Catalogue = "catalogue",
    ServiceAccount = "service_account",
    Contract = "contract",
    Review = "review",
    ApiKey = "api_key",
    Session = "session",
    Permission = "permission",
    Resource = "resource",
    Request = "request",
    Audit = "audit",
    Settings = "settings",
    Application = "application",
}

impl fmt::Display for TargetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The thing an event is about: its kind, its id, and the name by which a reader knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    kind: TargetKind,
    id: String,
    display: Option<String>,
}

impl Target {
    /// The thing of this kind with this id (cut to 1,024 characters).
    pub fn new(kind: TargetKind, id: impl fmt::Display) -> Self {
        Self { kind, id: clip(id.to_string(), 1_024), display: None }
    }

    /// With the name it bore at the time (cut to 256 characters).
    #[must_use]
    pub fn named(mut self, display: impl Into<String>) -> Self {
        self.display = Some(clip(display.into(), 256));
        self
    }

    /// Its kind.
    pub const fn kind(&self) -> TargetKind {
        self.kind
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name it bore at the time.
    pub fn display(&self) -> Option<&str> {
        self.display.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_name() {
        for kind in TargetKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }

    #[test]
    fn overlong_ids_and_names_are_cut() {
        let target = Target::new(TargetKind::Resource, "é".repeat(5_000)).named("x".repeat(5_000));
        assert_eq!(target.id().chars().count(), 1_024);
        assert_eq!(target.display().map(str::len), Some(256));
    }
}
