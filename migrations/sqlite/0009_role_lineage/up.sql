-- What of a custom role holds in the whole organization, and what it was cloned from, both JSON.

ALTER TABLE custom_role ADD COLUMN everywhere TEXT NOT NULL DEFAULT '[]';
ALTER TABLE custom_role ADD COLUMN origin TEXT;
