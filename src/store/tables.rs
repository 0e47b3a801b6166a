//! The tables as diesel sees them: portable column types only (text, bool, bigint, integer), so that one schema
//! and one query text serve both databases. A test compares this file, and those below it, with what the migrations make.

mod apart;

pub use apart::{
    access_contract, access_review, access_review_item, audit_omission, brake, catalogue_version, connection_group,
    departure, leniency, metadata_source, oauth_client, permission_use, sign_in_attempt, used_assertion,
};

mod pushes;

pub use pushes::{pushed_change, pushed_request};

diesel::table! {
    organization (id) {
        id -> Text,
        name -> Text,
        name_key -> Text,
        catalogue -> Text,
        plan -> Nullable<Text>,
        mapping_mode -> Text,
        default_role -> Nullable<Text>,
        owner_setup_digest -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
        mfa_policy -> Text,
        mfa_roles -> Text,
    }
}

diesel::table! {
    directory (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        name -> Text,
        name_key -> Text,
        dialect -> Text,
        paused -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    directory_token (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        directory_id -> Text,
        digest -> Text,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        client_id -> Nullable<Text>,
    }
}

diesel::table! {
    scim_user (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        directory_id -> Nullable<Text>,
        user_name -> Text,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        active -> Bool,
        suspended -> Bool,
        departure -> Nullable<Text>,
        departure_roles -> Nullable<Text>,
        service_account -> Bool,
        document -> Text,
        session_epoch -> BigInt,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    user_email (organization_id, user_id, value_key) {
        organization_id -> Text,
        user_id -> Text,
        value_key -> Text,
    }
}

diesel::table! {
    scim_group (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        directory_id -> Nullable<Text>,
        display_name -> Text,
        display_name_key -> Text,
        external_id -> Nullable<Text>,
        document -> Text,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    membership (organization_id, group_id, member_id) {
        organization_id -> Text,
        group_id -> Text,
        member_id -> Text,
        member_kind -> Text,
        display -> Nullable<Text>,
        request_id -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    tombstone (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        kind -> Text,
        directory_id -> Nullable<Text>,
        name_key -> Text,
        external_id -> Nullable<Text>,
        last_state -> Text,
        deleted_by -> Text,
        deleted_at -> BigInt,
    }
}

diesel::table! {
    unique_value (organization_id, attribute, value_key) {
        organization_id -> Text,
        attribute -> Text,
        value_key -> Text,
        resource_id -> Text,
    }
}

diesel::table! {
    mapping_rule (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        group_match -> Text,
        group_text -> Text,
        role -> Text,
        scope -> Text,
        priority -> Integer,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    assignment (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        holder_kind -> Text,
        holder_id -> Text,
        role -> Text,
        scope -> Text,
        rule_id -> Nullable<Text>,
        rule_version -> Nullable<BigInt>,
        priority -> Integer,
        until -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    permission_override (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        user_id -> Text,
        permission -> Text,
        effect -> Text,
        scope -> Text,
        reason -> Text,
        until -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    connection (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        name -> Text,
        name_key -> Text,
        idp_entity_id -> Text,
        metadata_xml -> Text,
        domains -> Text,
        sp_key_pem -> Text,
        sp_certificate_pem -> Text,
        enabled -> Bool,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
        choices -> Text,
        spare_key -> Nullable<Text>,
        expiry_told -> Nullable<BigInt>,
    }
}

diesel::table! {
    saml_identity (organization_id, connection_id, subject) {
        organization_id -> Text,
        connection_id -> Text,
        subject -> Text,
        user_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    login_request (relay_state) {
        organization_id -> Text,
        relay_state -> Text,
        connection_id -> Text,
        request_id -> Text,
        nonce_digest -> Text,
        return_to -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        force_authn -> Bool,
        authn_contexts -> Text,
        tested_by -> Nullable<Text>,
    }
}

diesel::table! {
    logout_request (relay_state) {
        organization_id -> Text,
        relay_state -> Text,
        connection_id -> Text,
        request_id -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    consumed_assertion (organization_id, connection_id, assertion_id) {
        organization_id -> Text,
        connection_id -> Text,
        assertion_id -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    browser_session (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        digest -> Text,
        user_id -> Text,
        epoch -> BigInt,
        connection_id -> Nullable<Text>,
        name_id -> Nullable<Text>,
        session_index -> Nullable<Text>,
        subject -> Nullable<Text>,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        ends_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        step -> Nullable<Text>,
    }
}

diesel::table! {
    credential (organization_id, user_id) {
        organization_id -> Text,
        user_id -> Text,
        name_key -> Text,
        password -> Nullable<Text>,
        totp -> Nullable<Text>,
        totp_step -> BigInt,
        failures -> BigInt,
        rests_until -> Nullable<BigInt>,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    recovery_code (organization_id, user_id, digest) {
        organization_id -> Text,
        user_id -> Text,
        digest -> Text,
    }
}

diesel::table! {
    api_key (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        name -> Text,
        digest -> Text,
        user_id -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit_entry (organization_id, position) {
        organization_id -> Text,
        position -> BigInt,
        id -> Text,
        recorded_at -> BigInt,
        action -> Text,
        outcome -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<Text>,
        target_kind -> Text,
        target_id -> Text,
        request_id -> Nullable<Text>,
        entry -> Text,
    }
}

diesel::table! {
    audit_head (organization_id) {
        organization_id -> Text,
        size -> BigInt,
        frontier -> Text,
    }
}

diesel::table! {
    audit_checkpoint (organization_id, size) {
        organization_id -> Text,
        size -> BigInt,
        note -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    server_lease (name) {
        name -> Text,
        holder -> Text,
        released -> Bool,
    }
}

diesel::table! {
    share (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        resource_kind -> Text,
        resource_id -> Text,
        holder_kind -> Text,
        holder_id -> Text,
        level -> Text,
        until -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    custom_role (organization_id, role_key) {
        organization_id -> Text,
        role_key -> Text,
        title -> Text,
        permissions -> Text,
        version -> BigInt,
        created_at -> BigInt,
        changed_at -> BigInt,
        everywhere -> Text,
        origin -> Nullable<Text>,
    }
}

diesel::table! {
    scope_link (organization_id, scope) {
        organization_id -> Text,
        scope -> Text,
        parent -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    ownership_offer (organization_id, role) {
        organization_id -> Text,
        role -> Text,
        from_user -> Text,
        to_user -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    approval (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        subject -> Text,
        action -> Text,
        resource_kind -> Text,
        resource_id -> Text,
        scope -> Text,
        parameters -> Text,
        parameters_digest -> Text,
        reason -> Text,
        state -> Text,
        asked_at -> BigInt,
        expires_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    rule_version (organization_id, rule_id, version) {
        organization_id -> Text,
        rule_id -> Text,
        version -> BigInt,
        group_match -> Text,
        group_text -> Text,
        role -> Text,
        scope -> Text,
        priority -> Integer,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    role_version (organization_id, role_key, version) {
        organization_id -> Text,
        role_key -> Text,
        version -> BigInt,
        title -> Text,
        permissions -> Text,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query! {
    organization, directory, directory_token, scim_user, user_email, scim_group, membership, tombstone,
    unique_value, mapping_rule, assignment, permission_override, connection,
    saml_identity, login_request, logout_request, consumed_assertion, browser_session, credential,
    recovery_code, api_key, audit_entry, audit_head, audit_checkpoint, server_lease, share, custom_role, scope_link,
    ownership_offer, approval, rule_version, role_version,
}
