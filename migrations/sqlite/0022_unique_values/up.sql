-- Values of which a schema says that only one resource has them; `userName` has a column of its own.

CREATE TABLE unique_value (
    organization_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value_key TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    PRIMARY KEY (organization_id, attribute, value_key)
);

CREATE INDEX unique_value_resource ON unique_value (organization_id, resource_id);
