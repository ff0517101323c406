//! A small random number generator, which gives the same data on every machine.

/// Random number generator `SplitMix64`; its field is the state.
pub struct Random(pub u64);

impl Random {
    /// Next 64 random bits.
    pub fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Next number from 0 to 1, evenly distributed.
    pub fn next_unit(&mut self) -> f32 {
        (self.next_bits() >> 40) as f32 / (1 << 24) as f32
    }

    /// Next number of an approximately normal distribution with a standard deviation of one: a sum of four.
    pub fn next_normal(&mut self) -> f32 {
        (0..4).map(|_| self.next_unit() - 0.5).sum::<f32>() * 1.732
    }
}
