//! Whether a LoRA may fit a model, by the names of the two. The engine compares the tensors when a take is made; this is
//! known before.

use kinora_wire::ModelInfo;

/// Whether a LoRA that was trained on the model `base` may fit a model. Only numbers of parameters in the names of both
/// rule it out: widths differ with them.
pub fn may_fit(base: &str, model: &ModelInfo) -> bool {
    let of_model = parameters_in(&model.id).or_else(|| parameters_in(&model.name));
    let both = parameters_in(base).zip(of_model);
    both.is_none_or(|(base, model)| base == model)
}

/// The number of parameters in the name of a model: "14" in `model-14B`, in `model_a14b` and in `model-14b-fp16`.
fn parameters_in(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let mut words = name.split(|sign: char| !sign.is_alphanumeric() && sign != '.');
    words.find_map(|word| {
        let word = word.strip_prefix('a').unwrap_or(word); // the active ones of two experts
        let number = word.strip_suffix('b')?;
        let is_number = number.starts_with(|sign: char| sign.is_ascii_digit());
        let is_number = is_number && number.parse::<f64>().is_ok();
        is_number.then(|| number.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::shot_check::tests::model;

    #[test]
    fn the_number_of_parameters_is_read_from_the_name_of_a_model() {
        for (name, number) in [
            ("model-14B", Some("14")),
            ("model_t2v_1.3b_fp16", Some("1.3")),
            ("owner/Model2.2-I2V-A14B", Some("14")),
            ("model2.2", None),
            ("rgb and infb", None),
            ("", None),
        ] {
            assert_eq!(parameters_in(name).as_deref(), number, "{name}");
        }
    }

    #[test]
    fn a_lora_is_ruled_out_by_another_number_of_parameters_alone() {
        let mut model = model(false);
        assert!(may_fit("other_A14B", &model) && may_fit("another", &model));
        assert!(!may_fit("other-1.3b", &model));
        model.id = "without a number".into();
        assert!(may_fit("other-1.3b", &model));
    }
}
