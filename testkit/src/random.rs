//! Pseudo-random numbers and tokens, the same for the same seed.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Added to the state at every number.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// splitmix64 (Steele, Lea and Flood, 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent source for each combination of numbers.
    pub fn of(numbers: &[u64]) -> Self {
        let mut random = Self(0);
        for &number in numbers {
            random.0 ^= number;
            random.0 = random.number();
        }
        random
    }

    pub fn number(&mut self) -> u64 {
        let number = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        number
    }

    /// 0 to `end` - 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True with this probability in percent.
    pub fn percent(&mut self, of_hundred: u64) -> bool {
        self.below(100) < of_hundred
    }

    pub fn of_list<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Incompressible letters and digits, like those of a signature.
    pub fn token(&mut self, out: &mut String, length: usize) {
        let mut missing = length;
        while missing > 0 {
            let mut bits = self.number();
            for _ in 0..missing.min(10) {
                out.push(char::from(DIGITS[(bits & 63) as usize]));
                bits >>= 6;
            }
            missing -= missing.min(10);
        }
    }

    pub fn new_token(&mut self, length: usize) -> String {
        let mut token = String::with_capacity(length);
        self.token(&mut token, length);
        token
    }

    /// A number of this many digits; the first is not 0.
    pub fn new_digits(&mut self, digits: u32) -> u64 {
        let first = 10u64.pow(digits - 1);
        first + self.below(9 * first)
    }
}

/// One number that is always the same for the same argument.
pub fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(STEP);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
