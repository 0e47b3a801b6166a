-- Reviews of who holds what, and what was decided on each of their items.

CREATE TABLE access_review (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    covers TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    completed_by TEXT COLLATE "C",
    completed_at BIGINT,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE access_review_item (
    organization_id TEXT COLLATE "C" NOT NULL,
    review_id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    assignment_id TEXT COLLATE "C",
    rule_id TEXT COLLATE "C",
    group_id TEXT COLLATE "C",
    suggestion TEXT COLLATE "C" NOT NULL,
    because TEXT COLLATE "C" NOT NULL,
    decision TEXT COLLATE "C",
    decided_by TEXT COLLATE "C",
    decided_at BIGINT,
    note TEXT COLLATE "C",
    PRIMARY KEY (organization_id, review_id, number)
);
