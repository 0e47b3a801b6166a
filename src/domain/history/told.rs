//! Which entries tell of what decides.

use crate::audit::Action;

/// What an entry tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Founded,
    Catalogue,
    Settings,
    PersonCame,
    PersonChanged,
    /// Whatever departure was held is finished, or taken back.
    PersonSettled,
    PersonHeld,
    PersonSuspended,
    PersonRestored,
    AccountCame,
    /// A person or a service account.
    HolderGone,
    GroupCame,
    GroupChanged,
    GroupGone,
    /// By a sign-in; a directory's memberships are told with their group.
    GroupsJoined,
    GroupsLeft,
    /// With its groups; its people may be suspended.
    DirectoryGone,
    RuleWritten,
    RuleGone,
    RoleWritten,
    RoleGone,
    ScopePlaced,
    ScopeGone,
    RoleGiven,
    RoleEnded,
    OwnerMade,
    OwnerTransferred,
    Exceptions,
    Shared,
    ShareEnded,
}

impl Told {
    /// What entries of this action tell of; nothing, if no decision rests on them.
    pub fn by(action: Action) -> Option<Self> {
        Some(match action {
            Action::OrganizationCreated => Self::Founded,
            Action::CatalogueApplied => Self::Catalogue,
            Action::SettingsChanged => Self::Settings,
            Action::UserCreated => Self::PersonCame,
            Action::UserReplaced | Action::UserPatched => Self::PersonChanged,
            Action::UserDeactivated | Action::UserReactivated => Self::PersonSettled,
            Action::UserDepartureHeld => Self::PersonHeld,
            Action::UserSuspended => Self::PersonSuspended,
            Action::UserRestored => Self::PersonRestored,
            Action::ServiceAccountCreated => Self::AccountCame,
            Action::UserDeleted | Action::ServiceAccountDeleted => Self::HolderGone,
            Action::GroupCreated => Self::GroupCame,
            Action::GroupReplaced | Action::GroupPatched => Self::GroupChanged,
            Action::GroupDeleted => Self::GroupGone,
            Action::MembershipAdded => Self::GroupsJoined,
            Action::MembershipRemoved => Self::GroupsLeft,
            Action::DirectoryDeleted => Self::DirectoryGone,
            Action::MappingRuleCreated | Action::MappingRuleChanged => Self::RuleWritten,
            Action::MappingRuleDeleted => Self::RuleGone,
            Action::RoleCreated | Action::RoleChanged => Self::RoleWritten,
            Action::RoleDeleted => Self::RoleGone,
            Action::ScopeCreated | Action::ScopeMoved => Self::ScopePlaced,
            Action::ScopeDeleted => Self::ScopeGone,
            Action::AssignmentCreated => Self::RoleGiven,
            Action::AssignmentEnded => Self::RoleEnded,
            Action::OwnerClaimed => Self::OwnerMade,
            Action::OwnerTransferred => Self::OwnerTransferred,
            Action::OverrideCreated | Action::OverrideChanged | Action::OverrideEnded => Self::Exceptions,
            Action::ShareCreated => Self::Shared,
            Action::ShareEnded => Self::ShareEnded,
            // A yes is used up by the one decision that it allows.
            Action::UserAdopted
            | Action::UserInvited
            | Action::UserSigninReset
            | Action::PasswordChanged
            | Action::SecondFactorAdded
            | Action::SecondFactorRemoved
            | Action::RecoveryCodesReplaced
            | Action::RecoveryCodeUsed
            | Action::DirectoryCreated
            | Action::DirectoryChanged
            | Action::DirectoryBrakeEngaged
            | Action::DirectoryBrakeReleased
            | Action::DirectoryBrakeReset
            | Action::DirectoryTokenCreated
            | Action::DirectoryTokenRevoked
            | Action::DirectoryTokenIssued
            | Action::OauthClientCreated
            | Action::OauthClientDeleted
            | Action::ConnectionCreated
            | Action::ConnectionChanged
            | Action::ConnectionDeleted
            | Action::ConnectionWarned
            | Action::ApprovalAsked
            | Action::ApprovalApproved
            | Action::ApprovalDenied
            | Action::ApprovalWithdrawn
            | Action::ApprovalUsed
            | Action::ApprovalExpired
            | Action::ContractCreated
            | Action::ContractChanged
            | Action::ContractDeleted
            | Action::ReviewOpened
            | Action::ReviewDecided
            | Action::ReviewCompleted
            | Action::ApiKeyCreated
            | Action::ApiKeyRevoked
            | Action::OwnerLinked
            | Action::OwnerOffered
            | Action::OwnerWithdrawn
            | Action::SessionOpened
            | Action::SessionEnded
            | Action::SessionRefreshed
            | Action::SigninRefused
            | Action::DecisionRefused
            | Action::AuthenticationFailed
            | Action::RequestRefused
            | Action::ApplicationEvent
            | Action::AuditRead
            | Action::AuditExported => return None,
        })
    }
}
