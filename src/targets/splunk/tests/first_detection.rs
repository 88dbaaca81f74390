//! The first detection's agreed line, over a binding of its own.

const SOURCE: &str = r#"
id: test.source
name: Entra audit
description: What the first detection needs.
fields:
  Operation: {meaning: what was done}
common:
  dest: {}
  user: {}
  src: {}
  vendor_account: {}
  vendor_product: {}
  signature: {}
  signature_id: {}
bindings:
  splunk:escu:
    macro: o365_management_activity
    select: {Workload: AzureActiveDirectory}
    fields:
      Operation: {field: Operation, values: {append: "."}}
      user: {eval: "case(match(mvindex('Actor{}.ID',-1),\"User\"),mvindex('Actor{}.ID',0),match(mvindex('Actor{}.ID',-1),\"ServicePrincipal\"),mvindex('Actor{}.ID',3),true(),mvindex('Actor{}.ID',0))"}
      src: src
      dest: dest
      vendor_account: vendor_account
      vendor_product: vendor_product
      signature: signature
      signature_id: signature_id
"#;

const BODY: &str = "
detection:
  partner_setting_changed:
    Operation:
      - Add a partner to cross-tenant access setting
      - Delete partner specific cross-tenant access setting
  condition: partner_setting_changed
summarize:
  by: [dest, user, src, vendor_account, vendor_product, signature, signature_id]
";

#[test]
fn is_the_agreed_line() {
    let compiled = super::compile_over(SOURCE, BODY, "splunk:escu", crate::targets::Options::default())
        .expect("compiles");
    // The name in the fixture's head gives another filter macro.
    let expected = include_str!("../../../../tests/fixtures/o365_cross_tenant_access_change.spl");
    assert_eq!(
        compiled.text,
        expected.replace("o365_cross_tenant_access_change_filter", "test_detection_filter")
    );
    let columns = ["dest", "user", "src", "vendor_account", "vendor_product", "signature", "signature_id"];
    assert_eq!(compiled.columns, columns.map(|name| (name.to_owned(), name.to_owned())));
}
