//! Clients that post without pause and remember what was acknowledged.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::book::{check, statement};
use crate::support::client::Client;
use crate::support::decimal::{amount, thousandths};
use crate::support::fixture::{Student, course};
use crate::support::fresh;
use crate::support::http::Call;
use crate::support::operations::{get_achievement, post_achievement, post_achievement_batch};

/// Posts that were sent, and what became of them.
#[derive(Default)]
pub struct Load {
    /// Achievement ids that were acknowledged, with the learner of each.
    acknowledged: Mutex<Vec<(String, String)>>,
    /// Posts whose answer never came: to be sent again with the same key.
    open: Mutex<Vec<(Call, String)>>,
    /// Answers that no good post should get.
    wrong: Mutex<Vec<String>>,
    /// Answers that asked to come again later.
    put_off: Mutex<usize>,
    stop: AtomicBool,
}

impl Load {
    /// Posts by `client` to `students` from `threads` threads while `meanwhile` runs. Each post is of half a credit;
    /// every tenth is a batch of five.
    pub fn run(&self, client: &Client, students: &[Student], threads: usize, meanwhile: impl FnOnce()) {
        self.stop.store(false, Ordering::SeqCst);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    let mut n = thread;
                    while !self.stop.load(Ordering::SeqCst) {
                        let student = &students[n % students.len()];
                        n += threads + 1;
                        self.post(client, student, n % 10 == 0);
                    }
                });
            }
            meanwhile();
            self.stop.store(true, Ordering::SeqCst);
        });
    }

    fn post(&self, client: &Client, student: &Student, batch: bool) {
        let one = || course(&json!({"id": student.id}), &fresh::code("L"), "0.5");
        let call = if batch {
            let items: Vec<Value> = (0..5).map(|_| one()).collect();
            post_achievement_batch(&json!({"items": items}))
        } else {
            post_achievement(&one())
        };
        self.send(client, call, &student.id);
    }

    fn send(&self, client: &Client, call: Call, learner: &str) {
        let Ok(answer) = client.try_send(&call) else {
            self.open.lock().expect("no panic").push((call, learner.to_owned()));
            std::thread::sleep(Duration::from_millis(20));
            return;
        };
        match answer.status {
            200 | 201 => {
                let mut acknowledged = self.acknowledged.lock().expect("no panic");
                let results = answer["results"].as_array().cloned().unwrap_or_else(|| vec![answer.json.clone()]);
                for result in results {
                    match result["id"].as_str() {
                        Some(id) => acknowledged.push((id.to_owned(), learner.to_owned())),
                        // An item may have been put off; the whole batch is sent again.
                        None => {
                            self.open.lock().expect("no panic").push((call.clone().fresh_key(), learner.to_owned()));
                        }
                    }
                }
            }
            503 => {
                let later = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
                if later.is_none() {
                    self.wrong.lock().expect("no panic").push(format!("no Retry-After: {answer:?}"));
                }
                *self.put_off.lock().expect("no panic") += 1;
                self.open.lock().expect("no panic").push((call, learner.to_owned()));
                std::thread::sleep(Duration::from_millis(100));
            }
            _ => self.wrong.lock().expect("no panic").push(format!("{answer:?}")),
        }
    }

    /// How many posts were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().expect("no panic").len()
    }

    /// Waits until that many posts were acknowledged.
    #[track_caller]
    pub fn wait_for(&self, count: usize) {
        let since = Instant::now();
        while self.acknowledged() < count {
            assert!(since.elapsed() < Duration::from_secs(30), "no post is taken after {:?}", since.elapsed());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many were answered 503.
    pub fn put_off(&self) -> usize {
        *self.put_off.lock().expect("no panic")
    }

    /// Sends again, with the same key and body, what got no answer.
    #[track_caller]
    pub fn settle(&self, client: &Client) {
        for _ in 0..20 {
            let open = std::mem::take(&mut *self.open.lock().expect("no panic"));
            if open.is_empty() {
                return;
            }
            for (call, learner) in open {
                self.send(client, call, &learner);
            }
        }
        panic!("posts are put off for ever");
    }

    /// Every acknowledged post is there once, every learner's balance is their sum, and no answer was wrong.
    #[track_caller]
    pub fn check(&self, client: &Client, students: &[Student]) {
        let wrong = self.wrong.lock().expect("no panic");
        assert!(wrong.is_empty(), "{} wrong answers, first {}", wrong.len(), wrong[0]);
        let mut ids: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let acknowledged = self.acknowledged.lock().expect("no panic");
        for (id, learner) in acknowledged.iter() {
            ids.entry(learner).or_default().push(id);
        }
        for student in students {
            let mut wanted = ids.remove(student.id.as_str()).unwrap_or_default();
            wanted.sort_unstable();
            wanted.dedup();
            let rows = statement(client, &student.id);
            let lots = rows.iter().map(|row| row["entries"][0]["lot"]["achievement_id"].as_str());
            let mut stored: Vec<&str> = lots.map(|lot| lot.expect("each post is a deposit")).collect();
            stored.sort_unstable();
            let lost: Vec<_> = wanted.iter().filter(|id| stored.binary_search(id).is_err()).collect();
            assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
            // Everything was settled, so nothing stands that was not acknowledged in the end.
            assert_eq!(stored.len(), wanted.len(), "posted twice, or never acknowledged");
            let balances = check(client, &student.id);
            assert_eq!(
                thousandths(balances.earned()),
                500 * wanted.len() as i64,
                "{}",
                amount(500 * wanted.len() as i64)
            );
        }
    }

    /// The newest acknowledged post can be read.
    #[track_caller]
    pub fn check_newest(&self, client: &Client) {
        let newest = self.acknowledged.lock().expect("no panic").iter().rev().take(20).cloned().collect::<Vec<_>>();
        for (id, _) in newest {
            client.send(get_achievement(&id)).is(200);
        }
    }
}
