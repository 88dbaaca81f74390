//! Functions over points in time and spans.
//!
//! In: ticks. Out: ticks, parts of dates, texts. Must not know expressions.

use jiff::civil::Date;

use super::{Answer, Function, Kind, Work, text};
use crate::kql::clock::{self, DAY, HOUR, MINUTE, SECOND};
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::Value;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    gives: Type,
    run: fn(&Work, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, optional: 0, rest: None, gives, spreads_null: true, run }
}

const fn period(name: &'static str, run: fn(&Work, &[Value]) -> Answer) -> Function {
    Function { optional: 1, ..function(name, &[Kind::Time, Kind::Whole], Type::DateTime, run) }
}

const fn part(name: &'static str, run: fn(&Work, &[Value]) -> Answer) -> Function {
    function(name, &[Kind::Time], Type::Int, run)
}

pub(super) const ALL: &[Function] = &[
    period("startofday", |_, a| start(a, Period::Day, 0)),
    period("startofweek", |_, a| start(a, Period::Week, 0)),
    period("startofmonth", |_, a| start(a, Period::Month, 0)),
    period("startofyear", |_, a| start(a, Period::Year, 0)),
    period("endofday", |_, a| end(a, Period::Day)),
    period("endofweek", |_, a| end(a, Period::Week)),
    period("endofmonth", |_, a| end(a, Period::Month)),
    period("endofyear", |_, a| end(a, Period::Year)),
    part("hourofday", |_, a| number(ticks(&a[0]).rem_euclid(DAY) / HOUR)),
    part("dayofmonth", |_, a| date(a).and_then(|date| number(date.day().into()))),
    part("dayofyear", |_, a| date(a).and_then(|date| number(date.day_of_year().into()))),
    part("monthofyear", |_, a| date(a).and_then(|date| number(date.month().into()))),
    part("getmonth", |_, a| date(a).and_then(|date| number(date.month().into()))),
    part("getyear", |_, a| date(a).and_then(|date| number(date.year().into()))),
    function("week_of_year", &[Kind::Time], Type::Long, |_, a| {
        date(a).and_then(|date| number(date.iso_week_date().week().into()))
    }),
    function("dayofweek", &[Kind::Time], Type::TimeSpan, |_, a| {
        date(a).map(|date| Value::TimeSpan(i64::from(date.weekday().to_sunday_zero_offset()) * DAY))
    }),
    function("datetime_part", &[Kind::StrictText, Kind::Time], Type::Int, datetime_part),
    function("datetime_diff", &[Kind::StrictText, Kind::Time, Kind::Time], Type::Long, datetime_diff),
    function("datetime_add", &[Kind::StrictText, Kind::Whole, Kind::Time], Type::DateTime, datetime_add),
    Function {
        optional: 3,
        ..function(
            "make_datetime",
            &[Kind::Whole, Kind::Whole, Kind::Whole, Kind::Whole, Kind::Whole, Kind::Number],
            Type::DateTime,
            make_datetime,
        )
    },
    function("format_datetime", &[Kind::Time, Kind::StrictText], Type::String, format_datetime),
    function("unixtime_seconds_todatetime", &[Kind::Number], Type::DateTime, |_, a| unix(a, SECOND)),
    function("unixtime_milliseconds_todatetime", &[Kind::Number], Type::DateTime, |_, a| {
        unix(a, SECOND / 1_000)
    }),
    function("unixtime_microseconds_todatetime", &[Kind::Number], Type::DateTime, |_, a| {
        unix(a, SECOND / 1_000_000)
    }),
];

/// Days, weeks from Sunday, months and years.
#[derive(Clone, Copy)]
enum Period {
    Day,
    Week,
    Month,
    Year,
}

fn ticks(value: &Value) -> i64 {
    match value {
        Value::DateTime(ticks) | Value::TimeSpan(ticks) => *ticks,
        _ => 0,
    }
}

fn number(number: i64) -> Answer {
    Ok(Value::Long(number))
}

fn date(a: &[Value]) -> Result<Date, Stop> {
    clock::date_of(ticks(&a[0])).ok_or_else(out_of_range)
}

fn out_of_range() -> Stop {
    Stop::undetermined("a datetime beyond the year 9999")
}

/// The first moment of the period that lies `a[1]` and `further` periods on.
fn start(a: &[Value], period: Period, further: i64) -> Answer {
    let date = date(a)?;
    let offset = a.get(1).and_then(Value::long).unwrap_or(0).saturating_add(further);
    let offset = i32::try_from(offset).map_err(|_| out_of_range())?;
    let span = jiff::Span::new();
    let (first, span) = match period {
        Period::Day => (Ok(date), span.try_days(offset)),
        Period::Week => (
            date.checked_sub(jiff::Span::new().days(date.weekday().to_sunday_zero_offset())),
            span.try_weeks(offset),
        ),
        Period::Month => (Ok(date.first_of_month()), span.try_months(offset)),
        Period::Year => (Ok(date.first_of_year()), span.try_years(offset)),
    };
    let moved = first.and_then(|first| first.checked_add(span?)).map_err(|_| out_of_range())?;
    Ok(Value::DateTime(clock::of_date(moved)))
}

/// The last tick of the period.
fn end(a: &[Value], period: Period) -> Answer {
    Ok(Value::DateTime(ticks(&start(a, period, 1)?) - 1))
}

fn datetime_part(_: &Work, a: &[Value]) -> Answer {
    let time = ticks(&a[1]);
    let day = date(&a[1..])?;
    let of_day = time.rem_euclid(DAY);
    number(match unit(&a[0])?.as_str() {
        "year" => day.year().into(),
        "quarter" => i64::from((day.month() - 1) / 3 + 1),
        "month" => day.month().into(),
        "week_of_year" | "weekofyear" => day.iso_week_date().week().into(),
        "day" => day.day().into(),
        "dayofyear" => day.day_of_year().into(),
        "hour" => of_day / HOUR,
        "minute" => of_day / MINUTE % 60,
        "second" => of_day / SECOND % 60,
        "millisecond" => of_day % SECOND / 10_000,
        "microsecond" => of_day % SECOND / 10,
        other => return Err(Stop::Outside { what: format!("the part `{other}` of a datetime") }),
    })
}

fn unit(value: &Value) -> Result<String, Stop> {
    Ok(value.str().to_ascii_lowercase())
}

/// How many borders of the unit lie between the second and the first: 23:59 and 00:01 are a day apart.
fn datetime_diff(_: &Work, a: &[Value]) -> Answer {
    let (to, from) = (ticks(&a[1]), ticks(&a[2]));
    let (to_date, from_date) = (date(&a[1..])?, date(&a[2..])?);
    let borders = |size: i64| to.div_euclid(size) - from.div_euclid(size);
    let years = i64::from(to_date.year()) - i64::from(from_date.year());
    let months = years * 12 + i64::from(to_date.month()) - i64::from(from_date.month());
    number(match unit(&a[0])?.as_str() {
        "year" => years,
        "quarter" => {
            years * 4 + i64::from((to_date.month() - 1) / 3) - i64::from((from_date.month() - 1) / 3)
        }
        "month" => months,
        "week" => weeks(to, from)?,
        "day" => borders(DAY),
        "hour" => borders(HOUR),
        "minute" => borders(MINUTE),
        "second" => borders(SECOND),
        "millisecond" => borders(SECOND / 1_000),
        "microsecond" => borders(SECOND / 1_000_000),
        "nanosecond" => {
            to.checked_sub(from).and_then(|ticks| ticks.checked_mul(100)).ok_or_else(out_of_range)?
        }
        other => return Err(Stop::Outside { what: format!("datetime_diff in `{other}`") }),
    })
}

/// On which day a week begins is not documented here; 0001-01-01 was a Monday.
fn weeks(to: i64, from: i64) -> Result<i64, Stop> {
    let since = |first: i64| (to + first).div_euclid(7 * DAY) - (from + first).div_euclid(7 * DAY);
    if since(0) == since(DAY) {
        Ok(since(0))
    } else {
        Err(Stop::undetermined("on which day a week of datetime_diff begins"))
    }
}

fn datetime_add(_: &Work, a: &[Value]) -> Answer {
    let (amount, time) = (a[1].long().unwrap_or(0), ticks(&a[2]));
    let months = |factor: i64| -> Answer {
        let date = date(&a[2..])?;
        let moved = amount
            .checked_mul(factor)
            .and_then(|months| jiff::Span::new().try_months(months).ok())
            .and_then(|span| date.checked_add(span).ok())
            .ok_or_else(out_of_range)?;
        Ok(Value::DateTime(clock::of_date(moved) + time.rem_euclid(DAY)))
    };
    let plain = |size: i64| {
        let moved = amount.checked_mul(size).and_then(|by| time.checked_add(by));
        moved.filter(|ticks| (0..=clock::LAST).contains(ticks)).map(Value::DateTime).ok_or_else(out_of_range)
    };
    match unit(&a[0])?.as_str() {
        "year" => months(12),
        "quarter" => months(3),
        "month" => months(1),
        "week" => plain(7 * DAY),
        "day" => plain(DAY),
        "hour" => plain(HOUR),
        "minute" => plain(MINUTE),
        "second" => plain(SECOND),
        "millisecond" => plain(SECOND / 1_000),
        "microsecond" => plain(SECOND / 1_000_000),
        other => Err(Stop::Outside { what: format!("datetime_add in `{other}`") }),
    }
}

fn make_datetime(_: &Work, a: &[Value]) -> Answer {
    let part = |index: usize| a.get(index).and_then(Value::long).unwrap_or(0);
    let seconds = a.get(5).and_then(Value::number).unwrap_or(0.0);
    let date = i16::try_from(part(0))
        .ok()
        .and_then(|year| Date::new(year, i8::try_from(part(1)).ok()?, i8::try_from(part(2)).ok()?).ok());
    let in_range = (0..24).contains(&part(3)) && (0..60).contains(&part(4)) && (0.0..60.0).contains(&seconds);
    match date.filter(|_| in_range) {
        Some(date) => Ok(Value::DateTime(
            clock::of_date(date) + part(3) * HOUR + part(4) * MINUTE + (seconds * SECOND as f64) as i64,
        )),
        None => Ok(Value::Null),
    }
}

fn unix(a: &[Value], unit: i64) -> Answer {
    let since = match &a[0] {
        Value::Long(number) => number.checked_mul(unit),
        other => other.number().map(|number| (number * unit as f64) as i64),
    };
    since
        .and_then(|since| since.checked_add(clock::EPOCH_DAYS * DAY))
        .filter(|ticks| (0..=clock::LAST).contains(ticks))
        .map(Value::DateTime)
        .ok_or_else(out_of_range)
}

/// The elements and delimiters of the page; a run of a letter is read as the longest elements.
fn format_datetime(work: &Work, a: &[Value]) -> Answer {
    let (day, time) = (date(a)?, ticks(&a[0]).rem_euclid(DAY));
    let twelve = match time / HOUR % 12 {
        0 => 12,
        hour => hour,
    };
    let mut out = String::new();
    let mut rest = a[1].str();
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|letter| *letter == first).count();
        let longest = match first {
            'd' | 'h' | 'H' | 'm' | 'M' | 's' | 't' => 2,
            'y' => 4,
            'f' => 7,
            ' ' | '/' | '-' | ':' | ',' | '.' | '_' | '[' | ']' => 1,
            _ => return Err(Stop::Outside { what: format!("{first:?} in format_datetime") }),
        };
        let taken = run.min(longest);
        let element = &rest[..taken];
        let fraction = format!("{:07}", time % SECOND);
        out.push_str(&match element {
            "d" => day.day().to_string(),
            "dd" => format!("{:02}", day.day()),
            "M" => day.month().to_string(),
            "MM" => format!("{:02}", day.month()),
            "y" => (day.year() % 100).to_string(),
            "yy" => format!("{:02}", day.year() % 100),
            "yyyy" => format!("{:04}", day.year()),
            "H" => (time / HOUR).to_string(),
            "HH" => format!("{:02}", time / HOUR),
            "h" => twelve.to_string(),
            "hh" => format!("{twelve:02}"),
            "m" => (time / MINUTE % 60).to_string(),
            "mm" => format!("{:02}", time / MINUTE % 60),
            "s" => (time / SECOND % 60).to_string(),
            "ss" => format!("{:02}", time / SECOND % 60),
            "tt" => if time < 12 * HOUR { "AM" } else { "PM" }.to_owned(),
            _ if first == 'f' => fraction[..taken].to_owned(),
            _ if longest == 1 => element.to_owned(),
            _ => return Err(Stop::Outside { what: format!("`{element}` in format_datetime") }),
        });
        rest = &rest[taken..];
    }
    text(work, out)
}
