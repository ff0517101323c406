//! Reader of presentations (PPTX): one section per slide, with its speaker notes.

use hearth_domain::ProblemCode;

use super::docx::core_title;
use super::package::{Package, XmlEvent, attribute_value, walk_xml};
use crate::document::{
    Document, DocumentBuilder, ReadError, ReadOptions, collapse_whitespace, format_table_row,
    format_table_rule,
};

/// Reads a presentation; a missing slide becomes a problem.
pub(super) fn read_pptx(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes)?;
    let slides = slide_order(&mut package)?;
    let mut builder = DocumentBuilder::new(options);
    for (number, slide) in (1..).zip(&slides) {
        let Some(xml) = package.read_part(slide)? else {
            builder.add_problem(
                ProblemCode::PartUnreadable,
                format!("slide {number} is missing"),
                Some(number),
            );
            continue;
        };
        let content = parse_shapes(&xml);
        if content.is_damaged {
            let message = format!("slide {number} is damaged");
            builder.add_problem(ProblemCode::PartUnreadable, message, Some(number));
        }
        let title = content.title.clone().unwrap_or_else(|| format!("Slide {number}"));
        builder.add_heading(1, &title, None);
        for block in content.blocks {
            builder.add_block(&block, None);
        }
        let notes = related_part(&mut package, slide, "/notesSlide")?;
        if let Some(xml) = notes.map(|notes| package.read_part(&notes)).transpose()?.flatten() {
            for block in parse_shapes(&xml).blocks {
                // The notes page repeats the slide's number.
                if block.parse::<u32>().is_err() {
                    builder.add_block(&block, None);
                }
            }
        }
    }
    let title = package.read_part("docProps/core.xml")?.and_then(|xml| core_title(&xml));
    Ok(builder.finish(title, Some(slides.len() as u32)))
}

/// Part names of the slides, in the order of the presentation; in the order of their numbers if that is
/// missing.
fn slide_order(package: &mut Package<'_>) -> Result<Vec<String>, ReadError> {
    let relationships = read_relationships(package, "ppt/presentation.xml")?;
    let mut order = Vec::new();
    if let Some(xml) = package.read_part("ppt/presentation.xml")? {
        let _ = walk_xml(&xml, |event| {
            if let XmlEvent::Open { name, attributes, .. } = event
                && name == "sldId"
            {
                // The slide's own id and its relation are both called `id` without their prefix.
                let target = attributes.iter().filter(|(key, _)| key == "id").find_map(|(_, value)| {
                    relationships.iter().find(|relationship| relationship.id == *value)
                });
                order.extend(target.map(|relationship| relationship.part.clone()));
            }
        });
    }
    if order.is_empty() {
        order =
            package.part_names().into_iter().filter(|name| name.starts_with("ppt/slides/slide")).collect();
        order.sort_by_key(|name| (name.len(), name.clone()));
    }
    Ok(order)
}

/// Relationship of a part to another part (Open Packaging Conventions).
struct Relationship {
    id: String,
    /// URI whose last segment names the kind.
    kind: String,
    /// Name of the related part.
    part: String,
}

/// Relationships of a part; empty if it has none.
fn read_relationships(package: &mut Package<'_>, part: &str) -> Result<Vec<Relationship>, ReadError> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let mut relationships = Vec::new();
    if let Some(xml) = package.read_part(&format!("{folder}/_rels/{file}.rels"))? {
        let _ = walk_xml(&xml, |event| {
            if let XmlEvent::Open { attributes, .. } = event
                && let Some(target) = attribute_value(&attributes, "Target")
            {
                let value = |name| attribute_value(&attributes, name).unwrap_or_default().to_owned();
                let part = resolve_target(folder, target);
                relationships.push(Relationship { id: value("Id"), kind: value("Type"), part });
            }
        });
    }
    Ok(relationships)
}

/// Part that is related to another one by this kind of relationship, or `None`.
fn related_part(package: &mut Package<'_>, part: &str, kind: &str) -> Result<Option<String>, ReadError> {
    let relationships = read_relationships(package, part)?;
    Ok(relationships.into_iter().find(|related| related.kind.ends_with(kind)).map(|related| related.part))
}

/// Part name of a relationship's target, which is relative to the folder of its part or starts with a slash.
fn resolve_target(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut segments: Vec<&str> = folder.split('/').collect();
    for segment in target.split('/') {
        match segment {
            ".." => drop(segments.pop()),
            "." => {}
            name => segments.push(name),
        }
    }
    segments.join("/")
}

/// Title and text blocks of a slide.
#[derive(Default)]
struct SlideContent {
    title: Option<String>,
    blocks: Vec<String>,
    /// True if the XML breaks off.
    is_damaged: bool,
}

/// Parses the texts of a slide's shapes and tables.
fn parse_shapes(xml: &str) -> SlideContent {
    let mut content = SlideContent::default();
    let (mut paragraph, mut shape) = (String::new(), Vec::<String>::new());
    let (mut in_text, mut is_title) = (false, false);
    let (mut row, mut rows, mut cell) = (Vec::<String>::new(), Vec::<Vec<String>>::new(), None::<String>);
    // A merged cell is repeated in each of its columns and rows.
    let (mut from_left, mut from_above) = (false, false);
    let result = walk_xml(xml, |event| match event {
        XmlEvent::Open { name, attributes, empty } => match name.as_str() {
            "t" => in_text = !empty,
            "br" => paragraph.push(' '),
            "ph" => is_title = matches!(attribute_value(&attributes, "type"), Some("title" | "ctrTitle")),
            "tc" => {
                cell = Some(String::new());
                from_left = attribute_value(&attributes, "hMerge") == Some("1");
                from_above = attribute_value(&attributes, "vMerge") == Some("1");
            }
            _ => {}
        },
        XmlEvent::Text(text) if in_text => paragraph.push_str(&text),
        XmlEvent::Text(_) => {}
        XmlEvent::Close(name) => match name.as_str() {
            "t" => in_text = false,
            "p" => {
                let text = collapse_whitespace(&std::mem::take(&mut paragraph));
                match cell.as_mut() {
                    Some(cell) => {
                        cell.push_str(&text);
                        cell.push(' ');
                    }
                    None if !text.is_empty() => shape.push(text),
                    None => {}
                }
            }
            "tc" => {
                let text = collapse_whitespace(&cell.take().unwrap_or_default());
                let merged = match (from_left, from_above) {
                    (true, _) => row.last().cloned(),
                    (_, true) => rows.last().and_then(|above| above.get(row.len())).cloned(),
                    _ => None,
                };
                row.push(merged.filter(|_| text.is_empty()).unwrap_or(text));
            }
            "tr" => rows.push(std::mem::take(&mut row)),
            "tbl" => content.blocks.push(format_table(&std::mem::take(&mut rows))),
            "sp" => {
                let lines = std::mem::take(&mut shape);
                if is_title && content.title.is_none() && !lines.is_empty() {
                    content.title = Some(lines.join(" "));
                } else if !lines.is_empty() {
                    content.blocks.push(lines.join("\n"));
                }
                is_title = false;
            }
            _ => {}
        },
    });
    if result.is_err() {
        // The shape, or the table, in which the XML breaks off.
        let text = collapse_whitespace(&paragraph);
        match cell {
            Some(cell) => row.push(cell + &text),
            None => shape.push(text),
        }
        rows.extend(Some(row).filter(|row| !row.is_empty()));
        content.blocks.extend([format_table(&rows), shape.join("\n")]);
        content.is_damaged = true;
    }
    content
}

/// Markdown of a table.
fn format_table(rows: &[Vec<String>]) -> String {
    let mut lines = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        lines.push(format_table_row(row));
        if number == 0 {
            lines.push(format_table_rule(row.len()));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
