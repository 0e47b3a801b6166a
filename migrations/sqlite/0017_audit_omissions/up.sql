-- What audit entries leave out because they are at most 65,535 bytes long, by the SHA-256 digest that stands in the entry.

CREATE TABLE audit_omission (
    organization_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (organization_id, digest)
);
