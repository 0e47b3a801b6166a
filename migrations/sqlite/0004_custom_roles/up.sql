-- Roles that an organization made from the palette of its catalogue.

CREATE TABLE custom_role (
    organization_id TEXT NOT NULL,
    role_key TEXT NOT NULL,
    title TEXT NOT NULL,
    permissions TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role_key)
);
