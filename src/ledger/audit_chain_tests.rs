use super::*;

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

fn event() -> AuditEvent {
    AuditEvent {
        id: id(1),
        stream: id(2),
        at: 1_770_000_000_000_000,
        actor_kind: "client".to_owned(),
        actor: Some(id(3)),
        institution: Some(id(4)),
        action: "view_learner".to_owned(),
        learner: Some(id(5)),
        object: None,
        outcome: "done".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        request: Some(id(6)),
        detail: None,
        times: 1,
    }
}

fn link(digests: &[Hash]) -> AuditLink {
    let events = digests.iter().map(|digest| Linked { id: id(1), digest: *digest }).collect();
    AuditLink { stream: id(2), seq: 1, at: 1_770_000_001_000_000, suite: 1, events, hash: [0; 32] }
}

fn checkpoint() -> AuditCheckpoint {
    let head = AuditHead { stream: id(2), seq: 1, hash: [7; 32] };
    AuditCheckpoint { seq: 1, at: 1_770_000_060_000_000, suite: 1, heads: vec![head], hash: [0; 32] }
}

/// The vectors of `docs/audit.md`.
#[test]
fn hashes_are_those_of_the_documentation() {
    let digest = event_digest(&event());
    let hash = link_hash(id(9), &[0; 32], &link(&[digest]));
    let joined = checkpoint_hash(id(9), &[0; 32], &checkpoint());
    let documented = include_str!("../../docs/audit.md");
    for hash in [digest, hash, joined] {
        assert!(documented.contains(&hex::encode(hash)), "docs/audit.md lacks {}", hex::encode(hash));
    }
}

#[test]
fn every_field_of_an_event_counts() {
    type Change = fn(&mut AuditEvent);
    let changes: [Change; 15] = [
        |event| event.id = id(8),
        |event| event.stream = id(8),
        |event| event.at += 1,
        |event| event.actor_kind = "staff".to_owned(),
        |event| event.actor = None,
        |event| event.institution = Some(id(8)),
        |event| event.action = "view_learners".to_owned(),
        |event| event.learner = None,
        |event| event.object = Some(String::new()),
        |event| event.outcome = "refused".to_owned(),
        |event| event.address = None,
        |event| event.request = Some(id(8)),
        |event| event.detail = Some("x".to_owned()),
        |event| event.times = 2,
        |event| (event.object, event.detail) = (Some("x".to_owned()), None),
    ];
    let mut seen = vec![event_digest(&event())];
    for change in changes {
        let mut other = event();
        change(&mut other);
        let digest = event_digest(&other);
        assert!(!seen.contains(&digest), "{other:?}");
        seen.push(digest);
    }
}

#[test]
fn every_field_of_a_link_and_of_a_checkpoint_counts() {
    let (one, other) = ([1; 32], [2; 32]);
    let plain = link(&[one]);
    let another = Linked { id: id(7), digest: one };
    let hashes = [
        link_hash(id(9), &[0; 32], &plain),
        link_hash(id(8), &[0; 32], &plain),
        link_hash(id(9), &[1; 32], &plain),
        link_hash(id(9), &[0; 32], &link(&[other])),
        link_hash(id(9), &[0; 32], &link(&[one, other])),
        link_hash(id(9), &[0; 32], &link(&[other, one])),
        link_hash(id(9), &[0; 32], &link(&[])),
        link_hash(id(9), &[0; 32], &AuditLink { events: vec![another], ..plain.clone() }),
        link_hash(id(9), &[0; 32], &AuditLink { seq: 2, ..plain.clone() }),
        link_hash(id(9), &[0; 32], &AuditLink { at: 0, ..plain.clone() }),
        link_hash(id(9), &[0; 32], &AuditLink { stream: id(1), ..plain.clone() }),
        link_hash(id(9), &[0; 32], &AuditLink { suite: 2, ..plain }),
        checkpoint_hash(id(9), &[0; 32], &checkpoint()),
        checkpoint_hash(id(8), &[0; 32], &checkpoint()),
        checkpoint_hash(id(9), &[1; 32], &checkpoint()),
        checkpoint_hash(id(9), &[0; 32], &AuditCheckpoint { seq: 2, ..checkpoint() }),
        checkpoint_hash(id(9), &[0; 32], &AuditCheckpoint { at: 2, ..checkpoint() }),
        checkpoint_hash(id(9), &[0; 32], &AuditCheckpoint { suite: 2, ..checkpoint() }),
        checkpoint_hash(id(9), &[0; 32], &AuditCheckpoint { heads: vec![], ..checkpoint() }),
    ];
    for (at, hash) in hashes.iter().enumerate() {
        assert!(!hashes[..at].contains(hash), "{at}");
    }
}

#[test]
fn what_is_packed_reads_back_and_a_broken_end_does_not() {
    let events = vec![Linked { id: id(1), digest: [4; 32] }, Linked { id: id(2), digest: [5; 32] }];
    let mut packed = pack_events(&events);
    assert_eq!(unpack_events(&packed), Some(events));
    packed.pop();
    assert_eq!(unpack_events(&packed), None);
    let heads = vec![AuditHead { stream: id(1), seq: 5, hash: [3; 32] }];
    let mut packed = pack_heads(&heads);
    assert_eq!(unpack_heads(&packed), Some(heads));
    packed.push(0);
    assert_eq!(unpack_heads(&packed), None);
}
