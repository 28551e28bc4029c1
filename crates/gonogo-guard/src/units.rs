//! Units as types: a number that got into one of these was finite and meant something.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fault::FaultKind;

/// Above this a reading is taken for garbage: no counter or gauge of a rollout gets there.
pub(crate) const IMPLAUSIBLE: f64 = 1e15;

fn plausible(value: f64) -> Result<f64, FaultKind> {
    if value.is_nan() {
        Err(FaultKind::NotANumber)
    } else if value.is_infinite() {
        Err(FaultKind::Infinite)
    } else if value.abs() > IMPLAUSIBLE {
        Err(FaultKind::TooLarge)
    } else {
        Ok(value)
    }
}

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The number, if it can be one of these.
            ///
            /// # Errors
            /// What is wrong with it: not a number, infinite, negative or absurdly large.
            pub fn new(value: f64) -> Result<Self, FaultKind> {
                let value = plausible(value)?;
                let check: fn(f64) -> Result<(), FaultKind> = $check;
                check(value)?;
                Ok(Self(value))
            }

            /// The bare number.
            #[must_use]
            pub fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = FaultKind;
            fn try_from(value: f64) -> Result<Self, FaultKind> {
                Self::new(value)
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

unit!(
    /// A length of time in seconds, above zero.
    Seconds,
    |value| if value > 0.0 { Ok(()) } else { Err(FaultKind::Negative) }
);
unit!(
    /// How many of something happened in a window: not negative; a fraction where the source extrapolates.
    Count,
    |value| if value >= 0.0 { Ok(()) } else { Err(FaultKind::Negative) }
);
unit!(
    /// A share between 0 and 1.
    Ratio,
    |value| {
        if value < 0.0 {
            Err(FaultKind::Negative)
        } else if value > 1.0 {
            Err(FaultKind::TooLarge)
        } else {
            Ok(())
        }
    }
);
unit!(
    /// A reading of a gauge: any plausible number.
    Level,
    |_| Ok(())
);

impl Seconds {
    /// One minute.
    #[must_use]
    pub const fn minute() -> Self {
        Self(60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_mean_nothing_get_into_no_unit() {
        assert_eq!(Count::new(f64::NAN), Err(FaultKind::NotANumber));
        assert_eq!(Count::new(f64::INFINITY), Err(FaultKind::Infinite));
        assert_eq!(Count::new(-1.0), Err(FaultKind::Negative));
        assert_eq!(Count::new(1e300), Err(FaultKind::TooLarge));
        assert_eq!(Seconds::new(0.0), Err(FaultKind::Negative));
        assert_eq!(Ratio::new(1.5), Err(FaultKind::TooLarge));
        assert_eq!(Level::new(-3.0).map(Level::get), Ok(-3.0));
        assert!(serde_json::from_str::<Count>("-1").is_err());
    }
}
