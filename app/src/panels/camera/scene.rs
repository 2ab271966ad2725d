//! Draws a stage: sky, floor, a grid with a line every metre, and the stand-ins as lit triangles, back to front.

use std::sync::OnceLock;

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Painter, Pos2, Rgba, Shape as PaintShape, Stroke};
use glam::{DVec2, DVec3};
use kinora_studio::render::animatic::colours_of;
use kinora_studio::timeline::stage::{
    Colour, Paint, Shape, Solid, Stage, bytes, floor_from, lit, painted_colour, sky,
};
use kinora_studio::timeline::{Frames, Project};

use super::CameraPanel;
use super::lens::{Lens, NEAREST_METRES};

/// The reach of the grid from the world's origin.
const FLOOR_METRES: i32 = 16;
/// The radii of the discs that form the floor, around the camera. The larger a disc, the more haze its colour has.
const FLOOR_RINGS_METRES: [f64; 14] = [
    4000.0, 240.0, 130.0, 85.0, 60.0, 45.0, 34.0, 26.0, 20.0, 15.0, 11.0, 8.0, 5.5, 3.5,
];
const LINE: Colour = [0.42, 0.415, 0.41];
/// Eyes, visors and snouts are drawn as if they were so much nearer, in heights of their stand-in: they lie on larger
/// triangles, whose centres may be nearer than theirs.
const ON_TOP_HEIGHTS: f64 = 0.07;
/// The number of points on a circle.
const ROUND: usize = 18;

/// A triangle on the screen, with the index of its stand-in.
struct Triangle {
    corners: [Pos2; 3],
    colours: [Color32; 3],
    /// The depth of its centre, in metres.
    z: f64,
    stand_in: usize,
}

/// Draws a stage. Returns the index of the stand-in under the pointer.
pub fn draw(
    painter: &Painter,
    lens: &Lens,
    panel: &CameraPanel,
    pointer: Option<Pos2>,
) -> Option<usize> {
    let (project, stage, frame) = (panel.cx.project(), panel.stage, panel.view.frame);
    backdrop(painter, lens);
    if stage.ground {
        floor(painter, lens, stage, frame);
    }
    let dressed = project.with_figures(stage.clone());
    let mut triangles = triangles(lens, project, &dressed, frame);
    triangles.sort_by(|one, other| other.z.total_cmp(&one.z));
    let mut mesh = Mesh::default();
    let mut under = None;
    for triangle in &triangles {
        if pointer.is_some_and(|at| is_in(at, &triangle.corners)) {
            under = Some(triangle.stand_in);
        }
        let first = mesh.vertices.len() as u32;
        for (pos, color) in triangle.corners.into_iter().zip(triangle.colours) {
            let uv = egui::epaint::WHITE_UV;
            mesh.vertices.push(Vertex { pos, uv, color });
        }
        mesh.add_triangle(first, first + 1, first + 2);
    }
    painter.add(PaintShape::mesh(mesh));
    under
}

/// The sky, in bands from top to bottom.
fn backdrop(painter: &Painter, lens: &Lens) {
    const BANDS: u32 = 12;
    let rect = lens.rect;
    let mut mesh = Mesh::default();
    for band in 0..=BANDS {
        let y = egui::lerp(rect.y_range(), band as f32 / BANDS as f32);
        for x in [rect.left(), rect.right()] {
            let at = egui::pos2(x, y);
            mesh.colored_vertex(at, screen_colour(sky(lens.ray(at).1)));
        }
        if band > 0 {
            let last = mesh.vertices.len() as u32 - 1;
            mesh.add_triangle(last - 3, last - 2, last - 1);
            mesh.add_triangle(last - 2, last - 1, last);
        }
    }
    painter.add(PaintShape::mesh(mesh));
}

fn floor(painter: &Painter, lens: &Lens, stage: &Stage, frame: Frames) {
    let below = DVec3::new(lens.pose.position.x, 0.0, lens.pose.position.z);
    for far in FLOOR_RINGS_METRES {
        let ring: Vec<DVec3> = rim()
            .map(|(sine, cosine)| below + DVec3::new(cosine, 0.0, sine) * far)
            .collect();
        polygon(painter, lens, &ring, screen_colour(floor_from(far)));
    }
    for at in -FLOOR_METRES..=FLOOR_METRES {
        for part in -FLOOR_METRES..FLOOR_METRES {
            let (at, from) = (f64::from(at), f64::from(part));
            let far = DVec2::new(at, from).length() / f64::from(FLOOR_METRES);
            let strength = (1.0 - far).clamp(0.0, 1.0) as f32;
            if strength <= 0.02 {
                continue;
            }
            let stroke = Stroke::new(1.0, screen_colour(LINE).gamma_multiply(strength));
            let to = from + 1.0;
            let ways = [
                (DVec3::new(at, 0.0, from), DVec3::new(at, 0.0, to)),
                (DVec3::new(from, 0.0, at), DVec3::new(to, 0.0, at)),
            ];
            for (from, to) in ways {
                if let Some(line) = lens.line(from, to) {
                    painter.line_segment(line, stroke);
                }
            }
        }
    }
    for stand_in in &stage.stand_ins {
        let (foot, _) = stand_in.at(frame);
        let wide = stand_in.size.x.max(stand_in.size.z) / 2.0;
        for (share, dark) in [(1.5, 0.10), (1.2, 0.12), (0.9, 0.14)] {
            let rim = rim().map(|(sine, cosine)| {
                DVec3::new(
                    foot.x + cosine * wide * share,
                    0.0,
                    foot.z + sine * wide * share,
                )
            });
            let rim: Vec<DVec3> = rim.collect();
            polygon(
                painter,
                lens,
                &rim,
                screen_colour([0.0; 3]).gamma_multiply(dark),
            );
        }
    }
}

fn rim() -> impl Iterator<Item = (f64, f64)> {
    (0..ROUND).map(|at| (at as f64 / ROUND as f64 * std::f64::consts::TAU).sin_cos())
}

/// Draws a flat convex polygon of the world, clipped at the near plane.
fn polygon(painter: &Painter, lens: &Lens, corners: &[DVec3], colour: Color32) {
    let seen: Vec<DVec3> = corners.iter().map(|&corner| lens.seen(corner)).collect();
    let mut kept = Vec::with_capacity(seen.len() + 2);
    for (at, &here) in seen.iter().enumerate() {
        let next = seen[(at + 1) % seen.len()];
        if here.z >= NEAREST_METRES {
            kept.push(here);
        }
        if (here.z >= NEAREST_METRES) != (next.z >= NEAREST_METRES) {
            let share = (NEAREST_METRES - here.z) / (next.z - here.z);
            let mut cut = here.lerp(next, share);
            cut.z = NEAREST_METRES;
            kept.push(cut);
        }
    }
    let mut mesh = Mesh::default();
    for place in kept.iter().filter_map(|&place| lens.on_screen(place)) {
        mesh.colored_vertex(place, colour);
    }
    for at in 2..mesh.vertices.len() as u32 {
        mesh.add_triangle(0, at - 1, at);
    }
    painter.add(PaintShape::mesh(mesh));
}

fn triangles(lens: &Lens, project: &Project, stage: &Stage, frame: Frames) -> Vec<Triangle> {
    let mut triangles = Vec::new();
    for (number, stand_in) in stage.stand_ins.iter().enumerate() {
        let own = stand_in.own_colours();
        let colours = own.or_else(|| colours_of(project, stand_in.form));
        for solid in stand_in.solids(frame) {
            let colour = painted_colour(colours, solid.paint);
            let nearer = match solid.paint {
                Paint::Dark | Paint::Light | Paint::Face => ON_TOP_HEIGHTS * stand_in.size.y,
                Paint::Body | Paint::Limbs | Paint::Fixed(_) => 0.0,
            };
            add_solid(&mut triangles, lens, &solid, (colour, nearer), number);
        }
    }
    triangles
}

fn add_solid(
    triangles: &mut Vec<Triangle>,
    lens: &Lens,
    solid: &Solid,
    (colour, nearer): (Colour, f64),
    stand_in: usize,
) {
    let axes = solid.world_from_solid.matrix3;
    let normals = axes.inverse().transpose();
    for corners in unit(solid.shape) {
        let world = corners.map(|(place, _)| solid.world_from_solid.transform_point3(place));
        let normal = corners.map(|(_, normal)| (normals * normal).normalize_or(DVec3::NEG_Y));
        let faces = (0..3).any(|at| normal[at].dot(lens.pose.position - world[at]) > 0.0);
        let screen = world.map(|place| lens.screen(place));
        let [Some(one), Some(two), Some(three)] = screen else {
            continue;
        };
        if faces {
            triangles.push(Triangle {
                corners: [one, two, three],
                colours: normal.map(|normal| screen_colour(lit(colour, normal))),
                z: world.iter().map(|&place| lens.seen(place).z).sum::<f64>() / 3.0 - nearer,
                stand_in,
            });
        }
    }
}

/// A corner of a unit solid: position and normal.
type Corner = (DVec3, DVec3);

/// The triangles of a shape that fills the cube from -1 to 1.
fn unit(shape: Shape) -> &'static [[Corner; 3]] {
    static FORMS: [OnceLock<Vec<[Corner; 3]>>; 3] = [const { OnceLock::new() }; 3];
    let (number, make): (usize, fn() -> Vec<[Corner; 3]>) = match shape {
        Shape::Ball => (0, ball),
        Shape::Cylinder => (1, cylinder),
        Shape::Cube => (2, cube),
    };
    FORMS[number].get_or_init(make)
}

fn ball() -> Vec<[Corner; 3]> {
    const RINGS: usize = 10;
    let place = |ring: usize, at: usize| {
        let (height, round) = (
            ring as f64 / RINGS as f64,
            (at % ROUND) as f64 / ROUND as f64,
        );
        let (sine, cosine) = (height * std::f64::consts::PI).sin_cos();
        let (across, ahead) = (round * std::f64::consts::TAU).sin_cos();
        let place = DVec3::new(sine * ahead, -cosine, sine * across);
        (place, place)
    };
    let squares = (0..RINGS).flat_map(|ring| (0..ROUND).map(move |at| (ring, at)));
    let both = squares.flat_map(|(ring, at)| {
        let corners = [
            place(ring, at),
            place(ring, at + 1),
            place(ring + 1, at),
            place(ring + 1, at + 1),
        ];
        [
            [corners[0], corners[1], corners[2]],
            [corners[1], corners[2], corners[3]],
        ]
    });
    both.collect()
}

fn cylinder() -> Vec<[Corner; 3]> {
    let side = |at: usize, y: f64| {
        let (sine, cosine) = ((at % ROUND) as f64 / ROUND as f64 * std::f64::consts::TAU).sin_cos();
        (DVec3::new(cosine, y, sine), DVec3::new(cosine, 0.0, sine))
    };
    let lid = |corner: Corner, y: f64| (corner.0, DVec3::Y * y);
    let mut all = Vec::new();
    for at in 0..ROUND {
        let [one, two, three, four] = [
            side(at, -1.0),
            side(at + 1, -1.0),
            side(at, 1.0),
            side(at + 1, 1.0),
        ];
        all.extend([[one, two, three], [two, three, four]]);
        for y in [-1.0, 1.0] {
            let middle = (DVec3::Y * y, DVec3::Y * y);
            all.push([middle, lid(side(at, y), y), lid(side(at + 1, y), y)]);
        }
    }
    all
}

fn cube() -> Vec<[Corner; 3]> {
    let mut all = Vec::new();
    for (across, down, out) in [
        (DVec3::X, DVec3::Y, DVec3::Z),
        (DVec3::Y, DVec3::Z, DVec3::X),
        (DVec3::Z, DVec3::X, DVec3::Y),
    ] {
        for side in [-1.0, 1.0] {
            let corner = |x: f64, y: f64| (across * x + down * y + out * side, out * side);
            let [one, two, three, four] = [
                corner(-1.0, -1.0),
                corner(1.0, -1.0),
                corner(-1.0, 1.0),
                corner(1.0, 1.0),
            ];
            all.extend([[one, two, three], [two, three, four]]);
        }
    }
    all
}

fn is_in(at: Pos2, corners: &[Pos2; 3]) -> bool {
    let side =
        |one: Pos2, two: Pos2| (two.x - one.x) * (at.y - one.y) - (two.y - one.y) * (at.x - one.x);
    let [one, two, three] = *corners;
    let sides = [side(one, two), side(two, three), side(three, one)];
    sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
}

/// A colour of the stage in egui's colour type.
fn screen_colour(colour: Colour) -> Color32 {
    let [red, green, blue] = bytes(colour);
    Rgba::from_srgba_unmultiplied(red, green, blue, 255).into()
}
