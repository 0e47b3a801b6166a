-- Suspended by an admin here; apart from SCIM's `active`, so that no synchronization lifts it.

ALTER TABLE scim_user ADD COLUMN suspended BOOLEAN NOT NULL DEFAULT FALSE;
