//! `kinora doctor`: the system check, as a table or as JSON.

use std::process::ExitCode;

use kinora_studio::doctor::{Report, Verdict, examine};
use kinora_studio::engine;

/// Checks the machine and prints the report; exit status 1 if the studio cannot work here.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub fn doctor(json: bool) -> ExitCode {
    let report = examine(&engine::program());
    if json {
        match serde_json::to_string_pretty(&report) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                eprintln!("error: the report could not be written as JSON: {error}");
                return ExitCode::FAILURE;
            }
        }
    } else {
        print!("{}", table(&report));
    }
    if report.studio_can_work() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn table(report: &Report) -> String {
    let mut lines = Vec::new();
    for check in &report.checks {
        let mark = match check.verdict {
            Verdict::Good => "ok",
            Verdict::Absent => "--",
            Verdict::Missing => "MISSING",
        };
        lines.push(format!("{mark:<8}{:<11}{}", check.part, check.found));
        if let Some(remedy) = &check.remedy {
            lines.push(format!("{:19}to fix it: {remedy}", ""));
        }
    }
    lines.push(String::new());
    lines.push(if report.studio_can_work() {
        "Kinora can work on this machine.".into()
    } else {
        "Kinora cannot work on this machine until the parts marked MISSING are fixed.".into()
    });
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use kinora_studio::doctor::Check;

    use super::*;

    #[test]
    fn each_missing_part_is_followed_by_the_command_that_fixes_it() {
        let report = Report {
            checks: vec![Check {
                part: "FFmpeg",
                verdict: Verdict::Missing,
                found: "not found: libavcodec.so.59 or newer".into(),
                remedy: Some("cargo xtask setup".into()),
            }],
        };
        let expected = "\
MISSING FFmpeg     not found: libavcodec.so.59 or newer
                   to fix it: cargo xtask setup

Kinora cannot work on this machine until the parts marked MISSING are fixed.
";
        assert_eq!(table(&report), expected);
    }
}
