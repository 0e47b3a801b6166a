//! The characteristics of an attribute (RFC 7643 §2.2, §7), as the schema documents declare them.

use serde::Deserialize;

/// One attribute or sub-attribute of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: AttributeType,
    #[serde(default)]
    pub multi_valued: bool,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub case_exact: bool,
    #[serde(default)]
    pub mutability: Mutability,
    #[serde(default)]
    pub returned: Returned,
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// The values that are meant to be used; others are accepted and noted (RFC 7643 §7: "suggested").
    #[serde(default)]
    pub canonical_values: Vec<String>,
    #[serde(default)]
    pub reference_types: Vec<String>,
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
}

/// RFC 7643 §2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// RFC 7643 §7, `mutability`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    ReadOnly,
    #[default]
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// RFC 7643 §7, `returned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    Always,
    Never,
    #[default]
    Default,
    Request,
}

/// RFC 7643 §7, `uniqueness`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    #[default]
    None,
    Server,
    Global,
}

impl Attribute {
    /// The sub-attribute called `name`, in any case (RFC 7643 §2.1).
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        named(&self.sub_attributes, name)
    }

    pub(super) fn is_complex(&self) -> bool {
        self.kind == AttributeType::Complex
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// Whether nobody can ever see a value of it, so that none is kept.
    pub(super) fn is_dropped(&self) -> bool {
        self.mutability == Mutability::WriteOnly || self.returned == Returned::Never
    }

    /// The kind of resource that the values of this complex attribute are, if they are resources here.
    pub(super) fn referred_kind(&self) -> Option<super::ResourceKind> {
        let reference = self.sub_attributes.iter().find(|sub| sub.is_resource_reference())?;
        reference.reference_types.iter().find_map(|kind| super::ResourceKind::named(kind))
    }

    /// The sub-attribute in which the server tells what those it refers to are called.
    pub(super) fn referred_name(&self) -> Option<&Self> {
        let is_name = |sub: &&Self| sub.is_read_only() && (sub.name == "displayName" || sub.name == "display");
        self.sub_attributes.iter().find(is_name)
    }

    /// Whether this is a `$ref` to another resource here, which the server fills in (RFC 7643 §2.4).
    pub(super) fn is_resource_reference(&self) -> bool {
        self.name == "$ref" && self.reference_types.iter().any(|kind| super::ResourceKind::named(kind).is_some())
    }
}

/// The attribute called `name` among `attributes`, in any case.
pub(super) fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
