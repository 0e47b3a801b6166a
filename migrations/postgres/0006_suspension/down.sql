ALTER TABLE scim_user DROP COLUMN suspended;
