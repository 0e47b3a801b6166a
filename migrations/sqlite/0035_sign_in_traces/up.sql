-- Sign-ins that failed, and those that an admin tried out: what was checked, and at which check it ended.
CREATE TABLE sign_in_attempt (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    failed_check TEXT,
    reason TEXT NOT NULL,
    advice TEXT NOT NULL,
    request_id TEXT,
    ip TEXT,
    tested_by TEXT,
    outcome TEXT,
    document TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX sign_in_attempt_connection ON sign_in_attempt (organization_id, connection_id, id);

-- The admin who tries the connection out; nobody is signed in by the answer.
ALTER TABLE login_request ADD COLUMN tested_by TEXT;

-- The groups that come with sign-ins through a connection: what the identity provider calls each, and which it is here.
CREATE TABLE connection_group (
    organization_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    value TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, connection_id, value)
);
CREATE INDEX connection_group_group ON connection_group (organization_id, group_id);
