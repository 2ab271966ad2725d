//! Integration tests of the timeline: edits, queries and sequences, files of other programs, and what survives damage,
//! full disks and kills. One program, since each further one is linked again with everything below it.

#![expect(clippy::print_stdout, reason = "figures for whoever runs it")]

mod crashes;
mod disk;
mod drawn;
mod editing;
mod foreign_cuts;
mod hostile;
mod keyframes;
mod killed;
mod mixing;
mod otio_reference;
mod queries;
mod random;
mod random_edits;
mod sequences;
mod speed;
mod subtitle_files;
mod subtitles;
