//! A picture of the window for a handout: a part of the screen as a PNG file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::{self, ColorImage, Rect, ScreenshotCallback, ViewportCommand};

use crate::store::whole;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The part asked for is not on the screen.
    #[error(
        "There is nothing of the plot and the log on the screen; make the window larger and try again."
    )]
    Nothing,
    /// The file could not be written.
    #[error(
        "The picture could not be written to {path}: {why}. Choose another place and try again."
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// Where a picture was written, or why not.
type Answer = Result<PathBuf, PictureError>;

/// Takes pictures.
pub struct Picture {
    /// Two pictures at most are on their way; a third one waits in its writer's thread.
    answers: (Sender<Answer>, Receiver<Answer>),
    /// Where the next one goes: it is asked for at the end of a frame that was painted for it.
    next: Option<PathBuf>,
    /// How many are on their way from the screen.
    taken: Arc<AtomicUsize>,
}

impl Default for Picture {
    fn default() -> Self {
        Self {
            answers: bounded(2),
            next: None,
            taken: Arc::default(),
        }
    }
}

impl Picture {
    /// A picture is wanted in this file: from now on frames are painted for it, until it is taken.
    pub fn want(&mut self, ctx: &egui::Context, path: PathBuf) {
        self.next = Some(path);
        ctx.request_repaint();
    }

    /// Whether what is painted may be in a picture: what only helps at the screen stays out of it.
    pub fn is_taken(&self) -> bool {
        self.next.is_some() || self.taken.load(Ordering::Relaxed) > 0
    }

    /// The frame is painted; `area` is where plot and log are in it. Takes the picture that is wanted.
    pub fn painted(&mut self, ctx: &egui::Context, area: Rect) {
        if let Some(path) = self.next.take() {
            self.request(ctx, area, path);
        }
    }

    /// Asks for a picture of `area` (in points, as the panels were laid out), to be written to `path`.
    /// The file is whole or absent. The answer comes through [`Picture::poll`].
    pub fn request(&mut self, ctx: &egui::Context, area: Rect, path: PathBuf) {
        let answer = self.answers.0.clone();
        let scale = ctx.pixels_per_point();
        let waker = ctx.clone();
        let taken = Arc::clone(&self.taken);
        taken.fetch_add(1, Ordering::Relaxed);
        let callback = ScreenshotCallback::new(move |image: Arc<ColorImage>| {
            taken.fetch_sub(1, Ordering::Relaxed);
            // Packing a PNG takes longer than a frame.
            std::thread::spawn(move || {
                let done = crop(&image, area, scale)
                    .ok_or(PictureError::Nothing)
                    .and_then(|part| write(&part, &path).map(|()| path));
                // Nobody listens any more when the window is closed.
                let _ = answer.send(done);
                waker.request_repaint();
            });
        });
        ctx.send_viewport_cmd(ViewportCommand::Screenshot(callback));
        ctx.request_repaint();
    }

    /// The outcome of a request, once: the file, or what failed and what to do.
    pub fn poll(&mut self) -> Option<Result<PathBuf, PictureError>> {
        self.answers.1.try_recv().ok()
    }
}

/// The part of `image` that shows `area` (in points), at `scale` pixels a point; none where they don't meet.
pub fn crop(image: &ColorImage, area: Rect, scale: f32) -> Option<ColorImage> {
    let [width, height] = image.size;
    let edge = |points: f32, most: usize| ((points * scale).round().max(0.0) as usize).min(most);
    let (left, right) = (edge(area.left(), width), edge(area.right(), width));
    let (top, bottom) = (edge(area.top(), height), edge(area.bottom(), height));
    if left >= right || top >= bottom {
        return None;
    }
    let pixels = (top..bottom)
        .flat_map(|y| &image.pixels[y * width + left..y * width + right])
        .copied()
        .collect();
    Some(ColorImage::new([right - left, bottom - top], pixels))
}

/// Writes `image` as a PNG that is whole or absent.
pub fn write(image: &ColorImage, path: &Path) -> Result<(), PictureError> {
    let failed = |why: String| PictureError::Write {
        path: path.to_owned(),
        why,
    };
    let [width, height] = image.size;
    // What lies behind the window is not in the picture: no pixel is see-through.
    let bytes: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()])
        .collect();
    let kind = image::ExtendedColorType::Rgb8;
    let png = |out: &mut dyn Write| {
        let encoder = image::codecs::png::PngEncoder::new(out);
        image::ImageEncoder::write_image(encoder, &bytes, width as u32, height as u32, kind)
            .map_err(std::io::Error::other)
    };
    whole::write(path, png).map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    fn checkered(width: usize, height: usize) -> ColorImage {
        let pixels = (0..width * height)
            .map(|i| {
                let (x, y) = ((i % width) as u8, (i / width) as u8);
                crate::ui::theme::Theme::dark()
                    .lane(usize::from(x ^ y))
                    .to_opaque()
            })
            .collect();
        ColorImage::new([width, height], pixels)
    }

    #[test]
    fn frames_are_painted_for_a_picture_until_it_is_taken() {
        let ctx = egui::Context::default();
        let mut picture = Picture::default();
        assert!(!picture.is_taken());
        picture.want(&ctx, "picture.png".into());
        assert!(picture.is_taken());
        picture.painted(&ctx, Rect::EVERYTHING);
        assert!(picture.is_taken());
        picture.taken.store(0, Ordering::Relaxed);
        picture.painted(&ctx, Rect::EVERYTHING);
        assert!(!picture.is_taken());
    }

    #[test]
    fn the_part_asked_for_is_written_whole_or_not_at_all() {
        let image = checkered(60, 40);
        let area = Rect::from_min_max(pos2(5.0, 4.0), pos2(20.0, 100.0));
        let part = crop(&image, area, 2.0).unwrap();
        assert_eq!(part.size, [30, 32]);
        assert_eq!(part.pixels[0], image.pixels[8 * 60 + 10]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        write(&part, &path).unwrap();
        let read = image::open(&path).unwrap().to_rgb8();
        assert_eq!(read.dimensions(), (30, 32));
        let pixel = read.get_pixel(3, 5).0;
        assert_eq!(pixel, part.pixels[5 * 30 + 3].to_array()[..3]);

        let nowhere = folder.path().join("no/such/folder.png");
        let error = write(&part, &nowhere).unwrap_err().to_string();
        assert!(error.contains("folder.png"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(crop(&image, area.translate(egui::vec2(500.0, 0.0)), 2.0).is_none());
    }
}
