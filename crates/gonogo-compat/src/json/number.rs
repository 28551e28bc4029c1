//! Exact decimal numbers, as JSON writes them.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};

/// The largest exponent and the largest count of digits a number may have before it is refused.
///
/// Two numbers within it can be aligned to one exponent without more than a few kilobytes.
const LIMIT: i64 = 2_000;

/// An exact decimal number: `mantissa * 10^exponent`, kept in lowest form so that equal numbers are equal values.
///
/// Every JSON number is a decimal, and decimals are closed under all that a schema asks of numbers (comparison, remainder,
/// least common multiple), so no rounding ever happens.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    mantissa: BigInt,
    exponent: i32,
}

impl Number {
    /// Reads a number in JSON's grammar; `None` if it is not one, or if it has more than 2,000 digits or decimal places.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (body, exponent) = match rest.find(['e', 'E']) {
            Some(at) => {
                let written = rest.get(at + 1..)?;
                let digits = written.strip_prefix(['+', '-']).unwrap_or(written);
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                (rest.get(..at)?, written.strip_prefix('+').unwrap_or(written).parse::<i64>().ok())
            }
            None => (rest, Some(0)),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || !digits_only(whole)
            || !digits_only(fraction)
            || (body.contains('.') && fraction.is_empty())
        {
            return None;
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::from(0_i64));
        }
        if significant.len() as i64 > LIMIT {
            return None;
        }
        let exponent = exponent?.checked_sub(fraction.len() as i64)?;
        let mantissa = match significant.parse::<i64>() {
            Ok(small) => BigInt::from(small),
            Err(_) => BigInt::parse_bytes(significant.as_bytes(), 10)?,
        };
        let exponent = i32::try_from(exponent).ok().filter(|e| i64::from(e.unsigned_abs()) <= LIMIT)?;
        Some(Self::normal(if negative { -mantissa } else { mantissa }, exponent))
    }

    fn normal(mut mantissa: BigInt, mut exponent: i32) -> Self {
        if mantissa.sign() == Sign::NoSign {
            return Self { mantissa, exponent: 0 };
        }
        if let Ok(mut small) = i64::try_from(&mantissa) {
            let before = exponent;
            while small % 10 == 0 {
                small /= 10;
                exponent += 1;
            }
            if before != exponent {
                mantissa = BigInt::from(small);
            }
            return Self { mantissa, exponent };
        }
        let ten = BigInt::from(10);
        while (&mantissa % &ten).sign() == Sign::NoSign {
            mantissa /= &ten;
            exponent += 1;
        }
        Self { mantissa, exponent }
    }

    /// About how many decimal digits it takes to write the number out.
    pub(crate) fn digits(&self) -> u64 {
        self.mantissa.bits() * 3 / 10 + 1 + u64::from(self.exponent.unsigned_abs())
    }

    /// Both mantissas over the smaller of the two exponents.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i32) {
        let low = self.exponent.min(other.exponent);
        (self.over(low), other.over(low), low)
    }

    fn over(&self, exponent: i32) -> BigInt {
        let shift = u32::try_from(i64::from(self.exponent) - i64::from(exponent)).unwrap_or(0);
        if shift == 0 { self.mantissa.clone() } else { &self.mantissa * BigInt::from(10).pow(shift) }
    }

    /// Whether the number is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.mantissa.sign() == Sign::NoSign
    }

    /// Whether the number is above zero.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.mantissa.sign() == Sign::Plus
    }

    /// Whether the number has no fractional part; `1.0` has none.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether the number is a whole multiple of `unit`, exactly; no number is a multiple of zero.
    #[must_use]
    pub fn is_multiple_of(&self, unit: &Self) -> bool {
        if unit.is_zero() {
            return false;
        }
        let (a, b, _) = self.aligned(unit);
        (a % b).sign() == Sign::NoSign
    }

    /// The least common multiple of two positive numbers.
    #[must_use]
    pub fn lcm(&self, other: &Self) -> Self {
        let (a, b, low) = self.aligned(other);
        let gcd = gcd(&a, &b);
        if gcd.sign() == Sign::NoSign {
            return Self::from(0_i64);
        }
        Self::normal(&a / gcd * b, low)
    }

    /// The largest whole `k` with `k * unit <= self`, for a positive unit.
    #[must_use]
    pub(crate) fn floor_div(&self, unit: &Self) -> BigIndex {
        let (a, b, _) = self.aligned(unit);
        let quotient = &a / &b;
        let below = &quotient * &b > a;
        BigIndex(if below { quotient - 1 } else { quotient })
    }

    /// The number times a whole factor.
    #[must_use]
    pub(crate) fn times(&self, factor: &BigIndex) -> Self {
        Self::normal(&self.mantissa * &factor.0, self.exponent)
    }

    /// The sum of two numbers.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let (a, b, low) = self.aligned(other);
        Self::normal(a + b, low)
    }

    /// The number midway between two numbers.
    #[must_use]
    pub fn midway(&self, other: &Self) -> Self {
        let (a, b, low) = self.aligned(other);
        Self::normal((a + b) * 5, low.saturating_sub(1))
    }

    /// The number as a count, if it is a whole number from 0 to 2^64 - 1.
    #[must_use]
    pub fn to_count(&self) -> Option<u64> {
        if self.exponent < 0 || self.exponent > 20 {
            return None;
        }
        u64::try_from(self.over(0)).ok()
    }
}

/// A whole number of any size: the index of a multiple.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct BigIndex(BigInt);

impl BigIndex {
    /// The next whole number in the given direction.
    #[must_use]
    pub(crate) fn offset(&self, by: i64) -> Self {
        Self(&self.0 + by)
    }

    /// The largest whole number at most this one that is 1 modulo `period`, for a positive whole period.
    #[must_use]
    pub(crate) fn one_modulo(&self, period: &Number) -> Self {
        let period = period.over(0);
        let base: BigInt = &self.0 - 1;
        let mut rest = &base % &period;
        if rest.sign() == Sign::Minus {
            rest += &period;
        }
        Self(&self.0 - rest)
    }

    /// The whole number as a decimal number.
    #[must_use]
    pub(crate) fn to_number(&self) -> Number {
        Number::normal(self.0.clone(), 0)
    }
}

impl From<i64> for BigIndex {
    fn from(value: i64) -> Self {
        Self(BigInt::from(value))
    }
}

fn gcd(a: &BigInt, b: &BigInt) -> BigInt {
    let (mut a, mut b) = (a.clone(), b.clone());
    while b.sign() != Sign::NoSign {
        let rest = &a % &b;
        a = b;
        b = rest;
    }
    if a.sign() == Sign::Minus { -a } else { a }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::normal(BigInt::from(value), 0)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::normal(BigInt::from(value), 0)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.mantissa.cmp(&other.mantissa);
        }
        let (a, b, _) = self.aligned(other);
        a.cmp(&b)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.magnitude().to_string();
        let sign = if self.mantissa.sign() == Sign::Minus { "-" } else { "" };
        if self.exponent >= 0 {
            return if self.exponent <= 40 {
                write!(f, "{sign}{digits}{}", "0".repeat(usize::try_from(self.exponent).unwrap_or(0)))
            } else {
                write!(f, "{sign}{digits}e{}", self.exponent)
            };
        }
        let places = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(0);
        if places > 40 {
            return write!(f, "{sign}{digits}e{}", self.exponent);
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        assert_eq!(n("1.0"), n("1"));
        assert_eq!(n("1e3"), n("1000"));
        assert_eq!(n("-0.0"), n("0"));
        assert_eq!(n("1200.5e-1").to_string(), "120.05");
    }

    #[test]
    fn multiples_are_exact_where_floats_are_not() {
        assert!(n("0.3").is_multiple_of(&n("0.1")));
        assert!(n("12391239123").is_multiple_of(&n("1e-8")));
        assert!(!n("0.35").is_multiple_of(&n("0.1")));
        assert_eq!(n("0.4").lcm(&n("0.6")), n("1.2"));
    }

    #[test]
    fn division_rounds_down_on_both_sides_of_zero() {
        assert_eq!(n("7").floor_div(&n("2")), BigIndex::from(3));
        assert_eq!(n("-7").floor_div(&n("2")), BigIndex::from(-4));
        assert_eq!(n("-8").floor_div(&n("2")), BigIndex::from(-4));
    }

    #[test]
    fn what_is_no_json_number_is_refused() {
        for text in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1e99999999999999999999", "NaN"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
