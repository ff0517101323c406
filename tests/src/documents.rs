//! Documents for tests, small and with known text.

/// PDF of plain text in Helvetica: one string a page, with its line breaks.
pub fn build_pdf(pages: &[&str]) -> Vec<u8> {
    let mut objects: Vec<String> = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".into(),
    ];
    let mut kids = Vec::new();
    for page in pages {
        let mut content = String::from("BT /F1 12 Tf 14 TL 72 720 Td\n");
        for line in page.lines() {
            let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
            content.push_str(&format!("({escaped}) Tj T*\n"));
        }
        content.push_str("ET");
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
        let contents = objects.len();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {contents} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>"
        ));
        kids.push(format!("{} 0 R", objects.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), kids.len());
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (number, object) in (1..).zip(&objects) {
        offsets.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    file.push_str(&format!(
        "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}

/// PDF of `count` pages, each of which states the depth of a numbered quartz vein.
pub fn build_numbered_pdf(count: usize) -> Vec<u8> {
    let page = |n: usize| format!("Page {n}\n\nThe depth of the quartz vein number {n} is {} metres.", n * 7);
    let pages: Vec<String> = (1..=count).map(page).collect();
    build_pdf(&pages.iter().map(String::as_str).collect::<Vec<&str>>())
}

/// Handbook of three sections, in Markdown.
pub const HANDBOOK_TEXT: &str = "# Boiler handbook\n\n## Pressure\n\nThe boiler runs at a pressure of 1.5 bar when it is cold. \
Refill water when the pressure falls below 0.8 bar.\n\n## Cleaning\n\nClean the burner once a year before the heating \
season. Use a soft brush, never water.\n\n## Errors\n\n| code | meaning |\n| --- | --- |\n| E01 | no flame |\n| E07 | \
flue gas too hot |\n";

/// Two pages of a paper on finger injuries.
pub const PAPER_PAGES: [&str; 2] = [
    "Pulley injuries in climbers\nGrade II injuries were managed conservatively in all series.\nReturn to full climbing \
     was advised after six to eight weeks.",
    "Taping in the H configuration reduced the distance\nbetween tendon and bone by 16 percent.",
];

/// Hearth's icon, 256 pixels a side, without text.
pub const PICTURE_PNG: &[u8] = include_bytes!("../../src-tauri/icons/256.png");
