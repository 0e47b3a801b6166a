-- Programs that fetch their directory's tokens themselves, the tokens that they were given, and the assertions that have
-- been shown: each is good once.

CREATE TABLE oauth_client (
    organization_id TEXT NOT NULL,
    id TEXT NOT NULL,
    directory_id TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_digest TEXT,
    public_key TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX oauth_client_id ON oauth_client (id);

CREATE TABLE used_assertion (
    organization_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, client_id, digest)
);

ALTER TABLE directory_token ADD COLUMN client_id TEXT;
