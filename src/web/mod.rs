//! The learner's pages: rendered here, without scripts, over the same use cases as the API.
//!
//! Every answer carries a strict content policy; every form a token. The texts stand in `templates/`.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, Route, guard};

use crate::http::problem::Problem;
use crate::http::registry::Code;
use crate::services::App;

mod activate;
mod assets;
mod error;
mod forms;
mod home;
mod index;
mod login;
mod page;
mod problems;
#[cfg(test)]
mod tests;
mod visitor;

/// The pages, and what answers every path that is nobody's.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/").route(get().to(index::show)))
        .service(web::resource("/activate").route(get().to(activate::show)).route(web::post().to(activate::submit)))
        .service(web::resource("/login").route(get().to(login::show)).route(web::post().to(login::submit)))
        .service(web::resource("/logout").route(web::post().to(login::log_out)))
        .service(web::resource("/me").route(get().to(home::show)))
        .service(web::resource("/problems").route(get().to(problems::show)))
        .service(web::resource("/assets/{name}").route(get().to(assets::send)))
        .default_service(web::route().to(not_found));
}

/// `GET`, and `HEAD` for what only asks whether the page is there.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Nothing is at this path: a page for people, a problem for programs.
async fn not_found(request: HttpRequest, app: Data<App>) -> Result<actix_web::HttpResponse, Problem> {
    let machine = ["/api/", "/oauth/", "/.well-known/"].iter().any(|prefix| request.path().starts_with(prefix));
    if machine { Err(Problem::new(Code::NotFound)) } else { Ok(error::answer(&request, &app, Code::NotFound)) }
}
