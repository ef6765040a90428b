//! How evidence files lie in the data folder.

use std::fs;

use aws_lc_rs::digest::{SHA256, digest};

use crate::support::cases::{Presenter, pdf};
use crate::support::city::City;
use crate::support::operations::{create_evidence_file, get_evidence_file};
use crate::support::rows::Rows;
use crate::support::store::{Backend, files};

crate::support::on_both_alone! {
    files_lie_sealed_and_go_with_the_key,
}

fn files_lie_sealed_and_go_with_the_key(backend: Backend) {
    let city = City::own(backend);
    let presenter = Presenter::new(&city);
    let secret = "SECRETEVIDENCE4471";
    let folder = city.store.data_dir.join("evidence");
    let before = files(&folder);
    let file = presenter.session.send(create_evidence_file("application/pdf", pdf(secret))).is(201).id();
    let mut stored = files(&folder);
    stored.retain(|file| !before.contains(file));
    assert_eq!(stored.len(), 1, "{stored:?}");
    let bytes = fs::read(&stored[0]).expect("readable");
    assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "it lies in the clear");
    let path = stored[0].strip_prefix(&folder).expect("inside").display().to_string().replace('/', "");
    assert_eq!(path, hex::encode(digest(&SHA256, &bytes)), "named by what is stored");
    presenter.session.send(get_evidence_file(&file)).is(200);
    // A file that has changed on the disk is not given out.
    let mut changed = bytes.clone();
    changed[20] ^= 1;
    fs::write(&stored[0], &changed).expect("writable");
    presenter.session.send(get_evidence_file(&file)).problem(500, "internal-error");
    fs::write(&stored[0], &bytes).expect("writable");
    presenter.session.send(get_evidence_file(&file)).is(200);
    // Erasing the learner's key erases the evidence.
    let learner = city.literal(&presenter.student.id);
    Rows::open(&city.store).must(&format!("UPDATE learner_key SET erased_at = 1 WHERE learner_id = {learner}"));
    presenter.session.send(get_evidence_file(&file)).problem(404, "not-found");
}
