//! Whoever guesses has to wait, for clients that exist and for those that do not, and nobody else does.

use super::{asserted, client_with, client_with_secret, nobody, secretly};
use crate::support::city::City;
use crate::support::http::Answer;
use crate::support::keys::Pair;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    guesses_are_bounded_and_tell_nothing,
}

/// How many wrong proofs get an answer before the first that has to wait.
#[track_caller]
fn answered(mut guess: impl FnMut() -> Answer) -> (usize, Answer) {
    for n in 0..150 {
        let answer = guess();
        if answer.status == 429 {
            return (n, answer);
        }
        nobody(answer);
    }
    panic!("no end of guesses is answered");
}

fn guesses_are_bounded_and_tell_nothing(backend: Backend) {
    let city = City::own(backend);
    let (known, secret) = client_with_secret(&city);
    let (other, others) = client_with_secret(&city);
    let unknown = "018f3a3e-0000-7000-8000-000000000000";
    let (known_tries, waits) = answered(|| secretly(&city.base, &known, "guess"));
    let seconds: u64 = waits.header("retry-after").expect("how long").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{waits:?}");
    let (unknown_tries, same) = answered(|| secretly(&city.base, unknown, "guess"));
    // One more comes every six seconds, however slow the machine is.
    assert!(known_tries.abs_diff(unknown_tries) <= 1, "it is told which clients exist: {known_tries}, {unknown_tries}");
    assert_eq!(waits.text(), same.text());
    let pair = Pair::ed();
    let id = client_with(&city, &[pair.jwk("k")]);
    let (asserted_tries, _) = answered(|| asserted(&city.base, &Pair::ed().assertion("k", &id, &city.base)));
    assert!(asserted_tries.abs_diff(known_tries) <= 1, "{asserted_tries}, {known_tries}");
    answered(|| secretly(&city.base, &known, "guess"));
    // The right secret waits too, as long as nobody knows that it comes from where the client is.
    secretly(&city.base, &known, &secret).is(429);
    // Others do not wait; and who proved itself here is not shut out by who guesses here.
    secretly(&city.base, &other, &others).is(200);
    answered(|| secretly(&city.base, &other, "guess"));
    secretly(&city.base, &other, &others).is(200);
    std::thread::sleep(std::time::Duration::from_secs(seconds + 1));
    secretly(&city.base, &known, &secret).is(200);
    // Many names from one address are bounded as well.
    let mut n = 0;
    let (tries, _) = answered(|| {
        n += 1;
        secretly(&city.base, &format!("018f3a3e-0000-7000-8000-{n:012}"), "guess")
    });
    assert!(tries < 100, "{tries}");
    secretly(&city.base, &other, &others).is(200);
}
