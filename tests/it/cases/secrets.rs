//! What is personal in cases and objections is found in the clear nowhere.

use serde_json::json;

use crate::support::cases::{Presenter, certificate_claim, decision, pdf};
use crate::support::city::City;
use crate::support::fixture::with;
use crate::support::operations::{
    create_evidence_file, create_objection, create_recognition_case, get_evidence_file, get_recognition_case,
    post_objection_answer, post_recognition_appeal, post_recognition_decision,
};
use crate::support::search::nowhere;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    what_is_written_in_cases_is_sealed,
}

fn what_is_written_in_cases_is_sealed(backend: Backend) {
    let mut city = City::own(backend);
    let presenter = Presenter::new(&city);
    let words = [
        ("certificate number", "SECRETNUMBER77123"),
        ("statement", "秘密的陈述理由"),
        ("evidence", "SECRETEVIDENCE88"),
        ("file name", "秘密的文件名"),
        ("reason of the decision", "秘密的认定理由"),
        ("reason of the appeal", "秘密的申诉理由"),
        ("refused summary", "秘密的概要"),
        ("objection", "秘密的异议理由"),
        ("missing course", "秘密的课程名"),
        ("answer", "秘密的答复理由"),
        ("name", &presenter.student.person.name),
        ("id number", &presenter.student.person.number),
    ];
    let said = |what: &str| words.iter().find(|(own, _)| *own == what).map(|(_, word)| *word).expect("planted");
    let call = create_evidence_file("application/pdf", pdf(said("evidence"))).query("name", said("file name"));
    let file = presenter.session.send(call).is(201);
    assert_eq!(file.str("name"), said("file name"));
    let code = "PLAINCASECODE5512";
    city.catalogued_as(code, "skill_certificate", Some("intermediate"), "4");
    let claim = certificate_claim(code, said("certificate number"));
    let body = json!({"institution_id": city.school().institution_id, "claim": claim,
                      "statement": said("statement"), "evidence_file_ids": [file.id()]});
    let case = presenter.session.send(create_recognition_case(&body)).is(201).id();
    city.school().send(get_evidence_file(&file.id())).is(200);
    let summary = format!("{} {}", said("refused summary"), presenter.student.person.number);
    let telling = with(&decision("partly"), json!({"precedent": {"basis": "x", "summary": summary}}));
    city.school().send(post_recognition_decision(&case, &telling)).problem(422, "personal-data");
    let body = with(&decision("partly"), json!({"reason": said("reason of the decision")}));
    city.school().send(post_recognition_decision(&case, &body)).is(200);
    presenter.session.send(post_recognition_appeal(&case, &json!({"reason": said("reason of the appeal")}))).is(200);
    let seen = city.bureau().send(get_recognition_case(&case)).is(200).text();
    assert!(seen.contains(said("certificate number")) && seen.contains(said("reason of the appeal")), "{seen}");
    let missing = json!({"kind": "missing", "institution_id": city.school().institution_id, "term": "2025-2026-1",
                         "title": said("missing course"), "reason": said("objection")});
    let objection = presenter.session.send(create_objection(&missing)).is(201).id();
    let answer = json!({"outcome": "refused", "reason": said("answer")});
    city.school().send(post_objection_answer(&objection, &answer)).is(200);
    nowhere(&city, &words, code);
    city.server.stop();
    nowhere(&city, &words, code);
}
