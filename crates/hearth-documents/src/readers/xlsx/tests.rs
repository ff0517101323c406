//! Tests of the reader of workbooks, on workbooks of a few cells.

use super::super::package::build_package;
use super::*;

/// Styles 0 to 4: none, a date, a date with time, a time, a duration (formats 14, 22, 20 and 46 of ECMA-376).
const STYLES: &str = "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/>\
    <xf numFmtId=\"20\"/><xf numFmtId=\"46\"/></cellXfs></styleSheet>";

/// Relationship of the package to its workbook.
const PACKAGE: &str = "<Relationships><Relationship Id=\"rId1\" Target=\"xl/workbook.xml\" \
    Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";

/// Kind of relationship between a workbook and its sheets.
const WORKSHEET_TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet";

/// Reads a workbook with these sheets (name, XML).
fn read_sheets(sheets: &[(&str, &str)]) -> Document {
    let (mut list, mut targets) = (String::new(), String::new());
    for (at, (name, _)) in sheets.iter().enumerate() {
        list.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{0}\" r:id=\"rId{0}\"/>", at + 1));
        targets.push_str(&format!(
            "<Relationship Id=\"rId{0}\" Type=\"{WORKSHEET_TYPE}\" Target=\"worksheets/sheet{0}.xml\"/>",
            at + 1
        ));
    }
    let workbook = format!("<workbook xmlns:r=\"r\"><sheets>{list}</sheets></workbook>");
    let relationships = format!("<Relationships>{targets}</Relationships>");
    let names: Vec<String> = (1..=sheets.len()).map(|n| format!("xl/worksheets/sheet{n}.xml")).collect();
    let mut parts = vec![
        ("_rels/.rels", PACKAGE),
        ("xl/workbook.xml", workbook.as_str()),
        ("xl/_rels/workbook.xml.rels", &relationships),
        ("xl/styles.xml", STYLES),
    ];
    parts.extend(names.iter().map(String::as_str).zip(sheets.iter().map(|(_, xml)| *xml)));
    let document = read_xlsx(&build_package(&parts), &ReadOptions::default()).unwrap();
    assert!(document.revision.is_valid());
    document
}

/// XML of a sheet with these cells, and `rest` after them.
fn sheet_with(cells: &[String], rest: &str) -> String {
    let row_number =
        |cell: &str| cell.split('"').nth(1).unwrap().trim_start_matches(char::is_alphabetic).to_owned();
    let rows: String = cells
        .chunk_by(|a, b| row_number(a) == row_number(b))
        .map(|row| format!("<row r=\"{}\">{}</row>", row_number(&row[0]), row.concat()))
        .collect();
    format!("<worksheet><sheetData>{rows}</sheetData>{rest}</worksheet>")
}

/// XML of a sheet with these cells.
fn sheet(cells: &[String]) -> String {
    sheet_with(cells, "")
}

fn text(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn number(at: &str, style: u8, value: &str) -> String {
    format!("<c r=\"{at}\" s=\"{style}\"><v>{value}</v></c>")
}

#[test]
fn rows_keep_their_numbers_and_their_sheet() {
    let first = sheet(&[text("B3", "item"), text("C3", "price"), text("B5", "tea"), number("C5", 0, "3.50")]);
    let document =
        read_sheets(&[("Prices", &first), ("Staff", &sheet(&[text("A1", "name"), text("A2", "Ann")]))]);
    assert_eq!(
        document.revision.text,
        "# Prices\n\n| item | price |\n| --- | --- |\n| tea | 3.5 |\n\n# Staff\n\n| name |\n| --- |\n| Ann |"
    );
    let marks: Vec<_> = document.revision.layout.spans.iter().map(|span| span.mark.clone()).collect();
    let mark = |sheet: &str, row| Mark::Row { sheet: Some(sheet.to_owned()), row };
    assert_eq!(marks, [mark("Prices", 3), mark("Prices", 5), mark("Staff", 1), mark("Staff", 2)]);
    let titles: Vec<_> = document.revision.sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, ["Prices", "Staff"]);
}

#[test]
fn dates_times_and_durations_are_written_as_such() {
    // Day 45292 is 2024-01-01; 14:30 is 0.6041666… of a day.
    let document = read_sheets(&[(
        "Times",
        &sheet(&[
            number("A1", 1, "45292"),
            number("B1", 2, "45292.75"),
            number("C1", 3, "0.604166666666667"),
            number("D1", 4, "1.5"),
            number("E1", 0, "45292"),
        ]),
    )]);
    let row = "| 2024-01-01 | 2024-01-01 18:00:00 | 14:30:00 | 36:00:00 | 45292 |";
    assert!(document.revision.text.contains(row), "{}", document.revision.text);
}

#[test]
fn a_merged_cell_is_repeated_in_the_cells_that_it_covers() {
    let cells =
        [text("A1", "Sales"), text("A2", "2023"), text("B2", "10"), text("A3", "2024"), text("B3", "12")];
    let xml = sheet_with(&cells, "<mergeCells count=\"1\"><mergeCell ref=\"A1:B1\"/></mergeCells>");
    assert_eq!(
        read_sheets(&[("S", &xml)]).revision.text,
        "# S\n\n| Sales | Sales |\n| --- | --- |\n| 2023 | 10 |\n| 2024 | 12 |"
    );
}

#[test]
fn a_damaged_sheet_is_a_problem_and_the_others_are_read() {
    let document = read_sheets(&[
        ("Bad", "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1"),
        ("Good", &sheet(&[text("A1", "x")])),
    ]);
    assert_eq!(document.revision.text, "# Good\n\n| x |\n| --- |");
    assert_eq!(document.problems.len(), 1);
    assert_eq!(document.problems[0].code, ProblemCode::PartUnreadable);
    assert!(document.problems[0].message.contains("Bad"), "{}", document.problems[0].message);
}

#[test]
fn what_is_no_workbook_is_refused() {
    let package = build_package(&[("xl/other.xml", "<a/>")]);
    for bytes in [package.as_slice(), b"name;price", b""] {
        let result = read_xlsx(bytes, &ReadOptions::default());
        assert!(matches!(result, Err(ReadError::Broken(_))), "{result:?}");
    }
}
