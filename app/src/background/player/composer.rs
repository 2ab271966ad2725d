//! The thread of the player: it composes the pictures of requests, the newest first, and those beside them.
//! The readers of videos stay open between requests.

use std::path::{Path, PathBuf};

use kinora_studio::render::compose::Light;
use kinora_studio::render::{FrameReader, MediaError, Picture};
use kinora_studio::timeline::{Frames, Project};

use super::Look;

/// What the viewer shows: a frame of one revision of the project, with a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FrameRequest {
    pub(super) frame: Frames,
    pub(super) revision: u64,
    pub(super) look: Look,
}

/// A request to the composing thread.
pub(super) struct Job {
    pub(super) request: FrameRequest,
    pub(super) project: Project,
    /// The project with each of the other takes, or that of the picture that is compared.
    pub(super) beside: Vec<Project>,
}

pub(super) struct Composed {
    pub(super) request: FrameRequest,
    pub(super) picture: Result<Picture, MediaError>,
    /// The picture without the viewer's exposure, if it has any.
    pub(super) unlit: Option<Picture>,
    /// `None`: it cannot be composed.
    pub(super) beside: Vec<Option<Picture>>,
    /// Whether the picture shows a proxy.
    pub(super) shows_proxy: bool,
}

/// The state of the composing thread.
pub(super) struct Composer {
    folder: PathBuf,
    reader: FrameReader,
    /// Open files of their own: with a shared reader, each frame would reopen the files of the others.
    beside: Vec<FrameReader>,
    /// The exposure of the previous request, in stops, and its lookup.
    light: (f32, Option<Light>),
}

impl Composer {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            reader: FrameReader::new(folder).with_subtitles(),
            beside: Vec::new(),
            light: (0.0, None),
        }
    }

    pub(super) fn compose(&mut self, job: &Job) -> Composed {
        let request = job.request;
        let stops = request.look.exposure_stops;
        if self.light.0.to_bits() != stops.to_bits() {
            self.light = (stops, Light::of_stops(stops));
        }
        let lit = |mut picture: Picture| {
            if let Some(light) = &self.light.1 {
                light.on_picture(&mut picture);
            }
            picture
        };
        self.reader.use_proxies(request.look.plays_proxies);
        self.reader.use_ground(request.look.ground);
        let picture = self.reader.picture(&job.project, request.frame);
        let is_lit = self.light.1.is_some();
        let unlit = picture.as_ref().ok().filter(|_| is_lit).cloned();
        let picture = picture.map(lit);
        let others: Vec<(&Project, Frames)> = if let Some(trim) = request.look.trim {
            vec![(&job.project, trim.incoming)]
        } else {
            let first = request.look.compared.map(|_| Frames::ZERO);
            let at = first.unwrap_or(request.frame);
            job.beside.iter().map(|other| (other, at)).collect()
        };
        while self.beside.len() < others.len() {
            self.beside
                .push(FrameReader::new(&self.folder).with_subtitles());
        }
        for reader in &mut self.beside {
            reader.use_proxies(request.look.plays_proxies);
            reader.use_ground(request.look.ground);
        }
        let beside = self.beside.iter_mut().zip(others);
        let beside =
            beside.map(|(reader, (project, at))| reader.picture(project, at).ok().map(lit));
        Composed {
            request,
            picture,
            unlit,
            beside: beside.collect(),
            shows_proxy: self.reader.shows_proxy(),
        }
    }
}
