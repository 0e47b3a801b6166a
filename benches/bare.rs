//! The floor that `/forward-auth` is measured against: an actix-web handler that answers 200 and does nothing else, on
//! the same settings as the gateway's own server. Run by `script/bench` as `bare ADDRESS WORKERS`; without an address
//! it says so and ends, so that `cargo bench` alone stays quiet.

use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let (Some(address), Some(workers)) = (arguments.next(), arguments.next()) else {
        println!("bare: started by script/bench with an address and a number of workers");
        return Ok(());
    };
    let workers = workers.parse().unwrap_or(1);
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(|| App::new().route("/forward-auth", web::get().to(|| async { HttpResponse::Ok().finish() })))
            .workers(workers)
            .keep_alive(Duration::from_secs(75))
            .bind(address)?
            .run()
            .await
    })
}
