//! `parse_xml`.
//!
//! In: XML as a text. Out: a `dynamic`. Must not know expressions.
//!
//! <https://learn.microsoft.com/kusto/query/parse-xml-function>: an element becomes a property, an attribute `@name`,
//! the text beside attributes `#text`, elements of one name an array. What that page does not show is not answered.

use std::sync::Arc;

use roxmltree::{Document, Node, NodeType, ParsingOptions};

use super::{Answer, Function, Kind, Work};
use crate::kql::json::MAX_TEXT;
use crate::kql::problem::Stop;
use crate::kql::types::Type;
use crate::kql::value::{Bag, Value};
use crate::maps::IndexMap;

pub(super) const ALL: &[Function] = &[Function {
    name: "parse_xml",
    takes: &[Kind::StrictText],
    optional: 0,
    rest: None,
    gives: Type::Dynamic,
    spreads_null: true,
    run: parse_xml,
}];

/// How deep elements may be nested.
const MAX_DEPTH: usize = 64;

/// Null for what is no XML, and for more than 128 KiB.
fn parse_xml(work: &Work, a: &[Value]) -> Answer {
    let source = a[0].str();
    if source.len() > 128 * 1024 {
        return Ok(Value::Null);
    }
    work.spend(source.len().min(MAX_TEXT) / 4)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 100_000, ..ParsingOptions::default() };
    let Ok(document) = Document::parse_with_options(source, options) else { return Ok(Value::Null) };
    if document.root().children().count() != 1 || source.trim_start().starts_with("<?") {
        return Err(Stop::undetermined("parse_xml of a document with more than its root"));
    }
    let root = document.root_element();
    let mut bag = Bag::default();
    bag.insert(Arc::from(name(&root)?), element(&root, 0)?);
    Ok(Value::Bag(Arc::new(bag)))
}

fn name<'a>(node: &Node<'a, '_>) -> Result<&'a str, Stop> {
    let prefixed = node.tag_name().namespace().is_some_and(|uri| node.default_namespace() != Some(uri));
    if prefixed {
        return Err(Stop::undetermined("parse_xml of names with a prefix"));
    }
    Ok(node.tag_name().name())
}

fn element(node: &Node, depth: usize) -> Answer {
    if depth == MAX_DEPTH {
        return Err(Stop::Limit { what: "nesting of XML" });
    }
    let mut bag = Bag::default();
    let own = node.default_namespace();
    if let Some(uri) =
        own.filter(|_| node.parent_element().and_then(|parent| parent.default_namespace()) != own)
    {
        bag.insert(Arc::from("@xmlns"), Value::text(uri));
    }
    for attribute in node.attributes() {
        if attribute.namespace().is_some() {
            return Err(Stop::undetermined("parse_xml of names with a prefix"));
        }
        bag.insert(Arc::from(format!("@{}", attribute.name())), Value::text(attribute.value()));
    }
    let mut text = String::new();
    let mut children: IndexMap<&str, Vec<Value>> = IndexMap::default();
    for child in node.children() {
        match child.node_type() {
            NodeType::Text => text.push_str(child.text().unwrap_or_default()),
            NodeType::Element => {
                let (name, value) = (name(&child)?, element(&child, depth + 1)?);
                children.entry(name).or_default().push(value);
            }
            NodeType::Root | NodeType::Comment | NodeType::PI => {
                return Err(Stop::undetermined("parse_xml of comments and instructions"));
            }
        }
    }
    if !children.is_empty() {
        if !text.trim().is_empty() {
            return Err(Stop::undetermined("parse_xml of text between elements"));
        }
        for (name, mut values) in children {
            let value = if values.len() == 1 { values.remove(0) } else { Value::array(values) };
            bag.insert(Arc::from(name), value);
        }
    } else if bag.is_empty() {
        return Ok(if text.is_empty() { Value::Null } else { Value::text(text) });
    } else if !text.is_empty() {
        bag.insert(Arc::from("#text"), Value::text(text));
    }
    Ok(Value::Bag(Arc::new(bag)))
}
