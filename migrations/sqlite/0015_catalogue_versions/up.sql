-- The catalogues that an organization has run, by the SHA-256 digest that the audit log names.

CREATE TABLE catalogue_version (
    organization_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
