//! Sets of sums of credits, as bits of a fixed number of words.

/// Words of a set of sums: up to 1,023 units of credit.
pub(super) const WORDS: usize = 16;

/// A set of sums of credits, in units.
pub(super) type Sums = [u64; WORDS];

/// The sums moved up by an amount; what passes the end is lost.
pub(super) fn up(sums: &Sums, amount: usize) -> Sums {
    let (words, bits) = (amount / 64, amount % 64);
    let mut moved = [0; WORDS];
    for at in words..WORDS {
        moved[at] = sums[at - words] << bits;
        if bits > 0 && at > words {
            moved[at] |= sums[at - words - 1] >> (64 - bits);
        }
    }
    moved
}

/// The sums moved down by an amount; what would fall below zero is lost.
pub(super) fn down(sums: &Sums, amount: usize) -> Sums {
    let (words, bits) = (amount / 64, amount % 64);
    let mut moved = [0; WORDS];
    for at in 0..WORDS.saturating_sub(words) {
        moved[at] = sums[at + words] >> bits;
        if bits > 0 && at + words + 1 < WORDS {
            moved[at] |= sums[at + words + 1] << (64 - bits);
        }
    }
    moved
}

/// One sum alone.
pub(super) fn one(sum: usize) -> Sums {
    let mut sums = [0; WORDS];
    sums[sum / 64] |= 1 << (sum % 64);
    sums
}

/// Adds the sums of another set.
pub(super) fn join(into: &mut Sums, other: &Sums) {
    for (word, more) in into.iter_mut().zip(other) {
        *word |= more;
    }
}

/// Whether two sets have a sum in common.
pub(super) fn meet(a: &Sums, b: &Sums) -> bool {
    a.iter().zip(b).any(|(a, b)| a & b != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_move_up_and_down_across_words() {
        let greatest = WORDS * 64 - 1;
        for sum in [0, 1, 63, 64, 65, 130, 500, greatest] {
            for amount in [0, 1, 5, 63, 64, 65, 127, 128, 300, greatest] {
                let (above, below) = (up(&one(sum), amount), down(&one(sum), amount));
                if sum + amount <= greatest {
                    assert_eq!(above, one(sum + amount), "{sum} + {amount}");
                } else {
                    assert_eq!(above, [0; WORDS], "{sum} + {amount} passes the end");
                }
                let less = sum.checked_sub(amount).map_or([0; WORDS], one);
                assert_eq!(below, less, "{sum} - {amount}");
            }
        }
    }

    #[test]
    fn sums_are_joined_and_met() {
        let mut sums = one(3);
        join(&mut sums, &one(140));
        assert!(meet(&sums, &one(140)) && meet(&sums, &one(3)));
        assert!(!meet(&sums, &one(4)));
    }
}
