//! Compares samplers and guidance with diffusers' schedulers.
//! The velocities are synthetic.

use kinora_engine::guidance::guided;
use kinora_engine::sampler::{Sampler, Schedule, Solver};
use kinora_wire::Guidance;
use tch::Tensor;

use crate::drawn::normal_like;
use crate::golden::{Goldens, assert_close, number, open};

fn velocity(x: &Tensor, timestep: f64) -> Tensor {
    x * 0.3 + (timestep / 100.0).sin() + x.flip([-1]) * 0.1
}

#[test]
fn every_sampler_visits_the_noise_levels_of_the_reference_and_ends_where_it_ends() {
    let goldens = Goldens::of("sampler");
    for (name, case) in goldens.cases() {
        let sampler: Sampler = case["sampler"]
            .as_str()
            .expect("name")
            .parse()
            .expect("known");
        let shift = case["shift"].as_f64().expect("a shift");
        let schedule = Schedule::new(sampler, number(case, "steps") as usize, shift);
        let close = |what: &str, ours: &Tensor, tolerance| {
            let golden = goldens.tensor(&format!("{name}.{what}"));
            assert_close(&format!("{name} {what}"), ours, &golden, tolerance);
        };
        let single = |numbers: &[f64]| Tensor::from_slice(numbers).to_kind(tch::Kind::Float);
        close("sigmas", &single(&schedule.sigmas), 1e-6);
        close("timesteps", &single(&schedule.timesteps), 1e-4);
        let mut x = normal_like("sampled", &[1, 4, 2, 2, 3]);
        let mut solver = Solver::new(sampler, schedule.clone());
        for &timestep in &schedule.timesteps {
            x = solver.step(&velocity(&x, timestep), &x);
        }
        close("sample", &x, 1e-4);
    }
}

#[test]
fn guidance_is_that_of_the_reference() {
    let file = open("sampler");
    let shape = [2, 4, 2, 3, 3];
    let (with, without) = (normal_like("with", &shape), normal_like("without", &shape));
    let check = |name: &str, guidance, step| {
        let golden = file.tensor(name).expect("golden");
        assert_close(
            name,
            &guided(guidance, step, &with, &without),
            &golden,
            1e-5,
        );
    };
    check(
        "guidance.classifier",
        Guidance::Classifier { scale: 6.0 },
        0,
    );
    let zero_star = Guidance::ZeroStar {
        scale: 5.0,
        zero_steps: 1,
    };
    check("guidance.zero_star", zero_star, 1);
    let first = guided(zero_star, 0, &with, &without);
    assert_eq!(first, first.zeros_like());
}
