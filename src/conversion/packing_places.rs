//! The rows and ways of a packing as an assignment sees them: rows with room for one are bits, the others are counted.

use super::packing::Packing;

/// Where the rows of a packing stand in an assignment.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Per row with room for one: its bit.
    pub bit: Vec<Option<u32>>,
    /// Per set of ways, the ways.
    pub shapes: Vec<Vec<Shape>>,
}

/// What a way takes.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// Rows with room for one.
    pub bits: u128,
    /// Other rows that do not count everything.
    pub wide: Vec<(usize, i64)>,
}

impl Places {
    /// Sorts out which rows are bits.
    pub fn new(packing: &Packing) -> Self {
        let mut bit = vec![None; packing.most.len()];
        let ones = (0..packing.most.len()).filter(|&row| packing.most[row] == 1 && !packing.whole[row]);
        for (number, row) in (0..u128::BITS).zip(ones) {
            bit[row] = Some(number);
        }
        let shape = |uses: &[(usize, i64)]| {
            let mut shape = Shape::default();
            for &(row, amount) in uses.iter().filter(|it| !packing.whole[it.0]) {
                match bit[row] {
                    Some(bit) => shape.bits |= 1 << bit,
                    None => shape.wide.push((row, amount)),
                }
            }
            shape
        };
        let shapes: Vec<Vec<Shape>> = (packing.ways.iter())
            .map(|patterns| (0..patterns.list.len()).map(|at| shape(patterns.uses(at))).collect())
            .collect();
        Self { bit, shapes }
    }
}

/// One way of an object.
#[derive(Debug)]
pub(super) struct Way<'p> {
    /// What it is worth beyond the prices.
    pub value: i64,
    /// What it is worth, before the prices.
    pub worth: i64,
    /// Its credits, in units.
    pub credits: usize,
    /// Exemptions worth no credits.
    pub free: i64,
    /// Rows with room for one that it takes, as in its shape: looked at more than all else.
    pub bits: u128,
    /// What it takes.
    pub shape: &'p Shape,
    /// Place of its line in the object.
    pub line: usize,
    /// Its place among the ways of the line.
    pub at: usize,
}

impl Way<'_> {
    /// Whether it finds room.
    pub fn fits(&self, used: u128, room: &[i64]) -> bool {
        self.bits & used == 0 && self.shape.wide.iter().all(|&(row, amount)| room[row] >= amount)
    }
}
