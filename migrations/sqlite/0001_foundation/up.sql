-- The foundation. The same tables, columns and indexes stand in `migrations/postgres` under the same number; a test
-- compares the two. Ids are UUIDv7 text, times are microseconds UTC, documents are JSON text, and what is compared
-- without regard to case has a folded key beside it that bears the unique index.

CREATE TABLE organization (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    catalogue TEXT NOT NULL,
    plan TEXT,
    mapping_mode TEXT NOT NULL,
    default_role TEXT,
    owner_setup_digest TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX organization_name ON organization (name_key);
CREATE UNIQUE INDEX organization_owner_setup ON organization (owner_setup_digest);

CREATE TABLE directory (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    dialect TEXT NOT NULL,
    paused BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX directory_name ON directory (organization_id, name_key);

CREATE TABLE directory_token (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    directory_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX directory_token_digest ON directory_token (digest);
CREATE INDEX directory_token_directory ON directory_token (organization_id, directory_id);

CREATE TABLE scim_user (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    directory_id TEXT,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    external_id TEXT,
    active BOOLEAN NOT NULL,
    document TEXT NOT NULL,
    session_epoch BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (organization_id, user_name_key);
CREATE INDEX scim_user_external ON scim_user (organization_id, external_id);
CREATE INDEX scim_user_directory ON scim_user (organization_id, directory_id, id);

CREATE TABLE user_email (
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    value_key TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id, value_key)
);
CREATE INDEX user_email_value ON user_email (organization_id, value_key);

CREATE TABLE scim_group (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    directory_id TEXT,
    display_name TEXT NOT NULL,
    display_name_key TEXT NOT NULL,
    external_id TEXT,
    document TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX scim_group_name ON scim_group (organization_id, display_name_key);
CREATE INDEX scim_group_external ON scim_group (organization_id, external_id);
CREATE INDEX scim_group_directory ON scim_group (organization_id, directory_id, id);

CREATE TABLE membership (
    organization_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    display TEXT,
    request_id TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, group_id, member_id)
);
CREATE INDEX membership_member ON membership (organization_id, member_id);

CREATE TABLE tombstone (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    directory_id TEXT,
    name_key TEXT NOT NULL,
    external_id TEXT,
    last_state TEXT NOT NULL,
    deleted_by TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX tombstone_name ON tombstone (organization_id, kind, name_key);

CREATE TABLE mapping_rule (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    group_match TEXT NOT NULL,
    group_text TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    priority INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE assignment (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    holder_kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    rule_id TEXT,
    rule_version BIGINT,
    priority INTEGER NOT NULL,
    until BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX assignment_holder ON assignment (organization_id, holder_id);
CREATE INDEX assignment_role ON assignment (organization_id, role);
CREATE INDEX assignment_rule ON assignment (organization_id, rule_id);

CREATE TABLE permission_override (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    permission TEXT NOT NULL,
    effect TEXT NOT NULL,
    scope TEXT NOT NULL,
    reason TEXT NOT NULL,
    until BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX permission_override_user ON permission_override (organization_id, user_id);

CREATE TABLE connection (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    idp_entity_id TEXT NOT NULL,
    metadata_xml TEXT NOT NULL,
    domains TEXT NOT NULL,
    just_in_time BOOLEAN NOT NULL,
    idp_initiated TEXT NOT NULL,
    sp_key_pem TEXT NOT NULL,
    sp_certificate_pem TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX connection_id ON connection (id);
CREATE UNIQUE INDEX connection_name ON connection (organization_id, name_key);

CREATE TABLE saml_identity (
    organization_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, connection_id, subject)
);
CREATE INDEX saml_identity_user ON saml_identity (organization_id, user_id);

CREATE TABLE login_request (
    organization_id TEXT NOT NULL,
    relay_state TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    nonce_digest TEXT NOT NULL,
    return_to TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (relay_state)
);
CREATE INDEX login_request_expiry ON login_request (expires_at);

CREATE TABLE consumed_assertion (
    organization_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    assertion_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, connection_id, assertion_id)
);
CREATE INDEX consumed_assertion_expiry ON consumed_assertion (expires_at);

CREATE TABLE browser_session (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    user_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    connection_id TEXT,
    name_id TEXT,
    session_index TEXT,
    ip TEXT,
    user_agent TEXT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX browser_session_digest ON browser_session (digest);
CREATE INDEX browser_session_user ON browser_session (organization_id, user_id);
CREATE INDEX browser_session_end ON browser_session (ends_at);

CREATE TABLE api_key (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    user_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX api_key_digest ON api_key (digest);
CREATE INDEX api_key_user ON api_key (organization_id, user_id);

CREATE TABLE audit_entry (
    organization_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    id TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    request_id TEXT,
    entry TEXT NOT NULL,
    PRIMARY KEY (organization_id, position)
);
CREATE UNIQUE INDEX audit_entry_id ON audit_entry (organization_id, id);
CREATE INDEX audit_entry_action ON audit_entry (organization_id, action, position);
CREATE INDEX audit_entry_actor ON audit_entry (organization_id, actor_id, position);
CREATE INDEX audit_entry_target ON audit_entry (organization_id, target_id, position);
CREATE INDEX audit_entry_request ON audit_entry (organization_id, request_id);

CREATE TABLE audit_head (
    organization_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    frontier TEXT NOT NULL,
    PRIMARY KEY (organization_id)
);

CREATE TABLE audit_checkpoint (
    organization_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, size)
);

-- One row: which process serves, and until when its memory may be trusted. See `store/lease.rs`.
CREATE TABLE server_lease (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    released BOOLEAN NOT NULL,
    PRIMARY KEY (name)
);

-- What is in the log stays as it is.
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit entries cannot be changed'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit entries cannot be deleted'); END;
