-- Scopes that were declared, and what each lies under. One that is not here lies directly under the organization.

CREATE TABLE scope_link (
    organization_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    parent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, scope)
);
