DROP TABLE metadata_source;
ALTER TABLE login_request DROP COLUMN authn_contexts;
ALTER TABLE login_request DROP COLUMN force_authn;
ALTER TABLE connection DROP COLUMN expiry_told;
ALTER TABLE connection DROP COLUMN spare_key;
ALTER TABLE connection ADD COLUMN just_in_time BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE connection ADD COLUMN idp_initiated TEXT NOT NULL DEFAULT 'off';
ALTER TABLE connection ADD COLUMN allow_cbc BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE connection SET
    just_in_time = (choices LIKE '%"just_in_time":true%'),
    allow_cbc = (choices LIKE '%"allow_cbc":true%'),
    idp_initiated = CASE
        WHEN choices LIKE '%"idp_initiated":"allow"%' THEN 'allow'
        WHEN choices LIKE '%"idp_initiated":"restart"%' THEN 'restart'
        ELSE 'off' END;
ALTER TABLE connection DROP COLUMN choices;
