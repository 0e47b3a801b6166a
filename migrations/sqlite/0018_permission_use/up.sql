-- On which day somebody last exercised a permission: days since 1970-01-01. The row without a user says since when that is noted.

CREATE TABLE permission_use (
    organization_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    permission TEXT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id, permission)
);
