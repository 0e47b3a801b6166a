ALTER TABLE directory_token DROP COLUMN last_used_at;
