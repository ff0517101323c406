//! Tests of the reader of Word documents, on documents of a few elements.

use super::super::package::build_package;
use super::*;

fn read_parts(parts: &[(&str, &str)]) -> Document {
    let document = read_docx(&build_package(parts), &ReadOptions::default()).unwrap();
    assert!(document.revision.is_valid());
    document
}

fn wrap_body(body: &str) -> String {
    format!("<w:document xmlns:w=\"w\" xmlns:m=\"m\"><w:body>{body}</w:body></w:document>")
}

fn read_body(body: &str) -> Document {
    read_parts(&[("word/document.xml", &wrap_body(body))])
}

/// A paragraph with these properties.
fn paragraph(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A table cell with these properties.
fn cell(properties: &str, text: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", paragraph("", text))
}

fn list_item(level: u8, text: &str) -> String {
    paragraph(&format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"1\"/></w:numPr>"), text)
}

#[test]
fn heading_styles_and_outline_levels_make_sections() {
    // Word names the id of a style in the language of its user, and the style itself in English.
    let styles =
        "<w:styles><w:style w:styleId=\"berschrift1\"><w:name w:val=\"heading 1\"/></w:style></w:styles>";
    let body = [
        paragraph("<w:pStyle w:val=\"berschrift1\"/>", "Einleitung"),
        paragraph("", "Text."),
        paragraph("<w:outlineLvl w:val=\"1\"/>", "Teil"),
        paragraph("<w:outlineLvl w:val=\"9\"/>", "Body text."),
        paragraph("<w:pStyle w:val=\"berschrift1\"/>", "Schluss"),
    ];
    let document =
        read_parts(&[("word/styles.xml", styles), ("word/document.xml", &wrap_body(&body.concat()))]);
    let text = &document.revision.text;
    assert_eq!(text, "# Einleitung\n\nText.\n\n## Teil\n\nBody text.\n\n# Schluss");
    let sections: Vec<_> = document
        .revision
        .sections
        .iter()
        .map(|section| (section.level, section.range.slice(text).unwrap()))
        .collect();
    assert_eq!(
        sections,
        [
            (1, "# Einleitung\n\nText.\n\n## Teil\n\nBody text.\n\n"),
            (2, "## Teil\n\nBody text.\n\n"),
            (1, "# Schluss"),
        ]
    );
}

#[test]
fn deleted_text_field_codes_and_fallbacks_are_left_out() {
    let body = "<w:p><w:r><w:t>Pay </w:t></w:r><w:del><w:r><w:delText>10</w:delText></w:r></w:del>\
        <w:ins><w:r><w:t>20</w:t></w:r></w:ins><w:r><w:instrText> PAGE </w:instrText></w:r>\
        <w:r><mc:AlternateContent><mc:Choice><w:t> euro</w:t></mc:Choice><mc:Fallback><w:t> euro</w:t>\
        </mc:Fallback></mc:AlternateContent></w:r></w:p>";
    assert_eq!(read_body(body).revision.text, "Pay 20 euro");
}

#[test]
fn list_items_are_indented_by_their_level() {
    let body = [
        paragraph("", "Buy:"),
        list_item(0, "fruit"),
        list_item(1, "apples"),
        list_item(0, "bread"),
        paragraph("", "Done."),
        list_item(0, "other list"),
    ];
    assert_eq!(
        read_body(&body.concat()).revision.text,
        "Buy:\n\n- fruit\n  - apples\n- bread\n\nDone.\n\n- other list"
    );
}

#[test]
fn merged_cells_are_repeated_in_each_row_and_column() {
    let body = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}{}</w:tr><w:tr>{}{}{}</w:tr></w:tbl>",
        cell("", "City"),
        cell("<w:gridSpan w:val=\"2\"/>", "People"),
        cell("<w:vMerge w:val=\"restart\"/>", "Bern"),
        cell("", "1990"),
        cell("", "136"),
        cell("<w:vMerge/>", ""),
        cell("", "2020"),
        cell("", "134"),
    );
    assert_eq!(
        read_body(&body).revision.text,
        "| City | People | People |\n| --- | --- | --- |\n| Bern | 1990 | 136 |\n| Bern | 2020 | 134 |"
    );
}

#[test]
fn a_table_in_a_cell_is_text_of_the_cell() {
    let inner = format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl>", cell("", "in"), cell("", "out"));
    let body = format!("<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc>{}</w:tr></w:tbl>", cell("", "b"));
    assert_eq!(read_body(&body).revision.text, "| in out | b |\n| --- | --- |");
}

#[test]
fn a_document_that_breaks_off_keeps_the_text_before_the_break() {
    let complete = wrap_body(&format!(
        "{}<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>{}",
        paragraph("", "Prices."),
        cell("", "item"),
        cell("", "price"),
        cell("", "tea"),
        cell("", "3 euro"),
        paragraph("", "Lost."),
    ));
    for cut in ["3 euro", "3 euro</w:t></w:r></w:p>"] {
        let end = complete.find(cut).unwrap() + cut.len();
        let document = read_parts(&[("word/document.xml", &complete[..end])]);
        let table = "| item | price |\n| --- | --- |\n| tea | 3 euro |";
        assert_eq!(document.revision.text, format!("Prices.\n\n{table}"));
        assert_eq!(document.problems.len(), 1);
        assert_eq!(document.problems[0].code, ProblemCode::Damaged);
    }
}

#[test]
fn footnotes_follow_the_text_and_the_title_is_that_of_the_properties() {
    let note = format!("<w:footnotes><w:footnote>{}</w:footnote></w:footnotes>", paragraph("", "See p. 3."));
    let document = read_parts(&[
        ("word/document.xml", &wrap_body(&paragraph("", "Text."))),
        ("word/footnotes.xml", &note),
        ("docProps/core.xml", "<c:coreProperties><dc:title> Annual\n report </dc:title></c:coreProperties>"),
    ]);
    assert_eq!(document.revision.text, "Text.\n\nSee p. 3.");
    assert_eq!(document.title.as_deref(), Some("Annual report"));
}

#[test]
fn a_displayed_formula_is_distinguished_from_one_in_the_text() {
    let formula = "<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>";
    let body = format!(
        "<w:p><w:r><w:t>Let </w:t></w:r>{formula}</w:p><w:p><m:oMathPara>{formula}</m:oMathPara></w:p>"
    );
    assert_eq!(read_body(&body).revision.text, "Let $x$\n\n$$x$$");
}

#[test]
fn what_is_no_word_document_is_refused() {
    let error = read_docx(&build_package(&[("word/styles.xml", "<w:styles/>")]), &ReadOptions::default());
    assert!(
        matches!(&error, Err(ReadError::Broken(reason)) if reason.contains("main document")),
        "{error:?}"
    );
    assert!(matches!(read_docx(b"PK\x03\x04", &ReadOptions::default()), Err(ReadError::Broken(_))));
}
