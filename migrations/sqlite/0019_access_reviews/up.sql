-- Reviews of who holds what, and what was decided on each of their items.

CREATE TABLE access_review (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    covers TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    completed_by TEXT,
    completed_at BIGINT,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE access_review_item (
    organization_id TEXT NOT NULL,
    review_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    assignment_id TEXT,
    rule_id TEXT,
    group_id TEXT,
    suggestion TEXT NOT NULL,
    because TEXT NOT NULL,
    decision TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    note TEXT,
    PRIMARY KEY (organization_id, review_id, number)
);
