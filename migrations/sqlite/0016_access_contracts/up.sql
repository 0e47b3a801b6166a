-- What an organization asserts about itself; no change that breaks it is kept.

CREATE TABLE access_contract (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    who TEXT NOT NULL,
    never TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
