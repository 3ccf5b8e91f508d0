//! Small pictures: decoded by a few threads, newest request first, kept in a bounded cache of textures.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::{Context, TextureHandle, TextureOptions};
use lru::LruCache;
use parking_lot::{Condvar, Mutex};

use super::super::pace::{Pace, step_back};
use super::picture::{Effort, Frames, Levels, PictureSource, Preview, Problem, preview};
use super::reduce::Fit;

const THREADS: usize = 2;
/// Requests that wait at most; older ones are dropped, and made again if they are still in sight.
const WAITING_MAX: usize = 512;
/// Frames after which a request that was not repeated is no longer in sight.
const PATIENCE_FRAMES: u64 = 20;
/// For how long pictures that are made wait for others: while a stream runs each frame requests new ones, and a frame
/// for each of them would take processor time from the stream.
const GATHERING: Duration = Duration::from_millis(50);
/// Textures handed to the graphics library in one frame.
const UPLOADS_A_FRAME: usize = 24;
/// Bytes of textures that are kept.
const CACHE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Sides of thumbnails in pixels; the first that is large enough is taken.
const SIDES_PX: [u32; 4] = [96, 160, 256, 384];

/// Identifies a picture: where it is and when it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureKey(u64);

impl PictureKey {
    /// Of anything that names a picture and its version.
    pub fn of(name: impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Which part of a picture a thumbnail shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The middle, as a square.
    #[default]
    Square,
    /// The whole.
    Whole,
}

/// What a thumbnail is of, and its longer side in pixels.
type ThumbnailKey = (PictureKey, Shape, u32);

/// What is marked on a thumbnail.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Why a part of it is missing.
    pub flaw: Option<Arc<str>>,
    /// Several pages or frames.
    pub frames: Option<Frames>,
    /// The values that are shown as black and white.
    pub levels: Option<Levels>,
    /// Whether a part of it is transparent.
    pub has_alpha: bool,
}

/// A thumbnail, as far as it is.
#[derive(Clone)]
pub enum Thumbnail {
    /// Not there yet.
    Pending,
    /// To be drawn.
    Ready(TextureHandle, Marks),
    /// There is none, for this reason.
    Missing(Arc<Problem>),
}

impl Thumbnail {
    /// How it differs from the file: one frame of several, stretched levels.
    pub fn remark(&self) -> Option<String> {
        let Self::Ready(_, marks) = self else { return None };
        let frames = marks.frames.map(|frames| frames.to_string());
        let levels = marks.levels.map(|levels| format!("levels {levels}"));
        let remarks: Vec<String> = frames.into_iter().chain(levels).collect();
        (!remarks.is_empty()).then(|| remarks.join(", "))
    }

    /// Whether it stands for a file that is not an image.
    pub fn is_other_file(&self) -> bool {
        matches!(self, Self::Missing(problem) if matches!(**problem, Problem::OtherFile(_)))
    }

    /// What is wrong with the picture, in a word or two, and why.
    pub fn problem(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Pending => None,
            Self::Ready(_, marks) => marks.flaw.as_deref().map(|flaw| ("damaged", flaw)),
            Self::Missing(problem) => Some((problem.word(), problem.reason())),
        }
    }
}

struct Request {
    key: ThumbnailKey,
    source: PictureSource,
}

struct Made {
    key: ThumbnailKey,
    /// `None`: forgotten, since it was out of sight.
    result: Result<Option<Preview>, Problem>,
}

struct Entry {
    thumbnail: Thumbnail,
    wanted_at: Arc<AtomicU64>,
    bytes: usize,
}

#[derive(Default)]
struct Requests {
    /// With the frame in which each was made last.
    waiting: VecDeque<(Request, Arc<AtomicU64>)>,
    is_over: bool,
}

#[derive(Default)]
struct Queue {
    requests: Mutex<Requests>,
    ready: Condvar,
    frame: AtomicU64,
}

/// The cache. One for the whole window.
pub struct Thumbnails {
    entries: LruCache<ThumbnailKey, Entry>,
    bytes: usize,
    queue: Arc<Queue>,
    made: Receiver<Made>,
    ctx: Context,
}

impl Thumbnails {
    /// Starts the threads.
    pub fn start(ctx: &Context, pace: &Arc<Pace>) -> Self {
        let queue = Arc::new(Queue::default());
        // Bounded: the threads wait where the window does not take.
        let (sender, made) = bounded(64);
        for number in 1..=THREADS {
            let (queue, sender, ctx, pace) = (Arc::clone(&queue), sender.clone(), ctx.clone(), Arc::clone(pace));
            let name = format!("thumbnails-{number}");
            let run = move || {
                step_back();
                work(&queue, &sender, &ctx, &pace);
            };
            if let Err(error) = std::thread::Builder::new().name(name).spawn(run) {
                tracing::error!("a thread for thumbnails could not be started: {error}");
            }
        }
        Self { entries: LruCache::unbounded(), bytes: 0, queue, made, ctx: ctx.clone() }
    }

    /// Takes what the threads have made. Once a frame.
    pub fn begin_frame(&mut self) {
        self.queue.frame.fetch_add(1, Ordering::Relaxed);
        for _ in 0..UPLOADS_A_FRAME {
            let Ok(made) = self.made.try_recv() else { break };
            self.receive(made);
        }
        if !self.made.is_empty() {
            self.ctx.request_repaint();
        }
        while self.bytes > CACHE_BYTES_MAX {
            let Some((_, entry)) = self.entries.pop_lru() else { break };
            self.bytes -= entry.bytes;
        }
    }

    /// The square thumbnail of a picture that is in sight, `side_points` wide.
    pub fn get(&mut self, key: PictureKey, side_points: f32, source: impl FnOnce() -> PictureSource) -> Thumbnail {
        self.get_shaped((key, Shape::Square), side_points, source)
    }

    /// The same in a shape.
    pub fn get_shaped(
        &mut self,
        (key, shape): (PictureKey, Shape),
        side_points: f32,
        source: impl FnOnce() -> PictureSource,
    ) -> Thumbnail {
        let side_px = side_points * self.ctx.pixels_per_point();
        let side = SIDES_PX.into_iter().find(|&side| side as f32 >= side_px).unwrap_or(SIDES_PX[SIDES_PX.len() - 1]);
        let (key, frame) = ((key, shape, side), self.queue.frame.load(Ordering::Relaxed));
        if let Some(entry) = self.entries.get(&key) {
            entry.wanted_at.store(frame, Ordering::Relaxed);
            return entry.thumbnail.clone();
        }
        let wanted_at = Arc::new(AtomicU64::new(frame));
        let entry = Entry { thumbnail: Thumbnail::Pending, wanted_at: Arc::clone(&wanted_at), bytes: 0 };
        self.entries.put(key, entry);
        let forgotten = {
            let mut requests = self.queue.requests.lock();
            requests.waiting.push_back((Request { key, source: source() }, wanted_at));
            if requests.waiting.len() > WAITING_MAX { requests.waiting.pop_front() } else { None }
        };
        self.queue.ready.notify_one();
        if let Some((request, _)) = forgotten {
            self.entries.pop(&request.key);
        }
        Thumbnail::Pending
    }

    /// Bytes of the textures that are kept.
    pub fn size_bytes(&self) -> usize {
        self.bytes
    }

    /// Whether every picture that was asked for is made, or known to be damaged.
    pub fn is_idle(&self) -> bool {
        !self.entries.iter().any(|(_, entry)| matches!(entry.thumbnail, Thumbnail::Pending))
    }

    fn receive(&mut self, made: Made) {
        let result = match made.result {
            Ok(Some(preview)) => Ok(preview),
            Ok(None) => {
                self.entries.pop(&made.key);
                return;
            }
            Err(problem) => Err(problem),
        };
        let Some(entry) = self.entries.peek_mut(&made.key) else { return };
        entry.thumbnail = match result {
            Ok(Preview { picture, flaw, frames, levels, has_alpha, .. }) => {
                entry.bytes = picture.pixels.len() * 4;
                self.bytes += entry.bytes;
                let texture = self.ctx.load_texture("thumbnail", picture, TextureOptions::LINEAR);
                Thumbnail::Ready(texture, Marks { flaw: flaw.map(Arc::from), frames, levels, has_alpha })
            }
            Err(problem) => Thumbnail::Missing(Arc::new(problem)),
        };
    }
}

impl Drop for Thumbnails {
    fn drop(&mut self) {
        self.queue.requests.lock().is_over = true;
        self.queue.ready.notify_all();
    }
}

fn fit((_, shape, side_px): ThumbnailKey) -> Fit {
    match shape {
        Shape::Square => Fit::Square(side_px),
        Shape::Whole => Fit::Inside(side_px),
    }
}

fn work(queue: &Queue, made: &Sender<Made>, ctx: &Context, pace: &Pace) {
    loop {
        let (request, wanted_at) = {
            let mut requests = queue.requests.lock();
            loop {
                if requests.is_over {
                    return;
                }
                // The newest first: it is what the person looks at.
                if let Some(next) = requests.waiting.pop_back() {
                    break next;
                }
                queue.ready.wait(&mut requests);
            }
        };
        let is_out_of_sight = || {
            let age = queue.frame.load(Ordering::Relaxed).saturating_sub(wanted_at.load(Ordering::Relaxed));
            age > PATIENCE_FRAMES || queue.requests.lock().is_over
        };
        let result = match is_out_of_sight() {
            true => Ok(None),
            false => preview(&request.source, fit(request.key), Effort::Usual, &is_out_of_sight),
        };
        if made.send(Made { key: request.key, result }).is_err() {
            return;
        }
        // Those that come soon after are drawn in the same frame.
        ctx.request_repaint_after(pace.wait(GATHERING));
    }
}
