"""Writes test/change/change-scores.golden.json: scores of drawn changes by scikit-learn.

    /usr/bin/python3 test/reference/change_scores.py
"""

import json
from datetime import date
from pathlib import Path

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, precision_recall_curve
from sklearn.metrics import precision_score, recall_score, roc_auc_score

OUT = Path(__file__).parents[1] / "change" / "change-scores.golden.json"
THRESHOLD = 0.3


def case(name: str, changes: int, skill: float, decimals: int, seed: int) -> dict:
    """Changes whose log odds are normal; `skill` 0 gives probabilities that know nothing. Few decimals make ties."""
    random = np.random.default_rng(seed)
    odds = random.normal(-1.2, 1.0, changes)
    failed = (random.random(changes) < 1 / (1 + np.exp(-odds))).astype(int)
    probabilities = np.round(1 / (1 + np.exp(1.2 - skill * (odds + 1.2))), decimals)
    if skill == 0:
        probabilities = np.round(random.random(changes), decimals)
    flagged = probabilities >= THRESHOLD
    precision, recall, cuts = precision_recall_curve(failed, probabilities)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    scores = {
        "rocAuc": roc_auc_score(failed, probabilities),
        "averagePrecision": average_precision_score(failed, probabilities),
        "brier": brier_score_loss(failed, probabilities),
        "precision": precision_score(failed, flagged),
        "recall": recall_score(failed, flagged),
        "f1": f1_score(failed, flagged),
    }
    if len(np.unique(probabilities)) == changes:  # its bins are of equal counts only without ties
        frequency, forecast = calibration_curve(failed, probabilities, n_bins=10, strategy="quantile")
        assert len(frequency) == 10 and changes % 10 == 0
        scores["expectedCalibrationError"] = np.abs(frequency - forecast).mean()
    best = f1[:-1].max()
    return {
        "name": name,
        "probabilities": probabilities.tolist(),
        "failed": failed.tolist(),
        "threshold": THRESHOLD,
        "scores": {key: float(value) for key, value in scores.items()},
        "bestThreshold": float(cuts[np.flatnonzero(f1[:-1] >= best - 1e-12).max()]),
    }


CASES = [
    case("few ties, calibrated", 200, 1, 15, 1),
    case("many ties", 150, 1, 1, 2),
    case("no skill", 120, 0, 2, 3),
    case("too sure of itself", 100, 2.5, 15, 4),
]
OUT.write_text(
    json.dumps(
        {
            "made": {
                "by": "test/reference/change_scores.py",
                "source": f"scikit-learn {sklearn.__version__}",
                "on": date.today().isoformat(),
            },
            "tolerance": 1e-12,
            "cases": CASES,
        }
    )
    + "\n"
)
