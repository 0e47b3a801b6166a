-- The catalogues that an organization has run, by the SHA-256 digest that the audit log names.

CREATE TABLE catalogue_version (
    organization_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
