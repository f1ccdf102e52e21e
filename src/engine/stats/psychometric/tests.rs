use super::*;
use crate::stats::StatsError;
use crate::stats::reference::{close, close_to, numbers, section};

fn trials(known: &serde_json::Value) -> Vec<Trials> {
    numbers(&known["position"])
        .into_iter()
        .zip(numbers(&known["correct"]))
        .zip(numbers(&known["total"]))
        .map(|((position, correct), total)| Trials { position, correct, total })
        .collect()
}

/// `total` answers at each level, of which exactly the curve's share is right.
fn exactly_on(curve: &Psychometric, total: f64) -> [Trials; 10] {
    [f64::NEG_INFINITY, 1.0, 1.6, 2.0, 2.4, 2.8, 3.2, 3.8, 4.4, 5.0].map(|position| Trials {
        position,
        correct: total * curve.at(position),
        total,
    })
}

fn form(known: &serde_json::Value) -> Sigmoid {
    serde_json::from_value(known["sigmoid"].clone()).unwrap()
}

#[test]
fn widths_are_those_of_scipys_quantiles() {
    for known in section("psychometric").as_array().unwrap() {
        close(form(known).width(), known["width_of_spread"].as_f64().unwrap(), 1e-9);
    }
}

#[test]
fn forms_have_one_half_at_0_and_quantiles_and_slopes_of_their_own() {
    for sigmoid in Sigmoid::ALL {
        close(sigmoid.kept(0.0), 0.5, 1e-12);
        for before in [-2.5, -1.0, -0.1, 0.4, 1.7, 3.0] {
            close(sigmoid.quantile(sigmoid.kept(before)).unwrap(), before, 1e-7);
            let slope = (sigmoid.kept(before + 1e-6) - sigmoid.kept(before - 1e-6)) / 2e-6;
            close(sigmoid.density(before), slope, 1e-8);
        }
        for far in [-800.0, 800.0] {
            assert_eq!(sigmoid.kept(far), f64::from(far > 0.0), "{sigmoid:?}");
            assert_eq!(sigmoid.density(far), 0.0, "{sigmoid:?}");
        }
        assert_eq!([sigmoid.quantile(0.0), sigmoid.quantile(1.0)], [None, None]);
    }
}

#[test]
fn the_likeliest_form_is_the_first() {
    // Shares exactly on a curve: no other form can be as likely.
    for sigmoid in Sigmoid::ALL {
        let curve = Psychometric { sigmoid, midpoint: 3.4, spread: 0.4, guess: 0.2, lapse: 0.06 };
        let exact = exactly_on(&curve, 4000.0);
        let fit = Psychometric::fits(&exact, 0.025).unwrap()[0];
        assert_eq!(fit.sigmoid, sigmoid);
        close(fit.midpoint, 3.4, 1e-5);
        close(fit.spread, 0.4, 1e-5);
    }
}

#[test]
fn binomial_fits_are_psignifits() {
    // scripts/stats_reference.py: psignifit's likelihood with flat priors and eta = 0,
    // maximised by its own maximize_posterior with scipy's fmin at its tightest.
    for known in section("psychometric").as_array().unwrap() {
        let trials = trials(known);
        let fit = Psychometric::fit_as(form(known), &trials).unwrap();
        let of = |key: &str| known["binomial"][key].as_f64().unwrap();
        close_to(fit.midpoint, of("threshold"), 0.001);
        close_to(fit.spread * fit.sigmoid.width(), of("width"), 0.005);
        close(fit.guess, of("gamma"), 0.001);
        close(fit.lapse, of("lambda"), 0.001);
        // And never a worse likelihood than theirs.
        let theirs = Psychometric {
            sigmoid: fit.sigmoid,
            midpoint: of("threshold"),
            spread: of("width") / fit.sigmoid.width(),
            guess: of("gamma"),
            lapse: of("lambda"),
        };
        assert!(fit.deviance(&trials) <= theirs.deviance(&trials) + 1e-9);
    }
}

#[test]
fn the_dispersion_is_pearsons() {
    // scripts/stats_reference.py: χ² of psignifit's fit over its degrees of freedom.
    for known in section("psychometric").as_array().unwrap() {
        let trials = trials(known);
        let fit = Psychometric::fit_as(form(known), &trials).unwrap();
        close_to(fit.dispersion(&trials), known["dispersion"].as_f64().unwrap(), 0.02);
    }
}

#[test]
fn the_position_of_a_loss_is_where_the_curve_lost_it() {
    for sigmoid in Sigmoid::ALL {
        let curve = Psychometric { sigmoid, midpoint: 3.0, spread: 0.5, guess: 0.2, lapse: 0.06 };
        let position = curve.position_of_loss(0.02).unwrap();
        close(curve.at(position), 0.92, 1e-9);
        assert_eq!(curve.position_of_loss(0.8), None);
    }
}

#[test]
fn few_answers_speak_against_no_form_and_many_against_all_but_one() {
    let curve = Psychometric {
        sigmoid: Sigmoid::Gumbel,
        midpoint: 3.4,
        spread: 0.4,
        guess: 0.2,
        lapse: 0.06,
    };
    let forms = |total: f64| {
        let fits = Psychometric::fits(&exactly_on(&curve, total), 0.025).unwrap();
        assert_eq!(fits[0].sigmoid, Sigmoid::Gumbel);
        fits.len()
    };
    assert_eq!([forms(40.0), forms(1e6)], [4, 1]);
}

#[test]
fn influence_is_the_derivative_of_the_fit() {
    for sigmoid in Sigmoid::ALL {
        influence_is_the_derivative_of(sigmoid);
    }
}

fn influence_is_the_derivative_of(sigmoid: Sigmoid) {
    // Shares exactly on a curve, one moved by 1e-5 either way: a central difference.
    let spread = 2.0 / sigmoid.width();
    let curve = Psychometric { sigmoid, midpoint: 3.0, spread, guess: 0.2, lapse: 0.06 };
    let exact = exactly_on(&curve, 4000.0);
    let moved = |level: usize, by: f64| {
        let mut trials = exact.to_vec();
        trials[level].correct += by * 4000.0;
        Psychometric::fit_as(sigmoid, &trials).unwrap().position_of_loss(0.02).unwrap()
    };
    let influence = curve.influence(&exact, Some(0.02)).unwrap();
    for (level, influence) in influence.iter().enumerate() {
        let slope = (moved(level, 1e-5) - moved(level, -1e-5)) / 2e-5;
        // The difference's own error: third order in 1e-5 and the fit's last digits.
        close(*influence, slope, 1e-3 * (1.0 + slope.abs()));
    }
}

#[test]
fn what_does_not_fall_or_is_too_little_is_refused() {
    let at = |position: f64, correct: f64| Trials { position, correct, total: 100.0 };
    let few = [at(1.0, 90.0), at(2.0, 50.0), at(3.0, 20.0)];
    assert!(matches!(Psychometric::fit_as(Sigmoid::Normal, &few), Err(StatsError::Lengths { .. })));
    let rising = [at(1.0, 20.0), at(2.0, 30.0), at(3.0, 50.0), at(4.0, 90.0)];
    assert!(matches!(
        Psychometric::fit_as(Sigmoid::Normal, &rising),
        Err(StatsError::Value { .. })
    ));
    let wrong = [at(1.0, 120.0), at(2.0, 50.0), at(3.0, 20.0), at(4.0, 20.0)];
    assert!(matches!(
        Psychometric::fit_as(Sigmoid::Normal, &wrong),
        Err(StatsError::Value { position: 0, .. })
    ));
}
