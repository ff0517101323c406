//! Reader of images (photos, scans): one page, whose text is not recognised yet.

use std::io::Cursor;

use hearth_domain::ProblemCode;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use crate::document::{Document, DocumentBuilder, ReadError, ReadOptions};

/// Maximum pixels of a side, and maximum bytes of the decoded image: cameras stay below, decompression bombs
/// do not.
const MAX_SIDE_PIXELS: u32 = 32_768;
const MAX_DECODED_BYTES: u64 = 512 << 20;
/// Maximum height of a rendered image, as a multiple of its width.
const MAX_HEIGHT_RATIO: u32 = 4;

/// Reads an image as a page without text; an error if it cannot be decoded.
pub(crate) fn read_image(bytes: &[u8], options: &ReadOptions) -> Result<Document, ReadError> {
    decode_image(bytes)?;
    let mut builder = DocumentBuilder::new(options);
    builder.add_problem(ProblemCode::PageWithoutText, "text in images is not read yet", Some(1));
    Ok(builder.finish(None, Some(1)))
}

/// Renders an image upright as a PNG, scaled down to `width` pixels if it is wider.
pub(crate) fn render_image(bytes: &[u8], width: u32) -> Result<Vec<u8>, ReadError> {
    let picture = decode_image(bytes)?;
    // At most four times as high as wide, like the pages of a PDF.
    let width = width.min(picture.width());
    let picture = if width < picture.width() || picture.height() > MAX_HEIGHT_RATIO * width {
        picture.thumbnail(width, MAX_HEIGHT_RATIO * width)
    } else {
        picture
    };
    let mut png = Cursor::new(Vec::new());
    flatten_alpha(picture).write_to(&mut png, ImageFormat::Png).map_err(to_read_error)?;
    Ok(png.into_inner())
}

/// Decodes an image within the limits and turns it upright by its EXIF orientation.
fn decode_image(bytes: &[u8]) -> Result<DynamicImage, ReadError> {
    let broken = |error: std::io::Error| ReadError::Broken(error.to_string());
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(broken)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PIXELS);
    limits.max_image_height = Some(MAX_SIDE_PIXELS);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(to_read_error)?;
    if decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(too_large_error());
    }
    // A camera records its orientation in the metadata, not in the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(to_read_error)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn too_large_error() -> ReadError {
    ReadError::TooLarge(format!(
        "an image may have at most {MAX_SIDE_PIXELS} pixels per side and {} MB when decoded; save a smaller copy",
        MAX_DECODED_BYTES >> 20
    ))
}

fn to_read_error(error: ImageError) -> ReadError {
    match error {
        ImageError::Limits(_) => too_large_error(),
        error => ReadError::Broken(error.to_string()),
    }
}

/// Image without transparency: on white, or on dark grey if its visible pixels are light.
fn flatten_alpha(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let (mut weighted_brightness, mut total_alpha) = (0_u64, 0_u64);
    for pixel in picture.pixels() {
        let [red, green, blue, alpha] = pixel.0.map(u64::from);
        weighted_brightness += (red + green + blue) / 3 * alpha;
        total_alpha += alpha;
    }
    let background: u16 = if weighted_brightness > total_alpha * 200 { 40 } else { 255 };
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        *to = Rgb([red, green, blue].map(|part| ((part * alpha + background * (255 - alpha)) / 255) as u8));
    }
    flat
}

#[cfg(test)]
mod tests {
    use image::{Rgba, RgbaImage};

    use super::*;

    fn encode_image(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn render_rgb(bytes: &[u8], width: u32) -> RgbImage {
        image::load_from_memory(&render_image(bytes, width).unwrap()).unwrap().into_rgb8()
    }

    #[test]
    fn a_picture_is_a_page_without_text() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let bytes = encode_image(RgbImage::from_pixel(300, 200, Rgb([10, 200, 30])), format);
            let document = read_image(&bytes, &ReadOptions::default()).unwrap();
            assert_eq!((document.pages, document.revision.text.as_str()), (Some(1), ""));
            assert_eq!(document.problems[0].code, ProblemCode::PageWithoutText);
            assert!(document.revision.is_valid());
            assert_eq!(render_rgb(&bytes, 150).dimensions(), (150, 100));
            // Images are not enlarged.
            assert_eq!(render_rgb(&bytes, 1200).dimensions(), (300, 200));
        }
    }

    #[test]
    fn a_photo_is_drawn_as_the_camera_was_held() {
        let plain = encode_image(RgbImage::from_pixel(60, 20, Rgb([200, 10, 10])), ImageFormat::Jpeg);
        // After the start-of-image marker: an Exif segment with one entry, "turn by 90 degrees".
        let exif =
            b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let turned = [&plain[..2], exif, &plain[2..]].concat();
        assert_eq!(render_rgb(&plain, 100).dimensions(), (60, 20));
        assert_eq!(render_rgb(&turned, 100).dimensions(), (20, 60));
    }

    #[test]
    fn what_is_drawn_on_nothing_can_be_seen() {
        let ink = |grey: u8| {
            let mut picture = RgbaImage::new(8, 8);
            picture.put_pixel(4, 4, Rgba([grey, grey, grey, 255]));
            render_rgb(&encode_image(picture, ImageFormat::Png), 8)
        };
        assert_eq!((ink(0).get_pixel(0, 0).0, ink(0).get_pixel(4, 4).0), ([255; 3], [0; 3]));
        assert_eq!((ink(255).get_pixel(0, 0).0, ink(255).get_pixel(4, 4).0), ([40; 3], [255; 3]));
    }

    #[test]
    fn bombs_and_broken_pictures_are_refused() {
        let mut png = encode_image(RgbImage::new(8, 8), ImageFormat::Png);
        assert!(matches!(read_image(&png[..40], &ReadOptions::default()), Err(ReadError::Broken(_))));
        // The header claims 30,000 pixels a side, 2.7 GB.
        let header =
            [&b"IHDR"[..], &30_000_u32.to_be_bytes(), &30_000_u32.to_be_bytes(), &png[24..29]].concat();
        png[12..29].copy_from_slice(&header);
        png[29..33].copy_from_slice(&png_crc(&header).to_be_bytes());
        let error = read_image(&png, &ReadOptions::default()).unwrap_err();
        assert!(matches!(error, ReadError::TooLarge(_)), "{error}");
        // The height of a narrow stripe is limited.
        let stripe = encode_image(RgbImage::new(2, 4000), ImageFormat::Png);
        assert!(render_rgb(&stripe, 1200).height() <= 8);
    }

    /// CRC-32 of a PNG chunk.
    fn png_crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        })
    }
}
