//! Markdown with markers and marks; one line a case.

use super::*;

/// Formats the tree in a short form: `p(…)`, `[0,1]` for markers, `{0:…}` for marks.
fn format_nodes(nodes: &[MarkdownNode]) -> String {
    nodes.iter().map(format_node).collect()
}

fn format_node(node: &MarkdownNode) -> String {
    match node {
        MarkdownNode::Text(text) => text.clone(),
        MarkdownNode::Element(tag, children) => format!("{}({})", format_tag(*tag), format_nodes(children)),
        MarkdownNode::Code(language, text) => format!("code:{language}({text})"),
        MarkdownNode::Math(tex, _) => format!("math({tex})"),
        MarkdownNode::Link(address, children) => format!("a:{address}({})", format_nodes(children)),
        MarkdownNode::Cite(indices) => format!("{indices:?}"),
        MarkdownNode::Mark(mark, text) => format!("{{{mark}:{text}}}"),
    }
}

fn format_tag(tag: Tag) -> String {
    match tag {
        Tag::Paragraph => "p".into(),
        Tag::Heading(level) => format!("h{level}"),
        Tag::Strong => "b".into(),
        Tag::Emphasis => "i".into(),
        Tag::InlineCode => "c".into(),
        Tag::List => "ul".into(),
        Tag::Item => "li".into(),
        Tag::Cell(alignment) => format!("td{alignment:?}"),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[track_caller]
fn check(text: &str, cites: &[u32], marks: &[(u32, u32)], expect: &str) {
    let overlay = Overlay {
        cites: cites.iter().copied().map(CharOffset).collect(),
        marks: marks.iter().map(|(start, end)| CharRange::new(*start, *end)).enumerate().collect(),
    };
    assert_eq!(format_nodes(&parse_markdown(text, &overlay)), expect);
}

#[test]
fn numbers_stand_where_their_claim_ends() {
    check("One. Two.", &[4, 9], &[], "p(One.[0] Two.[1])");
    check("One.", &[4, 4], &[], "p(One.[0, 1])");
    check("**One**. Two", &[7], &[], "p(b(One)[0]. Two)");
    check("a **One** b", &[9], &[], "p(a b(One)[0] b)");
    check("- One\n- Two\n", &[5, 11], &[], "ul(li(One[0])li(Two[1]))");
    check("# Head\n\nText", &[6, 12], &[], "h1(Head[0])p(Text[1])");
    check("- One\n\n  Two\n", &[12], &[], "ul(li(p(One)p(Two[0])))");
    check("größer `x` 𝄞.", &[13], &[], "p(größer c(x) 𝄞.[0])");
}

#[test]
fn an_offset_past_the_end_is_the_end() {
    check("One.", &[99], &[], "p(One.[0])");
    check("", &[3], &[], "[0]");
}

#[test]
fn marks_go_through_markup() {
    check("One **two** three", &[], &[(2, 13)], "p(On{0:e }b({0:two}){0: t}hree)");
    check("One two", &[5], &[(4, 7)], "p(One {0:t}[0]{0:wo})");
    check("One two", &[], &[(0, 7), (4, 5)], "p({0:One }{1:t}{0:wo})");
    check("a `b` c", &[], &[(2, 5)], "p(a c({0:b}) c)");
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    check("a <script>x</script>", &[], &[], "p(a <script>x</script>)");
    check("<img src=x onerror=y>", &[], &[], "<img src=x onerror=y>");
    check("![pic](http://evil/x.png)", &[], &[], "p(a:http://evil/x.png(pic))");
    check("[go](javascript:alert(1))", &[], &[], "p(go)");
    check("[go](/api/keys)", &[], &[], "p(go)");
}

#[test]
fn tables_code_and_mathematics() {
    check("|a|b|\n|-|-:|\n|1|2|\n", &[8], &[], "table(head(tdStart(a)tdEnd(b[0]))row(tdStart(1)tdEnd(2)))");
    check("```rs\nfn [1]\n```", &[], &[], "code:rs(fn [1]\n)");
    check("$x^2$", &[], &[], "p(math(x^2))");
}

#[test]
fn plain_text_keeps_its_signs() {
    let overlay = Overlay { cites: vec![], marks: vec![(0, CharRange::new(7, 9))] };
    assert_eq!(format_nodes(&parse_plain_text("*a* b\n\n# c\nd", &overlay)), "p(*a* b)p({0:# }c\nd)");
}
