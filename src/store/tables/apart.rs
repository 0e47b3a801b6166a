//! Tables that no query joins to another one.

diesel::table! {
    permission_use (organization_id, user_id, permission) {
        organization_id -> Text,
        user_id -> Text,
        permission -> Text,
        day -> BigInt,
    }
}

diesel::table! {
    access_review (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        name -> Text,
        covers -> Text,
        created_by -> Text,
        created_at -> BigInt,
        completed_by -> Nullable<Text>,
        completed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    access_review_item (organization_id, review_id, number) {
        organization_id -> Text,
        review_id -> Text,
        number -> BigInt,
        user_id -> Text,
        user_name -> Text,
        role -> Text,
        scope -> Text,
        assignment_id -> Nullable<Text>,
        rule_id -> Nullable<Text>,
        group_id -> Nullable<Text>,
        suggestion -> Text,
        because -> Text,
        decision -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    audit_omission (organization_id, digest) {
        organization_id -> Text,
        digest -> Text,
        text -> Text,
    }
}

diesel::table! {
    catalogue_version (organization_id, digest) {
        organization_id -> Text,
        digest -> Text,
        text -> Text,
        applied_at -> BigInt,
    }
}

diesel::table! {
    access_contract (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        name -> Text,
        who -> Text,
        never -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    leniency (organization_id, directory_id, code, shape) {
        organization_id -> Text,
        directory_id -> Text,
        code -> Text,
        shape -> Text,
        example -> Text,
        uses -> BigInt,
        first_at -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    sign_in_attempt (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        connection_id -> Text,
        at -> BigInt,
        code -> Text,
        failed_check -> Nullable<Text>,
        reason -> Text,
        advice -> Text,
        request_id -> Nullable<Text>,
        ip -> Nullable<Text>,
        tested_by -> Nullable<Text>,
        outcome -> Nullable<Text>,
        document -> Nullable<Text>,
    }
}

diesel::table! {
    connection_group (organization_id, connection_id, value) {
        organization_id -> Text,
        connection_id -> Text,
        value -> Text,
        group_id -> Text,
    }
}

diesel::table! {
    metadata_source (organization_id, connection_id) {
        organization_id -> Text,
        connection_id -> Text,
        url -> Text,
        etag -> Nullable<Text>,
        fetched_at -> BigInt,
        tried_at -> BigInt,
        next_at -> BigInt,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    brake (organization_id, directory_id) {
        organization_id -> Text,
        directory_id -> Text,
        enabled -> Bool,
        people -> BigInt,
        percent -> BigInt,
        least -> BigInt,
        minutes -> BigInt,
        base -> BigInt,
        base_at -> BigInt,
        engaged_at -> Nullable<BigInt>,
        lifted_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    departure (organization_id, directory_id, user_id) {
        organization_id -> Text,
        directory_id -> Text,
        user_id -> Text,
        user_name -> Text,
        asked -> Text,
        held -> Bool,
        at -> BigInt,
    }
}

diesel::table! {
    oauth_client (organization_id, id) {
        organization_id -> Text,
        id -> Text,
        directory_id -> Text,
        name -> Text,
        secret_digest -> Nullable<Text>,
        public_key -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    used_assertion (organization_id, client_id, digest) {
        organization_id -> Text,
        client_id -> Text,
        digest -> Text,
        expires_at -> BigInt,
    }
}
