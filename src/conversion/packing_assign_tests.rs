//! Assignments against brute force, with prices looked for anew and without.

use super::packing_assign::{Assign, Failed, State};
use super::packing_places::{Places, Shape, Way};

/// Rows for one, and then one row that is counted.
const BITS: usize = 6;

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Credits with what a way takes.
type Drawn = (usize, Shape);

fn drawn(random: &mut Random) -> Vec<Drawn> {
    let way = |random: &mut Random| {
        let bits = u128::from(random.below(1 << BITS) & random.below(1 << BITS));
        let wide = i64::try_from(random.below(3)).unwrap_or(0);
        let wide = if wide > 0 { vec![(BITS, wide)] } else { Vec::new() };
        (usize::try_from(1 + random.below(6)).unwrap_or(1), Shape { bits, wide })
    };
    (0..=random.below(9)).map(|_| way(random)).collect()
}

fn brute(lists: &[Vec<Drawn>], used: u128, room: i64, rest: usize) -> bool {
    let Some((first, others)) = lists.split_first() else { return rest == 0 };
    first.iter().any(|(credits, shape)| {
        let wide: i64 = shape.wide.iter().map(|it| it.1).sum();
        let fits = shape.bits & used == 0 && wide <= room && *credits <= rest;
        fits && brute(others, used | shape.bits, room - wide, rest - credits)
    })
}

#[test]
fn assignments_equal_brute_force() {
    let mut random = Random(7);
    let (mut yes, mut no) = (0, 0);
    for _ in 0..400 {
        let lists: Vec<Vec<Drawn>> = (0..2 + random.below(4)).map(|_| drawn(&mut random)).collect();
        let room_of_all = i64::try_from(2 + random.below(6)).unwrap_or(2);
        let bit = (0..=BITS).map(|row| u32::try_from(row).ok().filter(|_| row < BITS)).collect();
        let places = Places { bit, shapes: Vec::new() };
        let ways: Vec<Vec<Way>> = (lists.iter())
            .map(|list| {
                let way = |(at, (credits, shape)): (usize, &'_ Drawn)| (at, *credits, shape.clone());
                let mut all: Vec<_> = list.iter().enumerate().map(way).collect();
                all.sort_by_key(|it| std::cmp::Reverse(it.1));
                let leaked = |(at, credits, shape): (usize, usize, Shape)| {
                    let worth = i64::try_from(credits).unwrap_or(0);
                    let shape: &'static Shape = Box::leak(Box::new(shape));
                    Way { value: worth * 1_024, worth, credits, free: 0, bits: shape.bits, shape, line: 0, at }
                };
                all.into_iter().map(leaked).collect()
            })
            .collect();
        let objects: Vec<usize> = (0..lists.len()).collect();
        let mut failed = [Failed::default(), Failed::default()];
        for rest in 0..26 {
            let expected = brute(&lists, 0, room_of_all, rest);
            for (tighten, failed) in [false, true].into_iter().zip(&mut failed) {
                let mut room = vec![1; BITS];
                room.push(room_of_all);
                let (mut steps, worth) = (1_000_000, i64::try_from(rest).unwrap_or(0));
                let mut assign = Assign::new((&places, &ways), &mut room, failed, &mut steps);
                assign.tighten = tighten;
                let state = State { used: 0, rest, free: 0, worth, need: worth * 1_024 };
                let found = assign.run(&objects, state, &[0; BITS + 1], 1_000_000);
                assert_eq!(found, Ok(expected), "{rest} of {lists:?} within {room_of_all}, anew: {tighten}");
                let sum: usize = assign.taken.iter().map(|&(object, _, at)| lists[object][at].0).sum();
                let bits = assign.taken.iter().map(|&(object, _, at)| lists[object][at].1.bits);
                let all = bits.clone().fold(0, |all, bits| all | bits);
                if expected {
                    assert_eq!((sum, assign.taken.len()), (rest, lists.len()));
                    assert_eq!(all.count_ones(), bits.map(u128::count_ones).sum::<u32>(), "no row twice");
                }
            }
            yes += usize::from(expected);
            no += usize::from(!expected);
        }
    }
    assert!(yes > 500 && no > 500, "{yes} yes, {no} no");
}
