-- Sign-ins that failed, and those that an admin tried out: what was checked, and at which check it ended.
CREATE TABLE sign_in_attempt (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    failed_check TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    advice TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C",
    ip TEXT COLLATE "C",
    tested_by TEXT COLLATE "C",
    outcome TEXT COLLATE "C",
    document TEXT COLLATE "C",
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX sign_in_attempt_connection ON sign_in_attempt (organization_id, connection_id, id);

-- The admin who tries the connection out; nobody is signed in by the answer.
ALTER TABLE login_request ADD COLUMN tested_by TEXT COLLATE "C";

-- The groups that come with sign-ins through a connection: what the identity provider calls each, and which it is here.
CREATE TABLE connection_group (
    organization_id TEXT COLLATE "C" NOT NULL,
    connection_id TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    group_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, connection_id, value)
);
CREATE INDEX connection_group_group ON connection_group (organization_id, group_id);
