-- What was tolerated in the requests of a directory though the RFC does not have it, and how often. Shapes alone: no value
-- of anybody's stands here. What is beyond the most rows of a directory is counted under its code, with an empty shape.

CREATE TABLE leniency (
    organization_id TEXT COLLATE "C" NOT NULL,
    directory_id TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    shape TEXT COLLATE "C" NOT NULL,
    example TEXT COLLATE "C" NOT NULL,
    uses BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, directory_id, code, shape)
);
