ALTER TABLE organization DROP COLUMN mfa_roles;
ALTER TABLE organization DROP COLUMN mfa_policy;
ALTER TABLE browser_session DROP COLUMN step;
DROP TABLE recovery_code;
DROP TABLE credential;
