//! Presentations: a section a slide, with its speaker notes.

use hearth_domain::ProblemCode;

use super::docx::core_title;
use super::package::{Package, Step, attribute, walk};
use crate::document::{Builder, Document, ReadError, ReadOptions, squeezed, table_row, table_rule};

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    let mut package = Package::open(bytes)?;
    let slides = slide_order(&mut package)?;
    let mut builder = Builder::new(options);
    for (number, slide) in (1..).zip(&slides) {
        let Some(xml) = package.part(slide)? else {
            builder.problem(ProblemCode::PartUnreadable, format!("slide {number} is missing"), Some(number));
            continue;
        };
        let content = shapes(&xml);
        let title = content.title.clone().unwrap_or_else(|| format!("Slide {number}"));
        builder.heading(1, &title, None);
        for block in content.blocks {
            builder.block(&block, None);
        }
        let notes = slide.replace("slides/slide", "notesSlides/notesSlide");
        if let Some(xml) = package.part(&notes)? {
            for block in shapes(&xml).blocks {
                // The notes page repeats the slide's number.
                if block.parse::<u32>().is_err() {
                    builder.block(&block, None);
                }
            }
        }
    }
    let title = package.part("docProps/core.xml")?.and_then(|xml| core_title(&xml));
    Ok(builder.finish(title, Some(slides.len() as u32)))
}

/// The slides' parts in the order of the presentation.
fn slide_order(package: &mut Package<'_>) -> Result<Vec<String>, ReadError> {
    let mut targets = Vec::new();
    if let Some(xml) = package.part("ppt/_rels/presentation.xml.rels")? {
        let _ = walk(&xml, |step| {
            if let Step::Open { attributes, .. } = step
                && let (Some(id), Some(target)) =
                    (attribute(&attributes, "Id"), attribute(&attributes, "Target"))
            {
                targets.push((id.to_owned(), format!("ppt/{}", target.trim_start_matches("/ppt/"))));
            }
        });
    }
    let mut order = Vec::new();
    if let Some(xml) = package.part("ppt/presentation.xml")? {
        let _ = walk(&xml, |step| {
            if let Step::Open { name, attributes, .. } = step
                && name == "sldId"
            {
                // The slide's own id and its relation are both called `id` without their prefix.
                let found = attributes
                    .iter()
                    .filter(|(key, _)| key == "id")
                    .find_map(|(_, value)| targets.iter().find(|(id, _)| id == value));
                order.extend(found.map(|(_, target)| target.clone()));
            }
        });
    }
    if order.is_empty() {
        order = package.names().into_iter().filter(|name| name.starts_with("ppt/slides/slide")).collect();
        order.sort_by_key(|name| (name.len(), name.clone()));
    }
    Ok(order)
}

#[derive(Default)]
struct Content {
    title: Option<String>,
    blocks: Vec<String>,
}

/// The texts of a slide's shapes and tables.
fn shapes(xml: &str) -> Content {
    let mut content = Content::default();
    let (mut paragraph, mut shape) = (String::new(), Vec::<String>::new());
    let (mut in_text, mut is_title) = (false, false);
    let (mut row, mut rows, mut cell) = (Vec::<String>::new(), Vec::<Vec<String>>::new(), None::<String>);
    // A merged cell is said in each of its columns and rows.
    let (mut from_left, mut from_above) = (false, false);
    let _ = walk(xml, |step| match step {
        Step::Open { name, attributes, empty } => match name.as_str() {
            "t" => in_text = !empty,
            "br" => paragraph.push(' '),
            "ph" => is_title = matches!(attribute(&attributes, "type"), Some("title" | "ctrTitle")),
            "tc" => {
                cell = Some(String::new());
                from_left = attribute(&attributes, "hMerge") == Some("1");
                from_above = attribute(&attributes, "vMerge") == Some("1");
            }
            _ => {}
        },
        Step::Text(text) if in_text => paragraph.push_str(&text),
        Step::Text(_) => {}
        Step::Close(name) => match name.as_str() {
            "t" => in_text = false,
            "p" => {
                let text = squeezed(&std::mem::take(&mut paragraph));
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
                let own = squeezed(&cell.take().unwrap_or_default());
                let merged = match (from_left, from_above) {
                    (true, _) => row.last().cloned(),
                    (_, true) => rows.last().and_then(|above| above.get(row.len())).cloned(),
                    _ => None,
                };
                row.push(merged.filter(|_| own.is_empty()).unwrap_or(own));
            }
            "tr" => rows.push(std::mem::take(&mut row)),
            "tbl" => {
                let mut lines = Vec::new();
                for (number, row) in std::mem::take(&mut rows).iter().enumerate() {
                    lines.push(table_row(row));
                    if number == 0 {
                        lines.push(table_rule(row.len()));
                    }
                }
                content.blocks.push(lines.join("\n"));
            }
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
    content
}
