-- What directories sent. A request that changed something is kept with the audit entry of its change, in the same
-- transaction, so that a directory can be replayed; its body is sealed. Beside it, one line for each answered request.

CREATE TABLE pushed_change (
    organization_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    directory_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    made_id TEXT,
    body TEXT,
    PRIMARY KEY (organization_id, position)
);
CREATE INDEX pushed_change_directory ON pushed_change (organization_id, directory_id, position);
CREATE INDEX pushed_change_request ON pushed_change (organization_id, request_id);
CREATE INDEX pushed_change_age ON pushed_change (recorded_at);

CREATE TABLE pushed_request (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    directory_id TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status BIGINT NOT NULL,
    scim_type TEXT,
    detail TEXT,
    duration_us BIGINT NOT NULL,
    resource_id TEXT,
    outline TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX pushed_request_directory ON pushed_request (organization_id, directory_id, id);
CREATE INDEX pushed_request_resource ON pushed_request (organization_id, resource_id, id);
CREATE INDEX pushed_request_age ON pushed_request (answered_at);
