-- What people prove themselves with here, and signing in by more than one step.

CREATE TABLE credential (
    organization_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    password TEXT COLLATE "C",
    totp TEXT COLLATE "C",
    totp_step BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    rests_until BIGINT,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX credential_name ON credential (name_key);

CREATE TABLE recovery_code (
    organization_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, user_id, digest)
);

-- What is still to be done before a session is opened, as JSON; none once it is open.
ALTER TABLE browser_session ADD COLUMN step TEXT COLLATE "C";

-- Who needs a second factor: `off`, `local`, `everybody`, or `roles`, which are then named.
ALTER TABLE organization ADD COLUMN mfa_policy TEXT COLLATE "C" NOT NULL DEFAULT 'local';
ALTER TABLE organization ADD COLUMN mfa_roles TEXT COLLATE "C" NOT NULL DEFAULT '';
