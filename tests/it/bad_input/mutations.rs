//! Every member of every body replaced by what does not belong there: the service never fails, and the book stays sound.

use serde_json::{Value, json};

use crate::support::book::{check, trial_balance};
use crate::support::city::City;
use crate::support::clock::cohort;
use crate::support::fixture::{enrolment, opening, with};
use crate::support::fresh::{self, Person};
use crate::support::http::Call;
use crate::support::operations::{
    change_enrolment_status, create_accreditation, create_certificate, create_course, create_institution,
    create_programme, create_programme_version, open_enrolment, open_learner, open_learner_batch, post_achievement,
    post_achievement_batch, revoke_achievement, transfer_enrolment,
};

crate::support::on_both_quietly! {
    mutated_results_never_break_the_service,
    mutated_accounts_never_break_the_service,
    mutated_catalogues_never_break_the_service,
    odd_paths_and_queries_never_break_the_service,
}

fn nasty() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(0.1),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("\u{feff}"),
        json!("x".repeat(5_000)),
        json!("9".repeat(400)),
        json!("-1"),
        json!("'; DROP TABLE achievement; --"),
        json!("\u{202e}\u{1f468}\u{200d}\u{1f469}"),
        json!("018f3a3e-0000-7000-8000-000000000000"),
        json!("2026-02-30"),
        json!("+99999-01-01"),
        json!([]),
        json!([null]),
        json!({}),
        json!({"a": {"a": 1}}),
    ]
}

/// The pointers of all members below `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (format!("{at}/{name}"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (format!("{at}/{n}"), value)).collect(),
        _ => Vec::new(),
    };
    for (pointer, child) in children {
        found.push(pointer.clone());
        places(child, &pointer, found);
    }
}

/// Sends `call` once for each place and each nasty value. What is refused must be a documented problem.
fn mutate(city: &City, body: &Value, school: bool, call: impl Fn(&Value) -> Call) {
    let client = if school { city.school() } else { city.bureau() };
    send_all(client, body, call);
}

fn send_all(client: &crate::support::client::Client, body: &Value, call: impl Fn(&Value) -> Call) {
    let mut pointers = Vec::new();
    places(body, "", &mut pointers);
    for pointer in pointers {
        for value in nasty() {
            let mut mutated = body.clone();
            *mutated.pointer_mut(&pointer).expect("the place is there") = value.clone();
            if mutated.get("external_ref").is_some() && pointer != "/external_ref" {
                mutated["external_ref"] = json!(fresh::reference());
            }
            let answer = client.send(call(&mutated));
            assert!(answer.status < 500, "{pointer} = {value}: {answer:?}");
            if answer.status >= 400 {
                assert_eq!(answer.media_type(), "application/problem+json", "{pointer} = {value}: {answer:?}");
            }
        }
    }
}

fn mutated_results_never_break_the_service(city: &City) {
    let student = city.student();
    let kinds = [
        "course",
        "examination",
        "skill_certificate",
        "skill_level",
        "qualification",
        "training",
        "competition",
        "experience",
        "diploma",
    ];
    for kind in kinds {
        let result = with(&city.result(kind, &student), json!({"learner": {"account_no": student.account_no}}));
        send_all(city.accredited(kind), &result, post_achievement);
    }
    let learner = json!({"id_document": student.person.document(), "name": student.person.name});
    let result =
        with(&city.result("course", &student), json!({"learner": learner, "on_change": "correct", "reason": "更正"}));
    let batch = json!({"atomic": false, "on_change": "refuse", "items": [result]});
    mutate(city, &batch, true, post_achievement_batch);
    let posted = city.school().send(post_achievement(&city.result("course", &student))).is(201).id();
    for value in nasty() {
        let call = revoke_achievement(&posted, "").json(&json!({"reason": value}));
        let answer = city.school().send(call);
        assert!(answer.status < 500, "{value}: {answer:?}");
    }
    check(city.school(), &student.id);
    trial_balance(city.bureau());
}

fn mutated_accounts_never_break_the_service(city: &City) {
    let school = city.school();
    let programme = city.programme(school, "secondary");
    let body = opening(&Person::new(), Some(enrolment(&programme, &fresh::code("T"))));
    mutate(city, &body, true, open_learner);
    mutate(city, &json!({"items": [body]}), true, open_learner_batch);
    let student = city.student();
    mutate(city, &enrolment(&programme, &fresh::code("T")), true, |body| open_enrolment(&student.id, body));
    let change = json!({"status": "suspended", "from": "2026-01-01", "reason": "测试"});
    mutate(city, &change, true, |body| change_enrolment_status(&student.enrolment_id, body));
    let student = city.student();
    let transfer = json!({"to_enrolment_id": student.enrolment_id, "lots": [student.id], "reason": "测试"});
    mutate(city, &transfer, true, |body| transfer_enrolment(&student.enrolment_id, body));
    check(school, &student.id);
}

fn mutated_catalogues_never_break_the_service(city: &City) {
    let course = json!({"code": fresh::code("C"), "name": "演示", "credits": "4", "hours": 64, "practice_hours": 32, "from_cohort": cohort()});
    mutate(city, &course, true, create_course);
    let programme = json!({"level": "secondary", "major_code": fresh::major_code(), "name": "演示"});
    mutate(city, &programme, true, create_programme);
    let id = city.new_programme(city.school(), "secondary");
    let version = json!({"cohort": cohort(), "total_credits": "4", "modules": [
        {"code": "M1", "name": "演示", "min_credits": "4", "courses": [{"code": "A", "name": "演示", "credits": "4", "required": true}]}]});
    mutate(city, &version, true, |body| create_programme_version(&id, body));
    let entry = json!({"kind": "competition", "code": fresh::code("K"), "level": "first", "name": "演示", "credits": "4",
        "body_id": city.school().institution_id, "valid_from": "2020-01-01", "valid_to": "2030-01-01", "tier": "city", "team_max": 3});
    mutate(city, &entry, false, create_certificate);
    let institution = json!({"name": "演示", "short_name": "演", "kind": "enterprise", "uscc": fresh::unified_code(), "region": "410202",
        "school_code": "4141999999", "authority_id": city.bureau().institution_id});
    mutate(city, &institution, false, create_institution);
    // A grant to nobody who posts: an accidental grant must not open the city.
    let nobody = json!({"name": "演示", "kind": "enterprise", "uscc": fresh::unified_code(), "region": "410202"});
    let nobody = city.bureau().send(create_institution(&nobody)).is(201).id();
    let grant = json!({"kind": "course", "codes": ["A*"], "levels": ["1"], "valid_from": "2020-01-01", "valid_to": "2021-01-01"});
    mutate(city, &grant, false, |body| create_accreditation(&nobody, body));
}

fn odd_paths_and_queries_never_break_the_service(city: &City) {
    let student = city.student();
    let odd = [
        "%00",
        "..%2f..%2fetc",
        "%ff%fe",
        "%E5%BC%A0",
        "0",
        "-1",
        "018f3a3e-0000-7000-8000-00000000000g",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];
    let long = "a".repeat(3_000);
    let token = city.school().token().expect("a token");
    for piece in odd.into_iter().chain([long.as_str()]) {
        for path in [
            "learners/@",
            "learners/@/balances",
            "learners/@/statement",
            "achievements/@",
            "enrolments/@",
            "institutions/@",
            "programmes/@/versions",
            "courses/@",
            "certificates/@",
            "accreditations/@",
            "ledger/transactions/@",
        ] {
            let call = Call::plain("GET", format!("/api/v1/{}", path.replace('@', piece))).token(&token);
            let answer = call.send(&city.base).expect("the server answers");
            assert!(matches!(answer.status, 400 | 404 | 414), "{path} {piece:.40}: {answer:?}");
            answer.clone().problem(answer.status, answer["code"].as_str().unwrap_or("none"));
        }
        for query in [
            "learners?cursor=@",
            "learners?student_no=@",
            "learners?limit=@",
            "achievements?external_ref=@",
            "achievements?updated_since=@",
            "courses?institution_id=@",
            "certificates?kind=@",
            "programmes?level=@",
        ] {
            let call = Call::plain("GET", format!("/api/v1/{}", query.replace('@', piece))).token(&token);
            let answer = call.send(&city.base).expect("the server answers");
            assert!(answer.status < 500, "{query} {piece:.40}: {answer:?}");
        }
        let path = format!("/api/v1/learners/{}/statement?cursor={piece}", student.id);
        let answer = Call::plain("GET", path).token(&token).send(&city.base).expect("the server answers");
        answer.problem(400, "invalid-request");
    }
}
