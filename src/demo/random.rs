//! Chance that can be repeated: the same seed and number always give the same city.

/// A stream of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

/// The stream's step: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The stream of one thing: `place` numbers things of one sort, `sort` keeps sorts apart.
    pub fn of(seed: u64, sort: u64, place: u64) -> Self {
        let mut random = Self(seed ^ sort.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ place.wrapping_mul(STEP));
        random.next();
        random
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // The high half of a product: even enough, and no division.
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + self.below((last - first).max(0) as u64 + 1) as i64
    }

    /// Whether one of a hundred chances came up.
    pub fn percent(&mut self, chances: u64) -> bool {
        self.below(100) < chances
    }

    /// One of a list that is not empty.
    pub fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_gives_the_same_numbers() {
        let numbers = |sort, place| {
            let mut random = Random::of(7, sort, place);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(numbers(1, 5), numbers(1, 5));
        assert_ne!(numbers(1, 5), numbers(1, 6));
        assert_ne!(numbers(1, 5), numbers(2, 5));
    }

    #[test]
    fn numbers_stay_within_their_limits() {
        let mut random = Random::of(1, 1, 1);
        for _ in 0..10_000 {
            assert!(random.below(7) < 7);
            assert!((-3..=4).contains(&random.between(-3, 4)));
        }
        assert_eq!(random.below(0), 0);
        assert_eq!(random.between(5, 5), 5);
    }
}
