//! The demo city is what the examples promise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::book::{check, pages};
use crate::support::city::City;
use crate::support::http::Call;
use crate::support::operations::{
    get_institution, get_learner, get_programme, get_rule_set_version, list_learner_achievements,
    list_learner_pathways, list_learners, list_objections, list_precedents, list_recognition_cases,
    list_rule_set_comments, list_rule_sets,
};

/// The rule sets of the demo.
const RULE_SETS: [&str; 3] = ["演示市学分转换规则", "汴梁演示职业技术学院学分转换规则", "汴州演示开放大学学分转换规则"];

crate::support::on_both! {
    every_kind_of_institution_has_a_client,
    programmes_and_learners_are_there,
    staff_are_named,
    rules_are_published_by_a_second_client,
    institutions_see_the_next_version_coming,
    a_pathway_has_been_walked,
    the_first_learner_can_convert,
    facts_are_attested,
    conversions_stand_in_every_state,
    cases_and_objections_are_open_and_decided,
}

fn every_kind_of_institution_has_a_client(city: &City) {
    let mut kinds: Vec<&str> = city.clients().iter().map(|client| client.kind.as_str()).collect();
    kinds.sort_unstable();
    let count = |kind: &str| kinds.iter().filter(|own| **own == kind).count();
    for kind in [
        "technician_college",
        "university",
        "open_university",
        "awarding_body",
        "training_provider",
        "enterprise",
        "bureau",
    ] {
        assert!(count(kind) >= 1, "{kind}");
    }
    assert!(count("secondary_school") >= 2 && count("higher_vocational_college") >= 2, "{kinds:?}");
    for client in city.clients() {
        let own = client.send(get_institution(&client.institution_id)).is(200);
        assert_eq!((own.str("kind"), own.str("status")), (client.kind.as_str(), "active"));
    }
}

fn programmes_and_learners_are_there(city: &City) {
    let programmes = city.demo["programmes"].as_array().expect("programmes");
    let levels: BTreeSet<&str> = programmes.iter().filter_map(|programme| programme["level"].as_str()).collect();
    assert_eq!(levels, BTreeSet::from(["higher", "secondary", "undergraduate"]));
    for programme in programmes {
        let found = city.bureau().send(get_programme(programme["id"].as_str().expect("an id"))).is(200);
        for member in ["institution_id", "level", "major_code", "name"] {
            assert_eq!(found[member], programme[member], "{member}");
        }
    }
    let mut seen = BTreeSet::new();
    let mut earned = 0;
    for client in
        city.clients().iter().filter(|client| client.kind.contains("school") || client.kind.contains("college"))
    {
        let own = pages(client, list_learners().query("limit", "200"));
        for learner in own.iter().filter(|learner| seen.insert(learner["id"].to_string())).take(12) {
            let balances = check(client, learner["id"].as_str().expect("an id"));
            earned += crate::support::decimal::thousandths(balances.earned());
        }
    }
    assert!(seen.len() >= 6, "{} learners", seen.len());
    assert!(earned > 0, "nobody has earned anything");
    for learner in city.demo["learners"].as_array().expect("learners") {
        for member in ["id", "account_no", "name", "login", "password", "programme_id"] {
            assert!(learner[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {learner}");
        }
        let id = learner["id"].as_str().expect("an id");
        let found = city.clients().iter().filter(|client| client.kind != "enterprise" && client.kind != "bureau");
        let known =
            found.filter_map(|client| client.try_send(&get_learner(id)).ok()).find(|answer| answer.status == 200);
        let known = known.unwrap_or_else(|| panic!("no school knows {learner}"));
        assert_eq!(known["account_no"], learner["account_no"]);
    }
}

/// What changed of the conversions into a school's programmes.
fn list_conversions() -> Call {
    Call::new("list_conversions", "GET", "/api/v1/conversions").query("updated_since", "2020-01-01T00:00:00Z")
}

fn post_conversion_plans(body: &Value) -> Call {
    Call::new("post_conversion_plans", "POST", "/api/v1/conversion-plans").json(body)
}

fn list_learner_facts(learner: &str) -> Call {
    Call::new("list_learner_facts", "GET", format!("/api/v1/learners/{learner}/facts"))
}

/// The published rule sets that the demo made; other tests may have published more.
fn rule_sets(city: &City) -> Vec<Value> {
    let all = pages(city.bureau(), list_rule_sets().query("state", "published"));
    all.into_iter().filter(|set| set["name"].as_str().is_some_and(|name| RULE_SETS.contains(&name))).collect()
}

fn rules_are_published_by_a_second_client(city: &City) {
    let sets = rule_sets(city);
    let names: BTreeSet<&str> = sets.iter().filter_map(|set| set["name"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(RULE_SETS));
    let mut rules = 0;
    for set in &sets {
        let (id, owner) = (set["id"].as_str().expect("an id"), &set["institution_id"]);
        let own: Vec<_> = city.clients().iter().filter(|client| client.institution_id == *owner).collect();
        assert!(own.len() >= 2, "{} has no second client", set["name"]);
        let version = own[0].send(get_rule_set_version(id, "1")).is(200);
        assert_eq!(version.str("state"), "published");
        let (wrote, published) = (&version["created"]["by"], &version["published"]["by"]);
        assert!(wrote.is_string() && published.is_string() && wrote != published, "{version:?}");
        rules += version["document"]["rules"].as_array().map_or(0, Vec::len);
        // A stranger reads what is published, and not who wrote it.
        let seen = city.other_school().send(get_rule_set_version(id, "1")).is(200);
        assert!(seen["published"]["by"].is_null() && seen["document"] == version["document"]);
    }
    assert!(rules > 50, "{rules} rules");
}

fn institutions_see_the_next_version_coming(city: &City) {
    let sets = rule_sets(city);
    let citys = sets.iter().find(|set| set["authority"] == "city").expect("the city's set");
    let id = citys["id"].as_str().expect("an id");
    let coming = city.other_school().send(get_rule_set_version(id, "2")).is(200);
    assert_eq!(coming.str("state"), "in_review");
    let comments = pages(city.bureau(), list_rule_set_comments(id));
    assert!(comments.len() >= 3, "{comments:?}");
}

fn a_pathway_has_been_walked(city: &City) {
    let university = city.client("university", 0);
    let walker = &city.demo["learners"][0];
    let id = walker["id"].as_str().expect("an id");
    let pathways = university.send(list_learner_pathways(id)).is(200);
    let steps = pathways.items()[0]["steps"].as_array().expect("steps").clone();
    // Its rule set is its own.
    let own = pathways.items()[0]["rule_set_id"].as_str().expect("a rule set").to_owned();
    let set = university.send(get_rule_set_version(&own, "1")).is(200);
    let named: Vec<_> = steps.iter().map(|step| step["programme_id"].clone()).collect();
    assert_eq!(set["document"]["programmes"].as_array(), Some(&named));
    let states: Vec<&str> = steps.iter().filter_map(|step| step["state"].as_str()).collect();
    assert_eq!(states, ["completed", "completed", "current"]);
    assert_eq!(steps[2]["programme_id"], walker["programme_id"]);
    let all = pages(university, list_learner_achievements(id));
    let diplomas: BTreeSet<&str> = all
        .iter()
        .filter(|achievement| achievement["kind"] == "diploma" && achievement["credits"] == "0")
        .filter_map(|achievement| achievement["institution_id"].as_str())
        .collect();
    assert_eq!(
        diplomas,
        BTreeSet::from([city.school().institution_id.as_str(), city.college().institution_id.as_str()])
    );
    // Two awards redeemed whole programmes, and the block for the second diploma counts at the university.
    let balances = check(university, id);
    let amount = |credit_type: &str, purse: &str| {
        let list = balances.0["balances"].as_array().expect("balances");
        let own = list.iter().find(|own| own["credit_type"] == credit_type).unwrap_or_else(|| panic!("{list:?}"));
        crate::support::decimal::thousandths(own[purse].as_str().expect("an amount"))
    };
    assert!(amount("secondary", "redeemed") >= 170_000 && amount("higher", "redeemed") >= 140_000);
    assert_eq!(amount("undergraduate", "total"), 20_000);
}

fn the_first_learner_can_convert(city: &City) {
    let university = city.client("university", 0);
    let walker = &city.demo["learners"][0];
    let wanted = json!({"learner_id": walker["id"], "programme_id": walker["programme_id"]});
    let plan = university.send(post_conversion_plans(&wanted)).is(200);
    let lines = plan["lines"].as_array().expect("lines");
    let decided: BTreeSet<&str> = lines.iter().filter_map(|line| line["decision"].as_str()).collect();
    assert_eq!(decided, BTreeSet::from(["automatic", "steps"]), "{plan:?}");
    for line in lines {
        assert!(line["because"]["zh-CN"].as_str().is_some_and(|text| !text.is_empty()), "{line}");
    }
    // Everybody with a log-in has something to see, enrolled or not.
    for learner in city.demo["learners"].as_array().expect("learners") {
        let wanted = json!({"learner_id": learner["id"], "programme_id": learner["programme_id"]});
        let plan = city.bureau().send(post_conversion_plans(&wanted)).is(200);
        assert!(plan["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "{plan:?}");
    }
}

fn facts_are_attested(city: &City) {
    let mut facts = BTreeSet::new();
    for learner in city.demo["learners"].as_array().expect("learners") {
        let id = learner["id"].as_str().expect("an id");
        for fact in pages(city.bureau(), list_learner_facts(id)) {
            facts.insert(fact["fact"].as_str().expect("a fact").to_owned());
        }
    }
    assert!(facts.contains("veteran") && facts.contains("age_reached"), "{facts:?}");
}

fn conversions_stand_in_every_state(city: &City) {
    let mut states = BTreeSet::new();
    let mut lines = 0;
    let all = ["higher_vocational_college", "university", "open_university", "secondary_school", "technician_college"];
    for client in city.clients().iter().filter(|client| all.contains(&client.kind.as_str())) {
        for conversion in pages(client, list_conversions()) {
            states.insert(conversion["status"].as_str().expect("a status").to_owned());
            lines += 1;
        }
    }
    // Other tests convert too; what twelve learners bring is the least there can be.
    assert!(states.contains("converted") && states.len() >= 2 && lines >= 5, "{states:?}, {lines} lines");
}

fn cases_and_objections_are_open_and_decided(city: &City) {
    let mut cases = BTreeSet::new();
    let mut objections = BTreeSet::new();
    let state = |item: &Value| item["state"].as_str().expect("a state").to_owned();
    for client in city.clients().iter().filter(|client| client.kind != "enterprise") {
        cases.extend(pages(client, list_recognition_cases()).iter().map(state));
        objections.extend(pages(client, list_objections()).iter().map(state));
    }
    for wanted in ["submitted", "returned", "appealed"] {
        assert!(cases.contains(wanted), "no case is {wanted}: {cases:?}");
    }
    for wanted in ["open", "answered", "escalated"] {
        assert!(objections.contains(wanted), "no objection is {wanted}: {objections:?}");
    }
    let precedents = pages(city.bureau(), list_precedents());
    assert!(precedents.len() >= 2, "{precedents:?}");
}

fn staff_are_named(city: &City) {
    let staff = city.demo["staff"].as_array().expect("staff");
    assert!(!staff.is_empty());
    for member in staff {
        for part in ["login", "password", "role", "institution_id"] {
            assert!(member[part].as_str().is_some_and(|text| !text.is_empty()), "{part} of {member}");
        }
    }
}
