//! Windows of metrics out of Prometheus, without a network: what to ask, and what the answers mean.
//!
//! A window is asked for as the raw readings of its series, not as `increase()`: that function extrapolates to the edges of its
//! range, so that increases of neighbouring windows do not add up, and a counter that moves by one can increase by 1.3. Here the
//! increase of a window is the reading at its end less the reading at its start, both by the server's own timestamps, and increases of
//! disjoint windows add up to the increase of all.
//!
//! Format of the API: <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod answer;
mod increase;
mod plan;

pub use answer::{Answer, AnswerError, Series, parse, single_value};
pub use increase::{Increase, Span, increase};
pub use plan::{Aggregate, MetricQuery, PlanError, PrometheusPlan, Question, Resets};
