-- What an admin chooses about a connection, as one JSON document: it is read and written whole, and never searched.
ALTER TABLE connection ADD COLUMN choices TEXT NOT NULL DEFAULT '{}';
UPDATE connection SET choices = '{"just_in_time":' || CASE WHEN just_in_time THEN 'true' ELSE 'false' END
    || ',"idp_initiated":"' || idp_initiated
    || '","allow_cbc":' || CASE WHEN allow_cbc THEN 'true' ELSE 'false' END || '}';
ALTER TABLE connection DROP COLUMN just_in_time;
ALTER TABLE connection DROP COLUMN idp_initiated;
ALTER TABLE connection DROP COLUMN allow_cbc;

-- A second key of ours, so that one can be replaced without a gap: a JSON object of the sealed key and the certificate.
ALTER TABLE connection ADD COLUMN spare_key TEXT;

-- At how many days before its end an expiring signing certificate was announced last.
ALTER TABLE connection ADD COLUMN expiry_told BIGINT;

-- What was asked of the identity provider, to be held against its answer.
ALTER TABLE login_request ADD COLUMN force_authn BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE login_request ADD COLUMN authn_contexts TEXT NOT NULL DEFAULT '[]';

-- Where the metadata of a connection is fetched from, again and again.
CREATE TABLE metadata_source (
    organization_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    url TEXT NOT NULL,
    etag TEXT,
    fetched_at BIGINT NOT NULL,
    tried_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (organization_id, connection_id)
);
CREATE INDEX metadata_source_next ON metadata_source (next_at);
