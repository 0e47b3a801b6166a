//! What is noted about the use of permissions, and reviews of who holds them. None of it is joined to anything.

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
