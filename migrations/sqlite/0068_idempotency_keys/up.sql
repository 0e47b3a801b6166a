-- Requests that bear an Idempotency-Key, and how they were answered: sealed, because an answer may hold a secret.

CREATE TABLE idempotency_key (
    organization_id TEXT NOT NULL,
    api_key_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    status BIGINT,
    answer TEXT,
    PRIMARY KEY (organization_id, api_key_id, digest)
);
CREATE INDEX idempotency_key_age ON idempotency_key (begun_at);
