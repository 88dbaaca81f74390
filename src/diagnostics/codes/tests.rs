//! The codes: each is documented, and found by its name.

use super::*;

#[test]
fn every_code_is_documented_and_found() {
    for code in Code::ALL {
        assert!(code.title().ends_with('.'), "{}: {}", code.id(), code.title());
        assert_eq!(Code::parse(&code.id().to_lowercase()), Some(*code));
    }
    assert_eq!(Code::parse("E9999"), None);
}
