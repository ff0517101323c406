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

#[test]
fn no_address_but_of_the_web_and_of_mail_becomes_a_link() {
    for address in [
        "JavaScript:alert(1)",
        "java&#x73;cript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "vbscript:msgbox",
        "file:///etc/passwd",
        "blob:https://evil.example/1",
        "//evil.example/x",
        "\\\\evil.example\\x",
        "#top",
        "",
    ] {
        check(&format!("[go](<{address}>)"), &[], &[], "p(go)");
        check(&format!("![go](<{address}>)"), &[], &[], "p(go)");
        check(&format!("[go][x]\n\n[x]: <{address}>"), &[], &[], "p(go)");
    }
    check("<javascript:alert(1)>", &[], &[], "p(javascript:alert(1))");
    check("[go](HTTPS://a.example/)", &[], &[], "p(a:HTTPS://a.example/(go))");
    check("[go](mailto:me@a.example)", &[], &[], "p(a:mailto:me@a.example(go))");
}

#[test]
fn links_that_another_piece_defines_are_checked_too() {
    let links =
        LinkTargets::from([("a".into(), "javascript:x".into()), ("b".into(), "https://b.example".into())]);
    let nodes = parse_markdown_piece("[A] [B] [c]", &Overlay::default(), &links);
    assert_eq!(format_nodes(&nodes), "p(A a:https://b.example(B) [c])");
}

#[test]
fn html_of_several_lines_and_entities_are_text() {
    check("<script>\nalert(1)\n</script>\n\nNext", &[], &[], "<script>\nalert(1)\n</script>\np(Next)");
    check("a <b onclick=x>bold</b>", &[], &[], "p(a <b onclick=x>bold</b>)");
    check("&lt;img src=x&gt; &amp;", &[], &[], "p(<img src=x> &)");
}

#[test]
fn lists_in_lists_keep_their_markers_at_their_own_items() {
    check("- a\n  - b\n    - c\n- d\n", &[], &[], "ul(li(aul(li(bul(li(c)))))li(d))");
    check("- a\n  - b\n- d\n", &[3, 9, 13], &[], "ul(li(a[0]ul(li(b[1])))li(d[2]))");
    check("3. a\n4. b\n", &[4], &[], "numbered(3)(li(a[0])li(b))");
    check("> One\n\nTwo", &[5], &[], "quote(p(One[0]))p(Two)");
}

#[test]
fn a_marker_at_code_stands_after_the_code() {
    let text = "```\nx = 1\n```\n\nNext.";
    check(text, &[9], &[], "code:(x = 1\n)[0]p(Next.)");
    check(text, &[6, 13], &[], "code:(x = 1\n)[0, 1]p(Next.)");
    check("```\nx = 1\n```", &[13], &[], "code:(x = 1\n)[0]");
    check("- Run:\n  ```\n  x\n  ```\n- Next\n", &[22], &[], "ul(li(Run:code:(x\n)[0])li(Next))");
    check("Run `x = 1`.", &[8, 12], &[], "p(Run c(x = 1)[0].[1])");
}

#[test]
fn offsets_are_right_in_right_to_left_text_and_joined_emoji() {
    check("שלום **עולם**. سلام", &[14, 19], &[], "p(שלום b(עולם).[0] سلام[1])");
    check("👩\u{200d}👩\u{200d}👧 ok.", &[9], &[(6, 8)], "p(👩\u{200d}👩\u{200d}👧 {0:ok}.[0])");
}

#[test]
fn markup_that_is_half_written_is_shown_as_text_until_it_ends() {
    check("One **bo", &[], &[], "p(One **bo)");
    check("One **bold**", &[], &[], "p(One b(bold))");
    check("[go](https://a.exam", &[], &[], "p([go](https://a.exam)");
    check("Run `x = ", &[], &[], "p(Run `x =)");
    check("```rs\nfn main", &[], &[], "code:rs(fn main)");
    check("| a | b |", &[], &[], "p(| a | b |)");
    check("cost $x", &[], &[], "p(cost $x)");
}

/// Positions of all markers, in the order of the text.
fn collect_markers(nodes: &[MarkdownNode]) -> Vec<usize> {
    let of_node = |node: &MarkdownNode| match node {
        MarkdownNode::Cite(indices) => indices.clone(),
        MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => collect_markers(children),
        _ => Vec::new(),
    };
    nodes.iter().flat_map(of_node).collect()
}

#[test]
fn each_marker_is_shown_once_in_order_however_far_the_answer_has_come() {
    let answer = "# Größe\n\nA **bold *and* so** [link](https://a.example) ![p](data:x) &amp; $x^2$.\n\n\
        - one\n- two\n  1. three\n\n  ```rs\n  let x = 1;\n  ```\n\n> quote <b>html</b>\n\n\
        |a|b|\n|-|-|\n|1|`2`|\n\n---\n\n$$y$$\n\n<div>\nblock\n</div>\n\n[r]: https://r.example\n\nEnd [r] 𝄞.";
    let chars: Vec<char> = answer.chars().collect();
    for length in 0..=chars.len() {
        let text: String = chars[..length].iter().collect();
        let overlay = Overlay { cites: (0..=length as u32).map(CharOffset).collect(), marks: Vec::new() };
        let shown = collect_markers(&parse_markdown(&text, &overlay));
        assert_eq!(shown, (0..=length).collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn text_that_is_nested_without_end_is_shown_without_a_tree_as_deep() {
    fn depth(nodes: &[MarkdownNode]) -> usize {
        let of_node = |node: &MarkdownNode| match node {
            MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => 1 + depth(children),
            _ => 1,
        };
        nodes.iter().map(of_node).max().unwrap_or(0)
    }
    let nodes = parse_markdown(&format!("{}deep", "> ".repeat(1000)), &Overlay::default());
    assert!(depth(&nodes) <= MAX_DEPTH + 1, "{}", depth(&nodes));
    assert_eq!(text_content(&nodes), "deep");
}

#[test]
fn headings_keep_their_level() {
    check("# a\n\n### b\n\n###### c\n\n####### d", &[], &[], "h1(a)h3(b)h6(c)p(####### d)");
}
