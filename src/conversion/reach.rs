//! Which sums of credits so many achievements can make at all, whatever else stands between them: what cannot be made up
//! even so needs no search.

/// Most words of memory for one table: 16 MiB. Beyond it nothing is ruled out here.
const WORDS_MAX: usize = 2_000_000;

/// A set of sums from 0 to a greatest one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sums(Vec<u64>);

impl Sums {
    fn none(greatest: usize) -> Self {
        Self(vec![0; greatest / 64 + 1])
    }

    fn insert(&mut self, sum: usize) {
        self.0[sum / 64] |= 1 << (sum % 64);
    }

    fn contains(&self, sum: usize) -> bool {
        self.0[sum / 64] >> (sum % 64) & 1 == 1
    }

    /// Adds every sum of `other` with `amount` on top, as far as there is room.
    fn add_shifted(&mut self, other: &Self, amount: usize) {
        let (words, bits) = (amount / 64, amount % 64);
        for at in (words..self.0.len()).rev() {
            let low = other.0[at - words] << bits;
            let high = if bits > 0 && at > words { other.0[at - words - 1] >> (64 - bits) } else { 0 };
            self.0[at] |= low | high;
        }
    }

    fn with(&self, amounts: &[usize]) -> Self {
        let mut sums = Self(vec![0; self.0.len()]);
        for &amount in amounts.iter().filter(|&&amount| amount / 64 < self.0.len()) {
            sums.add_shifted(self, amount);
        }
        sums
    }
}

/// For a list of achievements in order: the sums that so many of those from some place on can make.
pub(super) struct Reach {
    wanted: usize,
    /// What each achievement can give.
    amounts: Vec<Vec<usize>>,
    /// By place, then by count.
    from: Vec<Vec<Sums>>,
    /// What has been taken so far, with what rests on no achievement.
    taken: Sums,
}

impl Reach {
    /// `amounts` are what each achievement can give, `beside` what each line gives that rests on none, `wanted` the sum, `count`
    /// the most achievements. None when the table would be too large.
    pub fn new(amounts: Vec<Vec<usize>>, beside: &[Vec<usize>], wanted: usize, count: usize) -> Option<Self> {
        let size = (amounts.len() + 1).checked_mul(count + 1)?.checked_mul(wanted / 64 + 1)?;
        if size > WORDS_MAX {
            return None;
        }
        let nothing = Sums::none(wanted);
        let mut zero = nothing.clone();
        zero.insert(0);
        let mut from = vec![vec![nothing.clone(); count + 1]; amounts.len() + 1];
        from[amounts.len()][0] = zero.clone();
        for at in (0..amounts.len()).rev() {
            for used in 0..=count {
                let mut sums = from[at + 1][used].clone();
                if used > 0 {
                    let with = from[at + 1][used - 1].with(&amounts[at]);
                    sums.add_shifted(&with, 0);
                }
                from[at][used] = sums;
            }
        }
        let mut taken = zero;
        for amounts in beside {
            let with = taken.with(amounts);
            taken.add_shifted(&with, 0);
        }
        Some(Self { wanted, amounts, from, taken })
    }

    /// The least number of achievements that can make the sum.
    pub fn least(&self) -> Option<usize> {
        (0..self.from[0].len()).find(|&count| self.meets(&self.taken, 0, count))
    }

    /// Whether the sum can still be made with the achievement at this place and so many of those after it.
    pub fn hope(&self, at: usize, rest: usize) -> bool {
        self.meets(&self.taken.with(&self.amounts[at]), at + 1, rest)
    }

    /// The achievement at this place is used.
    pub fn take(&mut self, at: usize) {
        self.taken = self.taken.with(&self.amounts[at]);
    }

    fn meets(&self, sums: &Sums, at: usize, count: usize) -> bool {
        let Some(rest) = self.from[at].get(count) else { return true };
        (0..=self.wanted).any(|sum| sums.contains(sum) && rest.contains(self.wanted - sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_found_and_ruled_out() {
        let amounts = vec![vec![3], vec![5], vec![2, 4], vec![70]];
        let mut reach = Reach::new(amounts, &[], 79, 4).expect("small");
        assert_eq!(reach.least(), Some(3), "70 + 5 + 4");
        assert!(!reach.hope(0, 2), "3 and two others never make 79 but 3 + 5 + … do not");
        assert!(reach.hope(1, 2));
        reach.take(1);
        assert!(reach.hope(2, 1));
        assert!(!reach.hope(3, 0));
        let odd = Reach::new(vec![vec![2], vec![4]], &[vec![1]], 5, 2).expect("small");
        assert_eq!(odd.least(), Some(1), "4 and the fact's 1");
        assert!(Reach::new(vec![vec![1]; 500], &[], 400_000, 100).is_none());
    }
}
