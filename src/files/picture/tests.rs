//! What survives drawing a picture anew, and what is refused before it is drawn.

use image::{DynamicImage, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// Left half red, right half blue.
fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) },
    )
    .into()
}

/// TIFF with the orientation, a camera and a place: what a telephone writes.
fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend_from_slice(&[0x0f, 0x01, 2, 0, 4, 0, 0, 0, b'C', b'A', b'M', 0]);
    tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0]);
    tiff.extend_from_slice(&orientation.to_le_bytes());
    tiff.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
    tiff.extend_from_slice(b"GPS 55.7558N 37.6173E");
    tiff
}

fn jpeg_with(image: &DynamicImage, exif: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif).expect("JPEG carries EXIF");
    image.write_with_encoder(encoder).expect("a JPEG");
    bytes
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn decoded(picture: &Picture) -> DynamicImage {
    image::load_from_memory(&picture.bytes).expect("what is kept can be opened")
}

#[tokio::test]
async fn place_and_camera_do_not_survive_and_the_picture_is_turned() {
    let sent = jpeg_with(&halves(64, 32), exif(6));
    assert!(
        contains(&sent, b"GPS 55.7558N") && contains(&sent, b"CAM"),
        "the sample carries what is to vanish"
    );
    let kept = redraw(sent, Sniffed::Jpeg).await.expect("a picture");
    assert_eq!((kept.media_type, kept.width, kept.height), (MediaType::Jpeg, 32, 64));
    for trace in [&b"GPS 55.7558N"[..], b"CAM", b"Exif"] {
        assert!(!contains(&kept.bytes, trace) && !contains(&kept.thumb.0, trace));
    }
    // Orientation 6: the left side of the file is the top of the picture.
    let image = decoded(&kept).into_rgb8();
    assert!(image.get_pixel(16, 5)[0] > 150 && image.get_pixel(16, 58)[2] > 150);
}

#[tokio::test]
async fn what_hides_behind_a_picture_does_not_survive() {
    for (format, kind) in [
        (ImageFormat::Jpeg, Sniffed::Jpeg),
        (ImageFormat::Png, Sniffed::Png),
        (ImageFormat::WebP, Sniffed::WebP),
    ] {
        let mut sent = encoded(&halves(40, 20), format);
        sent.extend_from_slice(b"<script>alert(document.cookie)</script>PK\x03\x04");
        let kept = redraw(sent, kind).await.expect("a picture");
        assert!(!contains(&kept.bytes, b"<script>"), "{format:?}");
        assert_eq!((decoded(&kept).width(), decoded(&kept).height()), (40, 20), "{format:?}");
    }
}

#[tokio::test]
async fn comments_of_a_png_do_not_survive() {
    let mut sent = encoded(&halves(8, 8), ImageFormat::Png);
    let text = b"tEXtComment\0<svg onload=alert(1)>";
    let mut chunk = ((text.len() - 4) as u32).to_be_bytes().to_vec();
    chunk.extend_from_slice(text);
    chunk.extend_from_slice(&crc32(text).to_be_bytes());
    // After the signature and the header chunk.
    sent.splice(33..33, chunk);
    assert!(contains(&sent, b"onload"));
    let kept = redraw(sent, Sniffed::Png).await.expect("a picture");
    assert!(kept.media_type == MediaType::Png && !contains(&kept.bytes, b"onload"));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

#[tokio::test]
async fn webp_becomes_what_every_program_opens() {
    let opaque = redraw(encoded(&halves(20, 20), ImageFormat::WebP), Sniffed::WebP).await.expect("a picture");
    assert_eq!(opaque.media_type, MediaType::Jpeg);
    let glass: DynamicImage = RgbaImage::from_pixel(20, 20, Rgba([10, 200, 10, 90])).into();
    let clear = redraw(encoded(&glass, ImageFormat::WebP), Sniffed::WebP).await.expect("a picture");
    assert_eq!(clear.media_type, MediaType::Png);
    assert_eq!(decoded(&clear).into_rgba8().get_pixel(3, 3), &Rgba([10, 200, 10, 90]));
    // The small picture is a JPEG: glass stands on white.
    let thumb = image::load_from_memory(&clear.thumb.0).expect("a small picture").into_rgb8();
    assert!(thumb.get_pixel(10, 10)[0] > 140);
}

#[tokio::test]
async fn sixteen_bits_and_grey_are_kept_as_eight() {
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(12, 9, Rgb([65_535_u16, 0, 30_000])));
    let kept = redraw(encoded(&deep, ImageFormat::Png), Sniffed::Png).await.expect("a picture");
    assert_eq!(decoded(&kept).color(), image::ColorType::Rgb8);
    let grey = DynamicImage::ImageLuma8(image::GrayImage::from_pixel(12, 9, image::Luma([77])));
    let kept = redraw(encoded(&grey, ImageFormat::Jpeg), Sniffed::Jpeg).await.expect("a picture");
    assert_eq!(decoded(&kept).color(), image::ColorType::L8);
}

#[tokio::test]
async fn a_small_picture_is_small() {
    let kept =
        redraw(encoded(&halves(1200, 300), ImageFormat::Jpeg), Sniffed::Jpeg).await.expect("a picture");
    let thumb = image::load_from_memory(&kept.thumb.0).expect("a small picture");
    assert_eq!((thumb.width(), thumb.height()), (THUMB_SIDE, 80));
    let tiny = redraw(encoded(&halves(30, 20), ImageFormat::Jpeg), Sniffed::Jpeg).await.expect("a picture");
    let thumb = image::load_from_memory(&tiny.thumb.0).expect("a small picture");
    assert_eq!((thumb.width(), thumb.height()), (30, 20), "nothing is blown up");
}

/// A PNG whose header promises `width` × `height`; the pixels never come.
fn promising_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&width.to_be_bytes());
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(&crc32(&header).to_be_bytes());
    let data = b"IDAT\x78\x9c\x03\0\0\0\0\x01";
    bytes.extend_from_slice(&8_u32.to_be_bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&crc32(data).to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_is_unpacked() {
    for (width, height) in [(60_000, 60_000), (9_000, 9_000), (20_001, 1), (u32::MAX, 2)] {
        let refused = redraw(promising_png(width, height), Sniffed::Png).await;
        assert!(
            matches!(refused, Err(PictureError::TooManyPixels | PictureError::Damaged)),
            "{width}×{height}: {refused:?}"
        );
    }
    assert!(matches!(
        redraw(promising_png(9_000, 9_000), Sniffed::Png).await,
        Err(PictureError::TooManyPixels)
    ));
}

#[tokio::test]
async fn what_a_picture_takes_is_known_before_it_is_unpacked() {
    let deep = |side: u32| {
        let mut bytes = promising_png(side, side);
        // Sixteen bits for each of three colours.
        bytes[24] = 16;
        let checksum = crc32(&bytes[12..29]).to_be_bytes();
        bytes[29..33].copy_from_slice(&checksum);
        bytes
    };
    for (png, fits) in [
        (deep(7_200), false),
        (deep(3_300), true),
        (promising_png(7_200, 7_200), false),
        (promising_png(5_700, 5_700), true),
    ] {
        assert_eq!(admit(&png, ImageFormat::Png).is_ok(), fits);
    }
    let grey: DynamicImage = image::GrayImage::new(6_000, 5_000).into();
    assert!(admit(&jpeg_with(&grey, exif(6)), ImageFormat::Jpeg).is_ok());
}

#[tokio::test]
async fn a_picture_that_breaks_off_is_damaged() {
    let whole = encoded(&halves(200, 200), ImageFormat::Png);
    let half = whole[..whole.len() / 2].to_vec();
    assert!(matches!(redraw(half, Sniffed::Png).await, Err(PictureError::Damaged)));
    let html = b"\xff\xd8\xff<html><script>alert(1)</script></html>".to_vec();
    assert!(matches!(redraw(html, Sniffed::Jpeg).await, Err(PictureError::Damaged)));
}

#[tokio::test]
async fn a_jpeg_that_breaks_off_is_said_to_and_not_painted_grey() {
    let whole = encoded(&halves(200, 200), ImageFormat::Jpeg);
    for left in [whole.len() / 2, whole.len() * 9 / 10, whole.len() - 2] {
        let refused = redraw(whole[..left].to_vec(), Sniffed::Jpeg).await;
        assert!(matches!(refused, Err(PictureError::Cut)), "{left} of {}: {refused:?}", whole.len());
    }
    let longer = [whole.as_slice(), &[0; 500]].concat();
    assert!(redraw(longer, Sniffed::Jpeg).await.is_ok(), "cameras put films behind their pictures");
}

#[test]
fn an_overgrown_png_becomes_a_jpeg() {
    // Noise does not compress: 2,000 × 2,000 pixels of it take 12 MB as PNG.
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let noise: DynamicImage = RgbImage::from_fn(2_000, 2_000, |_, _| Rgb([next(), next(), next()])).into();
    let (media_type, bytes) = encode(&noise, ImageFormat::Png).expect("a picture");
    assert_eq!(media_type, MediaType::Jpeg);
    assert!((bytes.len() as u64) < MAX_BYTES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_breaks_the_decoders(
        format in prop_oneof![Just(ImageFormat::Jpeg), Just(ImageFormat::Png), Just(ImageFormat::WebP)],
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encoded(&halves(24, 16), format);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        if admit(&bytes, format).is_ok() {
            let _ = draw(&bytes, format);
        }
    }
}
