//! A photo or a scan: one page, whose text is not read yet.

use std::io::Cursor;

use hearth_domain::ProblemCode;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use crate::document::{Builder, Document, ReadError, ReadOptions};

/// Pixels of a side, and bytes of a whole picture as it is decoded: a bomb says more, a camera less.
const LONGEST_SIDE: u32 = 32_768;
const MOST_BYTES: u64 = 512 << 20;
/// Of the width, 1 to 3.
const THINNEST: u32 = 4;

/// Reads a picture that can be drawn.
pub(crate) fn read(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    decode(bytes)?;
    let mut builder = Builder::new(options);
    builder.problem(ProblemCode::PageWithoutText, "the words in a picture are not read yet", Some(1));
    Ok(builder.finish(None, Some(1)))
}

/// The picture upright as a PNG: as wide as it is, or as wide as is wanted when that is less.
pub(crate) fn draw(bytes: &[u8], width: u32) -> Result<Vec<u8>, ReadError> {
    let picture = decode(bytes)?;
    // Four times as high as wide at most, as the pages of a PDF are.
    let width = width.min(picture.width());
    let picture = if width < picture.width() || picture.height() > THINNEST * width {
        picture.thumbnail(width, THINNEST * width)
    } else {
        picture
    };
    let mut png = Cursor::new(Vec::new());
    on_paper(picture).write_to(&mut png, ImageFormat::Png).map_err(refused)?;
    Ok(png.into_inner())
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, ReadError> {
    let broken = |error: std::io::Error| ReadError::Broken(error.to_string());
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(refused)?;
    if decoder.total_bytes() > MOST_BYTES {
        return Err(too_large());
    }
    // A camera that was held upright says so beside the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_large() -> ReadError {
    ReadError::TooLarge(format!(
        "a picture may have {LONGEST_SIDE} pixels a side and {} MB when it is opened; save a smaller one",
        MOST_BYTES >> 20
    ))
}

fn refused(error: ImageError) -> ReadError {
    match error {
        ImageError::Limits(_) => too_large(),
        error => ReadError::Broken(error.to_string()),
    }
}

/// What is transparent becomes white, or dark when what is drawn on it is light.
fn on_paper(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (mut light, mut seen) = (0_u64, 0_u64);
    for pixel in picture.pixels() {
        let [red, green, blue, alpha] = pixel.0.map(u64::from);
        light += (red + green + blue) / 3 * alpha;
        seen += alpha;
    }
    let paper: u16 = if light > seen * 200 { 40 } else { 255 };
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        *to = Rgb([red, green, blue].map(|part| ((part * alpha + paper * (255 - alpha)) / 255) as u8));
    }
    flat
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn drawn(bytes: &[u8], width: u32) -> RgbImage {
        image::load_from_memory(&draw(bytes, width).unwrap()).unwrap().into_rgb8()
    }

    #[test]
    fn a_picture_is_a_page_without_text() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let bytes = encoded(RgbImage::from_pixel(300, 200, Rgb([10, 200, 30])), format);
            let document = read(&bytes, &ReadOptions::default()).unwrap();
            assert_eq!((document.pages, document.revision.text.as_str()), (Some(1), ""));
            assert_eq!(document.problems[0].code, ProblemCode::PageWithoutText);
            assert!(document.revision.is_sound());
            assert_eq!(drawn(&bytes, 150).dimensions(), (150, 100));
            // Nothing is gained by more pixels than there are.
            assert_eq!(drawn(&bytes, 1200).dimensions(), (300, 200));
        }
    }

    #[test]
    fn a_photo_is_drawn_as_the_camera_was_held() {
        let plain = encoded(RgbImage::from_pixel(60, 20, Rgb([200, 10, 10])), ImageFormat::Jpeg);
        // Behind the mark of its beginning: a segment of Exif with one entry, "turn by 90 degrees".
        let exif =
            b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let turned = [&plain[..2], exif, &plain[2..]].concat();
        assert_eq!(drawn(&plain, 100).dimensions(), (60, 20));
        assert_eq!(drawn(&turned, 100).dimensions(), (20, 60));
    }

    #[test]
    fn what_is_drawn_on_nothing_can_be_seen() {
        let ink = |grey: u8| {
            let mut picture = RgbaImage::new(8, 8);
            picture.put_pixel(4, 4, Rgba([grey, grey, grey, 255]));
            drawn(&encoded(picture, ImageFormat::Png), 8)
        };
        assert_eq!((ink(0).get_pixel(0, 0).0, ink(0).get_pixel(4, 4).0), ([255; 3], [0; 3]));
        assert_eq!((ink(255).get_pixel(0, 0).0, ink(255).get_pixel(4, 4).0), ([40; 3], [255; 3]));
    }

    #[test]
    fn bombs_and_broken_pictures_are_refused() {
        let mut png = encoded(RgbImage::new(8, 8), ImageFormat::Png);
        assert!(matches!(read(&png[..40], &ReadOptions::default()), Err(ReadError::Broken(_))));
        // The header says 30,000 pixels a side, 2.7 GB.
        let header =
            [&b"IHDR"[..], &30_000_u32.to_be_bytes(), &30_000_u32.to_be_bytes(), &png[24..29]].concat();
        png[12..29].copy_from_slice(&header);
        png[29..33].copy_from_slice(&crc(&header).to_be_bytes());
        let refused = read(&png, &ReadOptions::default()).unwrap_err();
        assert!(matches!(refused, ReadError::TooLarge(_)), "{refused}");
        // A stripe of a pixel's width is not drawn a mile high.
        let stripe = encoded(RgbImage::new(2, 4000), ImageFormat::Png);
        assert!(drawn(&stripe, 1200).height() <= 8);
    }

    /// Of a chunk, as PNG counts it.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        })
    }
}
