DROP TRIGGER audit_entry_no_replace;
