//! What monitors take out of samples.

use crate::fault::FaultKind;
use crate::window::Sample;

/// Events and the exposure they are counted over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Events {
    pub(crate) events: f64,
    pub(crate) exposure: f64,
}

impl Events {
    /// Of a rate, a count, or a histogram's observations slower than `over`; refused where nothing was exposed.
    pub(crate) fn of(sample: &Sample, over: Option<f64>) -> Result<Self, FaultKind> {
        match sample {
            Sample::Rate { requests, errors } => {
                if requests.get() == 0.0 {
                    return Err(FaultKind::NoRequests);
                }
                Ok(Self { events: errors.get(), exposure: requests.get() })
            }
            Sample::Count { count, exposure } => {
                if exposure.get() == 0.0 {
                    return Err(FaultKind::NoExposure);
                }
                Ok(Self { events: count.get(), exposure: exposure.get() })
            }
            Sample::Buckets(buckets) => {
                if buckets.total().get() == 0.0 {
                    return Err(FaultKind::NoRequests);
                }
                let over = over.ok_or(FaultKind::WrongType)?;
                let index = buckets.bound_for(over).ok_or(FaultKind::NoBucketForBound)?;
                let events = buckets.above(index).ok_or(FaultKind::NoBucketForBound)?;
                Ok(Self { events, exposure: buckets.total().get() })
            }
            Sample::Value(_) | Sample::Exceptions(_) => Err(FaultKind::WrongType),
        }
    }

    pub(crate) fn rate(self) -> f64 {
        self.events / self.exposure
    }
}

/// One number for a sample: a gauge's reading, a share, a rate.
pub(crate) fn level_of(sample: &Sample, over: Option<f64>) -> Result<f64, FaultKind> {
    match sample {
        Sample::Value(level) => Ok(level.get()),
        Sample::Exceptions(counts) => Ok(counts.values().map(|count| count.get()).sum()),
        _ => Events::of(sample, over).map(Events::rate),
    }
}

/// Requests that a sample tells of, for the arms' shares of the traffic.
pub(crate) fn requests_of(sample: &Sample) -> Result<f64, FaultKind> {
    match sample {
        Sample::Rate { requests, .. } => Ok(requests.get()),
        Sample::Count { exposure, .. } => Ok(exposure.get()),
        Sample::Buckets(buckets) => Ok(buckets.total().get()),
        Sample::Value(level) if level.get() >= 0.0 => Ok(level.get()),
        Sample::Value(_) => Err(FaultKind::Negative),
        Sample::Exceptions(_) => Err(FaultKind::WrongType),
    }
}

/// The largest number in a sample, for telling garbage from growth.
pub(crate) fn largest_in(sample: &Sample) -> f64 {
    match sample {
        Sample::Rate { requests, .. } => requests.get(),
        Sample::Count { count, exposure } => count.get().max(exposure.get()),
        Sample::Value(level) => level.get().abs(),
        Sample::Buckets(buckets) => buckets.total().get(),
        Sample::Exceptions(counts) => counts.values().map(|count| count.get()).fold(0.0, f64::max),
    }
}
