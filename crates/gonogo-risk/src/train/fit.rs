//! Penalised logistic regression by Newton's method (iteratively reweighted least squares).

use crate::model::logistic;

/// Newton steps after which the fit is given up; a convex problem of this kind takes about eight.
const MAX_STEPS: usize = 60;

/// Coefficients of a logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Log-odds where every column is 0; not penalised.
    pub intercept: f64,
    /// One weight a column.
    pub weights: Vec<f64>,
    /// Newton steps taken.
    pub steps: usize,
}

/// Why a regression could not be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There are no rows, or the lengths of columns, labels and weights disagree.
    #[error("{0} values for {1} rows of {2} columns: the table and its labels do not fit together")]
    Shape(usize, usize, usize),
    /// All labels are alike.
    #[error("all labels are alike: a model needs changes that were blamed for a defect and changes that were not")]
    OneClass,
    /// A value is not finite, or rounding got in the way.
    #[error("the regression does not converge: a column holds a value that is not finite, or the penalty is 0")]
    Diverged,
}

/// Minimises Σ w log-loss + `penalty` |β|² / 2 over `rows` (row after row, `columns` values each); the intercept is not
/// penalised.
///
/// `penalty` is 1 / C of other libraries. Convex for a positive penalty, so the answer does not depend on a start. Time: rows ×
/// columns² a step. Source: Nelder and Wedderburn (1972); the step is halved while the objective would rise.
///
/// # Errors
/// See [`FitError`].
pub fn logistic_regression(
    rows: &[f64],
    columns: usize,
    labels: &[bool],
    row_weights: Option<&[f64]>,
    penalty: f64,
) -> Result<Fit, FitError> {
    let n = labels.len();
    if n == 0 || rows.len() != n * columns || row_weights.is_some_and(|weights| weights.len() != n) {
        return Err(FitError::Shape(rows.len(), n, columns));
    }
    let problem = Problem { rows, columns, labels, row_weights, penalty };
    let mass = |class: bool| -> f64 {
        (0..n).filter(|&row| labels.get(row) == Some(&class)).map(|row| problem.weight(row)).sum()
    };
    let (buggy, clean) = (mass(true), mass(false));
    if buggy <= 0.0 || clean <= 0.0 {
        return Err(FitError::OneClass);
    }
    // The last coefficient is the intercept.
    let mut beta = vec![0.0; columns + 1];
    if let Some(intercept) = beta.last_mut() {
        *intercept = (buggy / clean).ln();
    }
    let mut margins = problem.margins(&beta);
    let mut objective = problem.objective(&beta, &margins);
    for step in 1..=MAX_STEPS {
        let (mut hessian, gradient) = problem.derivatives(&beta, &margins);
        let direction = solve(&mut hessian, &gradient).ok_or(FitError::Diverged)?;
        let decrement: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        if !decrement.is_finite() || !objective.is_finite() {
            return Err(FitError::Diverged);
        }
        let mut length = 1.0;
        loop {
            let next: Vec<f64> = beta.iter().zip(&direction).map(|(b, d)| b - length * d).collect();
            let next_margins = problem.margins(&next);
            let next_objective = problem.objective(&next, &next_margins);
            // Armijo's rule, with room for the last bits of the sum.
            if next_objective <= objective - 1e-4 * length * decrement + 1e-12 * objective.abs() {
                (beta, margins, objective) = (next, next_margins, next_objective);
                break;
            }
            length /= 2.0;
            if length < 1e-8 {
                return Err(FitError::Diverged);
            }
        }
        if decrement <= 1e-12 * objective.abs().max(1.0) {
            let intercept = beta.pop().unwrap_or(0.0);
            return Ok(Fit { intercept, weights: beta, steps: step });
        }
    }
    Err(FitError::Diverged)
}

struct Problem<'a> {
    rows: &'a [f64],
    columns: usize,
    labels: &'a [bool],
    row_weights: Option<&'a [f64]>,
    penalty: f64,
}

impl Problem<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.row_weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0))
    }

    fn label(&self, row: usize) -> f64 {
        f64::from(u8::from(self.labels.get(row).copied().unwrap_or(false)))
    }

    fn row(&self, row: usize) -> &[f64] {
        self.rows.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    fn margins(&self, beta: &[f64]) -> Vec<f64> {
        let (intercept, weights) = beta.split_last().map_or((0.0, beta), |(last, rest)| (*last, rest));
        (0..self.labels.len())
            .map(|row| intercept + self.row(row).iter().zip(weights).map(|(x, b)| x * b).sum::<f64>())
            .collect()
    }

    fn objective(&self, beta: &[f64], margins: &[f64]) -> f64 {
        let loss: f64 = margins
            .iter()
            .enumerate()
            .map(|(row, &margin)| {
                // ln(1 + e^m) - y m, without overflow.
                let log_sum = margin.max(0.0) + (-margin.abs()).exp().ln_1p();
                self.weight(row) * (log_sum - self.label(row) * margin)
            })
            .sum();
        let weights = beta.get(..self.columns).unwrap_or_default();
        loss + self.penalty / 2.0 * weights.iter().map(|b| b * b).sum::<f64>()
    }

    /// Hessian (lower triangle, row after row, intercept last) and gradient.
    fn derivatives(&self, beta: &[f64], margins: &[f64]) -> (Vec<f64>, Vec<f64>) {
        const TOGETHER: usize = 8;
        let size = self.columns + 1;
        let mut hessian = vec![0.0; size * size];
        let mut gradient = vec![0.0; size];
        // Eight rows at a time, so that each coefficient of the triangle is loaded once for eight products.
        let mut block = vec![0.0; TOGETHER * size];
        let n = self.labels.len();
        for first in (0..n).step_by(TOGETHER) {
            let mut curvatures = [0.0; TOGETHER];
            for (place, copy) in block.chunks_exact_mut(size).enumerate() {
                let row = first + place;
                let (Some((last, values)), Some(&margin)) = (copy.split_last_mut(), margins.get(row)) else {
                    copy.fill(0.0);
                    continue;
                };
                values.copy_from_slice(self.row(row));
                *last = 1.0;
                let chance = logistic(margin);
                let residual = self.weight(row) * (chance - self.label(row));
                for (slot, x) in gradient.iter_mut().zip(&*copy) {
                    *slot += residual * x;
                }
                if let Some(curvature) = curvatures.get_mut(place) {
                    *curvature = self.weight(row) * chance * (1.0 - chance);
                }
            }
            accumulate(&mut hessian, &block, size, &curvatures);
        }
        for (index, (slot, b)) in gradient.iter_mut().zip(beta).enumerate().take(self.columns) {
            *slot += self.penalty * b;
            if let Some(diagonal) = hessian.get_mut(index * size + index) {
                *diagonal += self.penalty;
            }
        }
        (hessian, gradient)
    }
}

/// Adds Σ curvature x xᵀ of eight rows to the lower triangle.
fn accumulate(hessian: &mut [f64], block: &[f64], size: usize, curvatures: &[f64; 8]) {
    let mut rows = block.chunks_exact(size);
    let [Some(r0), Some(r1), Some(r2), Some(r3), Some(r4), Some(r5), Some(r6), Some(r7)] =
        std::array::from_fn(|_| rows.next())
    else {
        return;
    };
    let [c0, c1, c2, c3, c4, c5, c6, c7] = *curvatures;
    for (index, line) in hessian.chunks_exact_mut(size).enumerate() {
        let at = |row: &[f64]| row.get(index).copied().unwrap_or(0.0);
        let (f0, f1, f2, f3) = (c0 * at(r0), c1 * at(r1), c2 * at(r2), c3 * at(r3));
        let (f4, f5, f6, f7) = (c4 * at(r4), c5 * at(r5), c6 * at(r6), c7 * at(r7));
        let low = line.iter_mut().take(index + 1).zip(r0).zip(r1).zip(r2).zip(r3).zip(r4).zip(r5).zip(r6).zip(r7);
        for ((((((((slot, x0), x1), x2), x3), x4), x5), x6), x7) in low {
            *slot += f0 * x0 + f1 * x1 + f2 * x2 + f3 * x3 + f4 * x4 + f5 * x5 + f6 * x6 + f7 * x7;
        }
    }
}

/// Solves A x = b for a positive definite A given by its lower triangle, which is overwritten (Cholesky).
fn solve(matrix: &mut [f64], right: &[f64]) -> Option<Vec<f64>> {
    let size = right.len();
    for index in 0..size {
        let (above, rest) = matrix.split_at_mut_checked(index * size)?;
        let line = rest.get_mut(..size)?;
        for column in 0..=index {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).take(column).map(|(x, y)| x * y).sum::<f64>();
            if column < index {
                let other = above.get(column * size..(column + 1) * size)?;
                let value = (line.get(column)? - dot(line, other)) / other.get(column)?;
                *line.get_mut(column)? = value;
            } else {
                let pivot = line.get(index)? - dot(line, line);
                if !(pivot > 0.0 && pivot.is_finite()) {
                    return None;
                }
                *line.get_mut(index)? = pivot.sqrt();
            }
        }
    }
    let mut solution = right.to_vec();
    for index in 0..size {
        let line = matrix.get(index * size..(index + 1) * size)?;
        let known: f64 = line.iter().zip(&solution).take(index).map(|(a, x)| a * x).sum();
        *solution.get_mut(index)? = (solution.get(index)? - known) / line.get(index)?;
    }
    for index in (0..size).rev() {
        let line = matrix.get(index * size..(index + 1) * size)?;
        let value = solution.get(index)? / line.get(index)?;
        *solution.get_mut(index)? = value;
        for (slot, a) in solution.iter_mut().zip(line).take(index) {
            *slot -= a * value;
        }
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finney's vasoconstriction data (Biometrika 34, 1947; Pregibon, Annals of Statistics 9, 1981): response to the volume
    /// and rate of air inspired. Published maximum-likelihood fit on ln(volume), ln(rate): -2.875, 5.179, 4.562.
    const FINNEY: [(f64, f64, u8); 39] = [
        (3.70, 0.825, 1),
        (3.50, 1.09, 1),
        (1.25, 2.50, 1),
        (0.75, 1.50, 1),
        (0.80, 3.20, 1),
        (0.70, 3.50, 1),
        (0.60, 0.75, 0),
        (1.10, 1.70, 0),
        (0.90, 0.75, 0),
        (0.90, 0.45, 0),
        (0.80, 0.57, 0),
        (0.55, 2.75, 0),
        (0.60, 3.00, 0),
        (1.40, 2.33, 1),
        (0.75, 3.75, 1),
        (2.30, 1.64, 1),
        (3.20, 1.60, 1),
        (0.85, 1.415, 1),
        (1.70, 1.06, 0),
        (1.80, 1.80, 1),
        (0.40, 2.00, 0),
        (0.95, 1.36, 0),
        (1.35, 1.35, 0),
        (1.50, 1.36, 0),
        (1.60, 1.78, 1),
        (0.60, 1.50, 0),
        (1.80, 1.50, 1),
        (0.95, 1.90, 0),
        (1.90, 0.95, 1),
        (1.60, 0.40, 0),
        (2.70, 0.75, 1),
        (2.35, 0.03, 0),
        (1.10, 1.83, 0),
        (1.10, 2.20, 1),
        (1.20, 2.00, 1),
        (0.80, 3.33, 1),
        (0.95, 1.90, 0),
        (0.75, 1.90, 0),
        (1.30, 1.625, 1),
    ];

    #[test]
    fn published_coefficients_are_found() {
        let rows: Vec<f64> = FINNEY.iter().flat_map(|(volume, rate, _)| [volume.ln(), rate.ln()]).collect();
        let labels: Vec<bool> = FINNEY.iter().map(|row| row.2 == 1).collect();
        let fit = logistic_regression(&rows, 2, &labels, None, 0.0).unwrap();
        let found = [fit.intercept, fit.weights[0], fit.weights[1]];
        for (found, published) in found.iter().zip([-2.875, 5.179, 4.562]) {
            assert!((found - published).abs() < 5e-4, "{found} {published}");
        }
    }

    #[test]
    fn a_two_by_two_table_gives_the_log_odds_ratio() {
        // 3 of 4 with the property are buggy, 1 of 5 without.
        let rows = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let labels = [true, true, true, false, true, false, false, false, false];
        let fit = logistic_regression(&rows, 1, &labels, None, 0.0).unwrap();
        assert!((fit.intercept - (1.0f64 / 4.0).ln()).abs() < 1e-9);
        assert!((fit.weights[0] - 12f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn a_row_of_weight_two_counts_as_two_rows() {
        let twice = logistic_regression(&[1.0, 2.0, 2.0, 3.0], 1, &[false, true, true, false], None, 0.5).unwrap();
        let weighted =
            logistic_regression(&[1.0, 2.0, 3.0], 1, &[false, true, false], Some(&[1.0, 2.0, 1.0]), 0.5).unwrap();
        assert!((twice.weights[0] - weighted.weights[0]).abs() < 1e-9);
        assert!((twice.intercept - weighted.intercept).abs() < 1e-9);
    }

    #[test]
    fn separable_classes_need_the_penalty_and_have_a_fit_with_it() {
        let fit = logistic_regression(&[-1.0, 1.0], 1, &[false, true], None, 1.0).unwrap();
        // The gradient vanishes: beta = 2 / (1 + e^beta).
        let beta = fit.weights[0];
        assert!((beta - 2.0 / (1.0 + beta.exp())).abs() < 1e-9);
    }

    #[test]
    fn bad_input_is_refused() {
        assert_eq!(logistic_regression(&[1.0], 1, &[true], None, 1.0), Err(FitError::OneClass));
        assert_eq!(logistic_regression(&[1.0], 1, &[], None, 1.0), Err(FitError::Shape(1, 0, 1)));
        assert_eq!(logistic_regression(&[f64::NAN, 1.0], 1, &[true, false], None, 1.0), Err(FitError::Diverged));
    }
}
