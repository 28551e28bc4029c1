//! Root finding and one-dimensional minimisation with a bounded number of steps.

/// The point between `low` and `high` where `f` changes sign, by halving until the bracket is narrower than `tolerance` of its size.
///
/// Where `f` does not change sign the end at which it is closer to zero is returned. At most 200 steps.
pub fn bisect(mut f: impl FnMut(f64) -> f64, low: f64, high: f64, tolerance: f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let at_low = f(low);
    let at_high = f(high);
    if at_low == 0.0 {
        return low;
    }
    if at_high == 0.0 {
        return high;
    }
    if at_low.signum() == at_high.signum() {
        return if at_low.abs() < at_high.abs() { low } else { high };
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if (high - low).abs() <= tolerance * middle.abs().max(f64::MIN_POSITIVE) || middle == low || middle == high {
            break;
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if value.signum() == at_low.signum() {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Brent's root finder as R's `zeroin` runs it (Brent 1973, chapter 4): step by step the same, so that where the function jumps
/// it stops at the same point.
///
/// `tolerance` is absolute. At most `steps` evaluations; the best point so far when they are used up.
pub fn brent_root(mut f: impl FnMut(f64) -> f64, low: f64, high: f64, tolerance: f64, steps: u32) -> f64 {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    let (mut c, mut fc) = (a, fa);
    if fa == 0.0 {
        return a;
    }
    if fb == 0.0 {
        return b;
    }
    for _ in 0..=steps {
        let previous_step = b - a;
        if fc.abs() < fb.abs() {
            a = b;
            b = c;
            c = a;
            fa = fb;
            fb = fc;
            fc = fa;
        }
        let allowed = 2.0 * f64::EPSILON * b.abs() + tolerance / 2.0;
        let mut step = (c - b) / 2.0;
        if step.abs() <= allowed || fb == 0.0 {
            return b;
        }
        if previous_step.abs() >= allowed && fa.abs() > fb.abs() {
            let across = c - b;
            let (mut p, mut q);
            if a == c {
                let t1 = fb / fa;
                p = across * t1;
                q = 1.0 - t1;
            } else {
                let t0 = fa / fc;
                let t1 = fb / fc;
                let t2 = fb / fa;
                p = t2 * (across * t0 * (t0 - t1) - (b - a) * (t1 - 1.0));
                q = (t0 - 1.0) * (t1 - 1.0) * (t2 - 1.0);
            }
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * across * q - (allowed * q).abs() / 2.0 && p < (previous_step * q / 2.0).abs() {
                step = p / q;
            }
        }
        if step.abs() < allowed {
            step = if step > 0.0 { allowed } else { -allowed };
        }
        a = b;
        fa = fb;
        b += step;
        fb = f(b);
        if (fb > 0.0) == (fc > 0.0) {
            c = a;
            fc = fa;
        }
    }
    b
}

/// Where `f` is smallest between `low` and `high`, and its value there, by golden sections; `f` must have one minimum.
pub fn minimize(mut f: impl FnMut(f64) -> f64, low: f64, high: f64) -> (f64, f64) {
    let shrink = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (low, high);
    let mut left = high - shrink * (high - low);
    let mut right = low + shrink * (high - low);
    let (mut at_left, mut at_right) = (f(left), f(right));
    for _ in 0..120 {
        if at_left <= at_right {
            high = right;
            right = left;
            at_right = at_left;
            left = high - shrink * (high - low);
            at_left = f(left);
        } else {
            low = left;
            left = right;
            at_left = at_right;
            right = low + shrink * (high - low);
            at_right = f(right);
        }
    }
    if at_left <= at_right { (left, at_left) } else { (right, at_right) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_root_finders_find_the_square_root_of_two() {
        let f = |x: f64| x * x - 2.0;
        assert!((bisect(f, 0.0, 2.0, 1e-15) - 2.0_f64.sqrt()).abs() < 1e-14);
        assert!((brent_root(f, 0.0, 2.0, 1e-14, 1000) - 2.0_f64.sqrt()).abs() < 1e-13);
    }

    #[test]
    fn the_minimum_of_a_parabola() {
        let (x, value) = minimize(|x| (x - 0.3).powi(2) + 1.0, -1.0, 1.0);
        assert!((x - 0.3).abs() < 1e-7 && (value - 1.0).abs() < 1e-12);
    }
}
