#!/usr/bin/env python3
"""Scores by scikit-learn and scipy, for MetricGoldenTest.

    pip install -r scripts/golden/requirements-metrics.txt
    python3 scripts/golden/make_metrics.py core/src/test/resources/golden/metrics

Writes cases.json: predictions of classes (a digit a row) or numbers, and every score of them. A score that is not
defined is null; scikit-learn gives 0 for some of these and scipy NaN, both with a warning.
"""
import json
import pathlib
import sys
import warnings

import numpy
import scipy
import sklearn
from scipy.stats import pearsonr, spearmanr
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning


def f1(actual, predicted):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UndefinedMetricWarning)
        try:
            return float(metrics.f1_score(actual, predicted, labels=[1], average="macro"))
        except UndefinedMetricWarning:
            return None


def matthews(actual, predicted):
    if len(set(actual)) == 1 or len(set(predicted)) == 1:
        return None  # scikit-learn gives 0
    return float(metrics.matthews_corrcoef(actual, predicted))


def of_classes(name, classes, actual, predicted):
    actual, predicted = [int(i) for i in actual], [int(i) for i in predicted]
    labels = list(range(classes))
    each = metrics.precision_recall_fscore_support(actual, predicted, labels=labels, zero_division=0)
    mean = metrics.precision_recall_fscore_support(
        actual, predicted, labels=labels, zero_division=0, average="macro")
    return {
        "name": name, "classes": classes,
        "actual": "".join(map(str, actual)), "predicted": "".join(map(str, predicted)),
        "scores": {
            "accuracy": float(metrics.accuracy_score(actual, predicted)),
            "f1": f1(actual, predicted),
            "matthews": matthews(actual, predicted)},
        "confusion": metrics.confusion_matrix(actual, predicted, labels=labels).tolist(),
        "precision": each[0].tolist(), "recall": each[1].tolist(), "f1": each[2].tolist(),
        "rows": each[3].tolist(), "macro": [float(x) for x in mean[:3]]}


def of_numbers(name, actual, predicted):
    actual, predicted = [float(x) for x in actual], [float(x) for x in predicted]

    def correlation(of):
        if len(actual) < 2:
            return None  # scipy refuses it
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = float(of(predicted, actual)[0])
        return None if numpy.isnan(value) else value

    return {
        "name": name, "actual": actual, "predicted": predicted,
        "scores": {"pearson": correlation(pearsonr), "spearman": correlation(spearmanr)},
        "rmse": float(metrics.root_mean_squared_error(actual, predicted)),
        "mae": float(metrics.mean_absolute_error(actual, predicted))}


def noisy(random, actual, classes, wrong):
    return numpy.where(random.random(len(actual)) < wrong, random.integers(0, classes, len(actual)), actual)


def cases():
    random = numpy.random.default_rng(20261126)
    two = random.integers(0, 2, 1043)
    rare = (random.random(1043) < 0.03).astype(int)
    three = random.choice(3, 2000, p=[0.5, 0.3, 0.2])
    yield of_classes("two classes", 2, two, noisy(random, two, 2, 0.4))
    yield of_classes("two classes by chance", 2, two, random.permutation(two))
    yield of_classes("a rare class", 2, rare, noisy(random, rare, 2, 0.1))
    yield of_classes("all right", 2, two, two)
    yield of_classes("all wrong", 2, two, 1 - two)
    yield of_classes("three classes", 3, three, noisy(random, three, 3, 0.5))
    yield of_classes("three classes, one never predicted", 3, three, numpy.minimum(noisy(random, three, 3, 0.5), 1))
    yield of_classes("three classes, one never there", 3, numpy.minimum(three, 1), noisy(random, three, 3, 0.5))
    yield of_classes("three classes, one alone predicted", 3, three, numpy.full(2000, 2))
    yield of_classes("the first class alone predicted", 2, two, numpy.zeros(1043))
    yield of_classes("the second class alone predicted", 2, two, numpy.ones(1043))
    yield of_classes("the first class alone there", 2, numpy.zeros(1043), two)
    yield of_classes("the second class alone there", 2, numpy.ones(1043), two)
    yield of_classes("the first class alone, all right", 2, numpy.zeros(12), numpy.zeros(12))
    yield of_classes("the second class alone, all right", 2, numpy.ones(12), numpy.ones(12))
    yield of_classes("one row, right", 2, [1], [1])
    yield of_classes("one row, wrong", 2, [1], [0])
    yield of_classes("one row of the first class", 2, [0], [0])
    yield of_classes("two rows", 2, [0, 1], [1, 1])

    scores = numpy.round(random.random(400) * 20) / 4  # many ties, as in STS-B
    guess = (scores + random.normal(0, 1.2, 400)).astype(numpy.float32)
    yield of_numbers("numbers", scores, guess)
    yield of_numbers("ties on both sides", scores, numpy.round(guess))
    yield of_numbers("reversed", scores, -scores)
    yield of_numbers("unrelated", scores, random.permutation(guess))
    yield of_numbers("almost constant", scores, (2.5 + 1e-5 * guess).astype(numpy.float32))
    yield of_numbers("far from zero", scores, 1e4 + guess.astype(float))
    yield of_numbers("constant scores", scores, numpy.full(400, 0.1))
    yield of_numbers("constant truth", numpy.full(400, 0.1), guess)
    yield of_numbers("constant on both sides", numpy.full(7, 2.7), numpy.full(7, 2.7))
    yield of_numbers("two rows", [1, 3], [2.5, 2.25])
    yield of_numbers("one row", [1], [2.5])


def main(directory):
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"made_by": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": numpy.__version__},
         "cases": list(cases())},
        allow_nan=False)
    (directory / "cases.json").write_text(text.replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
