DROP INDEX scim_user_departure;
ALTER TABLE scim_user DROP COLUMN departure_roles;
ALTER TABLE scim_user DROP COLUMN departure;
