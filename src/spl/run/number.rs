//! Arithmetic, and texts joined by `.` and `+`.

use super::Answer;
use super::state::Run;
use super::val::Val;
use crate::spl::expr::Operator;
use crate::spl::problem::Stop;
use crate::spl::value::{Look, look};

/// E10 to E15, E60.
pub(super) fn operate(operator: Operator, left: &Val, right: &Val, run: &Run) -> Answer<Val> {
    match operator {
        Operator::Join => join(left, right, run),
        Operator::Plus => match (left, right) {
            // E12: a text on one side joins; what is missing makes nothing (E14).
            (Val::Text(_), _) | (_, Val::Text(_)) => join(left, right, run),
            // The documentation joins two texts; it was measured that a text beside a number makes nothing.
            (Val::Field(one), Val::Field(two)) if look(one) == Look::Text || look(two) == Look::Text => {
                Err(Stop::open("E12"))
            }
            _ => calculate(left, right, |left, right| Some(left + right)),
        },
        Operator::Minus => calculate(left, right, |left, right| Some(left - right)),
        Operator::Times => {
            let found = calculate(left, right, |left, right| Some(left * right))?;
            // E60: the result is as precise as the least precise operand, which shows with fractions only.
            let whole =
                |value: &Val| Ok::<_, Stop>(value.number()?.is_none_or(|number| number.fract() == 0.0));
            if whole(left)? && whole(right)? { Ok(found) } else { Err(Stop::open("E60")) }
        }
        // E15: nothing comes of a division by zero.
        Operator::Divide => calculate(left, right, |left, right| (right != 0.0).then(|| left / right)),
        Operator::Remainder => calculate(left, right, |left, right| (right != 0.0).then(|| left % right)),
    }
}

fn calculate(left: &Val, right: &Val, make: impl Fn(f64, f64) -> Option<f64>) -> Answer<Val> {
    Ok(match (left.number()?, right.number()?) {
        (Some(left), Some(right)) => make(left, right).map_or(Val::Null, Val::Number),
        _ => Val::Null,
    })
}

fn join(left: &Val, right: &Val, run: &Run) -> Answer<Val> {
    let (Some(left), Some(right)) = (left.one_text()?, right.one_text()?) else { return Ok(Val::Null) };
    run.take_value(left.len() + right.len())?;
    Ok(Val::text(format!("{left}{right}")))
}

/// E48: rounds half away from zero, on the digits that a number shows; `places` is at most 15.
pub(super) fn rounded(number: f64, places: usize) -> Answer<String> {
    let shown = number.abs().to_string();
    if !number.is_finite() || shown.contains('e') || shown.len() > 40 {
        return Err(Stop::open("E48"));
    }
    let (whole, fraction) = shown.split_once('.').unwrap_or((&shown, ""));
    let mut digits: Vec<u8> = std::iter::once(b'0').chain(whole.bytes()).collect();
    digits.extend(fraction.bytes().chain(std::iter::repeat(b'0')).take(places));
    if fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5') {
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let text: String = digits.into_iter().map(char::from).collect();
    let (whole, fraction) = text.split_at(text.len() - places);
    let whole = whole.trim_start_matches('0');
    let is_zero = whole.is_empty() && fraction.bytes().all(|digit| digit == b'0');
    let sign = if number < 0.0 && !is_zero { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn rounds_half_away_from_zero_on_what_is_shown() {
        for (number, places, expected) in [
            (10.0, 2, "10.00"),
            (10.5, 0, "11"),
            (2.555, 2, "2.56"),
            (-0.4, 0, "0"),
            (-2.5, 0, "-3"),
            (9.999, 2, "10.00"),
            (0.05, 1, "0.1"),
            (1234.0, 0, "1234"),
        ] {
            assert_eq!(rounded(number, places).as_deref(), Ok(expected));
        }
        assert!(rounded(f64::NAN, 0).is_err());
    }
}
