//! The one integration-test binary. Each module is named after the room or promise it tests.

mod architecture;
