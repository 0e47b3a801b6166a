-- Actions that were held back, and what somebody else said about them.

CREATE TABLE approval (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    parameters TEXT NOT NULL,
    parameters_digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    note TEXT,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX approval_subject ON approval (organization_id, subject, state);
CREATE INDEX approval_state ON approval (organization_id, state, id);
