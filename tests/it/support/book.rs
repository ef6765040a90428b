//! What the book says of one learner, and whether its two sides agree.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Client;
use super::decimal::thousandths;
use super::http::Call;
use super::operations::{get_balances, get_trial_balance, list_statement};

/// Balances of one learner at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Balances(pub Value);

impl Balances {
    /// The balances now.
    #[track_caller]
    pub fn of(client: &Client, learner: &str) -> Self {
        Self(client.send(get_balances(learner)).is(200).json)
    }

    /// Credits of one type that belong to no programme.
    pub fn available(&self, credit_type: &str) -> &str {
        self.row(credit_type).and_then(|row| row["available"].as_str()).unwrap_or("0")
    }

    /// All credits of one type.
    pub fn total(&self, credit_type: &str) -> &str {
        self.row(credit_type).and_then(|row| row["total"].as_str()).unwrap_or("0")
    }

    /// Credits in the programme of an enrolment.
    pub fn in_programme(&self, enrolment: &str) -> &str {
        let rows = self.0["balances"].as_array().into_iter().flatten();
        let mut purses = rows.flat_map(|row| row["programmes"].as_array().into_iter().flatten());
        let found = purses.find(|purse| purse["enrolment_id"] == enrolment);
        found.and_then(|purse| purse["credits"].as_str()).unwrap_or("0")
    }

    /// All that was ever earned and stands.
    pub fn earned(&self) -> &str {
        self.0["earned_total"].as_str().expect("the balances name what was earned")
    }

    /// The number of the learner's last transaction.
    pub fn seq(&self) -> u64 {
        self.0["learner_seq"].as_u64().expect("the balances name the last transaction")
    }

    fn row(&self, credit_type: &str) -> Option<&Value> {
        self.0["balances"].as_array()?.iter().find(|row| row["credit_type"] == credit_type)
    }
}

/// The whole statement, newest first, read page by page.
#[track_caller]
pub fn statement(client: &Client, learner: &str) -> Vec<Value> {
    pages(client, list_statement(learner).query("limit", "200"))
}

/// All items of a list, read page by page.
#[track_caller]
pub fn pages(client: &Client, first: Call) -> Vec<Value> {
    let mut items = Vec::new();
    let mut call = first.clone();
    loop {
        let page = client.send(call).is(200);
        items.extend(page.items().iter().cloned());
        let Some(next) = page["next"].as_str() else { return items };
        assert!(!page.items().is_empty(), "an empty page has a next: {page:?}");
        call = Call { path: next.to_owned(), ..first.clone() };
    }
}

/// Checks what must hold of every learner at any time: the numbers have no gap, each balance follows from the entry
/// before, no purse is negative, and the balances are the sum of the entries. Returns the balances.
#[track_caller]
pub fn check(client: &Client, learner: &str) -> Balances {
    let mut items = statement(client, learner);
    items.reverse();
    let mut purses: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    let mut posted_at = String::new();
    for (place, item) in items.iter().enumerate() {
        assert_eq!(item["learner_seq"].as_u64(), Some(place as u64 + 1), "a gap: {item}");
        let instant = item["posted_at"].as_str().expect("a transaction has its instant").to_owned();
        assert!(instant >= posted_at, "time runs backwards at {item}");
        posted_at = instant;
        for entry in item["entries"].as_array().expect("a transaction lists its entries") {
            let text = |member: &str| entry[member].as_str().unwrap_or_else(|| panic!("no {member} in {entry}"));
            let amount = thousandths(text("amount"));
            assert!(amount != 0 && text("amount").starts_with(['+', '-']), "an entry of {entry}");
            let place = entry["purse_ref"].as_str().unwrap_or("").to_owned();
            let key = (text("purse").to_owned(), place, text("credit_type").to_owned());
            let purse = purses.entry(key).or_default();
            *purse += amount;
            assert!(*purse >= 0, "a purse is negative after {item}");
            assert_eq!(*purse, thousandths(text("balance_after")), "the balance after {entry}");
        }
    }
    let balances = Balances::of(client, learner);
    assert_eq!(balances.seq(), items.len() as u64, "the balances name another transaction than the statement");
    let mut types: BTreeMap<&str, i64> = BTreeMap::new();
    let mut apart: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for ((purse, place, credit_type), amount) in &purses {
        *types.entry(credit_type).or_default() += amount;
        match purse.as_str() {
            "available" => assert_eq!(thousandths(balances.available(credit_type)), *amount, "available {credit_type}"),
            "programme" => assert_eq!(thousandths(balances.in_programme(place)), *amount, "programme {place}"),
            "held" | "redeemed" => *apart.entry((purse, credit_type)).or_default() += amount,
            other => panic!("a purse {other}"),
        }
    }
    for ((purse, credit_type), amount) in apart {
        let row = balances.row(credit_type).unwrap_or_else(|| panic!("no balance of {credit_type}"));
        assert_eq!(thousandths(row[purse].as_str().expect("an amount")), amount, "{purse} {credit_type}");
    }
    for row in balances.0["balances"].as_array().expect("the balances are a list") {
        let credit_type = row["credit_type"].as_str().expect("a credit type");
        let total = thousandths(row["total"].as_str().expect("a total"));
        assert_eq!(total, types.remove(credit_type).unwrap_or(0), "total of {credit_type}");
    }
    assert!(types.values().all(|amount| *amount == 0), "entries without a balance: {types:?}");
    balances
}

/// One figure of the trial balance in thousandths; 0 when the credit type does not occur.
pub fn figure(trial: &Value, credit_type: &str, member: &str) -> i64 {
    let rows = trial["credit_types"].as_array().expect("the trial balance lists credit types");
    let row = rows.iter().find(|row| row["credit_type"] == credit_type);
    row.map_or(0, |row| thousandths(row[member].as_str().unwrap_or_else(|| panic!("no {member} in {row}"))))
}

/// The trial balance, which must balance.
#[track_caller]
pub fn trial_balance(client: &Client) -> Value {
    let trial = client.send(get_trial_balance()).is(200).json;
    assert_eq!(trial["balanced"], true, "{trial}");
    for row in trial["credit_types"].as_array().expect("the trial balance lists credit types") {
        let value = |member: &str| thousandths(row[member].as_str().unwrap_or_else(|| panic!("no {member} in {row}")));
        assert_eq!(row["sum"], "0", "{row}");
        let sides =
            value("held_by_learners") + value("expired") + value("revoked") - value("issued") - value("converted");
        assert_eq!(sides, 0, "{row}");
    }
    trial
}

/// The trial balance without the instant at which it was taken.
#[track_caller]
pub fn standing(client: &Client) -> Value {
    let mut trial = trial_balance(client);
    trial["as_of"] = Value::Null;
    trial
}
