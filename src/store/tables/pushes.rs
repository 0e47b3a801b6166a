//! What directories sent. These tables are joined with no other.

diesel::table! {
    pushed_change (organization_id, position) {
        organization_id -> Text,
        position -> BigInt,
        directory_id -> Text,
        request_id -> Text,
        recorded_at -> BigInt,
        method -> Text,
        path -> Text,
        made_id -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    pushed_request (organization_id, directory_id, id) {
        organization_id -> Text,
        id -> Text,
        directory_id -> Text,
        answered_at -> BigInt,
        method -> Text,
        path -> Text,
        status -> BigInt,
        scim_type -> Nullable<Text>,
        detail -> Nullable<Text>,
        duration_us -> BigInt,
        resource_id -> Nullable<Text>,
        outline -> Nullable<Text>,
    }
}
