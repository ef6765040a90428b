//! The database itself keeps what is published, and lets nobody publish what they wrote.

use serde_json::json;

use super::{document, published, submitted};
use crate::support::city::City;
use crate::support::operations::{create_rule_set, create_rule_set_comment};
use crate::support::rows::Rows;
use crate::support::store::Backend;

crate::support::on_both_alone! {
    database_keeps_what_is_published,
}

fn database_keeps_what_is_published(backend: Backend) {
    let mut city = City::own(backend);
    let school = city.school();
    let (public, _) = published(school, &city.second_client(school), &document(&city, "institution"));
    let (review, _) = submitted(school, &document(&city, "institution"));
    city.college().send(create_rule_set_comment(&review, &json!({"text": "好"}))).is(201);
    let draft = school.send(create_rule_set(&document(&city, "institution"))).is(201).id();
    let author = literal(backend, &school.id);
    city.server.stop();
    let mut rows = Rows::open(&city.store);
    let of = |id: &str| format!("WHERE rule_set_id = {} AND version = 1", literal(backend, id));
    let (public, review, draft) = (of(&public), of(&review), of(&draft));
    let now = "1790000000000000";
    let (eve, past) = match backend {
        Backend::Sqlite => ("date('now', '+10 years')", "'2020-01-01'"),
        Backend::Postgres => ("current_date + 3650", "'2020-01-01'"),
    };
    let mut attempts = vec![
        format!("UPDATE rule_set_version SET document = '{{}}' {public}"),
        format!("UPDATE rule_set_version SET digest = digest, state = 'draft' {public}"),
        format!("UPDATE rule_set_version SET effective_from = {past} {public}"),
        format!("UPDATE rule_set_version SET cohort_from = NULL {public}"),
        format!("UPDATE rule_set_version SET effective_to = {eve} {public}"),
        format!("UPDATE rule_set_version SET published_by = created_by {public}"),
        format!("UPDATE rule_set_version SET state = 'retired' {public}"),
        format!(
            "UPDATE rule_set_version SET state = 'retired', retired_by = created_by, retired_at = {now}, \
             effective_to = {past} {public}"
        ),
        format!(
            "UPDATE rule_set_version SET state = 'retired', retired_by = created_by, retired_at = {now}, \
             effective_to = {eve}, document = '{{}}' {public}"
        ),
        format!("DELETE FROM rule_set_version {public}"),
        format!("DELETE FROM rule_set_version {review}"),
        format!("UPDATE rule_set_version SET state = 'published' {review}"),
        format!(
            "UPDATE rule_set_version SET state = 'published', published_by = {author}, published_at = {now} {review}"
        ),
        "DELETE FROM rule_set_editor".to_owned(),
        "UPDATE rule_set_editor SET edited_at = 0".to_owned(),
        "DELETE FROM rule_set_comment".to_owned(),
        "UPDATE rule_set_comment SET text = ''".to_owned(),
    ];
    // A draft moved onto the place of what is published would replace it.
    match backend {
        Backend::Sqlite => {
            let onto = format!(
                "UPDATE OR REPLACE rule_set_version SET rule_set_id = (SELECT rule_set_id FROM rule_set_version {public}) {review}"
            );
            attempts.push(format!("PRAGMA recursive_triggers=ON; {onto}"));
            attempts.push(format!("PRAGMA recursive_triggers=OFF; {onto}"));
        }
        Backend::Postgres => attempts.push(format!("UPDATE rule_set_version SET version = 9 {review}")),
    }
    attempts.push(format!("UPDATE rule_set_version SET version = 9 {draft}"));
    for table in ["rule_set_version", "rule_set_editor", "rule_set_comment"] {
        match backend {
            Backend::Sqlite => {
                let replace = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}");
                attempts.push(format!("PRAGMA recursive_triggers=ON; {replace}"));
                attempts.push(format!("PRAGMA recursive_triggers=OFF; {replace}"));
            }
            Backend::Postgres => attempts.push(format!("TRUNCATE {table} CASCADE")),
        }
    }
    let state =
        "SELECT document || state || coalesce(CAST(effective_to AS TEXT), '') AS v FROM rule_set_version ORDER BY 1";
    let before = rows.texts(state);
    for attempt in attempts {
        let refused = rows.execute(&attempt);
        assert!(refused.is_err(), "{attempt} was not refused");
        assert!(!refused.as_ref().is_err_and(|fault| fault.contains("syntax")), "{attempt}: {refused:?}");
        assert_eq!(rows.texts(state), before, "{attempt} changed something");
    }
    // What is allowed: to end it earlier.
    rows.must(&format!(
        "UPDATE rule_set_version SET state = 'retired', retired_by = created_by, retired_at = {now}, \
         effective_to = {eve} {public}"
    ));
}

/// An id as the database writes it.
fn literal(backend: Backend, id: &str) -> String {
    match backend {
        Backend::Sqlite => format!("X'{}'", id.replace('-', "")),
        Backend::Postgres => format!("'{id}'"),
    }
}
