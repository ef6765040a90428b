//! The set-based look-ups of the posting path.

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::conn::{Conn, DatabaseUrl, Role, on_backend};
use super::course::{NewCourseRow, register, versions};
use super::hot::{Hot, IntoBind};
use super::idempotency::{Once, Record, find_many, insert_all};
use super::types::Key;
use super::{accreditation, catalogue, migrations, programme, schema, training_rate};
use crate::domain::catalogue::CatalogueKind;
use crate::domain::competition::CompetitionTier;
use crate::domain::credit::CreditAmount;
use crate::domain::time::Instant;

const AT: Instant = Instant::from_micros(1_700_000_000_000_000);

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn day(text: &str) -> NaiveDate {
    crate::domain::time::parse_date(text).expect("a date")
}

fn institution(conn: &mut Conn, number: u128) -> Uuid {
    let uscc = format!("U{number}");
    let mut insert = Hot::<()>::new(
        "INSERT INTO institution (id, uscc, name, kind, region, status, version, created_at, updated_at) VALUES ",
    );
    insert.row([
        id(number).bind(),
        uscc.as_str().bind(),
        "校".bind(),
        "secondary_school".bind(),
        "410299".bind(),
        "active".bind(),
        1_i64.bind(),
        0_i64.bind(),
        0_i64.bind(),
    ]);
    on_backend!(conn, c => insert.execute(c)).expect("inserts");
    id(number)
}

/// Runs `test` on a fresh database.
fn on_fresh(test: impl Fn(&mut Conn)) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("a.db").display().to_string());
    migrations::run(&url).expect("migrates");
    test(&mut Conn::open(&url, Role::Writer).expect("opens"));
}

fn course(number: u128, institution: Uuid, code: &str, from_cohort: i32, credits: i64) -> NewCourseRow<'_> {
    NewCourseRow {
        id: id(number),
        institution,
        code,
        from_cohort,
        name: "课",
        credits: CreditAmount::from_thousandths(credits),
        hours: Some(64),
        practice_hours: None,
        at: AT,
    }
}

#[test]
fn courses_are_registered_once_and_found_by_cohort() {
    on_fresh(|conn| {
        let (a, b) = (institution(conn, 1), institution(conn, 2));
        register(conn, &[course(12, a, "X", 2025, 3000), course(11, a, "X", 2024, 4000), course(13, b, "X", 2024, 1)])
            .expect("registers");
        register(conn, &[course(14, a, "X", 2024, 9000), course(15, a, "Y", 2024, 500)]).expect("registers");
        let found = versions(conn, &[(a, "Y"), (a, "X"), (b, "X"), (b, "Y"), (a, "X")]).expect("reads");
        assert_eq!(found.len(), 3);
        let x: Vec<_> = found[&(a, "X".to_owned())].iter().map(|v| (v.from_cohort, v.credits.thousandths())).collect();
        assert_eq!(x, [(2024, 4000), (2025, 3000)]);
        assert_eq!(found[&(a, "Y".to_owned())][0].hours, Some(64));
        assert_eq!(found[&(b, "X".to_owned())].len(), 1);
        assert!(versions(conn, &[]).expect("reads").is_empty());
        let many: Vec<String> = (0..3000).map(|n| format!("C{n}")).collect();
        let rows: Vec<_> = (1000..).zip(&many).map(|(n, code)| course(n, a, code, 2024, 1)).collect();
        register(conn, &rows).expect("registers");
        let wanted: Vec<_> = many.iter().map(|code| (a, code.as_str())).collect();
        let found = versions(conn, &wanted).expect("reads");
        assert_eq!(found.len(), 3000);
        assert!(found.values().all(|v| v.len() == 1));
    });
}

#[test]
fn catalogue_entries_are_found_by_kind_and_code() {
    on_fresh(|conn| {
        let body = institution(conn, 1);
        let insert = |conn: &mut Conn, n: u128, kind: &str, code: &str, level: &str, tier: Option<&str>| {
            let mut insert = Hot::<()>::new(
                "INSERT INTO catalogue_entry (id, kind, code, level, name, body_id, credits, valid_from, valid_to, tier, \
                 team_max, family, tags, version, created_at, updated_at) VALUES ",
            );
            insert.row([
                id(n).bind(),
                kind.bind(),
                code.bind(),
                level.bind(),
                "证".bind(),
                Some(body).bind(),
                3000_i64.bind(),
                day("2025-01-01").bind(),
                None::<NaiveDate>.bind(),
                tier.bind(),
                tier.map(|_| 5_i64).bind(),
                tier.map(|_| "CONTEST").bind(),
                r#"["organiser:association"]"#.bind(),
                1_i64.bind(),
                0_i64.bind(),
                0_i64.bind(),
            ]);
            on_backend!(conn, c => insert.execute(c)).expect("inserts");
        };
        insert(conn, 1, "competition", "A", "", Some("national"));
        insert(conn, 2, "examination", "A", "", None);
        insert(conn, 3, "skill_certificate", "A", "advanced", None);
        insert(conn, 4, "skill_certificate", "A", "elementary", None);
        use CatalogueKind::*;
        let found = catalogue::entries(conn, &[(SkillCertificate, "A"), (Competition, "A"), (Examination, "B")])
            .expect("reads");
        assert_eq!(found.len(), 2);
        let levels: Vec<_> = found[&(SkillCertificate, "A".to_owned())].iter().map(|e| e.level.as_deref()).collect();
        assert_eq!(levels, [Some("advanced"), Some("elementary")]);
        let competition = &found[&(Competition, "A".to_owned())][0];
        assert_eq!(
            (competition.level.as_deref(), competition.tier, competition.team_max),
            (None, Some(CompetitionTier::National), Some(5))
        );
        assert_eq!(
            (competition.family.as_deref(), &competition.tags[..]),
            (Some("CONTEST"), &["organiser:association".to_owned()][..])
        );
    });
}

#[test]
fn accreditations_and_programmes_are_found_by_ids() {
    on_fresh(|conn| {
        let (a, b) = (institution(conn, 1), institution(conn, 2));
        let mut insert = Hot::<()>::new(
            "INSERT INTO accreditation (id, institution_id, kind, codes, levels, valid_from, valid_to, version, created_at, \
             updated_at) VALUES ",
        );
        insert.row([
            id(5).bind(),
            a.bind(),
            "course".bind(),
            Some(r#"["A*","B"]"#).bind(),
            None::<&str>.bind(),
            day("2025-01-01").bind(),
            None::<NaiveDate>.bind(),
            1_i64.bind(),
            0_i64.bind(),
            0_i64.bind(),
        ]);
        on_backend!(conn, c => insert.execute(c)).expect("inserts");
        let found = accreditation::of_institutions(conn, &[b, a, id(9)]).expect("reads");
        assert_eq!(found.len(), 1);
        assert_eq!(found[&a][0].codes.as_deref(), Some(&["A*".to_owned(), "B".to_owned()][..]));
        diesel::insert_into(schema::programme::table)
            .values((
                schema::programme::id.eq(Key(id(7))),
                schema::programme::institution_id.eq(Key(a)),
                schema::programme::level.eq("higher"),
                schema::programme::major_code.eq("510202"),
                schema::programme::name.eq("网络"),
                schema::programme::version.eq(1_i64),
                schema::programme::created_at.eq(0_i64),
                schema::programme::updated_at.eq(0_i64),
            ))
            .execute(conn)
            .expect("inserts");
        let found = programme::of_ids(conn, &[id(7), id(8), id(7)]).expect("reads");
        assert_eq!(found.len(), 1);
        assert_eq!(found[&id(7)].major_code, "510202");
    });
}

#[test]
fn many_keys_are_found() {
    on_fresh(|conn| {
        let once = |n: u8| Once { client: id(1), operation: "post_achievement", key: [n; 32], request: [n + 1; 32] };
        let all: Vec<Once> = (0..200).map(once).collect();
        let records: Vec<_> =
            all.iter().step_by(2).map(|once| Record { once, status: 200, answer: "{}", at: 1 }).collect();
        insert_all(conn, &records).expect("inserts");
        for take in [1, 2, 3, 200] {
            let keys: Vec<&Once> = all.iter().take(take).collect();
            let found = find_many(conn, &keys).expect("reads");
            assert_eq!(found.len(), take.div_ceil(2));
            assert_eq!(found[&[0; 32]], (vec![1; 32], "{}".to_owned()));
        }
        let huge: Vec<Once> = (0..5000_u32)
            .map(|n| {
                let mut o = once(0);
                o.key[..4].copy_from_slice(&n.to_le_bytes());
                o
            })
            .collect();
        let keys: Vec<&Once> = huge.iter().collect();
        assert_eq!(find_many(conn, &keys).expect("reads").len(), 1);
    });
}

#[test]
fn the_rate_whose_day_came_last_holds() {
    on_fresh(|conn| {
        let rate = |conn: &mut Conn, on: &str| training_rate::hours_per_credit(conn, day(on)).expect("reads");
        assert_eq!(rate(conn, "2025-06-01"), training_rate::DEFAULT_HOURS_PER_CREDIT);
        for (from, hours) in [("2025-01-01", 18), ("2026-01-01", 20), ("2026-01-01", 21)] {
            training_rate::set(conn, day(from), hours, AT).expect("sets");
        }
        assert_eq!(rate(conn, "2024-12-31"), training_rate::DEFAULT_HOURS_PER_CREDIT);
        assert_eq!([rate(conn, "2025-01-01"), rate(conn, "2025-12-31"), rate(conn, "2026-01-01")], [18, 18, 21]);
    });
}
