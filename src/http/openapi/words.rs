//! How the words of the pure rooms are told: ids and scopes are text.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::access::Scope;
use crate::model::{
    ApiKeyId, AssignmentId, ConnectionId, ContractId, DirectoryId, DirectoryTokenId, GroupId, OauthClientId, RuleId,
    SessionId, UserId,
};

macro_rules! ids {
    ($($id:ident),+ $(,)?) => {$(
        impl PartialSchema for $id {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.format(Some(SchemaFormat::Custom("uuid".to_owned()))).into()
            }
        }

        impl ToSchema for $id {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($id))
            }
        }
    )+};
}

ids!(
    ApiKeyId,
    AssignmentId,
    ConnectionId,
    ContractId,
    DirectoryId,
    DirectoryTokenId,
    GroupId,
    OauthClientId,
    RuleId,
    SessionId,
    UserId
);

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        let said = "`organization`, or a type and an id such as `team:emea-1`.";
        ObjectBuilder::new().schema_type(Type::String).description(Some(said)).into()
    }
}

impl ToSchema for Scope {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Scope")
    }
}
