//! The scalar types of Kusto.
//!
//! In: a type's name. Out: the type, and which types go together. Must not know values.
//!
//! Source: <https://learn.microsoft.com/kusto/query/scalar-data-types/>. `decimal` is not interpreted.

/// A scalar type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`, 32 bits
    Int,
    /// `long`, 64 bits
    Long,
    /// `real`, a double
    Real,
    /// `string`, which is never null
    String,
    /// `datetime`, in ticks of 100 ns
    DateTime,
    /// `timespan`, in ticks of 100 ns
    TimeSpan,
    /// `guid`
    Guid,
    /// `dynamic`: any value, an array, or a property bag
    Dynamic,
}

impl Type {
    /// Finds a type by one of its names.
    pub fn parse(name: &str) -> Option<Type> {
        Some(match name {
            "bool" | "boolean" => Type::Bool,
            "int" => Type::Int,
            "long" => Type::Long,
            "real" | "double" => Type::Real,
            "string" => Type::String,
            "datetime" | "date" => Type::DateTime,
            "timespan" | "time" => Type::TimeSpan,
            "guid" => Type::Guid,
            "dynamic" => Type::Dynamic,
            _ => return None,
        })
    }

    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::String => "string",
            Type::DateTime => "datetime",
            Type::TimeSpan => "timespan",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
        }
    }

    /// Whether it is `int` or `long`.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Type::Int | Type::Long)
    }

    /// Whether it is a number.
    pub(super) fn is_number(self) -> bool {
        self.is_whole() || self == Type::Real
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
