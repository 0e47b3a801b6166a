ALTER TABLE directory_token DROP COLUMN client_id;
DROP TABLE used_assertion;
DROP TABLE oauth_client;
