ALTER TABLE pushed_request RENAME TO pushed_request_after;
DROP INDEX pushed_request_resource;
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
INSERT INTO pushed_request SELECT * FROM pushed_request_after;
DROP TABLE pushed_request_after;
CREATE INDEX pushed_request_directory ON pushed_request (organization_id, directory_id, id);
CREATE INDEX pushed_request_resource ON pushed_request (organization_id, resource_id, id);
CREATE INDEX pushed_request_age ON pushed_request (answered_at);
CREATE INDEX pushed_change_age ON pushed_change (recorded_at);
CREATE INDEX pushed_change_request ON pushed_change (organization_id, request_id);
CREATE INDEX pushed_change_directory ON pushed_change (organization_id, directory_id, position);
CREATE UNIQUE INDEX audit_entry_id ON audit_entry (organization_id, id);
