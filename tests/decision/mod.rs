//! How applications and proxies ask: forward-auth behind a real nginx.

mod nginx_forward_auth;
