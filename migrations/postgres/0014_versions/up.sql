-- What each mapping rule and each custom role has been.

CREATE TABLE rule_version (
    organization_id TEXT COLLATE "C" NOT NULL,
    rule_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    group_match TEXT COLLATE "C" NOT NULL,
    group_text TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    priority INTEGER NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, rule_id, version)
);

CREATE TABLE role_version (
    organization_id TEXT COLLATE "C" NOT NULL,
    role_key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, role_key, version)
);

-- The history of what is already there begins with what it is now. Who made it, the audit log says.
INSERT INTO rule_version (organization_id, rule_id, version, group_match, group_text, role, scope, priority, changed_by, changed_at)
SELECT organization_id, id, version, group_match, group_text, role, scope, priority, 'system', changed_at FROM mapping_rule;

INSERT INTO role_version (organization_id, role_key, version, title, permissions, changed_by, changed_at)
SELECT organization_id, role_key, version, title, permissions, 'system', changed_at FROM custom_role;
