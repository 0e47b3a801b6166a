//! The audit log as it is handed out: JSON Lines in the order of the log, each with the leaf that `portcullis audit verify
//! --export` and `script/verify-audit.py` check.
//!
//! It is read a batch at a time, while the client takes it: a slow one holds a batch in memory, and no transaction.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use actix_web::web::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::{Gateway, GatewayError};
use crate::model::{Attribution, OrganizationId};

/// Batches that wait for the client.
const WAITING: usize = 2;

/// Lines, as they are read.
struct Lines(Receiver<Result<Bytes, GatewayError>>);

impl MessageBody for Lines {
    type Error = GatewayBroke;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<Result<Bytes, GatewayBroke>>> {
        self.0.poll_recv(waker).map(|next| next.map(|lines| lines.map_err(GatewayBroke)))
    }
}

/// What ends an export before its end: the client sees a body that broke off.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off: {0}")]
struct GatewayBroke(#[source] GatewayError);

/// The whole log of an organization, to be saved as a file. That it was read is in the log.
pub fn log(gateway: Arc<Gateway>, by: &Attribution, organization: OrganizationId) -> HttpResponse {
    gateway.note_export(by, organization);
    let (sender, receiver) = channel(WAITING);
    actix_web::rt::spawn(read(gateway, organization, sender));
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.jsonl\"")));
    answer.content_type("application/x-ndjson").body(Lines(receiver))
}

async fn read(gateway: Arc<Gateway>, organization: OrganizationId, lines: Sender<Result<Bytes, GatewayError>>) {
    let mut from = Some(0);
    while let Some(position) = from {
        let batch = match gateway.export_lines(organization, position).await {
            Ok((text, next)) => {
                from = next;
                Ok(Bytes::from(text))
            }
            Err(error) => {
                tracing::error!(error = %error, "an export of the audit log broke off: {error}");
                from = None;
                Err(error)
            }
        };
        // Nobody takes it any more.
        if lines.send(batch).await.is_err() {
            return;
        }
    }
}
