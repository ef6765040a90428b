//! Evidence files: what is taken, who sees it, how it lies.

use serde_json::json;

use crate::support::cases::{Presenter, certificate_claim, jpeg, pdf, png};
use crate::support::city::City;
use crate::support::fixture::Student;
use crate::support::fresh;
use crate::support::operations::{
    create_evidence_file, create_recognition_case, get_evidence_file, revoke_evidence_file,
};
use crate::support::rows::Rows;
use crate::support::session::Session;
use crate::support::store::Backend;

crate::support::on_both! {
    file_comes_back_as_it_went_and_only_as_an_attachment,
    what_is_no_evidence_is_refused,
    file_is_seen_by_those_who_may_see_its_case,
    school_sends_files_for_its_own_learners,
    files_that_wait_are_limited,
    a_file_that_waits_can_be_deleted,
    files_take_so_much_room_and_no_more,
    cookie_alone_sends_nothing,
}

fn file_comes_back_as_it_went_and_only_as_an_attachment(city: &City) {
    let presenter = Presenter::new(city);
    let files = [("application/pdf", pdf("演示"), "pdf"), ("image/png", png(), "png"), ("image/jpeg", jpeg(), "jpg")];
    for (media, bytes, end) in files {
        let call = create_evidence_file(media, bytes.clone()).query("name", "证书 扫描件.pdf");
        let sent = presenter.session.send(call).is(201);
        assert_eq!((sent.str("media_type"), sent.str("name")), (media, "证书 扫描件.pdf"));
        assert_eq!(sent["size"], bytes.len());
        let file = presenter.session.send(get_evidence_file(&sent.id())).is(200);
        assert_eq!((file.media_type(), &file.bytes), (media, &bytes));
        let header = |name: &str| file.header(name).unwrap_or_else(|| panic!("no {name}")).to_owned();
        let attachment = header("content-disposition");
        assert!(
            attachment.starts_with("attachment; filename=") && attachment.ends_with(&format!(".{end}\"")),
            "{attachment}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("content-security-policy").contains("sandbox"));
        assert_eq!(header("cache-control"), "no-store");
    }
}

fn what_is_no_evidence_is_refused(city: &City) {
    let presenter = Presenter::new(city);
    let send = |media: &str, bytes: Vec<u8>| presenter.session.send(create_evidence_file(media, bytes));
    let refused = |media: &str, bytes: Vec<u8>, fault: &str| {
        let answer = send(media, bytes).problem(422, "evidence-file-refused");
        assert_eq!(answer["fault"], fault, "{answer:?}");
    };
    refused("application/pdf", b"MZ\x90\0\x03 this is a program".to_vec(), "unknown-type");
    refused("image/png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), "unknown-type");
    refused("application/pdf", Vec::new(), "empty");
    refused("image/jpeg", png(), "type-differs");
    refused("image/png", jpeg(), "type-differs");
    refused("image/jpeg", jpeg()[..jpeg().len() - 2].to_vec(), "damaged");
    refused("image/jpeg", [jpeg(), b"PK\x03\x04".to_vec()].concat(), "more-than-one-file");
    refused("image/png", png()[..png().len() - 5].to_vec(), "damaged");
    refused("image/png", [png(), b"PK\x03\x04".to_vec()].concat(), "more-than-one-file");
    let zip = [b"PK\x05\x06".to_vec(), vec![0; 18]].concat();
    refused("application/pdf", [pdf("x"), zip].concat(), "more-than-one-file");
    refused("application/pdf", [pdf("x"), b"<script>alert(1)</script>".to_vec()].concat(), "more-than-one-file");
    refused("application/pdf", pdf("/OpenAction /S /JavaScript (app.alert)"), "active-content");
    refused("application/pdf", b"%PDF-1.7 and no more".to_vec(), "damaged");
    send("application/pdf", [pdf("x"), vec![b' '; 6 << 20]].concat()).problem(413, "payload-too-large");
    send("application/zip", pdf("x")).problem(403, "forbidden");
    let school = city.school();
    let call = create_evidence_file("application/zip", pdf("x")).query("learner_id", &presenter.student.id);
    assert_eq!(school.send(call).problem(422, "evidence-file-refused")["fault"], "type-differs");
}

fn file_is_seen_by_those_who_may_see_its_case(city: &City) {
    let presenter = Presenter::new(city);
    let file = presenter.session.send(create_evidence_file("image/png", png())).is(201).id();
    let other = Session::of(city, &city.student());
    other.send(get_evidence_file(&file)).problem(404, "not-found");
    // It belongs to no case yet: nobody but the sender knows of it.
    for client in [city.school(), city.bureau(), city.other_school()] {
        client.send(get_evidence_file(&file)).problem(404, "not-found");
    }
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let claim = certificate_claim(&code, &fresh::code("N"));
    let body = json!({"institution_id": city.school().institution_id, "claim": claim, "evidence_file_ids": [file]});
    presenter.session.send(create_recognition_case(&body)).is(201);
    city.school().send(get_evidence_file(&file)).is(200);
    city.bureau().send(get_evidence_file(&file)).is(200);
    for client in [city.other_school(), city.college()] {
        client.send(get_evidence_file(&file)).problem(404, "not-found");
    }
    other.send(get_evidence_file(&file)).problem(404, "not-found");
    let object = format!("evidence_file {file}");
    assert_eq!(city.audited("view_evidence_file", &object), 2, "every look of an institution is recorded");
    assert_eq!(city.audited("send_evidence_file", &object), 1);
}

fn school_sends_files_for_its_own_learners(city: &City) {
    let Student { id, .. } = city.student();
    let send = |client: &crate::support::client::Client| {
        client.send(create_evidence_file("application/pdf", pdf("x")).query("learner_id", &id))
    };
    let file = send(city.school()).is(201).id();
    city.school().send(get_evidence_file(&file)).is(200);
    send(city.other_school()).problem(404, "not-found");
    city.bureau().send(create_evidence_file("application/pdf", pdf("x")).query("learner_id", &id)).is(403);
    city.school().send(create_evidence_file("application/pdf", pdf("x"))).problem_at(
        400,
        "invalid-request",
        "/query/learner_id",
    );
    let session = Session::of(city, &city.student());
    let foreign = create_evidence_file("application/pdf", pdf("x")).query("learner_id", &id);
    session.send(foreign).problem(404, "not-found");
}

fn files_that_wait_are_limited(city: &City) {
    let presenter = Presenter::new(city);
    for _ in 0..20 {
        presenter.file();
    }
    let more = presenter.session.send(create_evidence_file("image/png", png()));
    assert_eq!(more.problem(409, "too-many-open")["limit"], 20);
}

/// Where a file lies in the data folder.
fn place(city: &City, file: &str) -> std::path::PathBuf {
    let hex = if city.store.backend == Backend::Sqlite { "lower(hex(digest))" } else { "encode(digest, 'hex')" };
    let query = format!("SELECT {hex} AS v FROM evidence_file WHERE id = {}", city.literal(file));
    let name = Rows::open(&city.store).texts(&query).swap_remove(0);
    city.store.data_dir.join("evidence").join(&name[..2]).join(&name[2..])
}

fn a_file_that_waits_can_be_deleted(city: &City) {
    let presenter = Presenter::new(city);
    let mut files: Vec<String> = (0..20).map(|_| presenter.file()).collect();
    let wrong = files.swap_remove(0);
    presenter.session.send(create_evidence_file("image/png", png())).problem(409, "too-many-open");
    let other = Session::of(city, &city.student());
    other.send(revoke_evidence_file(&wrong)).problem(404, "not-found");
    city.school().send(revoke_evidence_file(&wrong)).problem(404, "not-found");
    presenter.session.send_bare(revoke_evidence_file(&wrong)).problem(403, "forbidden");
    let lies = place(city, &wrong);
    assert!(lies.is_file());
    presenter.session.send(revoke_evidence_file(&wrong)).is(204);
    assert!(!lies.exists(), "the sealed file is gone as well");
    presenter.session.send(get_evidence_file(&wrong)).problem(404, "not-found");
    presenter.session.send(revoke_evidence_file(&wrong)).problem(404, "not-found");
    assert_eq!(city.audited("delete_evidence_file", &format!("evidence_file {wrong}")), 1);
    presenter.session.send(create_evidence_file("image/png", png())).is(201);
    // What is gone is no evidence; what is evidence does not go.
    let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
    let claim = certificate_claim(&code, &fresh::code("N"));
    let present = |file: &str| {
        let body = json!({"institution_id": city.school().institution_id, "claim": claim, "evidence_file_ids": [file]});
        presenter.session.send(create_recognition_case(&body))
    };
    present(&wrong).problem_at(400, "invalid-request", "/evidence_file_ids/0");
    present(&files[0]).is(201);
    presenter.session.send(revoke_evidence_file(&files[0])).problem(409, "wrong-state");
    assert!(place(city, &files[0]).is_file());
    // What its school sent is the school's to delete.
    let send = create_evidence_file("application/pdf", pdf("x")).query("learner_id", &presenter.student.id);
    presenter.session.send(revoke_evidence_file(&files[1])).is(204);
    let sent = city.school().send(send).is(201).id();
    presenter.session.send(revoke_evidence_file(&sent)).problem(403, "forbidden");
    city.school().send(revoke_evidence_file(&sent)).is(204);
}

fn files_take_so_much_room_and_no_more(city: &City) {
    let presenter = Presenter::new(city);
    let file = presenter.file();
    let room = 200 << 20;
    let id = if city.store.backend == Backend::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    // As if so many had been sent that another small one is just too much.
    let others = "digest, media_type, name, actor_kind, actor_id, institution_id, created_at";
    let size = room - 2 * png().len();
    Rows::open(&city.store).must(&format!(
        "INSERT INTO evidence_file (learner_id, id, size, {others}) SELECT learner_id, {id}, {size} - size, {others} \
         FROM evidence_file WHERE id = {}",
        city.literal(&file)
    ));
    let send = || presenter.session.send(create_evidence_file("image/png", png()));
    send().is(201);
    send().is(201);
    assert_eq!(send().problem(409, "quota-used")["limit"], room);
    presenter.session.send(revoke_evidence_file(&file)).is(204);
    send().is(201);
    Presenter::new(city).file();
}

fn cookie_alone_sends_nothing(city: &City) {
    let presenter = Presenter::new(city);
    let call = || create_evidence_file("application/pdf", pdf("x"));
    presenter.session.send_bare(call()).problem(403, "forbidden");
    presenter.session.send_bare(call().header("sec-fetch-site", "cross-site")).problem(403, "forbidden");
    presenter.session.send_bare(call().header("origin", "https://elsewhere.example")).problem(403, "forbidden");
    call().send(&city.base).expect("an answer").problem(401, "unauthenticated");
}

mod forgotten {
    use std::time::{Duration, Instant};

    use super::place;
    use crate::support::cases::{Presenter, certificate_claim};
    use crate::support::city::City;
    use crate::support::fresh;
    use crate::support::operations::get_evidence_file;
    use crate::support::rows::Rows;
    use crate::support::store::Backend;

    crate::support::on_both_alone! {
        a_file_that_nobody_needs_is_let_go,
    }

    fn a_file_that_nobody_needs_is_let_go(backend: Backend) {
        let mut city = City::own(backend);
        let (presenter, old, new, used) = {
            let presenter = Presenter::new(&city);
            let (old, new) = (presenter.file(), presenter.file());
            let code = city.catalogued("skill_certificate", Some("intermediate"), "4");
            let case = presenter.present(city.school(), &certificate_claim(&code, &fresh::code("N"))).is(201);
            let used = case["evidence_files"][0]["id"].as_str().expect("a file").to_owned();
            (presenter, old, new, used)
        };
        city.server.stop();
        let mut rows = Rows::open(&city.store);
        rows.unguard("evidence_file");
        let day = 24 * 3_600 * 1_000_000_i64;
        for (file, days) in [(&old, 31), (&new, 29), (&used, 31)] {
            let id = city.literal(file);
            rows.must(&format!("UPDATE evidence_file SET created_at = created_at - {} WHERE id = {id}", days * day));
        }
        drop(rows);
        let lies = [&old, &new, &used].map(|file| place(&city, file));
        city.serve_again();
        let since = Instant::now();
        let gone = format!("evidence_file_end WHERE file_id = {}", city.literal(&old));
        while Rows::open(&city.store).count(&gone) == 0 || lies[0].exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "it was not let go");
            std::thread::sleep(Duration::from_millis(100));
        }
        presenter.session.send(get_evidence_file(&old)).problem(404, "not-found");
        for (file, lies) in [(&new, &lies[1]), (&used, &lies[2])] {
            presenter.session.send(get_evidence_file(file)).is(200);
            assert!(lies.is_file());
        }
        assert_eq!(Rows::open(&city.store).count("evidence_file_end"), 1);
    }
}
