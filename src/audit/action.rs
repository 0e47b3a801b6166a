//! The closed list of what the audit log can tell. Names only ever join the list: an entry written once must stay
//! readable for as long as it is kept.

use std::fmt;
use std::str::FromStr;

use super::AuditError;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What happened, in the past tense: `user.created`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $variant,)+
        }

        impl Action {
            /// Every action, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The dotted name under which the action is written, searched and shown.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl FromStr for Action {
            type Err = AuditError;

            fn from_str(name: &str) -> Result<Self, AuditError> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    other => Err(AuditError::UnknownAction(AuditError::excerpt(other))),
                }
            }
        }
    };
}

actions! {
    OrganizationCreated = "organization.created",
    UserCreated = "user.created",
    UserReplaced = "user.replaced",
    UserPatched = "user.patched",
    UserDeactivated = "user.deactivated",
    UserReactivated = "user.reactivated",
    UserDeleted = "user.deleted",
    /// By an admin, whatever the directory says.
    UserSuspended = "user.suspended",
    UserRestored = "user.restored",
    /// Their directory wants them gone, and they are the last holder of a role: they keep that role alone.
    UserDepartureHeld = "user.departure_held",
    /// By a link that lets them choose a password.
    UserInvited = "user.invited",
    /// What they proved themselves with was taken away, by an admin.
    UserSigninReset = "user.signin_reset",
    PasswordChanged = "password.changed",
    SecondFactorAdded = "second_factor.added",
    SecondFactorRemoved = "second_factor.removed",
    RecoveryCodesReplaced = "recovery_codes.replaced",
    RecoveryCodeUsed = "recovery_code.used",
    /// An existing local account was taken over by a directory.
    UserAdopted = "user.adopted",
    GroupCreated = "group.created",
    GroupReplaced = "group.replaced",
    GroupPatched = "group.patched",
    GroupDeleted = "group.deleted",
    MembershipAdded = "membership.added",
    MembershipRemoved = "membership.removed",
    DirectoryCreated = "directory.created",
    DirectoryChanged = "directory.changed",
    DirectoryDeleted = "directory.deleted",
    /// More of its people were to go at once than its brake lets go: the rest are held.
    DirectoryBrakeEngaged = "directory.brake_engaged",
    /// Those whom the brake holds may go.
    DirectoryBrakeReleased = "directory.brake_released",
    /// Those whom the brake holds are to stay.
    DirectoryBrakeReset = "directory.brake_reset",
    DirectoryTokenCreated = "directory_token.created",
    DirectoryTokenRevoked = "directory_token.revoked",
    /// To a client that proved itself.
    DirectoryTokenIssued = "directory_token.issued",
    OauthClientCreated = "oauth_client.created",
    OauthClientDeleted = "oauth_client.deleted",
    ConnectionCreated = "connection.created",
    ConnectionChanged = "connection.changed",
    ConnectionDeleted = "connection.deleted",
    /// Its metadata could not be refreshed, or its last signing certificate is about to expire.
    ConnectionWarned = "connection.warned",
    MappingRuleCreated = "mapping_rule.created",
    MappingRuleChanged = "mapping_rule.changed",
    MappingRuleDeleted = "mapping_rule.deleted",
    AssignmentCreated = "assignment.created",
    AssignmentEnded = "assignment.ended",
    OverrideCreated = "override.created",
    OverrideChanged = "override.changed",
    OverrideEnded = "override.ended",
    RoleCreated = "role.created",
    RoleChanged = "role.changed",
    RoleDeleted = "role.deleted",
    ScopeCreated = "scope.created",
    ScopeMoved = "scope.moved",
    ScopeDeleted = "scope.deleted",
    ShareCreated = "share.created",
    ShareEnded = "share.ended",
    ApprovalAsked = "approval.asked",
    ApprovalApproved = "approval.approved",
    ApprovalDenied = "approval.denied",
    ApprovalWithdrawn = "approval.withdrawn",
    /// An approved action was allowed, this once.
    ApprovalUsed = "approval.used",
    /// A request that nobody decided on, or a yes that nobody used, ran out.
    ApprovalExpired = "approval.expired",
    CatalogueApplied = "catalogue.applied",
    ServiceAccountCreated = "service_account.created",
    ServiceAccountDeleted = "service_account.deleted",
    ContractCreated = "contract.created",
    ContractChanged = "contract.changed",
    ContractDeleted = "contract.deleted",
    ReviewOpened = "review.opened",
    ReviewDecided = "review.decided",
    ReviewCompleted = "review.completed",
    ApiKeyCreated = "api_key.created",
    ApiKeyRevoked = "api_key.revoked",
    /// The one-time link made the first owner.
    OwnerClaimed = "owner.claimed",
    /// A one-time link was made that signs an owner in.
    OwnerLinked = "owner.linked",
    /// Waits for its receiver.
    OwnerOffered = "owner.offered",
    OwnerWithdrawn = "owner.withdrawn",
    OwnerTransferred = "owner.transferred",
    SessionOpened = "session.opened",
    SessionEnded = "session.ended",
    SessionRefreshed = "session.refreshed",
    SigninRefused = "signin.refused",
    DecisionRefused = "decision.refused",
    /// A bearer token or key that opens nothing.
    AuthenticationFailed = "authentication.failed",
    /// A request by somebody known that was not allowed or not possible.
    RequestRefused = "request.refused",
    /// Posted by an application about itself.
    ApplicationEvent = "application.event",
    AuditRead = "audit.read",
    AuditExported = "audit.exported",
    SettingsChanged = "settings.changed",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_survives_its_name() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
        }
    }

    #[test]
    fn every_name_is_a_thing_a_dot_and_a_past_tense() {
        for action in Action::ALL {
            let name = action.as_str();
            assert_eq!(name.matches('.').count(), 1, "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'), "{name}");
        }
    }

    #[test]
    fn a_name_outside_the_list_is_refused_with_at_most_64_characters_of_it() {
        let name = "x".repeat(1_000);
        assert_eq!(name.parse::<Action>(), Err(AuditError::UnknownAction("x".repeat(64))));
    }
}
