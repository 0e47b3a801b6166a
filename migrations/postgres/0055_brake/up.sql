-- The mass-change brake of a directory: how many people may go in how long, and whether it has been engaged.
-- A directory without a row has the brake that every new one has.

CREATE TABLE brake (
    organization_id TEXT COLLATE "C" NOT NULL,
    directory_id TEXT COLLATE "C" NOT NULL,
    enabled BOOLEAN NOT NULL,
    people BIGINT NOT NULL,
    percent BIGINT NOT NULL,
    least BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    base BIGINT NOT NULL,
    base_at BIGINT NOT NULL,
    engaged_at BIGINT,
    lifted_until BIGINT,
    PRIMARY KEY (organization_id, directory_id)
);

-- Whom a directory has let go of lately, and whose going is held.
CREATE TABLE departure (
    organization_id TEXT COLLATE "C" NOT NULL,
    directory_id TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    user_name TEXT COLLATE "C" NOT NULL,
    asked TEXT COLLATE "C" NOT NULL,
    held BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, directory_id, user_id)
);
CREATE INDEX departure_at ON departure (organization_id, directory_id, held, at);
