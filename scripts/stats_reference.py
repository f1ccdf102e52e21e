"""Writes src/engine/stats/reference.json: what other programs say about fixed inputs.

Run once by hand (`pip install numpy scipy psignifit`, and R with pROC);
the tests read only the JSON, which names every program and version. Inputs are made here from
fixed seeds and stored beside the results.
"""

import importlib.metadata
import json
import math
import pathlib
import subprocess
import tempfile

import numpy as np
import psignifit
from psignifit import _posterior, sigmoids
from scipy import optimize, stats
from scipy.stats import _resampling

ALPHA = 0.025
np.seterr(over="ignore")


def run_r(script: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "script.R"
        path.write_text(script)
        out = subprocess.run(["Rscript", path], check=True, capture_output=True, text=True)
    lines = (line.split("=", 1) for line in out.stdout.splitlines() if "=" in line)
    return {key: value for key, value in lines}


def delong(programs: dict) -> dict:
    generator = np.random.default_rng(1)
    present = generator.normal(1.0, 1.0, 37).round(1)  # rounded, so that there are ties
    absent = generator.normal(0.0, 1.0, 52).round(1)
    present_b = (0.6 * present + generator.normal(0.2, 0.9, 37)).round(1)
    absent_b = (0.6 * absent + generator.normal(0.0, 0.9, 52)).round(1)

    def vector(*parts):
        return "c(" + ",".join(repr(float(x)) for part in parts for x in part) + ")"

    said = run_r(f"""
        suppressMessages(library(pROC))
        truth <- c(rep(1, 37), rep(0, 52))
        make <- function(x) roc(truth, x, direction = "<", levels = c(0, 1), quiet = TRUE)
        a <- make({vector(present, absent)})
        b <- make({vector(present_b, absent_b)})
        say <- function(key, x) cat(key, "=", paste(sprintf("%.17g", x), collapse = " "), "\\n", sep = "")
        say("area_a", auc(a)); say("area_b", auc(b))
        say("variance_a", var(a)); say("covariance", cov(a, b))
        cat("R=", R.version.string, "\\n", sep = ""); cat("pROC=", as.character(packageVersion("pROC")), "\\n", sep = "")
    """)
    programs["R"], programs["pROC"] = said.pop("R"), said.pop("pROC")
    numbers = {key: [float(x) for x in value.split()] for key, value in said.items()}
    return {
        "present_a": present.tolist(),
        "absent_a": absent.tolist(),
        "present_b": present_b.tolist(),
        "absent_b": absent_b.tolist(),
        **{key: value[0] if len(value) == 1 else value for key, value in numbers.items()},
    }


def bca() -> dict:
    generator = np.random.default_rng(2)
    table = generator.normal(0, 0.01, (5, 1)) + generator.exponential(0.03, (1, 24))
    table = table + generator.exponential(0.02, (5, 24))
    rows, columns = np.arange(5), np.arange(24)

    def mean(r, c, axis=-1):
        return table[np.asarray(r)[..., :, None], np.asarray(c)[..., None, :]].mean(axis=(-2, -1))

    found = stats.bootstrap(
        (rows, columns), mean, n_resamples=1999, method="BCa", vectorized=True,
        rng=np.random.default_rng(3),
    )
    resampled = found.bootstrap_distribution
    # scipy broadcasts jackknife samples against one another, so rows and columns are left out here.
    estimate = mean(rows, columns)
    tails = _resampling._bca_interval(
        (rows.astype(float), columns.astype(float)),
        lambda r, c, axis: np.asarray(
            [mean(a, b) for a, b in zip(
                np.asarray(r).reshape(-1, r.shape[-1]).astype(int),
                np.asarray(c).reshape(-1, c.shape[-1]).astype(int))]
        ).reshape(r.shape[:-1]) if r.ndim > 1 else np.float64(mean(r.astype(int), c.astype(int))),
        -1, ALPHA, resampled, None, np,
    )
    assert estimate == mean(rows, columns)
    return {
        "table": table.ravel().tolist(),
        "columns": 24,
        "resampled": resampled.tolist(),
        "acceleration": float(tails[2]),
        "tails": [float(np.squeeze(tails[0])), float(np.squeeze(tails[1]))],
        "interval": [found.confidence_interval.low, found.confidence_interval.high],
    }


def misfit() -> dict:
    values = np.array([0.00, 0.012, 0.006, 0.02, 0.008, 0.03, 0.05, 0.041])
    variances = np.full(8, 0.007**2)

    def statistic(sample):
        fit = optimize.isotonic_regression(sample).x
        return float(((sample - fit) ** 2).sum() / variances[0])

    observed = statistic(values)
    generator = np.random.default_rng(4)
    draws = 100_000
    larger = 0
    for _ in range(draws):
        larger += statistic(generator.normal(0, 0.007, 8)) >= observed
    share = larger / draws
    return {
        "values": values.tolist(),
        "variances": variances.tolist(),
        "statistic": observed,
        "p_value": share,
        "standard_error": math.sqrt(share * (1 - share) / draws),
    }


def sequential(alpha: float, information: list[float]) -> dict:
    """Bounds on the joint normal distribution of all looks, corr(Z_i, Z_j) = sqrt(t_i/t_j)."""

    def spent(share):
        return 2 * stats.norm.sf(stats.norm.ppf(1 - alpha / 2) / math.sqrt(share))

    t = np.array(information)
    correlation = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    bounds = [stats.norm.isf(spent(t[0]))]
    for k in range(1, len(t)):

        def crossing(bound):
            # P(no crossing so far) is 1 − spent; bounds are searched for the same at look k.
            inside = stats.multivariate_normal.cdf(
                np.array(bounds + [bound]), np.zeros(k + 1), correlation[: k + 1, : k + 1],
                maxpts=200_000, abseps=1e-9, releps=1e-9, rng=np.random.default_rng(5),
            )
            return inside - (1 - spent(t[k]))

        bounds.append(optimize.brentq(crossing, 1.5, 4.5, xtol=1e-7))
    return {"alpha": alpha, "information": information, "bounds": bounds}


# Forms of a fall by the name of its loss; psignifit names the rise along the turned axis.
FORMS = {
    "normal": ("norm", stats.norm.cdf),
    "logistic": ("logistic", stats.logistic.cdf),
    "gumbel": ("rgumbel", lambda z: np.exp(-math.log(2) * np.exp(-z))),
    "reversed-gumbel": ("gumbel", lambda z: -np.expm1(-math.log(2) * np.exp(z))),
}


def psychometric(name: str, seed: int, positions, form: str, true, total: int, eta: float) -> dict:
    midpoint, spread, guess, lapse = true
    theirs, kept = FORMS[form]
    positions = np.array(positions)
    psi = guess + (1 - guess - lapse) * kept((midpoint - positions) / spread)
    generator = np.random.default_rng(seed)
    share = psi
    if eta > 0:
        v = 1 / eta**2 - 1
        share = generator.beta(psi * v, (1 - psi) * v)
    correct = generator.binomial(total, share)
    # psignifit's curves rise, so the axis is turned.
    data = np.column_stack([-positions, correct, np.full(len(positions), total)]).astype(float)

    def flat(x):
        return np.ones_like(x)

    priors = {key: flat for key in ("threshold", "width", "lambda", "gamma", "eta")}
    sigmoid = sigmoids.sigmoid_by_name(theirs, PC=0.5, alpha=0.05)

    def maximise(start, fixed):
        start = {key: value for key, value in start.items() if key not in fixed}
        keep = optimize.fmin

        def tight(objective, x, disp=False):
            best = x
            for _ in range(3):
                best = keep(
                    lambda p: np.inf if out(dict(zip(sorted(start), p)), fixed)
                    else float(np.squeeze(objective(p))),
                    best, disp=False, xtol=1e-8, ftol=1e-10, maxiter=3000, maxfun=3000,
                )
            return best

        _posterior.optimize.fmin = tight
        try:
            found = _posterior.maximize_posterior(
                data, param_init=dict(start), param_fixed=fixed, sigmoid=sigmoid, priors=priors
            )
        finally:
            _posterior.optimize.fmin = keep
        return {key: float(np.squeeze(value)) for key, value in found.items()}

    def out(values, fixed):
        values = {**values, **{k: float(np.squeeze(v)) for k, v in fixed.items()}}
        return (
            not 0 < values["lambda"] < 1 or not 0 < values["gamma"] < 1 or values["width"] <= 0
            or values["lambda"] + values["gamma"] >= 1 or not 0 <= values["eta"] < 1
        )

    # From 5 % to 95 % of the fall, for a spread of 1.
    width = optimize.brentq(lambda z: kept(z) - 0.95, -9, 9) - optimize.brentq(
        lambda z: kept(z) - 0.05, -9, 9
    )
    start = {"threshold": -midpoint, "width": width * spread, "gamma": guess, "lambda": lapse,
             "eta": max(eta, 0.02)}
    binomial = maximise(start, {"eta": np.array([0.0])})
    binomial["threshold"] = -binomial["threshold"]

    best = (binomial["threshold"], binomial["width"] / width, binomial["gamma"], binomial["lambda"])
    fitted = best[2] + (1 - best[2] - best[3]) * kept((best[0] - positions) / best[1])
    dispersion = float(
        ((correct - total * fitted) ** 2 / (total * fitted * (1 - fitted))).sum()
    ) / (len(positions) - 4)
    return {
        "name": name,
        "sigmoid": form,
        "width_of_spread": width,
        "position": positions.tolist(),
        "correct": correct.tolist(),
        "total": [total] * len(positions),
        "binomial": binomial,
        "dispersion": dispersion,
    }


def main() -> None:
    programs = {
        name: importlib.metadata.version(name)
        for name in ("numpy", "scipy", "psignifit")
    }
    ladder = np.log([2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 80, 120, 200])
    result = {
        "programs": programs,
        "delong": delong(programs),
        "bca": bca(),
        "misfit": misfit(),
        "sequential": [
            sequential(0.025, [0.33, 0.67, 1.0]),
            sequential(0.025, [0.5, 1.0]),
            sequential(0.05, [0.3, 0.45, 0.9]),
        ],
        "psychometric": [
            psychometric("independent", 6, ladder, "normal", (3.8, 0.6, 0.2, 0.06), 2000, 0.0),
            psychometric("scattered", 7, ladder, "normal", (3.4, 0.5, 0.17, 0.05), 2000, 0.06),
            psychometric("few", 8, ladder[::2], "normal", (3.0, 0.7, 0.22, 0.08), 400, 0.1),
            psychometric("logistic", 9, ladder, "logistic", (3.8, 0.35, 0.2, 0.06), 2000, 0.0),
            psychometric("early", 10, ladder, "gumbel", (3.8, 0.5, 0.2, 0.06), 2000, 0.0),
            psychometric("late", 11, ladder, "reversed-gumbel", (3.2, 0.5, 0.2, 0.06), 2000, 0.04),
        ],
    }
    path = pathlib.Path(__file__).parents[1] / "src/engine/stats/reference.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(programs)


if __name__ == "__main__":
    main()
