//! Pictures are drawn anew before they are kept: whatever hid beside the pixels (place and time of the shot,
//! scripts for somebody's viewer, another file at the end) does not survive that.

mod whole;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use super::sniff::Sniffed;
use super::{MAX_BYTES, MediaType, Thumb};

/// What drawing one picture may take at its peak, unpacked and while it is turned or brought to eight bits: 33
/// megapixels of an ordinary photograph, half as many of one that lies on its side.
const MAX_MEMORY: u64 = 96 * 1024 * 1024;
/// Long receipts are long, but not longer.
const MAX_SIDE: u32 = 20_000;
/// What a decoder may take, the picture included.
const MAX_ALLOC: u64 = 112 * 1024 * 1024;
/// Good for reading a stamp on a form; a telephone's own files are about as good.
const QUALITY: u8 = 88;
const THUMB_QUALITY: u8 = 80;
/// The longer side of a small picture.
pub const THUMB_SIDE: u32 = 320;

/// One picture is drawn at a time in the whole process: bounds the memory whoever uploads what.
static TURN: Semaphore = Semaphore::const_new(1);

/// A picture as it is kept.
#[derive(Debug)]
pub struct Picture {
    /// JPEG or PNG.
    pub media_type: MediaType,
    /// The whole file.
    pub bytes: Vec<u8>,
    /// As it is shown.
    pub width: u32,
    /// As it is shown.
    pub height: u32,
    /// A small JPEG.
    pub thumb: Thumb,
}

/// Why a picture is not kept.
#[derive(Debug)]
pub enum PictureError {
    /// It is damaged or not really what it begins like.
    Damaged,
    /// It ends before it is whole.
    Cut,
    /// Too many pixels.
    TooManyPixels,
    /// The drawing itself ended before it was done, for the log.
    Stopped(Box<dyn std::error::Error + Send + Sync>),
}

/// Draws a picture anew: turned as its EXIF says, without anything but pixels. JPEG stays JPEG, PNG stays PNG
/// unless it becomes larger than an upload may be; WebP becomes JPEG, or PNG when it is transparent, because every
/// mail program and printer takes those. Of an animation the first picture stays.
pub async fn redraw(bytes: Vec<u8>, kind: Sniffed) -> Result<Picture, PictureError> {
    let format = match kind {
        Sniffed::Jpeg => ImageFormat::Jpeg,
        Sniffed::Png => ImageFormat::Png,
        Sniffed::WebP => ImageFormat::WebP,
        Sniffed::Heic | Sniffed::Pdf => return Err(PictureError::Damaged),
    };
    admit(&bytes, format)?;
    let turn = TURN.acquire().await.map_err(|e| PictureError::Stopped(e.into()))?;
    // The turn goes with the work, which goes on when whoever sent the picture has gone.
    let work = move || {
        let _turn = turn;
        draw(&bytes, format)
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| PictureError::Stopped(e.into()))?
}

fn decoder(bytes: &[u8], format: ImageFormat) -> Result<impl ImageDecoder, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    reader.into_decoder().map_err(|e| refusal(&e))
}

/// Asks the header only; nothing is unpacked yet.
fn admit(bytes: &[u8], format: ImageFormat) -> Result<(), PictureError> {
    let mut decoder = decoder(bytes, format)?;
    if format == ImageFormat::Jpeg && whole::is_cut(bytes) {
        return Err(PictureError::Cut);
    }
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 {
        return Err(PictureError::Damaged);
    }
    let color = decoder.color_type();
    let eight_bits = pixels * u64::from(color.channel_count());
    let is_deep = color.bytes_per_pixel() > color.channel_count();
    let is_on_its_side = decoder.orientation().is_ok_and(|turn| turn.to_exif() > 4);
    // A second picture beside the unpacked one, when there has to be one.
    let beside = if is_deep || is_on_its_side { eight_bits } else { 0 };
    let memory = decoder.total_bytes().saturating_add(beside);
    if width > MAX_SIDE || height > MAX_SIDE || memory > MAX_MEMORY {
        return Err(PictureError::TooManyPixels);
    }
    Ok(())
}

fn draw(bytes: &[u8], format: ImageFormat) -> Result<Picture, PictureError> {
    let mut decoder = decoder(bytes, format)?;
    // A wrong orientation is a lesser evil than a refused document.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|e| refusal(&e))?;
    // Eight bits first: turning makes a second picture of what there is.
    let mut image = eight_bits(image);
    image.apply_orientation(orientation);
    let thumb = thumb(&image)?;
    let (media_type, bytes) = encode(&image, format)?;
    Ok(Picture { media_type, bytes, width: image.width(), height: image.height(), thumb })
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Result<(MediaType, Vec<u8>), PictureError> {
    let wants_png = match format {
        ImageFormat::Png => true,
        ImageFormat::WebP => image.color().has_alpha(),
        _ => false,
    };
    if wants_png {
        let mut png = Vec::new();
        image.write_with_encoder(PngEncoder::new(&mut png)).map_err(|e| refusal(&e))?;
        if png.len() as u64 <= MAX_BYTES {
            return Ok((MediaType::Png, png));
        }
    }
    Ok((MediaType::Jpeg, jpeg(image, QUALITY)?))
}

fn thumb(image: &DynamicImage) -> Result<Thumb, PictureError> {
    let is_small = image.width() <= THUMB_SIDE && image.height() <= THUMB_SIDE;
    let small = if is_small { image.clone() } else { image.thumbnail(THUMB_SIDE, THUMB_SIDE) };
    jpeg(&small, THUMB_QUALITY).map(Thumb)
}

/// JPEG knows neither transparency nor more than eight bits.
fn jpeg(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, PictureError> {
    let opaque = image.color().has_alpha().then(|| on_white(image));
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    opaque.as_ref().unwrap_or(image).write_with_encoder(encoder).map_err(|e| refusal(&e))?;
    Ok(bytes)
}

fn on_white(image: &DynamicImage) -> DynamicImage {
    let mut flat = image::RgbImage::new(image.width(), image.height());
    for (to, (_, _, from)) in flat.pixels_mut().zip(image::GenericImageView::pixels(image)) {
        let [r, g, b, alpha] = from.0;
        let over = |channel: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        to.0 = [over(r), over(g), over(b)];
    }
    flat.into()
}

fn eight_bits(image: DynamicImage) -> DynamicImage {
    let color = image.color();
    match (color.has_color(), color.has_alpha()) {
        (true, true) => image.into_rgba8().into(),
        (true, false) => image.into_rgb8().into(),
        (false, true) => image.into_luma_alpha8().into(),
        (false, false) => image.into_luma8().into(),
    }
}

fn refusal(error: &ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooManyPixels,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests;
