//! Formulas: TeX as MathML. Of the converter's output only known elements and attributes are taken over.

use leptos::html;
use leptos::prelude::*;
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, Storage, push_mathml};
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, SupportedType};

use crate::browser;

const MATHML_NAMESPACE: &str = "http://www.w3.org/1998/Math/MathML";
const ALLOWED_ELEMENTS: [&str; 24] = [
    "math",
    "mrow",
    "mi",
    "mo",
    "mn",
    "ms",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mprescripts",
    "mtable",
    "mtr",
    "mtd",
    "mstyle",
    "mpadded",
];
const ALLOWED_ATTRIBUTES: [&str; 20] = [
    "display",
    "mathvariant",
    "stretchy",
    "fence",
    "separator",
    "form",
    "accent",
    "accentunder",
    "largeop",
    "movablelimits",
    "symmetric",
    "minsize",
    "maxsize",
    "lspace",
    "rspace",
    "width",
    "height",
    "depth",
    "linethickness",
    "displaystyle",
];

/// A formula; shown as code if the TeX cannot be parsed.
#[component]
pub fn Math(tex: String, is_block: bool) -> impl IntoView {
    let span_ref = NodeRef::<html::Span>::new();
    let Some(mathml) = tex_to_mathml(&tex, is_block) else {
        return view! { <code>{tex}</code> }.into_any();
    };
    Effect::new(move |_| {
        let Some(span) = span_ref.get() else { return };
        if let Some(math) = parse_mathml(&mathml) {
            span.set_text_content(None);
            // Fails only for a node that cannot be a child, which MathML can.
            let _ = span.append_child(&math);
        }
    });
    let class = if is_block { "math block" } else { "math" };
    view! {
        <span class=class node_ref=span_ref title=tex.clone()>
            {tex.clone()}
        </span>
    }
    .into_any()
}

/// Converts TeX to MathML, or `None` if it cannot be parsed.
fn tex_to_mathml(tex: &str, is_block: bool) -> Option<String> {
    let storage = Storage::new();
    let parser = Parser::new(tex, &storage);
    let events = parser.collect::<Result<Vec<_>, _>>().ok()?;
    let display_mode = if is_block { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    let events = events.into_iter().map(Ok::<_, std::convert::Infallible>);
    push_mathml(&mut out, events, config).ok()?;
    // XML has only five named entities.
    Some(out.replace("&nbsp;", "\u{a0}"))
}

fn parse_mathml(mathml: &str) -> Option<Element> {
    let parsed = DomParser::new().ok()?.parse_from_string(mathml, SupportedType::ApplicationXml).ok()?;
    copy_allowed(&parsed.document_element()?)
}

/// Copies the known elements and attributes of a tree.
fn copy_allowed(from: &Element) -> Option<Element> {
    let name = from.local_name();
    if !ALLOWED_ELEMENTS.contains(&name.as_str()) {
        return None;
    }
    let copy = browser::document().create_element_ns(Some(MATHML_NAMESPACE), &name).ok()?;
    for attribute in ALLOWED_ATTRIBUTES {
        if let Some(value) = from.get_attribute(attribute) {
            copy.set_attribute(attribute, &value).ok()?;
        }
    }
    let children = from.child_nodes();
    for at in 0..children.length() {
        let child = children.get(at)?;
        match child.dyn_ref::<Element>() {
            Some(element) => {
                if let Some(element) = copy_allowed(element) {
                    copy.append_child(&element).ok()?;
                }
            }
            None => {
                let text = browser::document().create_text_node(&child.text_content().unwrap_or_default());
                copy.append_child(&text).ok()?;
            }
        }
    }
    Some(copy)
}

#[cfg(test)]
mod tests {
    use super::tex_to_mathml;

    #[test]
    fn tex_becomes_mathml_and_the_rest_stays() {
        let found = tex_to_mathml(r"\frac{a}{b^2}", false).unwrap();
        assert!(found.contains("<mfrac>") && found.contains("<msup>"), "{found}");
        assert!(tex_to_mathml(r"\text{<script>}", false).unwrap().contains("&lt;script"));
        assert_eq!(tex_to_mathml(r"\frac{a", false), None);
    }
}
