-- Requests that bear an Idempotency-Key, and how they were answered: sealed, because an answer may hold a secret.

CREATE TABLE idempotency_key (
    organization_id TEXT COLLATE "C" NOT NULL,
    api_key_id TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    begun_at BIGINT NOT NULL,
    status BIGINT,
    answer TEXT COLLATE "C",
    PRIMARY KEY (organization_id, api_key_id, digest)
);
CREATE INDEX idempotency_key_age ON idempotency_key (begun_at);
