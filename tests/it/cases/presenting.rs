//! Presenting, completing, withdrawing.

use serde_json::{Value, json};

use crate::support::cases::{Presenter, certificate_claim, decide, decision, in_queue, pdf};
use crate::support::city::City;
use crate::support::clock::days_ahead;
use crate::support::fixture::{with, without};
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{
    create_evidence_file, create_recognition_case, get_recognition_case, list_recognition_cases,
    post_recognition_completion, post_recognition_decision, post_recognition_withdrawal,
};

crate::support::on_both! {
    learner_presents_and_the_institution_has_it_in_its_queue,
    school_presents_for_its_learner,
    same_claim_waits_once,
    what_is_not_a_case_is_refused,
    returned_case_is_completed_and_the_clock_goes_on,
    completion_claims_nothing_that_waits_already,
    presenting_again_and_again_ends_for_the_day,
    case_is_taken_back,
    request_sent_twice_has_one_effect,
    another_site_presents_nothing,
}

fn claim(city: &City) -> Value {
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    certificate_claim(&code, &fresh::code("N"))
}

fn learner_presents_and_the_institution_has_it_in_its_queue(city: &City) {
    let presenter = Presenter::new(city);
    let claim = claim(city);
    let case = presenter.present(city.school(), &claim).is(201);
    assert_eq!((case.str("state"), case.str("presented_by")), ("submitted", "learner"));
    assert_eq!(case["turn"]["party"], "institution");
    let until = case["turn"]["until"].as_str().expect("a deadline").to_owned();
    assert!(until > days_ahead(26).to_string() && until < days_ahead(60).to_string(), "20 working days: {until}");
    assert_eq!(case["claim"]["skill_certificate"], claim["skill_certificate"]);
    assert_eq!(case["steps"][0]["text"], "请认定\n谢谢");
    assert_eq!(case["evidence_files"].as_array().map(Vec::len), Some(1));

    let queued = in_queue(city.school(), list_recognition_cases().query("state", "submitted"), &case.id());
    let queued = queued.expect("it is in the queue");
    assert_eq!((queued["kind"].as_str(), queued["level"].as_str()), (Some("skill_certificate"), Some("intermediate")));
    assert!(queued["claim"].is_null() && queued["steps"].is_null(), "the list tells no details: {queued}");
    assert!(in_queue(city.school(), list_recognition_cases().query("overdue", "true"), &case.id()).is_none());
    let seen = city.school().send(get_recognition_case(&case.id())).is(200);
    assert_eq!(seen["claim"], case["claim"]);
    assert_eq!(city.audited("view_recognition_case", &format!("recognition_case {}", case.id())), 1);
    let own = presenter.session.send(list_recognition_cases()).is(200);
    assert_eq!(own.items().len(), 1);
    assert_eq!(own.items()[0]["id"], case.id());
    city.school().send(list_recognition_cases().query("cursor", "made-up")).problem(400, "invalid-request");
    city.school().send(list_recognition_cases().query("state", "odd")).problem(400, "invalid-request");
}

fn school_presents_for_its_learner(city: &City) {
    let student = city.student();
    let school = city.school();
    let file = create_evidence_file("application/pdf", pdf("x")).query("learner_id", &student.id);
    let file = school.send(file).is(201).id();
    let body = json!({"learner_id": student.id, "institution_id": school.institution_id, "claim": claim(city),
                      "evidence_file_ids": [file]});
    let case = school.send(create_recognition_case(&body)).is(201);
    assert_eq!((case.str("presented_by"), case.str("presented_for_by")), ("client", &*school.institution_id));
    // Who presents does not decide; a colleague does.
    decide(school, &case.id(), "recognised").problem(409, "four-eyes");
    decide(&city.colleague(school), &case.id(), "recognised").is(200);
    school.send(create_recognition_case(&without(&body, "learner_id"))).problem_at(
        400,
        "invalid-request",
        "/learner_id",
    );
    city.other_school().send(create_recognition_case(&body)).problem(404, "not-found");
    city.bureau().send(create_recognition_case(&body)).problem(403, "insufficient-scope");
}

fn same_claim_waits_once(city: &City) {
    let presenter = Presenter::new(city);
    let claim = claim(city);
    let bodies: Vec<Value> = (0..2).map(|_| presenter.presentation(city.school(), &claim)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = bodies
            .iter()
            .map(|body| scope.spawn(|| presenter.session.send(create_recognition_case(body)).status))
            .collect();
        sent.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert!(statuses.contains(&201) && statuses.contains(&409), "{statuses:?}");
    presenter.present(city.school(), &claim).problem(409, "already-exists");
    let own = presenter.session.send(list_recognition_cases()).is(200);
    assert_eq!(own.items().len(), 1);
}

fn what_is_not_a_case_is_refused(city: &City) {
    let presenter = Presenter::new(city);
    let good = presenter.presentation(city.school(), &claim(city));
    let send = |body: &Value| presenter.session.send(create_recognition_case(body));
    let at = |members: Value, pointer: &str| {
        send(&with(&good, members)).problem_at(400, "invalid-request", pointer);
    };
    at(json!({"evidence_file_ids": []}), "/evidence_file_ids");
    at(json!({"evidence_file_ids": ["0197a6f0-1111-7abc-8def-0123456789ab"]}), "/evidence_file_ids/0");
    let file = &good["evidence_file_ids"][0];
    at(json!({"evidence_file_ids": [file, file]}), "/evidence_file_ids/1");
    at(json!({"institution_id": city.other_school().institution_id}), "/institution_id");
    at(json!({"institution_id": city.accredited("skill_certificate").institution_id}), "/institution_id");
    at(json!({"institution_id": "0197a6f0-1111-7abc-8def-0123456789ab"}), "/institution_id");
    at(json!({"statement": " \n "}), "/statement");
    at(
        json!({"claim": with(&good["claim"], json!({"completed_on": days_ahead(2).to_string()}))}),
        "/claim/completed_on",
    );
    at(json!({"claim": with(&good["claim"], json!({"kind": "course"}))}), "/claim/course");
    at(json!({"claim": with(&good["claim"], json!({"credits": "4"}))}), "/claim/credits");
    at(json!({"colour": "red"}), "/colour");
    let exempted = json!({"kind": "course", "course": {"code": "C1", "name": "演示课程"}, "completed_on": good["claim"]["completed_on"],
                          "score": {"scale": "percentage", "value": "59"}});
    send(&with(&good, json!({"claim": exempted}))).problem_at(422, "not-passed", "/claim/score");
    send(&with(&good, json!({"learner_id": city.student().id}))).problem(404, "not-found");
    let call = create_recognition_case(&good).without("idempotency-key");
    presenter.session.send(call).problem(400, "idempotency-key-required");
    assert!(presenter.session.send(list_recognition_cases()).is(200).items().is_empty(), "nothing was stored");
}

fn returned_case_is_completed_and_the_clock_goes_on(city: &City) {
    let presenter = Presenter::new(city);
    let first = claim(city);
    let case = presenter.present(city.school(), &first).is(201);
    let until = case["turn"]["until"].clone();
    let with_precedent = with(&decision("returned"), json!({"precedent": {"basis": "x", "summary": "y"}}));
    let call = post_recognition_decision(&case.id(), &with_precedent);
    city.school().send(call).problem_at(400, "invalid-request", "/precedent");
    let returned = decide(city.school(), &case.id(), "returned").is(200);
    assert_eq!((returned.str("state"), returned["turn"]["party"].as_str()), ("returned", Some("presenter")));
    assert!(returned["turn"]["until"].is_null(), "the clock stands still");
    decide(city.school(), &case.id(), "recognised").problem(409, "wrong-state");
    let body = json!({"statement": "已补充", "evidence_file_ids": [presenter.file()]});
    city.school().send(post_recognition_completion(&case.id(), &body)).problem(403, "forbidden");
    let other_kind = with(
        &body,
        json!({"claim": {"kind": "training", "completed_on": first["completed_on"],
        "training": {"title": "演示", "hours": 10}}}),
    );
    let call = post_recognition_completion(&case.id(), &other_kind);
    presenter.session.send(call).problem_at(400, "invalid-request", "/claim/kind");
    let corrected = with(&first, json!({"issued_on": first["completed_on"]}));
    let body = with(&body, json!({"claim": corrected}));
    let done = presenter.session.send(post_recognition_completion(&case.id(), &body)).is(200);
    assert_eq!((done.str("state"), &done["turn"]["until"]), ("submitted", &until), "it goes on where it stopped");
    assert_eq!(done["claim"]["issued_on"], first["completed_on"]);
    assert_eq!(done["evidence_files"].as_array().map(Vec::len), Some(2));
    let steps: Vec<&str> = done["steps"].as_array().into_iter().flatten().filter_map(|s| s["step"].as_str()).collect();
    assert_eq!(steps, ["presented", "returned", "completed"]);
    decide(city.school(), &case.id(), "returned").is(200);
    let more: Vec<String> = (0..4).map(|_| presenter.file()).collect();
    let call = post_recognition_completion(&case.id(), &json!({"statement": "更多", "evidence_file_ids": more}));
    presenter.session.send(call).problem_at(400, "invalid-request", "/evidence_file_ids");
}

fn completion_claims_nothing_that_waits_already(city: &City) {
    let presenter = Presenter::new(city);
    let (first, second) = (claim(city), claim(city));
    let case = presenter.present(city.school(), &first).is(201).id();
    presenter.present(city.school(), &second).is(201);
    decide(city.school(), &case, "returned").is(200);
    let complete = |claim: &Value| {
        let body = json!({"statement": "已更正", "claim": claim, "evidence_file_ids": []});
        presenter.session.send(post_recognition_completion(&case, &body))
    };
    complete(&second).problem_at(409, "already-exists", "/claim");
    assert_eq!(complete(&first).is(200).str("state"), "submitted", "its own claim is no other");
}

fn presenting_again_and_again_ends_for_the_day(city: &City) {
    let presenter = Presenter::new(city);
    let body = presenter.presentation(city.school(), &claim(city));
    for _ in 0..30 {
        let case = presenter.session.send(create_recognition_case(&body)).is(201).id();
        presenter.session.send(post_recognition_withdrawal(&case, &json!({}))).is(200);
    }
    let more = presenter.session.send(create_recognition_case(&body));
    assert_eq!(more.problem(409, "too-many-today")["limit"], 30);
    Presenter::new(city).present(city.school(), &claim(city)).is(201);
}

fn case_is_taken_back(city: &City) {
    let presenter = Presenter::new(city);
    let claim = claim(city);
    let case = presenter.present(city.school(), &claim).is(201).id();
    city.school().send(post_recognition_withdrawal(&case, &json!({}))).problem(403, "forbidden");
    let done = presenter.session.send(post_recognition_withdrawal(&case, &json!({"reason": "填错了"}))).is(200);
    assert_eq!((done.str("state"), done["turn"]["party"].as_str()), ("withdrawn", Some("nobody")));
    decide(city.school(), &case, "recognised").problem(409, "wrong-state");
    presenter.session.send(post_recognition_withdrawal(&case, &json!({}))).problem(409, "wrong-state");
    presenter.present(city.school(), &claim).is(201);
}

fn request_sent_twice_has_one_effect(city: &City) {
    let presenter = Presenter::new(city);
    let call = create_recognition_case(&presenter.presentation(city.school(), &claim(city)));
    let first = presenter.session.send(call.clone()).is(201);
    let again = presenter.session.send(call.clone()).is(201);
    assert_eq!((again.id(), again.header("idempotency-replayed")), (first.id(), Some("true")));
    let other = presenter.presentation(city.school(), &claim(city));
    presenter.session.send(call.json(&other)).problem(422, "idempotency-key-reused");
}

fn another_site_presents_nothing(city: &City) {
    let presenter = Presenter::new(city);
    let call = || create_recognition_case(&presenter.presentation(city.school(), &claim(city)));
    presenter.session.send_bare(call()).problem(403, "forbidden");
    presenter.session.send_bare(call().header("origin", "null")).problem(403, "forbidden");
    let plain = |call: Call| call.header("content-type", "text/plain");
    presenter.session.send(plain(call())).problem(403, "forbidden");
    assert!(presenter.session.send(list_recognition_cases()).is(200).items().is_empty());
}
