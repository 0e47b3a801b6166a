-- A directory wants somebody gone who is the last holder of a role that must have one: they keep that role alone until
-- somebody else has it, and then what was asked for (`deactivate`, `delete`) is done.

ALTER TABLE scim_user ADD COLUMN departure TEXT COLLATE "C";
ALTER TABLE scim_user ADD COLUMN departure_roles TEXT COLLATE "C";
CREATE INDEX scim_user_departure ON scim_user (organization_id) WHERE departure IS NOT NULL;
