DROP TABLE logout_request;
DROP INDEX browser_session_index;
DROP INDEX browser_session_subject;
ALTER TABLE browser_session DROP COLUMN subject;
ALTER TABLE connection DROP COLUMN allow_cbc;
