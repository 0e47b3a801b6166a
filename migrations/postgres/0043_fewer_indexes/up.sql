-- Every index is written with every change, and a directory's first push is nothing but changes. An entry is found by its
-- position; what a request changed by the entries that bear its id; what is old lies first in the order of the primary key.

DROP INDEX audit_entry_id;
DROP INDEX pushed_change_directory;
DROP INDEX pushed_change_request;
DROP INDEX pushed_change_age;
DROP INDEX pushed_request_age;
DROP INDEX pushed_request_directory;
ALTER TABLE pushed_request DROP CONSTRAINT pushed_request_pkey;
ALTER TABLE pushed_request ADD PRIMARY KEY (organization_id, directory_id, id);
