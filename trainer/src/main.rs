//! `kinora-trainer`: draws the world, trains the starter model, measures it.

use std::time::Instant;

use kinora_trainer::world::{self, Format};

fn main() {
    let began = Instant::now();
    let drawn = world::clips(0..400, Format::SMALL);
    let seconds = began.elapsed().as_secs_f64();
    eprintln!("{} clips in {seconds}", drawn.len());
    let mut bytes = Vec::new();
    for (scene, clip) in &drawn {
        for picture in &clip.frames {
            bytes.extend(&picture.rgb);
        }
        for depth in &clip.depth {
            bytes.extend(depth);
        }
        for picture in &clip.frames {
            bytes.extend(&picture.mask);
        }
        for picture in scene.character.portraits() {
            bytes.extend(picture.rgb);
        }
    }
    std::fs::write("/tmp/world.bin", bytes).unwrap();
}
