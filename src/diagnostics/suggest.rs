//! "Did you mean": the nearest of the known names.

/// The known name that is nearest to `wrong`, if any is near enough to be a slip of the hand: at most a third of its
/// letters differ, or only the case does. Ties go to the name that comes first.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wrong.to_lowercase();
    let length = folded.chars().count();
    let allowed = (length.max(3) / 3).min(4);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let candidate = name.to_lowercase();
        // At least so many letters are added or left out.
        if candidate.chars().count().abs_diff(length) > allowed {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&folded, &candidate);
        if distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn finds_slips_and_nothing_else() {
        assert_eq!(did_you_mean("Opration", ["Operation", "Image"]), Some("Operation"));
        assert_eq!(did_you_mean("commandline", ["CommandLine", "Image"]), Some("CommandLine"));
        assert_eq!(did_you_mean("Zebra", ["Operation", "Image"]), None);
        assert_eq!(did_you_mean("x", ["y"]), Some("y"));
    }
}
