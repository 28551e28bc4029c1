//! Windows kept for a second look, in bounded memory.

use serde::{Deserialize, Serialize};

/// Events `a` and `b` of two arms over exposures `at` and `bt`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 4]", into = "[f64; 4]")]
pub(crate) struct Block {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) at: f64,
    pub(crate) bt: f64,
}

impl From<[f64; 4]> for Block {
    fn from([a, b, at, bt]: [f64; 4]) -> Self {
        Self { a, b, at, bt }
    }
}

impl From<Block> for [f64; 4] {
    fn from(block: Block) -> Self {
        [block.a, block.b, block.at, block.bt]
    }
}

/// The last windows; when there are too many, neighbours are merged in pairs and from then on each entry holds twice as many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockList {
    kept: usize,
    first_each: u64,
    windows_each: u64,
    in_last: u64,
    blocks: Vec<Block>,
}

impl BlockList {
    /// Keeps at most `kept` blocks, of `windows_each` windows to begin with.
    pub(crate) fn new(kept: usize, windows_each: u64) -> Self {
        let each = windows_each.max(1);
        Self { kept: kept.max(4), first_each: each, windows_each: each, in_last: 0, blocks: Vec::new() }
    }

    pub(crate) fn push(&mut self, block: Block) {
        match self.blocks.last_mut() {
            Some(last) if self.in_last < self.windows_each => {
                last.a += block.a;
                last.b += block.b;
                last.at += block.at;
                last.bt += block.bt;
                self.in_last += 1;
            }
            _ => {
                if self.blocks.len() >= self.kept {
                    self.merge();
                }
                self.blocks.push(block);
                self.in_last = 1;
            }
        }
    }

    fn merge(&mut self) {
        self.blocks = self
            .blocks
            .chunks(2)
            .filter_map(|pair| {
                pair.iter().copied().reduce(|x, y| Block {
                    a: x.a + y.a,
                    b: x.b + y.b,
                    at: x.at + y.at,
                    bt: x.bt + y.bt,
                })
            })
            .collect();
        self.windows_each = self.windows_each.saturating_mul(2);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// How many blocks are kept at most.
    pub(crate) fn capacity(&self) -> usize {
        self.kept
    }

    /// The sum of the last `windows` windows or some more, as blocks allow.
    pub(crate) fn recent(&self, windows: u64) -> Option<Block> {
        let wanted = usize::try_from(windows.div_ceil(self.windows_each)).unwrap_or(usize::MAX);
        self.blocks.iter().rev().take(wanted).copied().reduce(|x, y| Block {
            a: x.a + y.a,
            b: x.b + y.b,
            at: x.at + y.at,
            bt: x.bt + y.bt,
        })
    }

    /// The part of `alpha` for the present block length. Each length is a test of its own: 97 per cent for the first, then half of
    /// what is left for each further one, so that all together stay within `alpha`.
    pub(crate) fn alpha_at(&self, alpha: f64) -> f64 {
        let doublings = self.windows_each / self.first_each;
        if doublings <= 1 { 0.97 * alpha } else { 0.03 * alpha / doublings as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut list = BlockList::new(8, 1);
        for i in 0..1000 {
            list.push(Block { a: f64::from(i), b: 1.0, at: 2.0, bt: 3.0 });
        }
        assert!(list.blocks.len() <= 8);
        let total = list
            .iter()
            .fold([0.0; 4], |sum, block| [sum[0] + block.a, sum[1] + block.b, sum[2] + block.at, sum[3] + block.bt]);
        assert_eq!(total, [499_500.0, 1000.0, 2000.0, 3000.0]);
    }

    #[test]
    fn the_parts_of_alpha_sum_to_at_most_alpha() {
        let mut list = BlockList::new(4, 1);
        let mut total = 0.0;
        let mut last = 0.0;
        for _ in 0..1_000_000 {
            list.push(Block { a: 0.0, b: 0.0, at: 1.0, bt: 1.0 });
            let part = list.alpha_at(0.05);
            if part != last {
                total += part;
                last = part;
            }
        }
        assert!(total <= 0.05, "{total}");
    }
}
