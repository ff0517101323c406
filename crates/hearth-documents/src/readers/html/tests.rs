//! Tests of the reader of HTML.

use super::*;

fn check(html: &str, expected: &str) {
    assert_eq!(read_html(html.as_bytes(), &ReadOptions::default()).revision.text, expected);
}

#[test]
fn structure_is_kept_and_furniture_left_out() {
    check(
        "<html><head><title>T</title></head><body><nav>menu</nav><h1>Big</h1><p>Some <b>bold</b>\n text.</p>\
         <ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul><script>x()</script>\
         <p style='display: none'>secret</p></body></html>",
        "# Big\n\nSome bold text.\n\n- one\n  - inner\n- two",
    );
    check(
        "<table><tr><th>a</th><th>b</th></tr><tr><td><p>1</p></td><td>2 | 3</td></tr></table>",
        "| a | b |\n| --- | --- |\n| 1 | 2 \\| 3 |",
    );
    check(
        "<table><tr><th>a<th colspan=2>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table>",
        "| a | b | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |",
    );
    check(
        "<table><tr><td>Tools<ul><li>saw<li>file</ul></td></tr></table><p>After.</p><ul><li></li></ul><p>End.</p>",
        "Tools saw file\n\nAfter.\n\nEnd.",
    );
    check("<p>Ducks dive.<sup class=reference>[12]</sup> Often.</p>", "Ducks dive. Often.");
    check("<pre>a\n  b</pre>", "```\na\n  b\n```");
}

#[test]
fn nesting_of_any_depth_is_read() {
    let html = format!("{}deep{}", "<div>".repeat(10_000), "</div>".repeat(10_000));
    check(&html, "deep");
}

#[test]
fn a_page_in_another_encoding_is_read() {
    let mut bytes = b"<meta charset=windows-1251><p>".to_vec();
    bytes.extend_from_slice(&[0xcf, 0xf0, 0xe8]);
    let document = read_html(&bytes, &ReadOptions::default());
    assert_eq!(document.revision.text, "При");
}

#[test]
fn an_ordered_list_keeps_its_numbers() {
    check(
        "<ol start=3><li>boil<ol><li>stir</ol><li>serve</ol><ol><li>again</ol>",
        "3. boil\n  1. stir\n4. serve\n1. again",
    );
}

#[test]
fn line_breaks_and_hard_spaces_are_kept_and_other_white_space_is_not() {
    check("<p>one<br>two  \n three&nbsp;km</p>", "one\ntwo three\u{a0}km");
    check("<p>bold<b> word </b>s</p><div>a<div>b</div>c</div>", "bold word s\n\na\n\nb\n\nc");
}

#[test]
fn what_a_reader_cannot_see_is_left_out() {
    for hidden in [
        "<div hidden>x</div>",
        "<div aria-hidden=true>x</div>",
        "<span style='Visibility : HIDDEN'>x</span>",
        "<template>x</template>",
        "<noscript>x</noscript>",
        "<select><option>x</select>",
        "<svg><title>x</title></svg>",
        "<div style='display:none'>x<p>x<img alt=photo></p></div>",
        "<!-- x -->",
    ] {
        check(&format!("<p>a</p>{hidden}<p>b</p>"), "a\n\nb");
    }
}

#[test]
fn hidden_characters_written_as_references_are_left_out() {
    check("<p>a&#xE0041;b&#8238;c&#x200B;</p>", "abc\u{200b}");
}

#[test]
fn the_text_of_a_picture_stands_in_its_place() {
    check("<p>See <img src=a.png alt='a red door'> here.<img alt=''></p>", "See a red door here.");
}

#[test]
fn headings_of_a_page_are_sections_and_those_of_cells_are_not() {
    let html = "<title>A &amp;\n B</title><h2>First</h2><p>x</p><table><tr><td><h1>in</h1></td><td>y</td></tr></table>\
        <h3>Inner</h3><h2>Second</h2>";
    let document = read_html(html.as_bytes(), &ReadOptions::default());
    let sections: Vec<_> =
        document.revision.sections.iter().map(|section| (section.level, section.title.as_str())).collect();
    assert_eq!(sections, [(2, "First"), (3, "Inner"), (2, "Second")]);
    assert_eq!(document.title.as_deref(), Some("A & B"));
    assert!(document.revision.is_valid());
}

#[test]
fn a_table_in_a_cell_is_text_of_the_cell() {
    check(
        "<table><tr><td>a<td><table><tr><td>in<td>out</table></tr><tr><td>b<td>c</table>",
        "| a | in out |\n| --- | --- |\n| b | c |",
    );
}

#[test]
fn a_cell_over_rows_of_a_wide_span_stays_in_its_columns() {
    // The spanned cells stand on both sides of the row's own cell; the span of the last one outlasts the table.
    check(
        "<table><tr><th rowspan=2>x<th>a<th rowspan=9>y<tr><td>1<tr><td>2<td>3</table><p>End",
        "| x | a | y |\n| --- | --- | --- |\n| x | 1 | y |\n| 2 | 3 | y |\n\nEnd",
    );
}

#[test]
fn the_article_of_a_page_is_read_without_what_surrounds_it() {
    let sentence =
        "The lighthouse was built in 1901 by the harbour office, and its lamp is still lit every night. ";
    let paragraph = format!("<p>{}</p>", sentence.repeat(3));
    let html = format!(
        "<html><head><title>The lighthouse</title></head><body><div class=sidebar><a href=/a>Buy a boat now</a></div>\
         <article><h1>The lighthouse</h1>{}</article><footer class=footer>All rights reserved</footer></body></html>",
        paragraph.repeat(4)
    );
    let read = |article| {
        let options = ReadOptions { article, ..ReadOptions::default() };
        read_html(html.as_bytes(), &options)
    };
    assert!(read(false).revision.text.contains("Buy a boat now"));
    let article = read(true);
    assert!(!article.revision.text.contains("Buy a boat now"), "{}", article.revision.text);
    assert_eq!(article.revision.text.matches("built in 1901").count(), 12);
    assert_eq!(article.title.as_deref(), Some("The lighthouse"));
}

#[test]
fn undecodable_bytes_of_the_declared_encoding_are_a_problem() {
    // In Shift_JIS, 0x82 0xa0 is "あ", and 0x82 alone at the end is half of a character.
    let document = read_html(b"<meta charset='shift_jis'><p>\x82\xa0\x82", &ReadOptions::default());
    assert_eq!(document.revision.text, "あ\u{fffd}");
    assert_eq!(document.problems[0].code, ProblemCode::Encoding);
}
