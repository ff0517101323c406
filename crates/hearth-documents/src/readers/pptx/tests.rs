//! Tests of the reader of presentations, on presentations of a few shapes.

use hearth_domain::Problem;

use super::super::package::build_package;
use super::*;

fn read_parts(parts: &[(&str, &str)]) -> Document {
    let document = read_pptx(&build_package(parts), &ReadOptions::default()).unwrap();
    assert!(document.revision.is_valid());
    document
}

/// A shape with the attributes of its placeholder and one paragraph.
fn shape(placeholder: &str, text: &str) -> String {
    format!("<p:sp><p:nvPr><p:ph {placeholder}/></p:nvPr><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp>")
}

fn slide(content: &str) -> String {
    format!("<p:sld xmlns:p=\"p\" xmlns:a=\"a\">{content}</p:sld>")
}

fn titled_slide(title: &str) -> String {
    slide(&shape("type=\"title\"", title))
}

fn relationships(entries: &[(&str, &str, &str)]) -> String {
    let entries = entries.iter().map(|(id, kind, target)| {
        format!("<Relationship Id=\"{id}\" Type=\"http://x/{kind}\" Target=\"{target}\"/>")
    });
    format!("<Relationships>{}</Relationships>", entries.collect::<String>())
}

#[test]
fn slides_are_read_in_the_order_of_the_presentation() {
    let presentation = "<p:presentation xmlns:p=\"p\" xmlns:r=\"r\"><p:sldIdLst><p:sldId id=\"256\" r:id=\"rId7\"/>\
        <p:sldId id=\"257\" r:id=\"rId3\"/></p:sldIdLst></p:presentation>";
    let targets =
        relationships(&[("rId3", "slide", "slides/slide1.xml"), ("rId7", "slide", "/ppt/slides/slide2.xml")]);
    let document = read_parts(&[
        ("ppt/presentation.xml", presentation),
        ("ppt/_rels/presentation.xml.rels", &targets),
        ("ppt/slides/slide1.xml", &titled_slide("Moved to the end")),
        ("ppt/slides/slide2.xml", &slide(&shape("", "No title"))),
    ]);
    assert_eq!(document.revision.text, "# Slide 1\n\nNo title\n\n# Moved to the end");
    assert_eq!(document.pages, Some(2));
}

#[test]
fn without_an_order_slides_are_read_by_their_numbers() {
    let document = read_parts(&[
        ("ppt/slides/slide10.xml", &titled_slide("ten")),
        ("ppt/slides/slide9.xml", &titled_slide("nine")),
    ]);
    assert_eq!(document.revision.text, "# nine\n\n# ten");
}

#[test]
fn notes_stand_under_the_slide_that_they_belong_to() {
    // Notes are numbered by themselves: the first notes may belong to the second slide.
    let notes = slide(&[shape("type=\"body\"", "Say hello."), shape("type=\"sldNum\"", "2")].concat());
    let document = read_parts(&[
        ("ppt/slides/slide1.xml", &titled_slide("one")),
        ("ppt/slides/slide2.xml", &titled_slide("two")),
        (
            "ppt/slides/_rels/slide2.xml.rels",
            &relationships(&[
                ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"),
                ("rId2", "notesSlide", "../notesSlides/notesSlide1.xml"),
            ]),
        ),
        ("ppt/notesSlides/notesSlide1.xml", &notes),
    ]);
    assert_eq!(document.revision.text, "# one\n\n# two\n\nSay hello.");
}

#[test]
fn a_missing_or_damaged_slide_is_a_problem_of_its_page() {
    let presentation =
        "<p:presentation><p:sldId r:id=\"a\"/><p:sldId r:id=\"b\"/><p:sldId r:id=\"c\"/></p:presentation>";
    let entry = |id, target| (id, "slide", target);
    let targets = relationships(&[
        entry("a", "slides/slide1.xml"),
        entry("b", "slides/slide2.xml"),
        entry("c", "slides/slide3.xml"),
    ]);
    let cut = slide(&[shape("type=\"title\"", "Plan"), shape("", "Begin in May")].concat());
    let cut = &cut[..cut.find("May").unwrap()];
    let document = read_parts(&[
        ("ppt/presentation.xml", presentation),
        ("ppt/_rels/presentation.xml.rels", &targets),
        ("ppt/slides/slide2.xml", cut),
        ("ppt/slides/slide3.xml", &titled_slide("End")),
    ]);
    assert_eq!(document.revision.text, "# Plan\n\nBegin in\n\n# End");
    let problem = |page, message: &str| Problem {
        code: ProblemCode::PartUnreadable,
        message: message.to_owned(),
        page: Some(page),
    };
    assert_eq!(document.problems, [problem(1, "slide 1 is missing"), problem(2, "slide 2 is damaged")]);
}

#[test]
fn the_cells_of_a_table_are_complete_in_each_row() {
    let cell = |attributes: &str, text: &str| {
        format!("<a:tc {attributes}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:tc>")
    };
    let table = format!(
        "<a:tbl><a:tr>{}{}{}</a:tr><a:tr>{}{}{}</a:tr><a:tr>{}{}{}</a:tr></a:tbl>",
        cell("", "City"),
        cell("gridSpan=\"2\"", "People"),
        cell("hMerge=\"1\"", ""),
        cell("rowSpan=\"2\"", "Bern"),
        cell("", "1990"),
        cell("", "136"),
        cell("vMerge=\"1\"", ""),
        cell("", "2020"),
        cell("", "134"),
    );
    let document = read_parts(&[("ppt/slides/slide1.xml", &slide(&table))]);
    assert_eq!(
        document.revision.text,
        "# Slide 1\n\n| City | People | People |\n| --- | --- | --- |\n| Bern | 1990 | 136 |\n| Bern | 2020 | 134 |"
    );
}

#[test]
fn a_slide_that_breaks_off_in_a_table_keeps_the_rows_before() {
    let table = "<a:tbl><a:tr><a:tc><a:p><a:t>tea</a:t></a:p></a:tc><a:tc><a:p><a:t>3</a:t></a:p></a:tc></a:tr>\
        <a:tr><a:tc><a:p><a:t>soup";
    let document = read_parts(&[("ppt/slides/slide1.xml", table)]);
    assert_eq!(document.revision.text, "# Slide 1\n\n| tea | 3 |\n| --- | --- |\n| soup |");
}
