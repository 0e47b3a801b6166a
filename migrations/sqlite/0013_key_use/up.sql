-- When a key was last used, to the minute.

ALTER TABLE api_key ADD COLUMN last_used_at BIGINT;
