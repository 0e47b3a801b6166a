//! One process serves a database; a second says so and goes.

use super::server::serve_in_vain;
use crate::support::Gateway;

on_both! {
    fn a_second_server_on_the_same_database_is_refused_and_the_first_goes_on(gateway: &Gateway) {
        let (code, said) = serve_in_vain(gateway, &[]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("another `portcullis"), "{said}");
        gateway.http().get("/readyz").expect(200);
        gateway.scim().get("/Users").expect(200);
        assert!(!gateway.allows("nobody", "email.send", "organization"));
    }

    fn a_server_whose_port_is_taken_says_so(gateway: &Gateway) {
        let output = gateway.command(&["serve", "--listen", &format!("127.0.0.1:{}", gateway.port())]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("cannot listen on"), "{said}");
    }
}
