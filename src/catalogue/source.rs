//! One data source.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CommonFields, Names, check};
use crate::diagnostics::{Code, Diagnostic, did_you_mean};
use crate::ir::{Field, FieldKind, FieldType};
use crate::maps::IndexMap;
use crate::source::{SourceFile, Span, Spanned};
use crate::yaml::{self, Node, Value};

/// A data source with its fields, and one binding a profile.
#[derive(Debug)]
pub struct Source {
    /// The id, for instance `entra.audit`; also the file's name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What its events are, in Markdown.
    pub description: String,
    /// Where the facts come from.
    pub references: Vec<String>,
    /// Native fields first, then common ones; each in the order of the file.
    pub fields: IndexMap<String, FieldSpec>,
    bindings: IndexMap<String, Node>,
    absent: IndexMap<String, String>,
    file: Arc<SourceFile>,
    /// What macros, indexes and tables are called instead.
    pub(super) names: Names,
}

/// A field with what people should know of it.
#[derive(Debug)]
pub struct FieldSpec {
    /// The field as the compiler sees it.
    pub field: Field,
    /// What its values mean.
    pub meaning: String,
    /// All values that it can have, when they are known and few.
    pub values: Option<Vec<String>>,
    /// Common fields: the native field with the same value, used when a test event does not give the common one.
    pub same_as: Option<String>,
}

/// The file as written, but for the bindings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    name: String,
    description: String,
    #[serde(default)]
    references: Vec<String>,
    fields: IndexMap<Spanned<String>, WrittenField>,
    #[serde(default)]
    common: IndexMap<Spanned<String>, WrittenCommon>,
    #[serde(default)]
    absent: IndexMap<Spanned<String>, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    #[serde(rename = "type", default = "text")]
    field_type: WrittenType,
    #[serde(default)]
    many: bool,
    meaning: String,
    #[serde(default)]
    values: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCommon {
    #[serde(default)]
    same_as: Option<Spanned<String>>,
    #[serde(default)]
    meaning: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum WrittenType {
    Text,
    Integer,
    Real,
    Boolean,
    Ip,
    Timestamp,
    Pairs,
}

fn text() -> WrittenType {
    WrittenType::Text
}

impl From<WrittenType> for FieldType {
    fn from(written: WrittenType) -> Self {
        match written {
            WrittenType::Text => FieldType::Text,
            WrittenType::Integer => FieldType::Integer,
            WrittenType::Real => FieldType::Real,
            WrittenType::Boolean => FieldType::Boolean,
            WrittenType::Ip => FieldType::Ip,
            WrittenType::Timestamp => FieldType::Timestamp,
            WrittenType::Pairs => FieldType::Pairs,
        }
    }
}

impl Source {
    /// Reads a catalogue file. Every problem is an `E0701` or a YAML finding.
    pub fn parse(file: &Arc<SourceFile>, common: &CommonFields) -> Result<Self, Vec<Diagnostic>> {
        Self::of_tree(file, yaml::parse, common)
    }

    /// Reads a catalogue file of which a recording was made.
    pub(super) fn parse_recorded(
        file: &Arc<SourceFile>,
        recording: &[u8],
        common: &CommonFields,
    ) -> Result<Self, Vec<Diagnostic>> {
        let parse = |file: &_, findings: &mut _| yaml::parse_recorded(file, recording, findings);
        Self::of_tree(file, parse, common)
    }

    fn of_tree(
        file: &Arc<SourceFile>,
        parse: impl FnOnce(&Arc<SourceFile>, &mut Vec<Diagnostic>) -> Option<Node>,
        common: &CommonFields,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut findings = Vec::new();
        let source =
            parse(file, &mut findings).and_then(|root| Self::read(file, root, common, &mut findings));
        match source {
            Some(source) if findings.is_empty() => Ok(source),
            _ => Err(findings),
        }
    }

    fn read(
        file: &Arc<SourceFile>,
        mut root: Node,
        common: &CommonFields,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let bindings = match root.take("bindings").map(|node| node.value) {
            Some(Value::Map(entries)) => entries.into_iter().map(|(key, node)| (key.value, node)).collect(),
            _ => {
                findings.push(wrong(file, Span::default(), "`bindings` must be a mapping of profiles"));
                IndexMap::default()
            }
        };
        let written: Written = yaml::decode(file, &root, findings)?;
        let mut fields: IndexMap<String, FieldSpec> = IndexMap::default();
        for (name, spec) in written.fields {
            check::field(file, &name, spec.field_type.into(), spec.values.as_deref(), findings);
            if common.get(&name.value).is_some() {
                findings.push(wrong(
                    file,
                    name.span,
                    "this is the name of a common field: list it under `common`",
                ));
            }
            let field = Field {
                name: name.value.as_str().into(),
                field_type: spec.field_type.into(),
                many: spec.many,
                kind: FieldKind::Native,
            };
            fields.insert(
                name.value,
                FieldSpec { field, meaning: spec.meaning, values: spec.values, same_as: None },
            );
        }
        for (name, spec) in written.common {
            let Some(known) = common.get(&name.value) else {
                let near = did_you_mean(&name.value, common.names());
                findings.push(
                    wrong(file, name.span, format!("`{}` is not a common field", name.value))
                        .maybe_help(near.map(|near| format!("did you mean `{near}`?"))),
                );
                continue;
            };
            if let Some(same) = spec.same_as.as_ref().filter(|same| !fields.contains_key(&same.value)) {
                findings.push(wrong(file, same.span, format!("this source has no field `{}`", same.value)));
            }
            let native = spec.same_as.as_ref().and_then(|same| Some((same, fields.get(&same.value)?)));
            if let Some((same, _)) =
                native.filter(|(_, native)| native.field.many || native.field.field_type == FieldType::Pairs)
            {
                let message = format!("`{}` holds several values, a common field one", same.value);
                findings.push(wrong(file, same.span, message).help("leave out `same_as`"));
            }
            let field = Field {
                name: name.value.as_str().into(),
                field_type: known.field_type,
                many: false,
                kind: FieldKind::Common,
            };
            let meaning = spec.meaning.unwrap_or_else(|| known.meaning.clone());
            let same_as = spec.same_as.map(|same| same.value);
            fields.insert(name.value, FieldSpec { field, meaning, values: None, same_as });
        }
        check::bindings(file, &bindings, &fields, findings);
        check::absent(file, &written.absent, &bindings, findings);
        Some(Self {
            id: written.id.value,
            name: written.name,
            description: written.description,
            references: written.references,
            fields,
            bindings,
            absent: written.absent.into_iter().map(|(profile, reason)| (profile.value, reason)).collect(),
            file: Arc::clone(file),
            names: Names::default(),
        })
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.get(name)
    }

    /// The names of the native fields, in the order of the file.
    pub fn natives(&self) -> impl Iterator<Item = &str> {
        let natives = self.fields.iter().filter(|(_, spec)| spec.field.kind == FieldKind::Native);
        natives.map(|(name, _)| name.as_str())
    }

    /// The common fields that are the same as a native one, with that.
    pub fn same(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().filter_map(|(name, spec)| Some((name.as_str(), spec.same_as.as_deref()?)))
    }

    /// The profiles that this source exists in, in the order of the file.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.bindings.keys().map(String::as_str)
    }

    /// The binding of a profile as written, if there is one.
    pub(super) fn tree(&self, profile: &str) -> Option<&Node> {
        self.bindings.get(profile)
    }

    /// Why this source does not exist in a profile, if the file says it.
    pub fn absent(&self, profile: &str) -> Option<&str> {
        self.absent.get(profile).map(String::as_str)
    }

    /// The profiles that the file gives a reason for not having, in its order.
    pub fn absent_profiles(&self) -> impl Iterator<Item = &str> {
        self.absent.keys().map(String::as_str)
    }

    /// The file it was read from.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Reads the binding of a profile as the type that the profile's target gives. `None` when the source does not
    /// exist there. A binding that `extends` another is laid over it: its keys win, and `fields` are merged by name.
    pub fn binding<T: DeserializeOwned>(&self, profile: &str) -> Result<Option<T>, Vec<Diagnostic>> {
        let Some(node) = self.bindings.get(profile) else { return Ok(None) };
        let mut findings = Vec::new();
        let mut merged = self.merged(node, &mut findings, 0);
        self.names.put_into(&self.id, profile, &mut merged);
        let built = yaml::decode(&self.file, &merged, &mut findings);
        match built {
            Some(built) if findings.is_empty() => Ok(Some(built)),
            _ => Err(findings),
        }
    }

    /// The binding of a profile as a tree, with what it extends.
    pub(super) fn whole_binding(&self, profile: &str) -> Option<Node> {
        Some(self.merged(self.bindings.get(profile)?, &mut Vec::new(), 0))
    }

    fn merged(&self, node: &Node, findings: &mut Vec<Diagnostic>, depth: usize) -> Node {
        let mut own = node.clone();
        let Some(base) = own.take("extends") else { return own };
        let Some(parent) = base.as_text().and_then(|name| self.bindings.get(name)).filter(|_| depth < 4)
        else {
            findings.push(wrong(&self.file, base.span, "`extends` must name another binding of this source"));
            return own;
        };
        let mut merged = self.merged(parent, findings, depth + 1);
        if let (Value::Map(entries), Value::Map(over)) = (&mut merged.value, own.value) {
            for (key, value) in over {
                lay_over(entries, key, value);
            }
        }
        merged
    }
}

fn lay_over(entries: &mut Vec<(Spanned<String>, Node)>, key: Spanned<String>, value: Node) {
    match entries.iter_mut().find(|(k, _)| k.value == key.value) {
        None => entries.push((key, value)),
        Some((name, old)) => match (&mut old.value, value) {
            (Value::Map(fields), Node { value: Value::Map(over), .. }) if name.value == "fields" => {
                for (key, value) in over {
                    lay_over(fields, key, value);
                }
            }
            // Also a list under `fields`: then the target says what is wrong with it.
            (_, value) => *old = value,
        },
    }
}

pub(super) fn wrong(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::E0701, message).at(file, span, "")
}
