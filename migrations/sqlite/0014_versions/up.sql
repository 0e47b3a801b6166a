-- What each mapping rule and each custom role has been.

CREATE TABLE rule_version (
    organization_id TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    group_match TEXT NOT NULL,
    group_text TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    priority INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, rule_id, version)
);

CREATE TABLE role_version (
    organization_id TEXT NOT NULL,
    role_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    permissions TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role_key, version)
);

-- The history of what is already there begins with what it is now. Who made it, the audit log says.
INSERT INTO rule_version (organization_id, rule_id, version, group_match, group_text, role, scope, priority, changed_by, changed_at)
SELECT organization_id, id, version, group_match, group_text, role, scope, priority, 'system', changed_at FROM mapping_rule;

INSERT INTO role_version (organization_id, role_key, version, title, permissions, changed_by, changed_at)
SELECT organization_id, role_key, version, title, permissions, 'system', changed_at FROM custom_role;
