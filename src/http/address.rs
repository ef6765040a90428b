//! The network address that a request came from.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::headers::RequestId;
use crate::services::App;
use crate::services::sessions::Origin;

/// The address, through the proxies that the operator trusts; none on a socket without addresses.
pub fn address(request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let Some(app) = request.app_data::<Data<App>>() else { return Some(peer) };
    let proxies = &app.settings.proxies;
    if !proxies.trusts(peer) {
        return Some(peer);
    }
    // A line that is no text is as illegible as any other.
    let lines: Vec<&str> =
        request.headers().get_all(proxies.header.name()).map(|line| line.to_str().unwrap_or_default()).collect();
    Some(proxies.origin(peer, lines.into_iter()))
}

/// Where a request came from, for the audit trail.
pub fn origin(request: &HttpRequest) -> Origin {
    Origin { request: RequestId::of(request).0, address: address(request) }
}
