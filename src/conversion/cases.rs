//! Cases of rules: what is supposed in short form, run through evaluation, compared with what is expected.
//!
//! Short form: a JSON object whose members all may be left out.
//! - `on`: the day; the first on which the set holds unless given.
//! - `evidence`: list of [`Evidence`](super::input::Evidence) in part. Numbered from 1 in place of ids; kind `course`, no
//!   credits, completed on the day, credit type by kind, issued by a college unless given.
//! - `facts`: list of `{fact, number?, from?, to?}`, holding on the day unless given, numbered from 101.
//! - `courses`: courses of the programme: `{code?, name?, credits, required?, classes?, module?}`. Code `C1`, `C2`…, required.
//! - `modules`: `{code, classes?, min_credits?}`; module `M` is there in any case and takes the courses that name none.
//! - `programme`: members of [`TargetProgramme`](super::input::TargetProgramme) (level, major_code, cohort, registered_on,
//!   term_start, term, term_courses, done…); the first programme that the set is for, if it names any.
//! - `total_credits` and `conversion_cap_share` of the plan: 100 and none unless given.
//! - `lots`: `{evidence, available, redeemed?}`; all credits of every achievement are there to be drawn unless given.
//! - `uses`: list of [`PastUse`](super::input::PastUse) in part; `examined`: marks by course code.
//! - `request`: lines asked for, `{rule?, evidence?, courses?, credits?}`; then they are checked instead of planned. All evidence
//!   and the case's own rule unless given.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::check::check;
use super::evaluate::evaluate_within;
use super::fault::{Fault, What};
use super::input::PlanInput;
use super::json;
use super::plan::{PlanLine, RequestedLine};
use super::rule::{Expectation, RuleCase};
use super::rule_set::{RuleSetDocument, RuleSetVersion};
use super::solve::Effort;
use crate::domain::credit::CreditAmount;
use crate::domain::kind::AchievementKind;

/// Most achievements, facts, courses and lines of one case: enough to show a rule, quick to evaluate.
const PARTS_MAX: usize = 100;
/// Branches of the search for one case; none of the published ones needs any.
const NODES_MAX: u64 = 10_000;

/// What came out of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Credits of all lines.
    pub credits: CreditAmount,
    /// Exempted courses.
    pub courses: u32,
    /// Score recorded for the first exempted course, or with the first credits.
    pub score: Option<String>,
    /// Why the first unused achievement is not used, or the request is refused: the reason's code.
    pub reason: Option<String>,
    /// The cap that stands against it.
    pub cap: Option<String>,
}

/// Runs the cases of every rule, each with its rule alone, and notes those that give something else.
pub fn check_all(document: &RuleSetDocument) -> Vec<Fault> {
    let mut faults = super::fault::Faults::default();
    for (i, rule) in document.rules.iter().enumerate().filter(|(_, rule)| !rule.cases.is_empty()) {
        let alone = RuleSetDocument { rules: vec![rule.clone()], ..document.clone_head() };
        for (j, case) in rule.cases.iter().enumerate() {
            if faults.is_full() {
                return faults.into_vec();
            }
            if let Err(fault) = check_case(&alone, case) {
                faults.push(format!("/rules/{i}/cases/{j}{}", fault.pointer), fault.what);
            }
        }
    }
    faults.into_vec()
}

fn check_case(document: &RuleSetDocument, case: &RuleCase) -> Result<(), Fault> {
    let found = run(document, &case.given)
        .map_err(|fault| Fault { pointer: format!("/given{}", fault.pointer), what: fault.what })?;
    if meets(&found, &case.expect) {
        return Ok(());
    }
    let what = What::Case { wanted: wanted(&case.expect), found: said(&found) };
    Err(Fault { pointer: "/expect".into(), what })
}

/// Whether the outcome is what was expected. A refusal is named by its reason or by the cap.
pub fn meets(found: &Outcome, expect: &Expectation) -> bool {
    let refused = |code: &String| found.reason.as_ref() == Some(code) || found.cap.as_ref() == Some(code);
    expect.credits.is_none_or(|credits| found.credits == credits)
        && expect.courses.is_none_or(|courses| found.courses == courses)
        && expect.score.as_ref().is_none_or(|score| found.score.as_ref() == Some(score))
        && expect.refused.as_ref().is_none_or(refused)
}

fn wanted(expect: &Expectation) -> String {
    serde_json::to_value(expect).map(|value| value.to_string()).unwrap_or_default()
}

fn said(found: &Outcome) -> String {
    json!({
        "credits": found.credits, "courses": found.courses, "score": found.score, "refused": found.reason, "cap": found.cap
    })
    .to_string()
}

/// Evaluates what is supposed under the set.
pub fn run(document: &RuleSetDocument, given: &Value) -> Result<Outcome, Fault> {
    let input = input(document, given)?;
    let Some(request) = given.get("request") else {
        let plan = evaluate_within(&input, Effort { time: None, nodes: Some(NODES_MAX) });
        let unused = plan.unused.first();
        return Ok(Outcome {
            reason: unused.map(|unused| unused.reason.to_string()),
            cap: unused.and_then(|unused| unused.cap.clone()),
            ..outcome(&plan.lines)
        });
    };
    let lines = requested(document, &input, request)?;
    Ok(match check(&input, &lines) {
        Ok(lines) => outcome(&lines),
        Err(breach) => Outcome { reason: Some(breach.reason.to_string()), cap: breach.cap, ..Outcome::default() },
    })
}

fn outcome(lines: &[PlanLine]) -> Outcome {
    let sum: i64 = lines.iter().map(|line| line.grants.credits.thousandths()).sum();
    let exempts = || lines.iter().flat_map(|line| &line.grants.exempts);
    let score = exempts().map(|course| course.score.clone()).next();
    Outcome {
        credits: CreditAmount::from_thousandths(sum),
        courses: u32::try_from(exempts().count()).unwrap_or(u32::MAX),
        score: score.or_else(|| lines.iter().find_map(|line| line.grants.score.clone())),
        ..Outcome::default()
    }
}

/// Ids in cases are small numbers.
fn numbered(number: u64) -> Uuid {
    Uuid::from_u128(u128::from(number))
}

const PROGRAMME: Uuid = Uuid::from_u128(0x1000);
const INSTITUTION: Uuid = Uuid::from_u128(0x2000);
const RULE_SET: Uuid = Uuid::from_u128(0x3000);
const ISSUER: Uuid = Uuid::from_u128(0x4000);

/// Number of the first fact.
const FIRST_FACT: u64 = 101;

/// The input that a case supposes.
pub fn input(document: &RuleSetDocument, given: &Value) -> Result<PlanInput, Fault> {
    let empty = Map::new();
    let given = match given {
        Value::Null => &empty,
        Value::Object(members) => members,
        _ => return Err(malformed("", "an object is expected")),
    };
    const MEMBERS: &[&str] = &[
        "on",
        "evidence",
        "facts",
        "courses",
        "modules",
        "programme",
        "total_credits",
        "conversion_cap_share",
        "lots",
        "uses",
        "examined",
        "request",
    ];
    if let Some(strange) = given.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(malformed(&format!("/{strange}"), "not a member of a case"));
    }
    // A set for some programmes alone is tried on the first of them.
    let home = document.programmes.first().copied().unwrap_or(PROGRAMME);
    let day = given.get("on").cloned().unwrap_or_else(|| json!(document.effective_from));
    let on: NaiveDate = json::from(day.clone()).map_err(|fault| below(fault, "/on"))?;
    let evidence = evidence(given, &day)?;
    let lots = lots(given, &evidence)?;
    let facts = list(given, "facts")?
        .iter()
        .zip(FIRST_FACT..)
        .map(|(fact, number)| with(json!({"id": numbered(number), "number": null, "from": day, "to": null}), fact));
    let uses = list(given, "uses")?.iter().map(|past| with(past_use(&day, home), &ids(past)));
    let value = json!({
        "on": day,
        "programme": programme(given, home)?,
        "evidence": evidence,
        "lots": lots,
        "facts": facts.collect::<Vec<_>>(),
        "uses": uses.collect::<Vec<_>>(),
        "examined": given.get("examined").cloned().unwrap_or_else(|| json!({})),
        "rule_sets": [],
    });
    let mut input: PlanInput = json::from(value)?;
    input.on = on;
    let set = RuleSetVersion { rule_set: RULE_SET, version: 1, institution: INSTITUTION, document: document.clone() };
    input.rule_sets = vec![set];
    Ok(input)
}

fn malformed(pointer: &str, detail: &str) -> Fault {
    Fault { pointer: pointer.to_owned(), what: What::Malformed { detail: detail.to_owned() } }
}

fn below(fault: Fault, prefix: &str) -> Fault {
    Fault { pointer: format!("{prefix}{}", fault.pointer), what: fault.what }
}

fn list<'a>(given: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], Fault> {
    match given.get(name) {
        None => Ok(&[]),
        Some(Value::Array(items)) if items.len() <= PARTS_MAX => Ok(items),
        Some(Value::Array(_)) => {
            let reason = crate::domain::invalid::Reason::TooMany { max: PARTS_MAX };
            Err(Fault { pointer: format!("/{name}"), what: What::Field(reason) })
        }
        Some(_) => Err(malformed(&format!("/{name}"), "a list is expected")),
    }
}

/// The members of `given` over the usual ones.
fn with(mut usual: Value, given: &Value) -> Value {
    if let (Value::Object(usual), Value::Object(given)) = (&mut usual, given) {
        usual.extend(given.iter().map(|(name, member)| (name.clone(), member.clone())));
    }
    usual
}

/// Numbers where ids belong become ids.
fn ids(value: &Value) -> Value {
    let mut value = value.clone();
    for name in ["id", "evidence", "conversion", "programme", "rule_set", "issuer", "enrolment"] {
        if let Some(number) = value.get(name).and_then(Value::as_u64) {
            value[name] = json!(numbered(number));
        }
    }
    value
}

fn evidence(given: &Map<String, Value>, day: &Value) -> Result<Vec<Value>, Fault> {
    let one = |(number, given): (u64, &Value)| {
        let kind: AchievementKind = given
            .get("kind")
            .and_then(Value::as_str)
            .and_then(|kind| kind.parse().ok())
            .unwrap_or(AchievementKind::Course);
        let credit_type = kind.credit_type().map_or("higher", |of| of.as_str());
        let usual = json!({
            "id": numbered(number), "kind": kind, "code": null, "name": null, "level": null, "tier": null,
            "team_rank": null, "team_size": null, "family": null, "tags": [], "issuer": ISSUER,
            "issuer_kind": "higher_vocational_college", "credits": "0", "credit_type": credit_type, "score": null,
            "hours": null, "practice_hours": null, "delivery": null, "completed_on": day, "issued_on": null,
            "valid_until": null, "enrolment": null, "required": null, "classes": [], "hypothetical": false,
        });
        with(usual, &ids(given))
    };
    Ok((1_u64..).zip(list(given, "evidence")?).map(one).collect())
}

fn lots(given: &Map<String, Value>, evidence: &[Value]) -> Result<Vec<Value>, Fault> {
    let said = list(given, "lots")?;
    let lot = |entry: &Value| {
        let id = &entry["id"];
        let own = said.iter().map(ids).find(|lot| lot["evidence"] == *id).unwrap_or_else(|| json!({}));
        let member = |name: &str, usual: &Value| own.get(name).unwrap_or(usual).clone();
        json!({
            "lot": id, "achievement": id, "available": member("available", &entry["credits"]),
            "redeemed": member("redeemed", &json!("0")), "counts_in": member("counts_in", &json!([])),
            "credit_type": entry["credit_type"],
        })
    };
    Ok(evidence.iter().map(lot).collect())
}

fn past_use(day: &Value, home: Uuid) -> Value {
    json!({
        "conversion": numbered(0x5000), "evidence": numbered(1), "family": "", "scope": format!("programme:{home}"),
        "programme": home, "rule_set": RULE_SET, "rule": "", "credits": "0", "courses": {}, "module": null,
        "term": null, "on": day, "kind": null, "delivery": null, "tags": [], "evidence_family": null,
    })
}

fn programme(given: &Map<String, Value>, home: Uuid) -> Result<Value, Fault> {
    let mut modules = vec![json!({"code": "M", "name": "课程", "min_credits": "0", "courses": []})];
    for module in list(given, "modules")? {
        modules.push(with(json!({"code": "", "name": "模块", "min_credits": "0", "courses": []}), module));
    }
    for (number, course) in (1..).zip(list(given, "courses")?) {
        let usual =
            json!({"code": format!("C{number}"), "name": format!("课程{number}"), "credits": "2", "required": true});
        let mut course = with(usual, course);
        let module = course.as_object_mut().and_then(|members| members.remove("module")).unwrap_or(json!("M"));
        let Some(home) = modules.iter_mut().find(|other| other["code"] == module) else {
            return Err(malformed(&format!("/courses/{}/module", number - 1), "no such module"));
        };
        if let Some(courses) = home["courses"].as_array_mut() {
            courses.push(course);
        }
    }
    let plan = json!({
        "cohort": 2024,
        "total_credits": given.get("total_credits").cloned().unwrap_or_else(|| json!("100")),
        "conversion_cap_share": given.get("conversion_cap_share"),
        "modules": modules,
    });
    let usual = json!({
        "enrolment": numbered(0x6000), "programme": home, "institution": INSTITUTION, "level": "higher",
        "major_code": "560213", "cohort": 2024, "plan": plan, "registered_on": null, "term_start": null, "term": null,
        "term_courses": null, "done": [], "counted": {},
    });
    Ok(with(usual, given.get("programme").unwrap_or(&Value::Null)))
}

fn requested(document: &RuleSetDocument, input: &PlanInput, request: &Value) -> Result<Vec<RequestedLine>, Fault> {
    let only = document.rules.first().map(|rule| rule.code.clone()).unwrap_or_default();
    let items: Vec<&Value> = match request {
        Value::Array(items) if items.len() <= PARTS_MAX => items.iter().collect(),
        one @ Value::Object(_) => vec![one],
        _ => return Err(malformed("/request", "lines are expected")),
    };
    let all: Vec<Uuid> =
        input.evidence.iter().map(|entry| entry.id).chain(input.facts.iter().map(|fact| fact.id)).collect();
    let line = |(place, item): (usize, &Value)| {
        let numbers = |member: &Value| -> Option<Vec<Uuid>> {
            member.as_array()?.iter().map(|number| number.as_u64().map(numbered)).collect()
        };
        let evidence = item.get("evidence").and_then(numbers).unwrap_or_else(|| all.clone());
        let usual = json!({"rule_set": RULE_SET, "rule": only, "courses": [], "credits": null});
        let mut value = with(usual, item);
        value["evidence"] = json!(evidence);
        json::from(value).map_err(|fault| below(fault, &format!("/request/{place}")))
    };
    items.into_iter().enumerate().map(line).collect()
}
