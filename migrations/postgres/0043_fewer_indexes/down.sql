ALTER TABLE pushed_request DROP CONSTRAINT pushed_request_pkey;
ALTER TABLE pushed_request ADD PRIMARY KEY (organization_id, id);
CREATE INDEX pushed_request_directory ON pushed_request (organization_id, directory_id, id);
CREATE INDEX pushed_request_age ON pushed_request (answered_at);
CREATE INDEX pushed_change_age ON pushed_change (recorded_at);
CREATE INDEX pushed_change_request ON pushed_change (organization_id, request_id);
CREATE INDEX pushed_change_directory ON pushed_change (organization_id, directory_id, position);
CREATE UNIQUE INDEX audit_entry_id ON audit_entry (organization_id, id);
