-- Every index is written with every change, and a directory's first push is nothing but changes. An entry is found by its
-- position; what a request changed by the entries that bear its id; what is old lies first in the order of the primary key.

DROP INDEX audit_entry_id;
DROP INDEX pushed_change_directory;
DROP INDEX pushed_change_request;
DROP INDEX pushed_change_age;

-- A primary key cannot be changed here, so the table is made again.
ALTER TABLE pushed_request RENAME TO pushed_request_before;
DROP INDEX pushed_request_directory;
DROP INDEX pushed_request_resource;
DROP INDEX pushed_request_age;
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
    PRIMARY KEY (organization_id, directory_id, id)
);
INSERT INTO pushed_request SELECT * FROM pushed_request_before;
DROP TABLE pushed_request_before;
CREATE INDEX pushed_request_resource ON pushed_request (organization_id, resource_id, id);
