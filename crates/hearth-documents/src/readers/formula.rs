//! Formulas of office documents (Office Math Markup, ECMA-376 part 1, chapter 22.1) as LaTeX, which
//! people and language models read.

use super::package::attribute;

/// Parts inside of parts; what is deeper is written without its structure.
const DEEPEST: usize = 64;

/// Characters that have a name in LaTeX.
const SYMBOLS: &[(char, &str)] = &[
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

/// Functions that are written upright.
const FUNCTIONS: &[&str] = &[
    "sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "log", "ln", "exp", "lim", "max", "min", "det", "arg",
];

/// A formula while it is read.
#[derive(Default)]
pub(super) struct Formula {
    open: Vec<Part>,
    /// Parts that are open beyond the deepest.
    beyond: usize,
    done: String,
}

/// An element: what its own elements have become, and what its properties say.
#[derive(Default)]
struct Part {
    name: String,
    parts: Vec<(String, String)>,
    properties: Vec<(String, String)>,
}

impl Part {
    /// What all elements of a name have become.
    fn of(&self, name: &str) -> Vec<&str> {
        self.parts.iter().filter(|(own, _)| own == name).map(|(_, text)| text.as_str()).collect()
    }

    fn one(&self, name: &str) -> String {
        self.of(name).concat()
    }

    fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl Formula {
    pub(super) fn open(&mut self, name: &str, attributes: &[(String, String)], empty: bool) {
        if let (Some(value), Some(part)) = (attribute(attributes, "val"), self.open.last_mut()) {
            part.properties.push((name.to_owned(), value.to_owned()));
        }
        if empty {
            return;
        }
        if self.open.len() < DEEPEST {
            self.open.push(Part { name: name.to_owned(), ..Part::default() });
        } else {
            self.beyond += 1;
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        // Beyond the deepest part all text is kept, for want of knowing where it stands.
        let beyond = self.beyond > 0;
        if let Some(part) = self.open.last_mut().filter(|part| beyond || part.name == "t") {
            part.parts.push((String::new(), written(text)));
        }
    }

    pub(super) fn close(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let Some(part) = self.open.pop() else {
            return;
        };
        let text = latex(&part);
        match self.open.last_mut() {
            // What an element's properties say is its own.
            Some(outer) if part.name.ends_with("Pr") => outer.properties.extend(part.properties),
            Some(outer) => outer.parts.push((part.name, text)),
            None => self.done.push_str(&text),
        }
    }

    /// The formula as LaTeX, without signs around it.
    pub(super) fn finish(self) -> String {
        self.done.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// An element as LaTeX.
fn latex(part: &Part) -> String {
    let of = |name: &str| part.one(name);
    match part.name.as_str() {
        "f" if part.property("type") == Some("noBar") => {
            format!("\\genfrac{{}}{{}}{{0pt}}{{}}{{{}}}{{{}}}", of("num"), of("den"))
        }
        "f" => format!("\\frac{{{}}}{{{}}}", of("num"), of("den")),
        "sSup" => format!("{}^{{{}}}", of("e"), of("sup")),
        "sSub" => format!("{}_{{{}}}", of("e"), of("sub")),
        "sSubSup" => format!("{}_{{{}}}^{{{}}}", of("e"), of("sub"), of("sup")),
        "sPre" => format!("{{}}_{{{}}}^{{{}}}{}", of("sub"), of("sup"), of("e")),
        "rad" if of("deg").is_empty() => format!("\\sqrt{{{}}}", of("e")),
        "rad" => format!("\\sqrt[{}]{{{}}}", of("deg"), of("e")),
        "nary" => {
            let sign = written(part.property("chr").unwrap_or("∫"));
            let (below, above) = (of("sub"), of("sup"));
            let below = if below.is_empty() { below } else { format!("_{{{below}}}") };
            let above = if above.is_empty() { above } else { format!("^{{{above}}}") };
            format!("{}{below}{above}{}", sign.trim_end(), of("e"))
        }
        "d" => {
            let edge = |name: &str, usual: &str| match part.property(name).unwrap_or(usual) {
                "" => ".".to_owned(),
                "{" => "\\{".to_owned(),
                "}" => "\\}".to_owned(),
                other => other.to_owned(),
            };
            let between = part.property("sepChr").unwrap_or("|");
            format!(
                "\\left{}{}\\right{}",
                edge("begChr", "("),
                part.of("e").join(between),
                edge("endChr", ")")
            )
        }
        "func" => {
            let name = of("fName");
            let known =
                FUNCTIONS.iter().any(|known| name == *known || name.starts_with(&format!("{known}_")));
            format!("{}{name}{}", if known { "\\" } else { "" }, of("e"))
        }
        "limLow" => format!("{}_{{{}}}", of("e"), of("lim")),
        "limUpp" => format!("{}^{{{}}}", of("e"), of("lim")),
        "acc" => {
            let accent = match part.property("chr").unwrap_or("\u{302}") {
                "\u{302}" | "^" => "hat",
                "\u{303}" | "~" => "tilde",
                "\u{304}" | "\u{305}" | "¯" => "bar",
                "\u{307}" => "dot",
                "\u{308}" => "ddot",
                "\u{20d7}" => "vec",
                _ => return of("e"),
            };
            format!("\\{accent}{{{}}}", of("e"))
        }
        "bar" => format!("\\overline{{{}}}", of("e")),
        "m" => format!("\\begin{{matrix}}{}\\end{{matrix}}", part.of("mr").join(" \\\\ ")),
        "mr" => part.of("e").join(" & "),
        "eqArr" => part.of("e").join(" \\\\ "),
        _ => part.parts.iter().map(|(_, text)| text.as_str()).collect(),
    }
}

/// Text with its symbols by name.
fn written(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match SYMBOLS.iter().find(|(symbol, _)| *symbol == c) {
            // A space keeps the name apart from a letter that follows.
            Some((_, name)) => out.push_str(&format!("\\{name} ")),
            None if matches!(c, '%' | '#' | '$' | '&') => out.extend(['\\', c]),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::package::{Step, walk};
    use super::*;

    fn read(xml: &str) -> String {
        let mut formula = Formula::default();
        walk(xml, |step| match step {
            Step::Open { name, attributes, empty } => formula.open(&name, &attributes, empty),
            Step::Text(text) => formula.text(&text),
            Step::Close(_) => formula.close(),
        })
        .unwrap();
        formula.finish()
    }

    #[test]
    fn what_word_writes_becomes_latex() {
        let t = |text: &str| format!("<m:r><m:t>{text}</m:t></m:r>");
        let check = |xml: &str, latex: &str| {
            assert_eq!(read(&format!("<m:oMath xmlns:m=\"m\">{xml}</m:oMath>")), latex);
        };
        let sup = |e: &str, up: &str| format!("<m:sSup><m:e>{e}</m:e><m:sup>{up}</m:sup></m:sSup>");
        check(&format!("{}{}", t("A=π"), sup(&t("r"), &t("2"))), "A=\\pi r^{2}");
        let fraction = |of: &str| {
            format!("<m:f><m:fPr>{of}</m:fPr><m:num>{}</m:num><m:den>{}</m:den></m:f>", t("n"), t("k"))
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
        assert_eq!(read(&format!("<m:oMath xmlns:m=\"m\">{xml}</m:oMath>")), "x");
    }
}
