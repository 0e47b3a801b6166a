-- When a directory's token was last used, to the minute.

ALTER TABLE directory_token ADD COLUMN last_used_at BIGINT;
