//! Functions over addresses and networks.
//!
//! In: texts. Out: answers; null where a text is no address. Must not know expressions.
//!
//! <https://learn.microsoft.com/kusto/query/ipv4-is-in-range-function>, `ipv4-is-private-function`,
//! `parse-ipv4-function`, `ipv6-is-in-range-function` and their siblings. An IPv4 address counts as the IPv6 address
//! `::ffff:a.b.c.d` in the functions over IPv6.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::{Answer, Function, Kind, Work};
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::Value;

const fn function(
    name: &'static str,
    takes: &'static [Kind],
    gives: Type,
    run: fn(&Work, &[Value]) -> Answer,
) -> Function {
    Function { name, takes, optional: 0, rest: None, gives, spreads_null: false, run }
}

const TEXT: Kind = Kind::StrictText;

pub(super) const ALL: &[Function] = &[
    function("parse_ipv4", &[TEXT], Type::Long, |_, a| Ok(long(v4(a[0].str())))),
    function("parse_ipv4_mask", &[TEXT, Kind::Whole], Type::Long, |_, a| {
        Ok(long(
            address4(a[0].str())
                .zip(prefix4(&a[1]))
                .and_then(|(address, bits)| Ipv4Net::new(address, bits).ok()),
        ))
    }),
    function("ipv4_is_private", &[TEXT], Type::Bool, ipv4_is_private),
    function("ipv4_is_in_range", &[TEXT, TEXT], Type::Bool, |_, a| in_range4(&a[0], &a[1..])),
    Function {
        rest: Some(Kind::Any),
        ..function("ipv4_is_in_any_range", &[TEXT, Kind::Any], Type::Bool, |_, a| in_range4(&a[0], &a[1..]))
    },
    Function {
        optional: 1,
        ..function("ipv4_is_match", &[TEXT, TEXT, Kind::Whole], Type::Bool, ipv4_is_match)
    },
    function("ipv4_netmask_suffix", &[TEXT], Type::Long, |_, a| {
        Ok(v4(a[0].str()).map_or(Value::Null, |net| Value::Long(net.prefix_len().into())))
    }),
    Function {
        optional: 1,
        ..function("format_ipv4", &[Kind::Any, Kind::Whole], Type::String, |_, a| format_ipv4(a, false))
    },
    Function {
        optional: 1,
        ..function("format_ipv4_mask", &[Kind::Any, Kind::Whole], Type::String, |_, a| format_ipv4(a, true))
    },
    function("parse_ipv6", &[TEXT], Type::String, |_, a| {
        Ok(Value::text(v6(a[0].str()).map_or(String::new(), |net| {
            net.network().segments().map(|group| format!("{group:04x}")).join(":")
        })))
    }),
    function("ipv6_is_in_range", &[TEXT, TEXT], Type::Bool, |_, a| in_range6(&a[0], &a[1..])),
    Function {
        rest: Some(Kind::Any),
        ..function("ipv6_is_in_any_range", &[TEXT, Kind::Any], Type::Bool, |_, a| in_range6(&a[0], &a[1..]))
    },
];

fn long(net: Option<Ipv4Net>) -> Value {
    net.map_or(Value::Null, |net| Value::Long(u32::from(net.network()).into()))
}

/// Four numbers without leading zeros; spaces around are ignored.
fn address4(text: &str) -> Option<Ipv4Addr> {
    text.trim().parse().ok()
}

fn prefix4(value: &Value) -> Option<u8> {
    value.long().and_then(|bits| u8::try_from(bits).ok()).filter(|bits| *bits <= 32)
}

/// An address, maybe with the length of a prefix.
fn v4(text: &str) -> Option<Ipv4Net> {
    let text = text.trim();
    match text.split_once('/') {
        Some((address, bits)) => Ipv4Net::new(address.parse().ok()?, digits(bits)?).ok(),
        None => Some(Ipv4Net::from(text.parse::<Ipv4Addr>().ok()?)),
    }
}

fn digits(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// An address, maybe with the length of a prefix, which counts IPv4's bits after a dotted address.
fn v6(text: &str) -> Option<Ipv6Net> {
    let text = text.trim();
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(digits(bits)?)),
        None => (text, None),
    };
    let address = address.split_once('%').map_or(address, |(address, _)| address);
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let bits = bits.unwrap_or(32);
        return (bits <= 32).then(|| Ipv6Net::new(address.to_ipv6_mapped(), bits + 96).ok())?;
    }
    let dotted = address.contains('.');
    let address: Ipv6Addr = address.parse().ok()?;
    let bits = match bits {
        None => 128,
        Some(bits) if dotted => (bits <= 32).then_some(bits + 96)?,
        Some(bits) => bits,
    };
    Ipv6Net::new(address, bits).ok()
}

/// 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16. For a network, both ends must be private.
fn ipv4_is_private(_: &Work, a: &[Value]) -> Answer {
    let Some(net) = v4(a[0].str()) else { return Ok(Value::Null) };
    let (first, last) = (net.network().is_private(), net.broadcast().is_private());
    if first != last || net.prefix_len() < 8 {
        return Err(Stop::undetermined("ipv4_is_private of a network that is partly private"));
    }
    Ok(Value::Bool(first))
}

/// Ranges, each a text or a `dynamic` array of texts.
fn ranges(given: &[Value]) -> Result<Vec<&Value>, Stop> {
    let mut ranges = Vec::new();
    for value in given {
        match value {
            Value::Array(array) => ranges.extend(&array.items),
            Value::Text(_) => ranges.push(value),
            _ => return Err(Stop::undetermined("a range of addresses that is no text")),
        }
    }
    Ok(ranges)
}

/// Null when the address is none. One range that is none makes the answer null; among several it is not documented.
fn in_ranges<N>(
    address: &Value,
    given: &[Value],
    read: fn(&str) -> Option<N>,
    holds: fn(&N, &N) -> bool,
) -> Answer {
    let ranges = ranges(given)?;
    let read_ranges: Vec<Option<N>> = ranges.iter().map(|range| read(range.str())).collect();
    let Some(address) = read(address.str()) else { return Ok(Value::Null) };
    if read_ranges.iter().any(Option::is_none) {
        return if read_ranges.len() == 1 {
            Ok(Value::Null)
        } else {
            Err(Stop::undetermined("an address in several ranges, one of which is none"))
        };
    }
    Ok(Value::Bool(read_ranges.iter().flatten().any(|range| holds(range, &address))))
}

fn in_range4(address: &Value, given: &[Value]) -> Answer {
    if address.str().contains('/') && v4(address.str()).is_some() {
        return Err(Stop::undetermined("whether a network lies in a range"));
    }
    in_ranges(address, given, v4, |range, address| range.contains(&address.addr()))
}

fn in_range6(address: &Value, given: &[Value]) -> Answer {
    if address.str().contains('/') && v6(address.str()).is_some() {
        return Err(Stop::undetermined("whether a network lies in a range"));
    }
    in_ranges(address, given, v6, |range, address| range.contains(&address.addr()))
}

/// Compares under the shortest of the prefixes given.
fn ipv4_is_match(_: &Work, a: &[Value]) -> Answer {
    let (Some(first), Some(second)) = (v4(a[0].str()), v4(a[1].str())) else { return Ok(Value::Null) };
    let bits = match a.get(2) {
        Some(given) => match prefix4(given) {
            Some(bits) => bits,
            None => return Err(Stop::undetermined("ipv4_is_match with such a prefix")),
        },
        None => 32,
    };
    let bits = bits.min(first.prefix_len()).min(second.prefix_len());
    let network = |net: Ipv4Net| Ipv4Net::new(net.addr(), bits).map(|net| net.network()).ok();
    Ok(Value::Bool(network(first) == network(second)))
}

/// An address or number under a prefix, as a text; empty where it is none.
fn format_ipv4(a: &[Value], with_mask: bool) -> Answer {
    let given = match &a[0] {
        Value::Text(text) => v4(text),
        Value::Long(number) => {
            u32::try_from(*number).ok().map(|number| Ipv4Net::from(Ipv4Addr::from(number)))
        }
        _ => None,
    };
    let bits = match a.get(1) {
        Some(bits) => prefix4(bits),
        None => Some(32),
    };
    let (Some(given), Some(bits)) = (given, bits) else { return Ok(Value::text("")) };
    let bits = bits.min(given.prefix_len());
    let network =
        Ipv4Net::new(given.addr(), bits).map_err(|_| Stop::undetermined("format_ipv4 with such a prefix"))?;
    Ok(Value::text(if with_mask {
        format!("{}/{bits}", network.network())
    } else {
        network.network().to_string()
    }))
}
