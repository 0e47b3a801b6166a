-- What an organization asserts about itself; no change that breaks it is kept.

CREATE TABLE access_contract (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    never TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
