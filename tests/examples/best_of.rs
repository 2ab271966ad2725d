//! What best of N is worth: shots of a model, the starter by default, each as a series of `kinora generate --best-of`, with seeds that
//! no one chose. Prints the camera errors of the first takes beside those of the chosen ones, in Markdown.
//! `cargo xtask best-of` runs it, optimised. The result of each shot is kept, so that a stopped run goes on.

#![expect(clippy::print_stdout, reason = "a measurement: stdout is its table")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde_json::{Value, json};

const HELP: &str = "\
Usage: cargo xtask best-of [OPTIONS]

  --shots N      shots, each with a prompt, a move and a first seed of its own (40)
  --takes N      takes of each shot (8)
  --size WxH     size of the clips; the model's own if left out
  --seed N       another set of shots (0)
  --model ID     the model; `starter` if left out
  --kinora PATH  the program to run; the one that is built beside this one if left out
";

/// The share of the first takes' median that the chosen ones may have.
const BAR_RATIO: f64 = 0.7;
const MOVES: [&str; 16] = [
    "pan-left",
    "pan-right",
    "tilt-up",
    "tilt-down",
    "roll-left",
    "roll-right",
    "truck-left",
    "truck-right",
    "pedestal-up",
    "pedestal-down",
    "push-in",
    "pull-out",
    "orbit-left",
    "orbit-right",
    "crane-up",
    "crane-down",
];
const COLOURS: [&str; 6] = ["red", "orange", "yellow", "green", "blue", "white"];
const CHARACTERS: [&str; 6] = ["robot", "astronaut", "cat", "rabbit", "bear", "dinosaur"];
const ACTIONS: [&str; 4] = ["stands", "waves", "walks left", "walks right"];
const PLACES: [&str; 4] = ["in the desert", "in a meadow", "in the snow", "in the city"];
const TIMES: [&str; 3] = ["at dawn", "at noon", "at sunset"];

type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|word| word == "--help") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match Experiment::of(&arguments).and_then(|experiment| experiment.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

struct Experiment {
    shots: u64,
    takes: u64,
    size: Option<String>,
    seed: u64,
    model: String,
    kinora: PathBuf,
}

impl Experiment {
    fn of(arguments: &[String]) -> Outcome<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/kinora");
        let mut experiment = Self {
            shots: 40,
            takes: 8,
            size: None,
            seed: 0,
            model: "starter".into(),
            kinora: beside,
        };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else {
                return Err(format!("{} needs a value; see --help", pair.join(" ")));
            };
            let number = || {
                let number = value.parse::<u64>();
                number.map_err(|_| format!("{name} {value}: a whole number is expected"))
            };
            match name.as_str() {
                "--shots" => experiment.shots = number()?,
                "--takes" => experiment.takes = number()?.clamp(1, 256),
                "--size" => experiment.size = Some(value.clone()),
                "--seed" => experiment.seed = number()?,
                "--model" => experiment.model.clone_from(value),
                "--kinora" => experiment.kinora = value.into(),
                other => return Err(format!("there is no option {other}; see --help")),
            }
        }
        Ok(experiment)
    }

    fn run(&self) -> Outcome<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/best-of");
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let size = self.size.as_deref().unwrap_or("own");
        let model = match self.model.as_str() {
            "starter" => String::new(), // the files of earlier runs
            other => format!("{other}-"),
        };
        let log = folder.join(format!(
            "{model}{size}-{}-takes-seed-{}.jsonl",
            self.takes, self.seed
        ));
        let mut done = read(&log);
        eprintln!("results are kept in {}", log.display());
        for shot in 0..self.shots {
            if done.iter().any(|known| known.number == shot) {
                continue;
            }
            let result = self.shot(shot, &folder)?;
            append(&log, &result)?;
            let known = ShotResult::of(&result).ok_or("kinora printed no ranking")?;
            eprintln!("shot {} of {}: {}", shot + 1, self.shots, known.words());
            done.push(known);
        }
        done.retain(|known| known.number < self.shots);
        println!("{}", table(&done, self));
        Ok(())
    }

    /// Makes a series of a shot with the real program, and returns what it printed of it.
    fn shot(&self, number: u64, folder: &Path) -> Outcome<Value> {
        let mut random = Random(self.seed.wrapping_mul(1 << 32).wrapping_add(number));
        let prompt = format!(
            "a {} {} {} {} {}",
            random.one_of(&COLOURS),
            random.one_of(&CHARACTERS),
            random.one_of(&ACTIONS),
            random.one_of(&PLACES),
            random.one_of(&TIMES),
        );
        let camera_move = MOVES[(number % MOVES.len() as u64) as usize];
        let first_seed = random.draw() >> 32;
        let output = folder.join("clip.mkv");
        let mut command = Command::new(&self.kinora);
        command
            .args(["generate", "--model", &self.model, "--json", "--overwrite"])
            .args(["--prompt", &prompt, "--move", camera_move])
            .args(["--seed", &first_seed.to_string()])
            .args(["--best-of", &self.takes.to_string(), "--rank", "camera"])
            .arg("--output")
            .arg(&output)
            .stderr(Stdio::inherit());
        if let Some(size) = &self.size {
            command.args(["--size", size]);
        }
        let ran = command.output();
        let ran = ran.map_err(|error| format!("{}: {error}", self.kinora.display()))?;
        let lines = String::from_utf8_lossy(&ran.stdout);
        let mut lines = lines
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let ranking = lines.find(|line: &Value| line.get("ranking").is_some());
        let mut ranking = ranking
            .filter(|_| ran.status.success())
            .ok_or_else(|| format!("`kinora generate` made no ranking ({})", ran.status))?;
        ranking["shot"] = json!(number);
        ranking["prompt"] = json!(prompt);
        ranking["move"] = json!(camera_move);
        Ok(ranking)
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[(self.draw() % words.len() as u64) as usize]
    }
}

/// The camera errors of a shot's takes in degrees, in the order in which they were made; `None` where one could not be
/// measured.
struct ShotResult {
    number: u64,
    camera_move: String,
    errors: Vec<Option<f64>>,
}

impl ShotResult {
    fn of(line: &Value) -> Option<Self> {
        let mut takes: Vec<(u64, Option<f64>)> = line["ranking"]
            .as_array()?
            .iter()
            .map(|take| {
                let number = take["number"].as_u64().unwrap_or(u64::MAX);
                (number, take["camera_error_degrees"].as_f64())
            })
            .collect();
        takes.sort_by_key(|(number, _)| *number);
        Some(Self {
            number: line["shot"].as_u64()?,
            camera_move: line["move"].as_str()?.to_owned(),
            errors: takes.into_iter().map(|(_, error)| error).collect(),
        })
    }

    /// That of the first take.
    fn first(&self) -> Option<f64> {
        self.errors.first().copied().flatten()
    }

    /// That of the take which the ranking chooses.
    fn chosen(&self) -> Option<f64> {
        self.errors.iter().copied().flatten().reduce(f64::min)
    }

    fn measurable(&self) -> usize {
        self.errors.iter().flatten().count()
    }

    fn words(&self) -> String {
        let degrees = |error: Option<f64>| {
            error.map_or("not measurable".to_owned(), |it| format!("{it:.2}°"))
        };
        format!(
            "{}, first {}, best {}, {} of {} measurable",
            self.camera_move,
            degrees(self.first()),
            degrees(self.chosen()),
            self.measurable(),
            self.errors.len()
        )
    }
}

/// The shots of an earlier run.
fn read(log: &Path) -> Vec<ShotResult> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines.filter_map(|line| ShotResult::of(&line)).collect()
}

fn append(log: &Path, result: &Value) -> Outcome<()> {
    let file = OpenOptions::new().create(true).append(true).open(log);
    file.and_then(|mut file| writeln!(file, "{result}"))
        .map_err(|error| format!("{}: {error}", log.display()))
}

/// The value at a share of the sorted values; `None` of nothing.
fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    sorted.get((share * last as f64).round() as usize).copied()
}

/// A row with the median, the quartiles and the range.
fn row(name: &str, errors: &[f64]) -> String {
    let at = |share| quantile(errors, share).map_or(String::new(), |value| format!("{value:.2}"));
    format!(
        "| {name} | {} | {} | {} to {} | {} to {} |",
        errors.len(),
        at(0.5),
        at(0.25),
        at(0.75),
        at(0.0),
        at(1.0)
    )
}

fn table(done: &[ShotResult], experiment: &Experiment) -> String {
    // Pairs alone are compared: a first take without an error has none to be better than.
    let pairs = done
        .iter()
        .filter_map(|shot| Some((shot.first()?, shot.chosen()?)));
    let (first, chosen): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let without_first = done.iter().filter(|shot| shot.first().is_none());
    let helped: Vec<f64> = without_first.filter_map(ShotResult::chosen).collect();
    let all: usize = done.iter().map(|shot| shot.errors.len()).sum();
    let measurable: usize = done.iter().map(ShotResult::measurable).sum();
    let size = experiment.size.as_deref().unwrap_or("the model's own size");
    let (takes, model) = (experiment.takes, &experiment.model);
    let mut lines = vec![
        format!(
            "Best of {takes} on `{model}`, {} shots, {size}: {measurable} of {all} takes measurable, {} first takes, \
             {} shots with at least one.",
            done.len(),
            first.len(),
            first.len() + helped.len(),
        ),
        String::new(),
        "| camera error in degrees | shots | median | quartiles | range |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
        row("first takes", &first),
        row("chosen takes of the same shots", &chosen),
        row("chosen takes where the first is not measurable", &helped),
        String::new(),
    ];
    let medians = quantile(&first, 0.5).zip(quantile(&chosen, 0.5));
    lines.push(match medians {
        Some((first, chosen)) => {
            let ratio = chosen / first;
            let verdict = match ratio <= BAR_RATIO {
                true => "holds",
                false => "does not hold",
            };
            format!("Ratio of the medians: {ratio:.2} (bar {BAR_RATIO}: {verdict}).")
        }
        None => "No first take is measurable: there is no ratio.".to_owned(),
    });
    lines.join("\n")
}
