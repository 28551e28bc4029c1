//! Factors beyond the definitions, as examples of [`RiskFactor`] that pay.

use crate::factor::{ChangeContext, FactorValue, RiskFactor};

/// How many of the touched files are tests, by the usual naming of paths.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestFilesTouched;

impl RiskFactor for TestFilesTouched {
    fn name(&self) -> &str {
        "test_files"
    }

    fn evaluate(&self, context: &ChangeContext<'_>) -> FactorValue {
        FactorValue::Known(context.change.files.iter().filter(|file| is_test(file.path.as_bytes())).count() as f64)
    }
}

fn is_test(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut components = lower.split(|&byte| byte == b'/').rev();
    let name = components.next().unwrap_or_default();
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default();
    stem.starts_with(b"test_")
        || stem.ends_with(b"_test")
        || stem.ends_with(b"_spec")
        || name.windows(6).any(|part| part == b".test." || part == b".spec.")
        || components.any(|directory| matches!(directory, b"test" | b"tests" | b"spec" | b"__tests__"))
}
