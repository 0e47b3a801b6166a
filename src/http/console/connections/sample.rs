//! Sign-ins as hostile as they come.

use serde_json::json;

use super::*;
use crate::domain::login::CheckView;
use crate::http::console::directories::sample_connection;
use crate::http::console::tests::{HOSTILE, now};

fn sample_attempt() -> AttemptView {
    let hostile = || HOSTILE.to_owned();
    AttemptView {
        id: "019a2b5e-6800-7000-8000-0000deadbeef".to_owned(),
        at: now().rfc3339(),
        code: "issuer".to_owned(),
        reason: hostile(),
        advice: hostile(),
        checks: vec![CheckView { name: "bytes", title: "The document as bytes", verdict: "failed" }],
        request_id: None,
        ip: None,
        test: true,
        outcome: Some(json!({
            "user_name": HOSTILE, "groups": [HOSTILE], "roles": [HOSTILE], "name_id": HOSTILE,
            "attributes": [{ "name": HOSTILE, "values": [HOSTILE] }],
        })),
        document: Some(hostile()),
    }
}

impl ConnectionsPage {
    pub fn sample() -> Self {
        let listed = Listed { connection: sample_connection(), attempts: vec![sample_attempt()] };
        Self { frame: Frame::sample(), connections: vec![listed] }
    }
}

impl SignInPage {
    pub fn sample() -> Self {
        Self { frame: Frame::sample(), connection: sample_connection(), attempt: sample_attempt() }
    }
}

impl LeavingPage {
    pub fn sample() -> Self {
        Self { frame: Frame::sample(), url: format!("https://idp.example/?{HOSTILE}") }
    }
}
