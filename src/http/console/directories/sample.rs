//! Directories whose names are as hostile as names can be.

use super::*;
use crate::domain::connections::{Choices, ConnectionView};
use crate::domain::directories::brakes::{BrakeView, HeldView};
use crate::domain::leniencies::LeniencyView;
use crate::http::console::tests::{HOSTILE, id, now};
use crate::model::UserId;

pub fn sample_directory() -> DirectoryDetail {
    DirectoryDetail {
        version: 1,
        id: id(),
        name: HOSTILE.to_owned(),
        dialect: "okta".to_owned(),
        paused: true,
        base_url: BASE_URL.to_owned(),
        created: now().rfc3339(),
        people: 25,
        groups: 4,
        tokens: vec![sample_token()],
        brake: sample_brake(),
        leniencies: vec![sample_leniency()],
    }
}

fn sample_brake() -> BrakeView {
    let held = HeldView {
        id: id::<UserId>().to_string(),
        user_name: HOSTILE.to_owned(),
        asked: "delete".to_owned(),
        at: now().rfc3339(),
    };
    BrakeView {
        state: "engaged".to_owned(),
        enabled: true,
        people: 5,
        percent: 20,
        least: 50,
        minutes: 60,
        gone: 5,
        engaged: Some(now().rfc3339()),
        lifted_until: None,
        held: 1,
        held_people: vec![held],
    }
}

fn sample_leniency() -> LeniencyView {
    LeniencyView {
        code: "unknown_attribute".to_owned(),
        at: HOSTILE.to_owned(),
        example: HOSTILE.to_owned(),
        count: 3,
        first_seen: now().rfc3339(),
        last_seen: now().rfc3339(),
    }
}

fn sample_token() -> TokenLine {
    TokenLine { id: id(), created: now().rfc3339(), expires: Some(now().rfc3339()), last_used: None, expired: true }
}

pub fn sample_connection() -> ConnectionView {
    let hostile = || HOSTILE.to_owned();
    ConnectionView {
        id: id(),
        name: hostile(),
        idp_entity_id: hostile(),
        enabled: true,
        domains: vec![hostile()],
        choices: Choices { authn_contexts: vec![hostile()], group_attribute: Some(hostile()), ..Choices::default() },
        sp_certificates: Vec::new(),
        idp_certificates: Vec::new(),
        metadata_source: None,
        warnings: vec![hostile()],
        sp_entity_id: hostile(),
        acs_url: hostile(),
        slo_url: hostile(),
        login_url: hostile(),
        metadata_url: hostile(),
        version: 1,
    }
}

const BASE_URL: &str = "http://127.0.0.1:8080/scim/v2";

impl DirectoriesPage {
    pub fn sample() -> Self {
        Self {
            frame: Frame::sample(),
            base_url: BASE_URL.to_owned(),
            directories: vec![sample_directory()],
            name: HOSTILE.to_owned(),
            error: Some(HOSTILE.to_owned()),
        }
    }
}

impl TokenPage {
    pub fn sample(dialect: &str) -> Self {
        Self {
            frame: Frame::sample(),
            base_url: BASE_URL.to_owned(),
            name: HOSTILE.to_owned(),
            dialect: dialect.to_owned(),
            token: Secret::new("pcl_scim_sample"),
        }
    }
}

impl RevokePage {
    pub fn sample() -> Self {
        Self { frame: Frame::sample(), directory: sample_directory(), token: sample_token() }
    }
}
