-- A role with exactly one holder, offered to somebody who has not accepted it yet. One offer for each such role.

CREATE TABLE ownership_offer (
    organization_id TEXT NOT NULL,
    role TEXT NOT NULL,
    from_user TEXT NOT NULL,
    to_user TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role)
);
