//! Random edits of the library: shots with their LoRAs, characters, media, titles and cameras.
//! Drawn from a seed, as all random edits are.

use glam::{DQuat, DVec3};
use kinora_timeline::camera::{CameraKey, Move, Pose, preset};
use kinora_timeline::cast::Character;
use kinora_timeline::edit::camera::CameraEdit;
use kinora_timeline::edit::library::Library;
use kinora_timeline::edit::marks::Mark;
use kinora_timeline::shot::loras::{Expert, ShotLora};
use kinora_timeline::shot::sound::ShotKind;
use kinora_timeline::shot::{CastMember, ModelLength, Origin, Shot};
use kinora_timeline::stage::{FigureKind, Form, Motion, StandIn};
use kinora_timeline::title::{Title, TitleRole};
use kinora_timeline::{ClipId, ContentHash, Edit, FrameRate, Frames, Project, Size, Source};

use super::Dice;

pub(super) fn library(project: &Project, clip: ClipId, dice: &mut Dice) -> Edit {
    let shots: Vec<_> = project.shots().map(|shot| shot.id).collect();
    let cast: Vec<_> = project.cast().map(|character| character.id).collect();
    let length = ModelLength {
        frames: 1 + 4 * dice.below(20) as u32,
        rate: FrameRate::new(16, 1).expect("a rate"),
    };
    let take = Some(ContentHash::of(&[dice.below(3) as u8])).filter(|_| dice.coin());
    Edit::Library(
        match (dice.below(14), dice.one_of(&shots), dice.one_of(&cast)) {
            (0, ..) if project.shots().count() < 12 => {
                Library::AddShot(Box::new(Shot::new("More", "", length)))
            }
            (1, Some(shot), _) => Library::RemoveShot(shot),
            (2, Some(shot), _) => Library::ChooseTake(shot, take),
            (3, Some(shot), _) => Library::ChooseSound(shot, take),
            (4, Some(shot), Some(character)) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.cast = vec![CastMember {
                    character,
                    strength: 0.5,
                }];
                let form = Form::Mannequin(Some(character));
                shot.stage.stand_ins = vec![StandIn {
                    colours: Some([(1, 2, 3), (4, 5, 6)]).filter(|_| dice.coin()),
                    figure: dice.one_of(&FigureKind::ALL).map(|(figure, _)| figure),
                    motion: Motion::Wave { swing_frames: 8.5 },
                    ..StandIn::new("hero", form, DVec3::ONE, DVec3::ZERO)
                }];
                Library::ChangeShot(Box::new(shot))
            }
            (5, Some(shot), _) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.length = length;
                shot.settings.steps = Some(dice.below(30) as u32).filter(|_| dice.coin()); // 0 is refused
                shot.origin = dice
                    .one_of(&shots)
                    .map_or(Origin::Scratch, Origin::Continues);
                Library::ChangeShot(Box::new(shot))
            }
            (13, Some(shot), _) => {
                let mut shot = Shot::clone(project.shot(shot).expect("there"));
                shot.loras = loras(dice);
                let media: Vec<_> = project.media().map(|medium| medium.id).collect();
                shot.control = dice.one_of(&media).filter(|_| dice.coin());
                shot.kind = match dice.below(4) {
                    0 => ShotKind::Sound,
                    _ => ShotKind::Picture,
                };
                Library::ChangeShot(Box::new(shot))
            }
            (6, ..) => Library::AddCharacter(Box::new(Character::new(
                "Extra",
                &format!("extra{}", dice.below(4)),
            ))),
            (7, _, Some(character)) => Library::RemoveCharacter(character),
            (9 | 10, Some(shot), _) => Library::MoveShot {
                shot,
                before: dice.one_of(&shots).filter(|_| dice.coin()),
            },
            (12, ..) => {
                Library::Conform(dice.one_of(&FrameRate::COMMON).unwrap_or(FrameRate::FPS_24))
            }
            (8, ..) => Library::SetSize(dice.one_of(&Size::COMMON).unwrap_or(Size::COMMON[0])),
            _ => match project.clip(clip).map(|(clip, ..)| clip.source) {
                Some(Source::Medium(id)) => Library::RemoveMedium(id),
                Some(Source::Title(id)) => Library::ChangeTitle(Box::new(Title {
                    id,
                    ..Title::new("Fin", TitleRole::Subtitle)
                })),
                _ => Library::SetRate(FrameRate::new(25, 1).expect("a rate")),
            },
        },
    )
}

/// Up to three LoRAs of two files: twice the same one is refused.
fn loras(dice: &mut Dice) -> Vec<ShotLora> {
    let experts = [None, Some(Expert::HighNoise), Some(Expert::LowNoise)];
    let lora = |dice: &mut Dice| ShotLora {
        file: format!("lora{}.safetensors", dice.below(2)),
        strength: dice.between(-9, 9) as f64 / 2.0, // 4.5 is refused
        expert: dice.one_of(&experts).flatten(),
    };
    (0..dice.below(4)).map(|_| lora(dice)).collect()
}

pub(super) fn camera(project: &Project, dice: &mut Dice) -> Edit {
    let shots: Vec<_> = project.shots().map(|shot| shot.id).collect();
    let Some(shot) = dice.one_of(&shots) else {
        return Edit::Mark(Mark::InOut(None));
    };
    let frame = dice.frames(0, 80);
    Edit::Camera(match dice.below(4) {
        0 => CameraEdit::SetPath(
            shot,
            dice.one_of(Move::ALL)
                .map(|which| preset(which, 1.0, Frames(81), Pose::START)),
        ),
        1 => {
            let pose = Pose {
                position: DVec3::new(0.1, -1.5, 0.3),
                orientation: DQuat::from_rotation_y(0.1),
                focal_mm: 35.0,
            };
            let key = CameraKey {
                tangent: dice
                    .one_of(&[None, Some(DVec3::new(0.02, 0.0, -0.1))])
                    .flatten(),
                ..CameraKey::new(frame, pose)
            };
            CameraEdit::SetKey(shot, key)
        }
        2 => CameraEdit::MoveKey {
            shot,
            from: Frames(80),
            to: frame,
        },
        _ => CameraEdit::RemoveKey(shot, Frames(0)),
    })
}
