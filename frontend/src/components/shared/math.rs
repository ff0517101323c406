//! Mathematics: TeX as MathML. Of what the converter writes only known elements and attributes are taken over.

use leptos::html;
use leptos::prelude::*;
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, Storage, push_mathml};
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, SupportedType};

use crate::browser;

const NAMESPACE: &str = "http://www.w3.org/1998/Math/MathML";
const ELEMENTS: [&str; 24] = [
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
const ATTRIBUTES: [&str; 20] = [
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

/// A formula; where it is no TeX, as it was written.
#[component]
pub fn Math(tex: String, is_block: bool) -> impl IntoView {
    let node = NodeRef::<html::Span>::new();
    let Some(mathml) = mathml(&tex, is_block) else {
        return view! { <code>{tex}</code> }.into_any();
    };
    Effect::new(move |_| {
        let Some(span) = node.get() else { return };
        if let Some(math) = drawn(&mathml) {
            span.set_text_content(None);
            // It fails for what cannot be a child, which mathematics can.
            let _ = span.append_child(&math);
        }
    });
    let class = if is_block { "math block" } else { "math" };
    view! { <span class=class node_ref=node title=tex.clone()>{tex.clone()}</span> }.into_any()
}

/// TeX as MathML; nothing where it is not understood.
fn mathml(tex: &str, is_block: bool) -> Option<String> {
    let storage = Storage::new();
    let parser = Parser::new(tex, &storage);
    let events = parser.collect::<Result<Vec<_>, _>>().ok()?;
    let display_mode = if is_block { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    let events = events.into_iter().map(Ok::<_, std::convert::Infallible>);
    push_mathml(&mut out, events, config).ok()?;
    // XML knows no other names of characters than five.
    Some(out.replace("&nbsp;", "\u{a0}"))
}

fn drawn(mathml: &str) -> Option<Element> {
    let parsed = DomParser::new().ok()?.parse_from_string(mathml, SupportedType::ApplicationXml).ok()?;
    copied(&parsed.document_element()?)
}

/// A copy of what is known of an element.
fn copied(from: &Element) -> Option<Element> {
    let name = from.local_name();
    if !ELEMENTS.contains(&name.as_str()) {
        return None;
    }
    let copy = browser::document().create_element_ns(Some(NAMESPACE), &name).ok()?;
    for attribute in ATTRIBUTES {
        if let Some(value) = from.get_attribute(attribute) {
            copy.set_attribute(attribute, &value).ok()?;
        }
    }
    let children = from.child_nodes();
    for at in 0..children.length() {
        let child = children.get(at)?;
        match child.dyn_ref::<Element>() {
            Some(element) => {
                if let Some(element) = copied(element) {
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
    use super::mathml;

    #[test]
    fn tex_becomes_mathml_and_the_rest_stays() {
        let found = mathml(r"\frac{a}{b^2}", false).unwrap();
        assert!(found.contains("<mfrac>") && found.contains("<msup>"), "{found}");
        assert!(mathml(r"\text{<script>}", false).unwrap().contains("&lt;script"));
        assert_eq!(mathml(r"\frac{a", false), None);
    }
}
