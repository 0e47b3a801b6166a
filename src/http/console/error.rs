//! Why a page of the console is not shown, as a page.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use crate::domain::GatewayError;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::saml::see_other;

/// Why not.
#[derive(Debug)]
pub enum ConsoleError {
    /// Nobody is signed in: sign in first, and come back.
    SignIn { return_to: String },
    /// Anything else, as a page.
    Problem(Problem),
}

impl From<Problem> for ConsoleError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<GatewayError> for ConsoleError {
    fn from(error: GatewayError) -> Self {
        Self::Problem(error.into())
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn { .. } => f.write_str("nobody is signed in"),
            Self::Problem(problem) => problem.fmt(f),
        }
    }
}

impl ResponseError for ConsoleError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Problem(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignIn { return_to } => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                see_other(&format!("/signin?{}", query.append_pair("return_to", return_to).finish()))
            }
            Self::Problem(problem) => {
                let status = problem.status_code();
                let said = problem.to_string();
                let detail = Some(said).filter(|said| said != problem.title());
                page(
                    status,
                    &ErrorPage { title: problem.title(), detail, is_forbidden: status == StatusCode::FORBIDDEN },
                )
            }
        }
    }
}

/// Says what went wrong.
#[derive(Debug, Template)]
#[template(path = "console/error.html")]
pub struct ErrorPage<'a> {
    pub title: &'a str,
    pub detail: Option<String>,
    pub is_forbidden: bool,
}

#[cfg(test)]
impl ErrorPage<'_> {
    pub fn sample() -> Self {
        Self { title: "This is not allowed", detail: Some(super::tests::HOSTILE.to_owned()), is_forbidden: true }
    }
}
