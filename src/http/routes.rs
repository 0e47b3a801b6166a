//! Every route, in one list.

use actix_web::web::{Data, ServiceConfig};

use super::context::Context;
use super::{BodyLimit, api, assets, console, decision, endpoint, saml, scim, session};

/// Registers every route that is not the base's own (`/healthz`, `/readyz`, `/metrics`).
pub fn routes(routes: &mut ServiceConfig, context: &Context) {
    let limits = context.config.limits();
    let bulk_body = BodyLimit::of(*limits.bulk_body(), *context.config.server().body_time());
    let saml_body = BodyLimit::of(*limits.saml_body(), *context.config.server().body_time());
    routes.app_data(Data::new(context.clone()));
    // Decisions. Paths are tried in the order of this list: what is asked most often stands first, and
    // those with a variable part, which cost the most to try, stand late among their like.
    routes
        .service(endpoint("/forward-auth").get(decision::forward_auth::check))
        .service(endpoint("/access/v1/evaluation").post(decision::authzen::evaluation))
        .service(endpoint("/access/v1/evaluations").post(decision::authzen::evaluations))
        .service(endpoint("/access/v1/search/subject").post(decision::search::subjects))
        .service(endpoint("/access/v1/search/resource").post(decision::search::resources))
        .service(endpoint("/access/v1/search/action").post(decision::search::actions))
        .service(endpoint("/access/v1/requests").post(decision::requests::ask))
        .service(endpoint("/access/v1/requests/{id}").get(decision::requests::show))
        .service(endpoint("/api/v1/permissions-here").post(decision::search::here))
        .service(endpoint("/.well-known/authzen-configuration").get(decision::authzen::configuration));
    // SCIM
    routes
        .service(endpoint("/scim/v2/Users").get(scim::users::list).post(scim::users::create))
        .service(endpoint("/scim/v2/Groups").get(scim::groups::list).post(scim::groups::create))
        .service(endpoint("/scim/v2/Users/.search").post(scim::users::search))
        .service(
            endpoint("/scim/v2/Users/{id}")
                .get(scim::users::read)
                .put(scim::users::replace)
                .patch(scim::users::patch)
                .delete(scim::users::delete),
        )
        .service(endpoint("/scim/v2/Groups/.search").post(scim::groups::search))
        .service(
            endpoint("/scim/v2/Groups/{id}")
                .get(scim::groups::read)
                .put(scim::groups::replace)
                .patch(scim::groups::patch)
                .delete(scim::groups::delete),
        )
        .service(endpoint("/scim/v2/ServiceProviderConfig").get(scim::discovery::service_provider_config))
        .service(endpoint("/scim/v2/ResourceTypes").get(scim::discovery::resource_types))
        .service(endpoint("/scim/v2/ResourceTypes/{id}").get(scim::discovery::resource_type))
        .service(endpoint("/scim/v2/Schemas").get(scim::discovery::schemas))
        .service(endpoint("/scim/v2/Schemas/{urn}").get(scim::discovery::schema))
        .service(endpoint("/scim/v2/Me").any(scim::discovery::not_implemented))
        .service(endpoint("/scim/v2/Bulk").post(scim::bulk::bulk).app_data(bulk_body))
        .service(endpoint("/scim/v2/.search").post(scim::root::search))
        .service(endpoint("/scim/v2").get(scim::root::list))
        .service(endpoint("/scim/{version}/{rest:.*}").any(scim::root::unknown));
    // SAML and sessions
    routes
        .service(endpoint("/saml/{connection}/metadata").get(saml::metadata))
        .service(endpoint("/saml/{connection}/login").get(saml::login))
        .service(endpoint("/saml/{connection}/acs").post(saml::acs).app_data(saml_body))
        .service(endpoint("/saml/{connection}/slo").get(saml::slo).post(saml::slo_form).app_data(saml_body))
        .service(endpoint("/").get(session::home::show))
        .service(endpoint("/session").get(session::show))
        .service(endpoint("/session/sign-out").post(session::sign_out))
        .service(endpoint("/signin").get(session::signin::show).post(session::signin::find))
        .service(endpoint("/setup/{token}").get(session::owner::show).post(session::owner::claim))
        .service(endpoint("/assets/portcullis.css").get(assets::stylesheet))
        .service(endpoint("/assets/console.css").get(assets::console_stylesheet))
        .service(endpoint("/assets/post.js").get(assets::post_script));
    // Console
    routes
        .service(endpoint("/console").get(console::overview::show))
        .service(endpoint("/console/people").get(console::people::list))
        .service(endpoint("/console/people/{id}").get(console::person::show))
        .service(endpoint("/console/people/{id}/sign-out").post(console::person::sign_out))
        .service(endpoint("/console/people/{id}/sessions/{session_id}/end").post(console::person::end_session))
        .service(endpoint("/console/groups").get(console::groups::list))
        .service(endpoint("/console/groups/rules").post(console::rules::create))
        .service(endpoint("/console/groups/rules/preview").post(console::rules::preview))
        .service(
            endpoint("/console/groups/rules/{id}/delete").get(console::rules::confirm).post(console::rules::delete),
        )
        .service(endpoint("/console/audit").get(console::audit::list))
        .service(endpoint("/console/audit/{position}").get(console::audit::show))
        .service(endpoint("/console/directories").get(console::directories::list).post(console::directories::create))
        .service(endpoint("/console/directories/{id}/tokens").post(console::directories::create_token))
        .service(
            endpoint("/console/directories/{id}/tokens/{token_id}/revoke")
                .get(console::directories::confirm_revoke)
                .post(console::directories::revoke),
        );
    // Management
    routes
        .service(endpoint("/api/v1/explain").post(decision::explain::explain))
        .service(endpoint("/api/v1/overview").get(api::access::overview))
        .service(endpoint("/api/v1/policy").get(api::access::policy))
        .service(endpoint("/api/v1/directories").get(api::directories::list).post(api::directories::create))
        .service(
            endpoint("/api/v1/directories/{id}")
                .get(api::directories::read)
                .put(api::directories::change)
                .delete(api::directories::delete),
        )
        .service(endpoint("/api/v1/directories/{id}/pause").post(api::directories::pause))
        .service(endpoint("/api/v1/directories/{id}/resume").post(api::directories::resume))
        .service(endpoint("/api/v1/directories/{id}/tokens").post(api::directories::create_token))
        .service(endpoint("/api/v1/directories/{id}/tokens/{token_id}").delete(api::directories::revoke_token))
        .service(endpoint("/api/v1/directories/{id}/leniencies").get(api::directories::leniencies))
        .service(endpoint("/api/v1/connections").get(api::connections::list).post(api::connections::create))
        .service(endpoint("/api/v1/connections/{id}/refresh").post(api::connections::refresh))
        .service(
            endpoint("/api/v1/connections/{id}/spare-key")
                .post(api::connections::make_spare_key)
                .delete(api::connections::remove_spare_key),
        )
        .service(endpoint("/api/v1/connections/{id}/spare-key/activate").post(api::connections::activate_spare_key))
        .service(
            endpoint("/api/v1/connections/{id}")
                .get(api::connections::show)
                .put(api::connections::change)
                .delete(api::connections::delete),
        )
        .service(endpoint("/api/v1/mapping-rules").get(api::rules::list).post(api::rules::create))
        .service(endpoint("/api/v1/mapping-rules/preview").post(api::rules::preview))
        .service(endpoint("/api/v1/mapping-rules/{id}/versions").get(api::rules::versions))
        .service(endpoint("/api/v1/mapping-rules/{id}/rollback").post(api::rules::rollback))
        .service(endpoint("/api/v1/mapping-rules/{id}").put(api::rules::change).delete(api::rules::delete))
        .service(
            endpoint("/api/v1/users/{id}/permissions").get(api::people::permissions).put(api::people::set_permissions),
        )
        .service(endpoint("/api/v1/users/{id}").delete(api::people::delete))
        .service(endpoint("/api/v1/users/{id}/suspend").post(api::people::suspend))
        .service(endpoint("/api/v1/users/{id}/restore").post(api::people::restore))
        .service(
            endpoint("/api/v1/ownership-transfer")
                .get(api::ownership::list)
                .post(api::ownership::offer)
                .delete(api::ownership::withdraw),
        )
        .service(endpoint("/api/v1/owner-link").post(api::owner_link::create))
        .service(endpoint("/api/v1/ownership-transfer/accept").post(api::ownership::accept))
        .service(
            endpoint("/api/technicians/{id}/permissions")
                .get(api::people::permissions)
                .put(api::people::set_permissions),
        )
        .service(endpoint("/api/v1/users/{id}/assignments").get(api::people::assignments).post(api::people::assign))
        .service(endpoint("/api/v1/users/{id}/assignments/{assignment_id}").delete(api::people::unassign))
        .service(endpoint("/api/v1/users/{id}/sessions").get(api::people::sessions).delete(api::people::sign_out))
        .service(endpoint("/api/v1/sessions/{id}").delete(api::people::end_session))
        .service(endpoint("/api/v1/approvals").get(api::approvals::list).post(api::approvals::ask))
        .service(endpoint("/api/v1/approvals/{id}").get(api::approvals::read))
        .service(endpoint("/api/v1/approvals/{id}/approve").post(api::approvals::approve))
        .service(endpoint("/api/v1/approvals/{id}/deny").post(api::approvals::deny))
        .service(endpoint("/api/v1/approvals/{id}/withdraw").post(api::approvals::withdraw))
        .service(endpoint("/api/v1/roles").get(api::roles::list).post(api::roles::create))
        .service(endpoint("/api/v1/roles/{key}/preview").post(api::roles::preview))
        .service(endpoint("/api/v1/roles/{key}/versions").get(api::roles::versions))
        .service(endpoint("/api/v1/roles/{key}/rollback").post(api::roles::rollback))
        .service(endpoint("/api/v1/roles/{key}").put(api::roles::change).delete(api::roles::delete))
        .service(endpoint("/api/v1/catalogue").get(api::catalogue::show).put(api::catalogue::apply))
        .service(endpoint("/api/v1/catalogue/preview").post(api::catalogue::preview))
        .service(endpoint("/api/v1/access-contracts").get(api::contracts::list).post(api::contracts::create))
        .service(endpoint("/api/v1/access-contracts/{id}").put(api::contracts::change).delete(api::contracts::delete))
        .service(endpoint("/api/v1/scopes").get(api::scopes::list).post(api::scopes::put))
        .service(endpoint("/api/v1/scopes/{scope:.+}").delete(api::scopes::delete))
        .service(endpoint("/api/v1/settings").get(api::settings::show).put(api::settings::change))
        .service(endpoint("/api/v1/shares").get(api::shares::list).post(api::shares::create))
        .service(endpoint("/api/v1/shares/{id}").delete(api::shares::delete))
        .service(
            endpoint("/api/v1/service-accounts").get(api::service_accounts::list).post(api::service_accounts::create),
        )
        .service(endpoint("/api/v1/service-accounts/{id}").delete(api::service_accounts::delete))
        .service(
            endpoint("/api/v1/service-accounts/{id}/assignments")
                .get(api::service_accounts::assignments)
                .post(api::service_accounts::assign),
        )
        .service(
            endpoint("/api/v1/service-accounts/{id}/assignments/{assignment_id}")
                .delete(api::service_accounts::unassign),
        )
        .service(endpoint("/api/v1/api-keys").get(api::keys::list).post(api::keys::create))
        .service(endpoint("/api/v1/api-keys/{id}").delete(api::keys::revoke))
        .service(endpoint("/api/v1/audit-events").get(api::audit::list).post(api::audit::record));
}
