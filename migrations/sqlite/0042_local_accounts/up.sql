-- What people prove themselves with here, and signing in by more than one step.

CREATE TABLE credential (
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    name_key TEXT NOT NULL,
    password TEXT,
    totp TEXT,
    totp_step BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    rests_until BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX credential_name ON credential (name_key);

CREATE TABLE recovery_code (
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id, digest)
);

-- What is still to be done before a session is opened, as JSON; none once it is open.
ALTER TABLE browser_session ADD COLUMN step TEXT;

-- Who needs a second factor: `off`, `local`, `everybody`, or `roles`, which are then named.
ALTER TABLE organization ADD COLUMN mfa_policy TEXT NOT NULL DEFAULT 'local';
ALTER TABLE organization ADD COLUMN mfa_roles TEXT NOT NULL DEFAULT '';
