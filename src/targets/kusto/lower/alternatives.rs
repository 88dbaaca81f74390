//! One field test: its alternatives, gathered into lists where a list says the same.
//!
//! In: a `FieldTest`. Out: one expression. Must not know how one alternative is written on a type: that is `typed`.

use std::borrow::Cow;

use ipnet::IpNet;

use super::fields::{Held, Scalar};
use super::refuse::Context;
use super::{Done, Lowering, Reported};
use crate::catalogue::ValueMap;
use crate::ir::{FieldTest, Match};
use crate::maps::{IndexSet, are_few_and_differ};
use crate::targets::Polarity;
use crate::targets::kusto::expr::{Expr, Relation};

/// One alternative of a test.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Alternative {
    /// Equality with a literal, which may join a list.
    Equal {
        /// What is compared.
        left: Expr,
        /// Whether case counts; always for what is no text.
        cased: bool,
        /// The literal.
        right: Expr,
    },
    /// A network, which may join others of its family.
    Network(Expr, IpNet),
    /// Anything else.
    Other(Expr),
}

impl Alternative {
    /// As an expression of its own, null included.
    pub(super) fn into_expr(self) -> Expr {
        gather(vec![self], false)
    }
}

impl Lowering<'_> {
    /// Lowers the test of one field.
    pub(super) fn test(&mut self, test: &FieldTest, polarity: Polarity, strict: bool) -> Done<Expr> {
        let context = Context { field: &test.field.name, span: test.span, polarity, strict };
        let found = self.find(&test.field, test.span)?;
        let consent = self.consent(test, context);
        let alternatives = self.with_rows(test, &found);
        let (matches, untranslated) = match &found.values {
            None => (alternatives, false),
            Some(map) => self.translated(&alternatives, map, context),
        };
        let failed = consent.is_err() || untranslated;
        // An empty list alone.
        if matches.is_empty() && !failed {
            return Ok(Expr::Boolean(false));
        }
        let lowered = match found.held {
            Held::One(scalar) => self.single(&scalar, &matches, context),
            Held::Many { array, element } => self.several((&array, element), &found.needs, &matches, context),
            Held::Pairs { list, .. } => self.list(&list, &matches, context),
        };
        if failed { Err(Reported) } else { lowered }
    }

    /// The alternatives as the values are written here, and whether one cannot be.
    fn translated<'t>(
        &mut self,
        alternatives: &[Match],
        map: &ValueMap,
        context: Context,
    ) -> (Cow<'t, [Match]>, bool) {
        let mut matches = Vec::new();
        let mut failed = false;
        for alternative in alternatives {
            if matches!(alternative, Match::InList(_)) {
                matches.push(alternative.clone());
                continue;
            }
            match map.apply(alternative) {
                Ok(translated) => matches.extend(translated),
                Err(problem) => {
                    self.untranslated(context, &problem);
                    failed = true;
                }
            }
        }
        (Cow::Owned(matches), failed)
    }

    /// Consent to the losses of the tested field and of those that it is compared with. What narrows a test for a
    /// value widens a test for its absence.
    fn consent(&mut self, test: &FieldTest, context: Context) -> Done<()> {
        let mut done = Ok(());
        let (absence, others): (Vec<&Match>, Vec<&Match>) =
            test.any_of.iter().partition(|test| matches!(test, Match::Missing));
        if !others.is_empty() {
            done = done.and(self.consent_to_field(&test.field, &others, context, false));
        }
        if !absence.is_empty() {
            done = done.and(self.consent_to_field(&test.field, &absence, context, true));
        }
        for other in test.any_of.iter().filter_map(|test| match test {
            Match::Field { other, .. } => Some(other),
            Match::Text { .. }
            | Match::Regex(_)
            | Match::Number { .. }
            | Match::Boolean(_)
            | Match::Network(_)
            | Match::InList(_)
            | Match::Missing
            | Match::Present
            | Match::TimePart { .. } => None,
        }) {
            done = done.and(self.consent_to_field(other, &others, context, false));
        }
        done
    }

    /// Tests of a single value.
    pub(super) fn single(&mut self, scalar: &Scalar, matches: &[Match], context: Context) -> Done<Expr> {
        self.companions.push(if matches.contains(&Match::Missing) {
            vec![context.field.into()]
        } else {
            Vec::new()
        });
        let alternatives: Vec<Done<Alternative>> =
            matches.iter().map(|test| self.alternative(scalar, test, context)).collect();
        self.companions.pop();
        let alternatives = alternatives.into_iter().collect::<Result<Vec<Alternative>, Reported>>()?;
        Ok(gather(alternatives, context.strict))
    }
}

/// Alternatives that are written as one.
enum Joined {
    /// Literals that one value equals, and whether case counts.
    Equal(Expr, bool, Vec<Expr>),
    /// Networks of one family that one value lies in.
    Networks(Expr, Vec<IpNet>),
    /// What joins nothing.
    Other(Expr),
}

impl Joined {
    /// Adds an alternative, or gives it back.
    fn add(&mut self, alternative: Alternative) -> Option<Alternative> {
        match (self, alternative) {
            (Joined::Equal(value, case, list), Alternative::Equal { left, cased, right })
                if *value == left && *case == cased =>
            {
                list.push(right);
                None
            }
            (Joined::Networks(value, networks), Alternative::Network(left, network))
                if *value == left && networks.first().map(is_ipv4) == Some(is_ipv4(&network)) =>
            {
                networks.push(network);
                None
            }
            (Joined::Equal(..) | Joined::Networks(..) | Joined::Other(_), alternative) => Some(alternative),
        }
    }

    fn into_expr(self, strict: bool) -> Expr {
        match self {
            Joined::Equal(value, cased, list) => equal_to_one_of(value, cased, distinct(list)),
            Joined::Networks(value, networks) => in_networks(value, networks, strict),
            Joined::Other(expr) => expr,
        }
    }
}

impl From<Alternative> for Joined {
    fn from(alternative: Alternative) -> Self {
        match alternative {
            Alternative::Equal { left, cased, right } => Joined::Equal(left, cased, vec![right]),
            Alternative::Network(value, network) => Joined::Networks(value, vec![network]),
            Alternative::Other(expr) => Joined::Other(expr),
        }
    }
}

fn is_ipv4(network: &IpNet) -> bool {
    matches!(network, IpNet::V4(_))
}

/// Joins equalities to lists and networks to ranges; the rest are alternatives of `or`, in the order written. There
/// can be tens of thousands of each.
fn gather(alternatives: Vec<Alternative>, strict: bool) -> Expr {
    let mut all: Vec<Joined> = Vec::new();
    // Of those that others can join there are few: a field is compared in few ways.
    let mut open: Vec<usize> = Vec::new();
    for alternative in alternatives {
        if let Alternative::Other(expr) = alternative {
            all.push(Joined::Other(expr));
            continue;
        }
        let mut left = Some(alternative);
        for place in &open {
            left = left.and_then(|alternative| all[*place].add(alternative));
        }
        if let Some(alternative) = left {
            open.push(all.len());
            all.push(alternative.into());
        }
    }
    Expr::any(distinct(all.into_iter().map(|joined| joined.into_expr(strict)).collect()))
}

/// Each once, in order.
fn distinct(all: Vec<Expr>) -> Vec<Expr> {
    if are_few_and_differ(&all) {
        all
    } else {
        all.into_iter().collect::<IndexSet<Expr>>().into_iter().collect()
    }
}

/// Without letters there is no case to ignore.
fn equal_to_one_of(left: Expr, cased: bool, mut list: Vec<Expr>) -> Expr {
    let letters = |value: &Expr| match value {
        Expr::Text(text) => text.0.contains(char::is_alphabetic),
        _ => false,
    };
    let cased = cased || !list.iter().any(letters);
    if list.len() > 1 {
        return Expr::In { value: Box::new(left), cased, negated: false, list };
    }
    let relation = if cased { Relation::Equal } else { Relation::EqualIgnoreCase };
    Expr::compare(left, relation, list.swap_remove(0))
}

/// A text that is no address of the family gives null. A network of IPv6 that covers the addresses mapped from IPv4
/// would also hold IPv4 addresses, which lie in no network of IPv6.
fn in_networks(value: Expr, networks: Vec<IpNet>, strict: bool) -> Expr {
    let mapped = std::net::Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0);
    let covers_mapped = networks.iter().any(|network| match network {
        IpNet::V4(_) => false,
        IpNet::V6(network) => network.contains(&mapped) || in_mapped(network),
    });
    let function = match (networks.first(), networks.len()) {
        (Some(IpNet::V6(_)), 1) => "ipv6_is_in_range",
        (Some(IpNet::V6(_)), _) => "ipv6_is_in_any_range",
        (_, 1) => "ipv4_is_in_range",
        (_, _) => "ipv4_is_in_any_range",
    };
    let ranges = networks.iter().map(|network| Expr::text(network.to_string()));
    let test = Expr::Call(function, std::iter::once(value.clone()).chain(ranges).collect());
    let test = if strict { Expr::Call("coalesce", vec![test, Expr::Boolean(false)]) } else { test };
    if covers_mapped {
        let is_v6 = Expr::compare(value, Relation::Contains(false), Expr::text(":"));
        return Expr::all([is_v6, test]);
    }
    test
}

/// Whether a network of IPv6 lies within the addresses mapped from IPv4.
fn in_mapped(network: &ipnet::Ipv6Net) -> bool {
    network.addr().to_ipv4_mapped().is_some() && network.prefix_len() >= 96
}
