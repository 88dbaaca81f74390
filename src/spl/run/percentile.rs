//! Statistics of a list of numbers.

use super::Answer;
use crate::spl::problem::Stop;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    Average,
    Median,
    Percentile(f64),
    Range,
    SumOfSquares,
    /// Of a sample, or of all.
    Deviation(bool),
    Variance(bool),
}

/// The statistic by its name in `stats`.
pub(super) fn named(name: &str) -> Option<Statistic> {
    Some(match name {
        "avg" => Statistic::Average,
        "median" => Statistic::Median,
        "range" => Statistic::Range,
        "sumsq" => Statistic::SumOfSquares,
        "stdev" => Statistic::Deviation(true),
        "stdevp" => Statistic::Deviation(false),
        "var" => Statistic::Variance(true),
        "varp" => Statistic::Variance(false),
        _ => {
            let percent = name.strip_prefix("exactperc").or_else(|| name.strip_prefix("perc"))?;
            Statistic::Percentile(percent.parse().ok()?)
        }
    })
}

/// Computes it; nothing comes of no numbers.
pub(super) fn compute(statistic: Statistic, numbers: &[f64]) -> Answer<Option<f64>> {
    if numbers.is_empty() {
        return Ok(None);
    }
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = |sample: bool| {
        let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        match (sample, numbers.len()) {
            // The deviation of a single value is not documented.
            (true, 1) => Err(Stop::open("A23")),
            (true, _) => Ok(squares / (count - 1.0)),
            (false, _) => Ok(squares / count),
        }
    };
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(Some(match statistic {
        Statistic::Average => mean,
        Statistic::Range => sorted[sorted.len() - 1] - sorted[0],
        Statistic::SumOfSquares => numbers.iter().map(|number| number * number).sum(),
        Statistic::Variance(sample) => variance(sample)?,
        Statistic::Deviation(sample) => variance(sample)?.sqrt(),
        // A23: the mean of the middle pair, an exact half rounded up.
        Statistic::Median => {
            let middle = sorted.len() / 2;
            if !sorted.len().is_multiple_of(2) {
                sorted[middle]
            } else {
                let (low, high) = (sorted[middle - 1], sorted[middle]);
                let mean = f64::midpoint(low, high);
                if low == high || mean.fract() == 0.0 {
                    mean
                } else if low.fract() == 0.0 && high.fract() == 0.0 {
                    mean.ceil()
                } else {
                    return Err(Stop::open("A23"));
                }
            }
        }
        // A23: between two values in proportion. With many values Splunk estimates.
        Statistic::Percentile(percent) => {
            if sorted.len() > 1_000 {
                return Err(Stop::open("A23"));
            }
            let rank = percent / 100.0 * (count - 1.0);
            let low = rank.floor();
            let at = |rank: f64| sorted[(rank as usize).min(sorted.len() - 1)];
            at(low) + (at(low + 1.0) - at(low)) * (rank - low)
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(compute(Statistic::Median, &[1.0, 2.0]), Ok(Some(2.0)));
        assert_eq!(compute(Statistic::Median, &[3.0, 1.0, 2.0]), Ok(Some(2.0)));
        assert_eq!(compute(Statistic::Percentile(50.0), &[1.0, 2.0, 3.0, 4.0]), Ok(Some(2.5)));
        assert_eq!(compute(Statistic::Deviation(true), &[2.0, 4.0]), Ok(Some(2_f64.sqrt())));
        assert!(compute(Statistic::Deviation(true), &[2.0]).is_err());
        assert_eq!(compute(Statistic::Average, &[]), Ok(None));
        assert_eq!(named("perc95"), Some(Statistic::Percentile(95.0)));
    }
}
