-- Shares: a level on one resource of an application, for one person or for all of a group.

CREATE TABLE share (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    holder_kind TEXT NOT NULL,
    holder_id TEXT NOT NULL,
    level TEXT NOT NULL,
    until BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX share_resource ON share (organization_id, resource_kind, resource_id, holder_id);
CREATE INDEX share_holder ON share (organization_id, holder_id);
