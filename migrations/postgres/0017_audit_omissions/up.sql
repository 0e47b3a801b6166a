-- What audit entries leave out because they are at most 65,535 bytes long, by the SHA-256 digest that stands in the entry.

CREATE TABLE audit_omission (
    organization_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
