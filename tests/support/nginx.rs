//! nginx in front of a small application, with `auth_request` to the gateway's forward-auth endpoint.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::port::free_port;
use super::process::{Launch, Process, installed, log_file};
use super::{Gateway, Http};

/// A running nginx. Dropping it stops it.
#[derive(Debug)]
pub struct Nginx {
    port: u16,
    // Dropped in this order: first the process, then its folder.
    _process: Process,
    _folder: TempDir,
}

impl Nginx {
    /// Starts nginx with `deploy/nginx.conf`, the configuration that the guide shows, its two addresses replaced.
    ///
    /// The application behind it is a second server block that answers with the identity headers it was sent.
    pub fn before(gateway: &Gateway) -> Self {
        let binary = installed("nginx", &["/usr/sbin/nginx"]);
        let folder = tempfile::Builder::new().prefix("portcullis-nginx-").tempdir_in("/tmp").unwrap();
        let (port, application) = (free_port(), free_port());
        let shown = include_str!("../../deploy/nginx.conf");
        let configuration = shown
            .replace("gateway:8080", &format!("127.0.0.1:{}", gateway.port()))
            .replace("demo:8000", &format!("127.0.0.1:{application}"))
            .replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        let path = folder.path().join("nginx.conf");
        std::fs::write(&path, whole(folder.path(), application, &configuration)).unwrap();
        let log = log_file(folder.path(), "log");
        let process = Process::spawn(Launch {
            name: "nginx",
            command: vec![binary, "-c".to_owned(), path.display().to_string()],
            environment: &[],
            log: &log,
            stop: "TERM",
            folder: None,
            owner: None,
        });
        process.await_ready(Duration::from_secs(10), || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, _process: process, _folder: folder }
    }

    /// `http://127.0.0.1:<port>`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A client of the protected application, through nginx.
    pub fn http(&self) -> Http {
        Http::new(self.url())
    }
}

/// The shown configuration as a whole nginx.conf that runs in the foreground out of one folder.
fn whole(folder: &Path, application: u16, shown: &str) -> String {
    let folder = folder.display();
    format!(
        r#"daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{application};
        default_type text/plain;
        location / {{
            return 200 "user=$http_remote_user id=$http_x_portcullis_user_id email=$http_remote_email groups=$http_remote_groups\n";
        }}
    }}
    {shown}
}}
"#
    )
}
