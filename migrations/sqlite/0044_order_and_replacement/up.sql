-- INSERT OR REPLACE deletes without asking the triggers that guard against deletion. (Texts are in the order of their bytes
-- here already; that is the other database's half.)

CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry
WHEN EXISTS (SELECT 1 FROM audit_entry WHERE organization_id = NEW.organization_id AND position = NEW.position)
BEGIN
    SELECT RAISE(ABORT, 'audit entries cannot be replaced');
END;
