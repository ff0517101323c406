//! Rust code of the texts: the struct `Strings` with a field or function for each text, and a value a language.

use crate::language_file::{COUNT_PARAMETER, LanguageFile, Message};

/// Formats the code; the first language says which texts there are, and the order of their parameters.
pub(crate) fn format_code(languages: &[LanguageFile]) -> String {
    let messages = languages.first().map(|reference| reference.messages.as_slice()).unwrap_or_default();
    let (constants, functions): (Vec<&Message>, Vec<&Message>) =
        messages.iter().partition(|message| message.parameters.is_empty());
    let mut code = String::from(
        "/// All texts of one language: those with parameters are functions.\npub struct Strings {\n    \
         /// BCP 47 tag of the language.\n    pub language_tag: &'static str,\n    \
         bundle: LazyLock<Bundle>,\n",
    );
    for constant in &constants {
        code += &format!("    #[doc = {:?}]\n    pub {}: &'static str,\n", constant.sample, constant.name);
    }
    code += "}\n\nimpl Strings {\n";
    for function in &functions {
        code += &format_function(function);
    }
    code += &format!(
        "}}\n\n/// All languages, English first.\npub static LANGUAGES: [Strings; {}] = [\n",
        languages.len()
    );
    for language in languages {
        code += &format_language(language, &constants, &functions);
    }
    code + "];\n"
}

/// A function with the parameters of a text.
fn format_function(message: &Message) -> String {
    let (mut parameters, mut arguments) = (String::new(), String::new());
    for parameter in &message.parameters {
        let is_count = parameter == COUNT_PARAMETER;
        parameters += &format!(", {parameter}: {}", if is_count { "usize" } else { "&dyn Display" });
        let value = if is_count { parameter.clone() } else { format!("{parameter}.to_string()") };
        arguments += &format!("({parameter:?}, FluentValue::from({value})), ");
    }
    format!(
        "    #[doc = {:?}]\n    pub fn {}(&self{parameters}) -> String {{\n        \
         self.format({:?}, [{arguments}])\n    }}\n",
        message.sample, message.name, message.name
    )
}

/// The value of a language: its constants, and its texts with parameters for Fluent.
fn format_language(language: &LanguageFile, constants: &[&Message], functions: &[&Message]) -> String {
    let tag = &language.tag;
    let find = |name: &str| language.messages.iter().find(move |message| message.name == name);
    let sources: String = functions
        .iter()
        .filter_map(|function| find(&function.name))
        .map(|message| message.source.as_str())
        .collect();
    let mut code = format!(
        "    Strings {{\n        language_tag: {tag:?},\n        \
         bundle: LazyLock::new(|| make_bundle({tag:?}, {sources:?})),\n"
    );
    for message in constants.iter().filter_map(|constant| find(&constant.name)) {
        code += &format!("        {}: {:?},\n", message.name, message.sample);
    }
    code + "    },\n"
}
