DROP INDEX scim_user_service_account;
ALTER TABLE scim_user DROP COLUMN service_account;
