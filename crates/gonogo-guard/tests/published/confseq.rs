use gonogo_guard::eprocess::{
    BetaBinomialMixture, GammaExponentialMixture, GammaPoissonMixture, Mixture, NormalMixture, Sides,
    bernoulli_confidence_interval, count_log_evalue, double_stitching_bound, empirical_process_lil_bound,
    mixture_bound, multinomial_log_evalue, poly_stitching_bound, quantile_comparison_p_value,
    ratio_confidence_interval, ratio_confidence_sequence,
};

use crate::rows::{Row, close, equal, numbers, walk};

fn sides(row: &Row) -> Sides {
    if row.input("is_one_sided").as_bool().unwrap_or(true) { Sides::One } else { Sides::Two }
}

fn either(row: &Row, mixture: &impl Mixture) -> Result<(), String> {
    let v = row.number("v");
    if row.kind().ends_with("_bound") {
        row.close("value", mixture_bound(mixture, v, row.number("alpha")))
    } else {
        row.close("value", mixture.log_mixture(row.number("s"), v))
    }
}

#[test]
fn confidence_sequences() {
    walk("confseq.jsonl", |row| {
        let n = |name: &str| row.number(name);
        match row.kind() {
            "two_sided_normal_best_rho" => {
                row.close("value", NormalMixture::tuned(n("v"), n("alpha"), Sides::Two).rho())
            }
            "one_sided_normal_best_rho" => {
                row.close("value", NormalMixture::tuned(n("v"), n("alpha"), Sides::One).rho())
            }
            "normal_log_mixture" | "normal_mixture_bound" => {
                either(row, &NormalMixture::tuned(n("v_opt"), n("alpha_opt"), sides(row)))
            }
            "gamma_exponential_log_mixture" | "gamma_exponential_mixture_bound" => {
                either(row, &GammaExponentialMixture::tuned(n("v_opt"), n("c"), n("alpha_opt")))
            }
            "gamma_poisson_log_mixture" | "gamma_poisson_mixture_bound" => {
                either(row, &GammaPoissonMixture::tuned(n("v_opt"), n("c"), n("alpha_opt")))
            }
            "beta_binomial_log_mixture" | "beta_binomial_mixture_bound" => {
                either(row, &BetaBinomialMixture::tuned(n("v_opt"), n("g"), n("h"), n("alpha_opt"), sides(row)))
            }
            "poly_stitching_bound" => {
                row.close("value", poly_stitching_bound(n("v"), n("alpha"), n("v_min"), n("c"), n("s"), n("eta")))
            }
            "empirical_process_lil_bound" => {
                row.close("value", empirical_process_lil_bound(n("t"), n("alpha"), n("t_min"), n("A")))
            }
            "double_stitching_bound" => row.close(
                "value",
                double_stitching_bound(n("quantile_p"), n("t"), n("alpha"), n("t_opt"), n("delta"), n("s"), n("eta")),
            ),
            "get_ab_p_value" => {
                let size = n("values_per_arm") as u32;
                let first: Vec<f64> = (1..=size).map(f64::from).collect();
                let second: Vec<f64> = first.iter().map(|value| value + n("offset")).collect();
                row.close(
                    "value",
                    quantile_comparison_p_value(&first, &second, n("quantile_p"), n("t_opt"), n("alpha_opt")),
                )
            }
            "bernoulli_confidence_interval" => {
                let got = bernoulli_confidence_interval(
                    n("num_successes"),
                    n("num_trials"),
                    n("alpha"),
                    n("t_opt"),
                    n("alpha_opt"),
                );
                let wanted = numbers(row.expect("ci"));
                close("low", got[0], wanted[0], row.tolerance())?;
                close("high", got[1], wanted[1], row.tolerance())
            }
            "multinomial_eprocess" => {
                let counts = row.numbers("counts");
                let log = multinomial_log_evalue(&counts, &row.numbers("theta0"), n("k")).ok_or("lengths differ")?;
                close("n", counts.iter().sum(), row.expect("n").as_f64().unwrap_or(f64::NAN), 0.0)?;
                row.close("p_value", (-log).exp().min(1.0))
            }
            "poisson_canary_eprocess" => poisson(row),
            kind => Err(format!("kind {kind} is not known")),
        }
    });
}

/// The running intersection is taken along a path of counts that the row does not give, so of it only what the last counts fix is
/// compared: where it ends by them, and that it lies within the interval at n.
fn poisson(row: &Row) -> Result<(), String> {
    let (counts, shares) = (row.numbers("counts"), row.numbers("rho"));
    let (k, alpha) = (row.number("k"), row.number("alpha"));
    let log = multinomial_log_evalue(&counts, &shares, k).ok_or("lengths differ")?;
    row.close("p_value", (-log).exp().min(1.0))?;
    // The published ratio is that of the second arm to the first.
    let (counts, shares) = ([counts[1], counts[0]], [shares[1], shares[0]]);
    let got = ratio_confidence_interval(counts, shares, k, alpha);
    let wanted = numbers(row.expect("log_ratio_ci_at_n_only"));
    close("low at n", got.low, wanted[0], row.tolerance())?;
    close("high at n", got.high, wanted[1], row.tolerance())?;
    let running = numbers(row.expect("log_ratio_ci_running_intersection"));
    let inside = running[0] >= got.low - row.tolerance() && running[1] <= got.high + row.tolerance();
    equal("the running intersection lies within", inside, true)?;
    let path = (0..=20).map(|step| counts.map(|count| (count * f64::from(step) / 20.0).round()));
    let ours = ratio_confidence_sequence(path, shares, k, alpha);
    let inside = ours.low >= got.low - 1e-9 && ours.high <= got.high + 1e-9;
    equal("our running intersection lies within", inside, true)
}

#[test]
fn counts_of_two_arms() {
    walk("count_eprocess.jsonl", |row| match row.kind() {
        "count_eprocess_one_sided" => row.close(
            "log_e",
            count_log_evalue(
                row.number("canary"),
                row.number("control"),
                row.number("traffic_share"),
                row.number("concentration"),
            ),
        ),
        kind => Err(format!("kind {kind} is not known")),
    });
}
