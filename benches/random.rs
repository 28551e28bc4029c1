//! Seeded random numbers for simulations: the same seed gives the same table on every machine.

use std::f64::consts::TAU;

/// xoshiro256++ of Blackman and Vigna, seeded by splitmix64.
pub struct Random([u64; 4]);

impl Random {
    /// Seeded.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self([next(), next(), next(), next()])
    }

    /// Between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        (result >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of mean 0 and deviation 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (TAU * self.unit()).cos()
    }

    /// So many of `trials` that each hit with probability `share`, by skips. O(hits).
    pub fn binomial(&mut self, trials: f64, share: f64) -> f64 {
        if share <= 0.0 {
            return 0.0;
        }
        if share >= 1.0 {
            return trials;
        }
        let per_skip = (1.0 - share).ln();
        let (mut at, mut hits) = (0.0, 0.0);
        loop {
            at += ((1.0 - self.unit()).ln() / per_skip).floor() + 1.0;
            if at > trials {
                return hits;
            }
            hits += 1.0;
        }
    }

    /// Knuth's method. O(mean).
    pub fn poisson(&mut self, mean: f64) -> f64 {
        let floor = (-mean).exp();
        let (mut count, mut product) = (0.0, self.unit());
        while product > floor {
            count += 1.0;
            product *= self.unit();
        }
        count
    }

    /// Of this shape and scale 1 (Marsaglia and Tsang's method).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.unit().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}
