-- Programs that hold roles and have keys of their own. They share the table of people, so that everything that asks what
-- somebody holds asks about them too, and are no people: no directory, list or search of people has them.

ALTER TABLE scim_user ADD COLUMN service_account BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX scim_user_service_account ON scim_user (organization_id, id) WHERE service_account;
