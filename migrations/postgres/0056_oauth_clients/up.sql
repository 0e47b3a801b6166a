-- Programs that fetch their directory's tokens themselves, the tokens that they were given, and the assertions that have
-- been shown: each is good once.

CREATE TABLE oauth_client (
    organization_id TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    directory_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    secret_digest TEXT COLLATE "C",
    public_key TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX oauth_client_id ON oauth_client (id);

CREATE TABLE used_assertion (
    organization_id TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, client_id, digest)
);

ALTER TABLE directory_token ADD COLUMN client_id TEXT COLLATE "C";
