ALTER TABLE custom_role DROP COLUMN origin;
ALTER TABLE custom_role DROP COLUMN everywhere;
