//! Style sheet and icon, out of the binary. Their names carry a digest of their content, so they may be kept for ever.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::error;
use crate::http::registry::Code;
use crate::services::App;

/// The style sheet.
pub const STYLE: &str = include_str!("assets/xuefen.css");
/// The icon.
pub const ICON: &str = include_str!("assets/icon.svg");

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| format!("xuefen-{:016x}.css", digest(STYLE)));
static ICON_NAME: LazyLock<String> = LazyLock::new(|| format!("icon-{:016x}.svg", digest(ICON)));

/// Path of the style sheet.
pub fn style_path() -> String {
    format!("/assets/{}", *STYLE_NAME)
}

/// Path of the icon.
pub fn icon_path() -> String {
    format!("/assets/{}", *ICON_NAME)
}

/// FNV-1a, 64 bits: tells versions of a file apart, and need not do more.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Answers with a file.
pub async fn send(request: HttpRequest, app: Data<App>, name: Path<String>) -> HttpResponse {
    let (media, content) = match name.as_str() {
        name if name == STYLE_NAME.as_str() => ("text/css; charset=utf-8", STYLE),
        name if name == ICON_NAME.as_str() => ("image/svg+xml", ICON),
        _ => return error::answer(&request, &app, Code::NotFound),
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(content)
}
