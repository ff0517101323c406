//! Conversion of formulas in office documents (Office Math Markup, ECMA-376 part 1, chapter 22.1) to LaTeX,
//! which people and language models read.

use super::package::attribute_value;

/// Maximum nesting of elements; deeper elements are written without their structure.
const MAX_DEPTH: usize = 64;

/// Characters with their LaTeX command names.
const LATEX_SYMBOLS: &[(char, &str)] = &[
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "varepsilon"),
    ('ϵ', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "varphi"),
    ('ϕ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Γ', "Gamma"),
    ('Δ', "Delta"),
    ('Θ', "Theta"),
    ('Λ', "Lambda"),
    ('Ξ', "Xi"),
    ('Π', "Pi"),
    ('Σ', "Sigma"),
    ('Φ', "Phi"),
    ('Ψ', "Psi"),
    ('Ω', "Omega"),
    ('∞', "infty"),
    ('×', "times"),
    ('·', "cdot"),
    ('⋅', "cdot"),
    ('÷', "div"),
    ('±', "pm"),
    ('∓', "mp"),
    ('≤', "leq"),
    ('≥', "geq"),
    ('≠', "neq"),
    ('≈', "approx"),
    ('≡', "equiv"),
    ('∝', "propto"),
    ('∈', "in"),
    ('∉', "notin"),
    ('⊂', "subset"),
    ('⊆', "subseteq"),
    ('∪', "cup"),
    ('∩', "cap"),
    ('∀', "forall"),
    ('∃', "exists"),
    ('∂', "partial"),
    ('∇', "nabla"),
    ('→', "to"),
    ('⇒', "Rightarrow"),
    ('⇔', "Leftrightarrow"),
    ('…', "ldots"),
    ('⋯', "cdots"),
    ('∑', "sum"),
    ('∏', "prod"),
    ('∫', "int"),
    ('∬', "iint"),
    ('∮', "oint"),
    ('⋃', "bigcup"),
    ('⋂', "bigcap"),
    ('√', "surd"),
];

/// Function names that LaTeX has as commands (set upright).
const LATEX_FUNCTIONS: &[&str] = &[
    "sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "log", "ln", "exp", "lim", "max", "min", "det", "arg",
];

/// Builder of a formula's LaTeX from XML events.
#[derive(Default)]
pub(super) struct FormulaBuilder {
    open_elements: Vec<Element>,
    /// Open elements beyond the maximum nesting.
    excess_depth: usize,
    latex: String,
}

/// Open element: its child elements as (name, LaTeX), and its properties as (name, value).
#[derive(Default)]
struct Element {
    name: String,
    children: Vec<(String, String)>,
    properties: Vec<(String, String)>,
}

impl Element {
    /// LaTeX of all child elements with this name.
    fn child_texts(&self, name: &str) -> Vec<&str> {
        self.children.iter().filter(|(own, _)| own == name).map(|(_, text)| text.as_str()).collect()
    }

    /// LaTeX of all child elements with this name, joined.
    fn child_text(&self, name: &str) -> String {
        self.child_texts(name).concat()
    }

    fn property_value(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl FormulaBuilder {
    /// Opens an element; its `val` attribute is a property of the enclosing element.
    pub(super) fn open_element(&mut self, name: &str, attributes: &[(String, String)], empty: bool) {
        if let (Some(value), Some(element)) =
            (attribute_value(attributes, "val"), self.open_elements.last_mut())
        {
            element.properties.push((name.to_owned(), value.to_owned()));
        }
        if empty {
            return;
        }
        if self.open_elements.len() < MAX_DEPTH {
            self.open_elements.push(Element { name: name.to_owned(), ..Element::default() });
        } else {
            self.excess_depth += 1;
        }
    }

    /// Appends text of the open element; only text elements (`t`) have any.
    pub(super) fn push_text(&mut self, text: &str) {
        // Beyond the maximum nesting all text is kept, because its element is unknown.
        let is_too_deep = self.excess_depth > 0;
        if let Some(element) =
            self.open_elements.last_mut().filter(|element| is_too_deep || element.name == "t")
        {
            element.children.push((String::new(), escape_latex(text)));
        }
    }

    /// Closes the open element and adds its LaTeX to the enclosing one.
    pub(super) fn close_element(&mut self) {
        if self.excess_depth > 0 {
            self.excess_depth -= 1;
            return;
        }
        let Some(element) = self.open_elements.pop() else {
            return;
        };
        let text = format_latex(&element);
        match self.open_elements.last_mut() {
            // A `…Pr` element holds the properties of its parent.
            Some(outer) if element.name.ends_with("Pr") => outer.properties.extend(element.properties),
            Some(outer) => outer.children.push((element.name, text)),
            None => self.latex.push_str(&text),
        }
    }

    /// Formula as LaTeX, without dollar signs around it.
    pub(super) fn finish(self) -> String {
        self.latex.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// LaTeX of an element.
fn format_latex(element: &Element) -> String {
    let child = |name: &str| element.child_text(name);
    match element.name.as_str() {
        "f" if element.property_value("type") == Some("noBar") => {
            format!("\\genfrac{{}}{{}}{{0pt}}{{}}{{{}}}{{{}}}", child("num"), child("den"))
        }
        "f" => format!("\\frac{{{}}}{{{}}}", child("num"), child("den")),
        "sSup" => format!("{}^{{{}}}", child("e"), child("sup")),
        "sSub" => format!("{}_{{{}}}", child("e"), child("sub")),
        "sSubSup" => format!("{}_{{{}}}^{{{}}}", child("e"), child("sub"), child("sup")),
        "sPre" => format!("{{}}_{{{}}}^{{{}}}{}", child("sub"), child("sup"), child("e")),
        "rad" if child("deg").is_empty() => format!("\\sqrt{{{}}}", child("e")),
        "rad" => format!("\\sqrt[{}]{{{}}}", child("deg"), child("e")),
        "nary" => {
            let sign = escape_latex(element.property_value("chr").unwrap_or("∫"));
            let (subscript, superscript) = (child("sub"), child("sup"));
            let subscript = if subscript.is_empty() { subscript } else { format!("_{{{subscript}}}") };
            let superscript =
                if superscript.is_empty() { superscript } else { format!("^{{{superscript}}}") };
            format!("{}{subscript}{superscript}{}", sign.trim_end(), child("e"))
        }
        "d" => {
            let bracket = |name: &str, default: &str| match element.property_value(name).unwrap_or(default) {
                "" => ".".to_owned(),
                "{" => "\\{".to_owned(),
                "}" => "\\}".to_owned(),
                other => other.to_owned(),
            };
            let between = element.property_value("sepChr").unwrap_or("|");
            format!(
                "\\left{}{}\\right{}",
                bracket("begChr", "("),
                element.child_texts("e").join(between),
                bracket("endChr", ")")
            )
        }
        "func" => {
            let name = child("fName");
            let is_function = LATEX_FUNCTIONS
                .iter()
                .any(|function| name == *function || name.starts_with(&format!("{function}_")));
            format!("{}{name}{}", if is_function { "\\" } else { "" }, child("e"))
        }
        "limLow" => format!("{}_{{{}}}", child("e"), child("lim")),
        "limUpp" => format!("{}^{{{}}}", child("e"), child("lim")),
        "acc" => {
            let accent = match element.property_value("chr").unwrap_or("\u{302}") {
                "\u{302}" | "^" => "hat",
                "\u{303}" | "~" => "tilde",
                "\u{304}" | "\u{305}" | "¯" => "bar",
                "\u{307}" => "dot",
                "\u{308}" => "ddot",
                "\u{20d7}" => "vec",
                _ => return child("e"),
            };
            format!("\\{accent}{{{}}}", child("e"))
        }
        "bar" => format!("\\overline{{{}}}", child("e")),
        "m" => format!("\\begin{{matrix}}{}\\end{{matrix}}", element.child_texts("mr").join(" \\\\ ")),
        "mr" => element.child_texts("e").join(" & "),
        "eqArr" => element.child_texts("e").join(" \\\\ "),
        _ => element.children.iter().map(|(_, text)| text.as_str()).collect(),
    }
}

/// Text with symbols as LaTeX commands and special characters escaped.
fn escape_latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match LATEX_SYMBOLS.iter().find(|(symbol, _)| *symbol == c) {
            // The space separates the command from a letter that follows.
            Some((_, name)) => out.push_str(&format!("\\{name} ")),
            None if matches!(c, '%' | '#' | '$' | '&') => out.extend(['\\', c]),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::package::{XmlEvent, walk_xml};
    use super::*;

    fn convert_to_latex(xml: &str) -> String {
        let mut formula = FormulaBuilder::default();
        walk_xml(xml, |event| match event {
            XmlEvent::Open { name, attributes, empty } => formula.open_element(&name, &attributes, empty),
            XmlEvent::Text(text) => formula.push_text(&text),
            XmlEvent::Close(_) => formula.close_element(),
        })
        .unwrap();
        formula.finish()
    }

    #[test]
    fn what_word_writes_becomes_latex() {
        let t = |text: &str| format!("<m:r><m:t>{text}</m:t></m:r>");
        let check = |xml: &str, latex: &str| {
            assert_eq!(convert_to_latex(&format!("<m:oMath xmlns:m=\"m\">{xml}</m:oMath>")), latex);
        };
        let sup = |e: &str, up: &str| format!("<m:sSup><m:e>{e}</m:e><m:sup>{up}</m:sup></m:sSup>");
        check(&format!("{}{}", t("A=π"), sup(&t("r"), &t("2"))), "A=\\pi r^{2}");
        let fraction = |properties: &str| {
            format!(
                "<m:f><m:fPr>{properties}</m:fPr><m:num>{}</m:num><m:den>{}</m:den></m:f>",
                t("n"),
                t("k")
            )
        };
        check(&fraction(""), "\\frac{n}{k}");
        check(
            &format!("<m:d><m:e>{}</m:e></m:d>", fraction("<m:type m:val=\"noBar\"/>")),
            "\\left(\\genfrac{}{}{0pt}{}{n}{k}\\right)",
        );
        check(
            &format!(
                "<m:nary><m:naryPr><m:chr m:val=\"∑\"/></m:naryPr><m:sub>{}</m:sub><m:sup>{}</m:sup><m:e>{}</m:e></m:nary>",
                t("n=1"),
                t("∞"),
                t("x")
            ),
            "\\sum_{n=1}^{\\infty }x",
        );
        check(
            &format!(
                "<m:func><m:fName>{}</m:fName><m:e><m:d><m:e>{}</m:e></m:d></m:e></m:func>",
                t("cos"),
                t("x")
            ),
            "\\cos\\left(x\\right)",
        );
        check(&format!("<m:rad><m:deg/><m:e>{}</m:e></m:rad>", t("2")), "\\sqrt{2}");
    }

    #[test]
    fn deep_nesting_loses_its_structure_and_no_text() {
        let xml = format!("{}<m:t>x</m:t>{}", "<m:e>".repeat(500), "</m:e>".repeat(500));
        assert_eq!(convert_to_latex(&format!("<m:oMath xmlns:m=\"m\">{xml}</m:oMath>")), "x");
    }
}
