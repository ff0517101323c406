//! A file of texts, in the part of Fluent's syntax that Hearth uses: texts, parameters, and plural forms by `$n`.

use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, Message as Entity, Pattern, PatternElement, Resource, Variant,
    VariantKey,
};
use fluent_syntax::{parser, serializer};
use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;

/// Name of the parameter that is a count: a number with grouped digits, which chooses plural forms.
pub(crate) const COUNT_PARAMETER: &str = "n";
/// Counts with which the plural forms of a language are found.
const SAMPLE_COUNTS: std::ops::Range<usize> = 0..1000;

/// Texts of one language.
#[derive(Debug)]
pub(crate) struct LanguageFile {
    /// BCP 47 tag: the name of the file.
    pub(crate) tag: String,
    /// Plural forms of whole numbers.
    pub(crate) plural_forms: Vec<&'static str>,
    pub(crate) messages: Vec<Message>,
}

/// A text with its name.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) name: String,
    /// The text with `{name}` for parameters and the default of plural forms.
    pub(crate) sample: String,
    /// Names of its parameters, in the order of the text.
    pub(crate) parameters: Vec<String>,
    /// Names of the plural forms besides the default, for each place that has some.
    pub(crate) plurals: Vec<Vec<String>>,
    /// The entry of the file, without comments.
    pub(crate) source: String,
}

/// Parses a file of texts; an error is a list of complaints with file and name.
pub(crate) fn parse_language_file(tag: &str, text: &str) -> Result<LanguageFile, Vec<String>> {
    let plural_forms = list_plural_forms(tag).map_err(|complaint| vec![format!("{tag}.ftl: {complaint}")])?;
    let resource = parser::parse(text).map_err(|(_, errors)| {
        let line = |position: usize| text[..position.min(text.len())].lines().count().max(1);
        errors.iter().map(|error| format!("{tag}.ftl:{}: {error}", line(error.pos.start))).collect::<Vec<_>>()
    })?;
    let (mut messages, mut complaints) = (Vec::new(), Vec::new());
    for entry in resource.body {
        match entry {
            Entry::Message(entity) => {
                let name = entity.id.name;
                match read_message(entity) {
                    Ok(message) => messages.push(message),
                    Err(complaint) => complaints.push(format!("{tag}.ftl: {name}: {complaint}")),
                }
            }
            Entry::Term(term) => {
                complaints.push(format!("{tag}.ftl: -{}: terms are not supported", term.id.name));
            }
            Entry::Junk { content } => complaints.push(format!("{tag}.ftl: not understood: {content}")),
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
        }
    }
    if complaints.is_empty() {
        Ok(LanguageFile { tag: tag.to_owned(), plural_forms, messages })
    } else {
        Err(complaints)
    }
}

/// Plural forms that a language has for whole numbers.
fn list_plural_forms(tag: &str) -> Result<Vec<&'static str>, String> {
    let language: LanguageIdentifier = tag.parse().map_err(|_| format!("{tag} is no language"))?;
    let language = LanguageIdentifier::from_parts(language.language, None, None, &[]);
    let rules = PluralRules::create(language, PluralRuleType::CARDINAL)
        .map_err(|_| format!("the CLDR has no plural rules for {tag}"))?;
    let mut forms = Vec::new();
    for count in SAMPLE_COUNTS {
        let form = match rules.select(count)? {
            PluralCategory::ZERO => "zero",
            PluralCategory::ONE => "one",
            PluralCategory::TWO => "two",
            PluralCategory::FEW => "few",
            PluralCategory::MANY => "many",
            PluralCategory::OTHER => "other",
        };
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    Ok(forms)
}

fn read_message(mut entity: Entity<&str>) -> Result<Message, String> {
    let pattern = entity.value.as_ref().ok_or("it has no text")?;
    let mut message = Message {
        name: entity.id.name.to_owned(),
        sample: String::new(),
        parameters: Vec::new(),
        plurals: Vec::new(),
        source: String::new(),
    };
    message.sample = read_pattern(pattern, &mut message, false)?;
    entity.comment = None;
    message.source = serializer::serialize(&Resource { body: vec![Entry::Message(entity)] });
    Ok(message)
}

/// Notes the parameters of a pattern, and returns its sample.
fn read_pattern(pattern: &Pattern<&str>, message: &mut Message, is_form: bool) -> Result<String, String> {
    let mut sample = String::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => sample += value,
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                let name = read_parameter(inline)?;
                add_parameter(message, name);
                sample += &format!("{{{name}}}");
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                if is_form || read_parameter(selector)? != COUNT_PARAMETER {
                    return Err(format!("only ${COUNT_PARAMETER} chooses forms, and no form has forms"));
                }
                add_parameter(message, COUNT_PARAMETER);
                sample += &read_variants(variants, message)?;
            }
        }
    }
    Ok(sample)
}

fn read_parameter<'a>(expression: &InlineExpression<&'a str>) -> Result<&'a str, String> {
    match expression {
        InlineExpression::VariableReference { id } => Ok(id.name),
        _ => Err("only parameters may stand in braces".to_owned()),
    }
}

fn add_parameter(message: &mut Message, name: &str) {
    if !message.parameters.iter().any(|known| known == name) {
        message.parameters.push(name.to_owned());
    }
}

/// Notes the plural forms and their parameters, and returns the sample of the default.
fn read_variants(variants: &[Variant<&str>], message: &mut Message) -> Result<String, String> {
    let (mut sample, mut forms) = (String::new(), Vec::new());
    for variant in variants {
        let text = read_pattern(&variant.value, message, true)?;
        match &variant.key {
            _ if variant.default => sample = text,
            VariantKey::Identifier { name } => forms.push((*name).to_owned()),
            // A number of its own may stand beside any forms.
            VariantKey::NumberLiteral { .. } => {}
        }
    }
    message.plurals.push(forms);
    Ok(sample)
}
