//! Every setting, one line each: key, type, default, bounds, and the sentence an operator reads.
//!
//! The macro makes of each group a struct with private fields and one accessor a setting, so a [`Config`] that exists
//! is valid, and makes of all of them [`KEYS`], from which the file, the environment, the sample and the JSON Schema
//! are read. Limits have bounds on both sides: a limit set to nothing, or to everything, is a mistake.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::error::ConfigError;
use super::network::{Cidr, DatabaseUrl, PublicUrl, SecretsKey};
use super::source::Values;
use super::units::{Bytes, LogFormat, Setting, Span};

/// What is known of a setting besides its value.
#[derive(Debug)]
pub(super) struct Key {
    /// `limits.body`
    pub name: &'static str,
    pub default: &'static str,
    pub bounds: Option<(&'static str, &'static str)>,
    pub kind: &'static str,
    pub schema: &'static str,
    pub about: &'static str,
}

macro_rules! settings {
    ($($(#[doc = $group_about:literal])* $group:ident: $Group:ident {
        $($(#[doc = $about:literal])* $key:ident: $type:ty = $default:literal $(, $least:literal to $most:literal)?;)+
    })+) => {
        /// The whole configuration.
        #[derive(Debug, Clone)]
        pub struct Config { $($group: $Group,)+ }

        impl Config {
            $($(#[doc = $group_about])* pub fn $group(&self) -> &$Group { &self.$group })+

            /// Takes each setting from `values` or its default, and refuses what is out of bounds.
            pub(super) fn from_values(values: &mut Values) -> Result<Self, ConfigError> {
                Ok(Self { $($group: $Group {
                    $($key: values.take(
                        concat!(stringify!($group), ".", stringify!($key)), $default, settings!(@bounds $($least to $most)?),
                    )?,)+
                },)+ })
            }
        }

        $($(#[doc = $group_about])* #[derive(Debug, Clone)] pub struct $Group { $($key: $type,)+ }

        impl $Group {
            $($(#[doc = $about])* pub fn $key(&self) -> &$type { &self.$key })+
        })+

        /// Every setting, in the order of the sample file.
        pub(super) const KEYS: &[Key] = &[$($(Key {
            name: concat!(stringify!($group), ".", stringify!($key)),
            default: $default,
            bounds: settings!(@bounds $($least to $most)?),
            kind: <$type as Setting>::KIND,
            schema: <$type as Setting>::SCHEMA,
            about: concat!($($about),*),
        },)+)+];
    };
    (@bounds) => { None };
    (@bounds $least:literal to $most:literal) => { Some(($least, $most)) };
}

settings! {
    /// Where and how the gateway listens.
    server: Server {
        /// Directory of the SQLite file and of the signing keys.
        data_dir: PathBuf = "portcullis-data";
        /// Address and port to listen on.
        listen: SocketAddr = "127.0.0.1:8080";
        /// URL under which browsers and identity providers reach the gateway.
        public_url: PublicUrl = "http://127.0.0.1:8080";
        /// Worker threads; 0 means one for each core.
        workers: u32 = "0", "0" to "1024";
        /// Ranges of the reverse proxies whose X-Forwarded-For is believed; others' is ignored.
        trusted_proxies: Vec<Cidr> = "";
        /// Time in which a client must have sent the head of its request.
        request_time: Span = "10 s", "100 ms" to "5 min";
        /// Time in which a client must have sent the body of its request.
        body_time: Span = "30 s", "100 ms" to "10 min";
        /// Time for which an idle connection is kept open.
        keep_alive: Span = "75 s", "1 s" to "1 h";
        /// Time that requests in flight are given when the gateway stops.
        stop_time: Span = "30 s", "1 s" to "10 min";
        /// Connections open at once, all workers together.
        connections: u32 = "20000", "16" to "1000000";
    }
    /// Where the data is.
    database: Database {
        /// Database to use; empty means the SQLite file `portcullis.sqlite` in the data directory.
        url: DatabaseUrl = "";
        /// Connections that read at once. On PostgreSQL, replicas times this must stay below the server's limit.
        connections: u32 = "8", "1" to "1000";
    }
    /// What is provisioned.
    scim: Scim {
        /// Directory whose `*.json` are schemas of one's own, added to those of RFC 7643 at the start.
        extensions: PathBuf = "schema/extensions";
    }
    /// How secrets that are stored to be read again are sealed.
    secrets: Secrets {
        /// Key that they are sealed under; empty means the file `secrets.key` in the data directory.
        key: SecretsKey = "";
    }
    /// What is written about each request and event.
    log: Log {
        /// Form of the lines.
        format: LogFormat = "json";
        /// Least level written, or a filter such as `info,portcullis::scim=debug`.
        level: String = "info";
    }
    /// Who may read the metrics.
    metrics: Metrics {
        /// Ranges of the addresses that may read `/metrics`; to all others it does not exist.
        allowed: Vec<Cidr> = "127.0.0.0/8,::1/128";
    }
    /// How large each input may be.
    limits: Limits {
        /// Body of a request.
        body: Bytes = "1 MiB", "1 KiB" to "64 MiB";
        /// Body of a SCIM Bulk request.
        bulk_body: Bytes = "10 MiB", "1 KiB" to "256 MiB";
        /// Operations in a SCIM Bulk request.
        bulk_operations: u32 = "1000", "1" to "10000";
        /// Body of a request that carries a SAML message (Base64 and form encoding included).
        saml_body: Bytes = "512 KiB", "4 KiB" to "4 MiB";
        /// Nesting of JSON in a request.
        json_depth: u32 = "32", "4" to "100";
        /// Resources in one page of a list.
        page: u32 = "1000", "1" to "10000";
        /// Request line and headers together.
        header: Bytes = "16 KiB", "1 KiB" to "96 KiB";
    }
    /// How often a client may ask.
    rates: Rates {
        /// Requests a second for each bearer token; identity providers must be allowed 25 at least.
        per_token: u32 = "20000", "25" to "1000000";
        /// Requests a token may be ahead of its rate.
        per_token_burst: u32 = "40000", "25" to "1000000";
        /// Failed authentications a second for each client address (IPv6: each /64).
        failures: u32 = "10", "1" to "10000";
        /// Failed authentications an address may be ahead of its rate.
        failures_burst: u32 = "50", "1" to "100000";
        /// Refused SAML messages a second for each client address. More than other failures: nobody guesses a signature, and a
        /// whole company may sign in from one address.
        saml_refusals: u32 = "500", "1" to "100000";
        /// Refused SAML messages an address may be ahead of its rate.
        saml_refusals_burst: u32 = "2000", "1" to "1000000";
        /// Tokens and addresses remembered at once; the least used are forgotten first.
        remembered: u32 = "100000", "1000" to "10000000";
    }
    /// How the gateway calls out: metadata, webhooks, keys.
    outbound: Outbound {
        /// Host names that may be called although they resolve to private addresses.
        private_hosts: Vec<String> = "";
    }
    /// How long browsers stay signed in.
    sessions: Sessions {
        /// Time for which a session may go unused.
        idle: Span = "30 min", "1 min" to "24 h";
        /// Time that a session lasts at most, used or not; an identity provider may end it earlier.
        absolute: Span = "12 h", "5 min" to "720 h";
    }
}
