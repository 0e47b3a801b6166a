DROP TABLE connection_group;
ALTER TABLE login_request DROP COLUMN tested_by;
DROP TABLE sign_in_attempt;
