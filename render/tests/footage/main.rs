//! What people bring: films of phones, cameras, browsers and other programs. Every input is made by the test itself, with
//! the command line of FFmpeg: numbered frames, clicks, colours.

mod damage;
mod made;
mod matrix;
mod pictures;
mod proxies;
mod sounds;
mod times;
