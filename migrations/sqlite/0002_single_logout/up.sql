-- AES-CBC is decrypted only where an admin allows it for a connection.
ALTER TABLE connection ADD COLUMN allow_cbc BOOLEAN NOT NULL DEFAULT FALSE;

-- The NameID's value of the sign-in that opened the session: an identity provider that ends all sessions of somebody
-- names nobody but by it.
ALTER TABLE browser_session ADD COLUMN subject TEXT;
CREATE INDEX browser_session_subject ON browser_session (organization_id, connection_id, subject);
CREATE INDEX browser_session_index ON browser_session (organization_id, connection_id, session_index);

-- Our own logout requests that wait for their answers.
CREATE TABLE logout_request (
    organization_id TEXT NOT NULL,
    relay_state TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (relay_state)
);
CREATE INDEX logout_request_expiry ON logout_request (expires_at);
