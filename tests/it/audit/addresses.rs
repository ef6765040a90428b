//! Where a request came from, behind proxies that the operator trusts and behind none.

use super::{auditor, event_of, marked};
use crate::support::city::{City, wait_ready};
use crate::support::http::Call;
use crate::support::operations::get_me;
use crate::support::process::{Server, free_port};
use crate::support::store::Backend;

crate::support::on_both_alone! {
    forwarded_addresses_are_taken_from_trusted_proxies_alone,
}

/// One more server on the city's store with `lines` in its configuration.
fn configured(city: &City, lines: &str) -> (Server, String) {
    let file = city.store.folder.join("proxies.toml");
    let base = format!("http://127.0.0.1:{}", free_port());
    std::fs::write(&file, format!("base_url = {:?}\n{lines}\n", city.base)).expect("written");
    let mut arguments = city.store.arguments(&["serve", "--listen", base.trim_start_matches("http://")]);
    arguments.extend(["--config".to_owned(), file.display().to_string()]);
    let server = Server::start(&city.store.folder, &arguments, None);
    wait_ready(&base);
    (server, base)
}

fn forwarded_addresses_are_taken_from_trusted_proxies_alone(backend: Backend) {
    let city = City::own(backend);
    let auditor = auditor(&city);
    let address = |base: &str, change: &dyn Fn(Call) -> Call| {
        let (call, request) = marked(get_me());
        // Each a stranger of its own, not the repeat of another.
        change(call.header("authorization", "Bearer nonsense")).send(base).expect("an answer").is(401);
        event_of(&auditor, &request)["address"].as_str().map(str::to_owned)
    };
    let spoofed = |call: Call| call.header("x-forwarded-for", "198.51.100.7").header("forwarded", "for=198.51.100.8");
    assert_eq!(address(&city.base, &spoofed).as_deref(), Some("127.0.0.1"), "no proxy is trusted unless named");
    let (mut server, base) = configured(&city, "trusted_proxies = ['127.0.0.0/8', '10.0.0.0/8']");
    let of = |line: &str| address(&base, &|call| call.header("x-forwarded-for", line));
    assert_eq!(of("198.51.100.1").as_deref(), Some("198.51.100.1"));
    assert_eq!(
        of("203.0.113.9, 198.51.100.2").as_deref(),
        Some("198.51.100.2"),
        "what stands left is a stranger's word"
    );
    assert_eq!(of("198.51.100.3, 10.0.0.7").as_deref(), Some("198.51.100.3"));
    assert_eq!(of("10.1.1.1, 198.51.100.4").as_deref(), Some("198.51.100.4"), "the name of a proxy does not help");
    assert_eq!(of("2001:db8::5").as_deref(), Some("2001:db8::5"));
    let only = |call: Call| call.header("x-forwarded-for", "198.51.100.6").header("forwarded", "for=198.51.100.8");
    assert_eq!(address(&base, &only).as_deref(), Some("198.51.100.6"), "only the header that proxies set is read");
    assert_eq!(of("not an address").as_deref(), Some("127.0.0.1"));
    server.stop();
    let (_server, base) = configured(&city, "trusted_proxies = ['127.0.0.1']\nforwarded_header = 'forwarded'");
    assert_eq!(address(&base, &spoofed).as_deref(), Some("198.51.100.8"));
}
