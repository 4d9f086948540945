"""Notebook 02, first exercise: make_pairs. Its results are random, so properties are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from contrastive_ref.grading import judges, probes
from contrastive_ref.grading.exercise import (
    Case,
    Exercise,
    Inputs,
    Misconception,
    Outcome,
    Verdict,
)
from contrastive_ref.grading.inputs import labels
from contrastive_ref.losses import margin

Generator = torch.Generator


# --- probes ------------------------------------------------------------------------------------


def draw_pairs(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call `draws` times with one generator; hand over the first result and all results stacked."""
    generator = torch.Generator().manual_seed(inputs["seed"])
    results = [student(inputs["labels"], generator) for _ in range(inputs["draws"])]
    return {"labels": inputs["labels"], "result": results[0], **_stacked(results)}


def draw_twice(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call with a generator, with another one of the same seed, and once more with that one."""
    first, second = (torch.Generator().manual_seed(inputs["seed"]) for _ in range(2))
    results = [student(inputs["labels"], g) for g in (first, second, second)]
    return _stacked(results)


def one_call(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call once, with a generator."""
    return {"result": student(inputs["labels"], torch.Generator().manual_seed(inputs["seed"]))}


def untouched(student: Callable, inputs: Inputs) -> Mapping[str, object]:
    """Call once and hand over the labels as they are afterwards."""
    generator = torch.Generator().manual_seed(inputs["seed"])
    return probes.untouched(lambda y: student(y, generator), {"labels": inputs["labels"]})


def _stacked(results: list) -> dict[str, Tensor]:
    try:
        names = ("index_a", "index_b", "same")
        columns = zip(*results, strict=True)
        return {
            name: torch.stack([torch.as_tensor(x) for x in column])
            for name, column in zip(names, columns, strict=True)
        }
    except (TypeError, ValueError, RuntimeError):
        return {}  # no triples of equal length: the judge sees `result` and says so


# --- judges: a property each, on everything that was drawn -------------------------------------

Check = Callable[[Tensor, Tensor, Tensor, Tensor], Verdict]


def about_draws(check: Check) -> Callable[[Outcome, Outcome], Verdict]:
    """Judge (labels [N], index_a, index_b, same [draws, N]), if all are there and make sense."""

    def judge(student: Outcome, reference: Outcome) -> Verdict:
        if (failure := judges.failed(student)) is not None:
            return failure
        y, v = reference.values["labels"], student.values
        if not all(isinstance(v.get(k), Tensor) for k in ("index_a", "index_b", "same")):
            return Verdict(False, f"expected three tensors of length N, got {_kinds(v)}", "type")
        a, b, same = v["index_a"], v["index_b"], v["same"]
        if not a.shape[1:] == b.shape[1:] == same.shape[1:] == y.shape:
            shapes = ", ".join(str(list(x.shape[1:])) for x in (a, b, same))
            return Verdict(False, f"expected three times [{len(y)}], got {shapes}", "shape")
        for name, index in (("index_a", a), ("index_b", b)):
            if index.is_floating_point() or index.min() < 0 or index.max() >= len(y):
                return Verdict(False, f"{name} holds other things than positions", "index")
        return check(y, a.long(), b.long(), same.bool())

    return judge


def _kinds(values: Mapping[str, object]) -> str:
    parts = [values.get(f"result[{i}] is") for i in range(3)]
    return ", ".join(str(p) for p in parts if p) or str(values.get("result is"))


def each_once(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    everybody = torch.arange(len(y)).expand_as(a)
    if torch.equal(a.sort(dim=1).values, everybody):
        return judges.FINE
    return Verdict(False, "some sample is twice in index_a, another one missing", "not once")


def not_itself(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    share = (a == b).double().mean().item()
    if share == 0:
        return judges.FINE
    return Verdict(False, f"{100 * share:.1f} % of the pairs are a sample with itself", "itself")


def same_is_true(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    truth = y[a] == y[b]
    if torch.equal(truth, same):
        return judges.FINE
    if torch.equal(truth, ~same):
        return Verdict(False, "it is true for different classes", "inverted")
    wrong = 100 * (truth != same).double().mean().item()
    return Verdict(False, f"wrong for {wrong:.0f} % of the pairs", "same")


def half_same(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    share = (y[a] == y[b]).double().mean().item()
    if abs(share - 0.5) < 0.1:  # 700 and more pairs: 0.1 is five standard deviations
        return judges.FINE
    return Verdict(False, f"expected about 50 %, got {100 * share:.0f} %", "share")


def lonely_gets_other(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    lonely = torch.tensor([(y == c).sum() == 1 for c in y])[a]
    if (a == b)[lonely].any():
        return Verdict(False, "the only member of a class is paired with itself", "itself")
    return same_is_true(y, a, b, same)


def all_same(y: Tensor, a: Tensor, b: Tensor, same: Tensor) -> Verdict:
    if (a == b).any():
        return Verdict(False, "a sample is paired with itself", "itself")
    if same.all():
        return judges.FINE
    return Verdict(
        False, "there is only one class, and yet some pairs are called different", "same"
    )


def kinds_and_dtypes(student: Outcome, reference: Outcome) -> Verdict:
    if (failure := judges.failed(student)) is not None:
        return failure
    if student.values.get("result is") != "tuple of 3":
        return Verdict(
            False, f"expected a tuple of 3, got {student.values.get('result is')}", "type"
        )
    for i, name in enumerate(("index_a", "index_b", "same")):
        got, expected = student.values.get(f"result[{i}]"), reference.values[f"result[{i}]"]
        if student.values.get(f"result[{i}] is") != "tensor" or not isinstance(got, Tensor):
            return Verdict(False, f"{name} is a {student.values.get(f'result[{i}] is')}", "type")
        if got.dtype != expected.dtype:
            return Verdict(False, f"{name}: expected {expected.dtype}, got {got.dtype}", "dtype")
    return judges.FINE


def repeatable(student: Outcome, reference: Outcome) -> Verdict:
    if (failure := judges.failed(student)) is not None:
        return failure
    drawn = student.values.get("index_b")
    if not isinstance(drawn, Tensor):
        return Verdict(False, "expected three tensors of length N", "type")
    if not torch.equal(drawn[0], drawn[1]):
        return Verdict(False, "two generators of the same seed give different pairs", "generator")
    if torch.equal(drawn[1], drawn[2]):
        return Verdict(False, "the next call gives the same pairs again", "frozen")
    return judges.FINE


def raises_clearly(student: Outcome, reference: Outcome) -> Verdict:
    if student.error in ("timeout", "RecursionError"):
        return Verdict(False, "never comes back", "timeout")
    if student.error:
        return judges.FINE
    return Verdict(False, "no error, although there is nobody to pair with", "no error")


# --- the exercise ------------------------------------------------------------------------------


def _classes(*sizes: int, draws: int = 12, seed: int = 5) -> Callable[[Generator], Inputs]:
    return lambda g: {"labels": labels(*sizes, generator=g), "draws": draws, "seed": seed}


def _loop(pick: Callable, tell: Callable = lambda a, b: a == b) -> Callable:
    """A wrong make_pairs by loop: `pick(i, labels, draw)` gives the partner of sample i."""

    def make(y: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        def draw(candidates: Tensor) -> Tensor:
            return candidates[torch.randint(len(candidates), (), generator=generator)]

        partners = torch.stack([pick(i, y, draw, generator) for i in range(len(y))])
        return torch.arange(len(y)), partners, tell(y, y[partners])

    return make


def _coin(generator: Generator | None) -> bool:
    return bool(torch.rand((), generator=generator) < 0.5)


def _others(i: int, y: Tensor, wanted: Tensor) -> Tensor:
    return wanted[wanted != i]


def _positions(mask: Tensor) -> Tensor:
    return mask.nonzero().flatten()


def _pick_binary(i, y, draw, g):
    label = y[i] if _coin(g) else 1 - y[i]
    return draw(_others(i, y, _positions(y == label)))


def _pick_with_itself(i, y, draw, g):
    other = _positions(y != y[i])
    return draw(_positions(y == y[i]) if _coin(g) or len(other) == 0 else other)


def _pick_right(i, y, draw, g):
    mates, other = _others(i, y, _positions(y == y[i])), _positions(y != y[i])
    if len(mates) == 0 or len(other) == 0:
        return draw(other if len(mates) == 0 else mates)
    return draw(mates if _coin(g) else other)


def _pick_anybody(i, y, draw, g):
    return draw(_others(i, y, torch.arange(len(y))))


def _ignores_generator(y: Tensor, generator: Generator):
    fresh = torch.Generator()
    fresh.seed()
    return _loop(_pick_right)(y, fresh)


def _seeds_itself(y: Tensor, generator: Generator):
    return _loop(_pick_right)(y, torch.Generator().manual_seed(0))


def _finds(**wanted: str) -> Callable[[Mapping[str, Verdict]], bool]:
    """A symptom: the case whose name starts with the keyword (_ for a blank) failed just so."""

    def found(verdicts: Mapping[str, Verdict]) -> bool:
        return all(
            any(key.startswith(name.replace("_", " ")) and v.symptom == symptom
                for key, v in verdicts.items())
            for name, symptom in wanted.items()
        )  # fmt: skip

    return found


def _binary_symptom(verdicts: Mapping[str, Verdict]) -> bool:
    two = verdicts["two classes: half of the pairs are of one class"]
    three = verdicts["three classes: half of the pairs are of one class"]
    stuck = three.symptom in ("timeout", "index") or three.symptom.startswith("error")
    return two.passed is True and three.passed is False and stuck


def _blind_symptom(verdicts: Mapping[str, Verdict]) -> bool:
    two = verdicts["two classes: half of the pairs are of one class"]
    three = verdicts["three classes: half of the pairs are of one class"]
    return two.passed is True and three.symptom == "share"  # 1 / classes is ½ for two of them


MISTAKES = (
    Misconception(
        "other_class_is_one_minus_label",
        "when the other class is taken to be 1 − label",
        "With classes 0 and 1 that works. What is the other class of 2? Look for *any* sample "
        "whose label differs.",
        _loop(_pick_binary),
        _binary_symptom,
    ),
    Misconception(
        "pairs_with_itself",
        "when a sample can be its own partner",
        "Its distance to itself is 0 whatever the network does: such a pair teaches nothing. Take "
        "sample i out of its own candidates.",
        _loop(_pick_with_itself),
        _finds(nobody="itself"),
    ),
    Misconception(
        "same_inverted",
        "when `same` is true for different classes",
        "Many texts use y = 1 for *dis*similar. Here `same` means what it says.",
        _loop(_pick_right, lambda a, b: a != b),
        _finds(same="inverted"),
    ),
    Misconception(
        "partners_drawn_blindly",
        "when partners are drawn from all samples alike",
        "With many classes nearly all such pairs are different. Toss a coin first: same or "
        "different? Then draw from those candidates.",
        _loop(_pick_anybody),
        _blind_symptom,
    ),
    Misconception(
        "only_same_pairs",
        "when all pairs are of one class",
        "Nothing pushes anything apart then, and all embeddings may shrink to one point. Half of "
        "the pairs should be different.",
        lambda y, generator: _loop(
            lambda i, y, draw, g: draw(_others(i, y, _positions(y == y[i])))
        )(y, generator),
        _finds(three_classes="share", two_classes="share"),
    ),
    Misconception(
        "ignores_generator",
        "when randomness comes from somewhere else than the generator",
        "Hand `generator=generator` to every call of `torch.rand`, `randint` or `randperm`; "
        "`random` and NumPy do not know it.",
        _ignores_generator,
        _finds(the_same_seed="generator"),
    ),
    Misconception(
        "seeds_itself",
        "when the function seeds its own generator",
        "Every call gives the same pairs, in every epoch. Use the generator that you are given, "
        "as it comes.",
        _seeds_itself,
        _finds(the_same_seed="frozen"),
    ),
)  # fmt: skip


def _drawn(name: str, check: Check, inputs: Callable, part: str = "values", **more) -> Case:
    return Case(name, part, inputs, draw_pairs, about_draws(check), **more)


MAKE_PAIRS = Exercise(
    "make_pairs",
    margin.make_pairs,
    (
        _drawn("two classes: half of the pairs are of one class", half_same, _classes(30, 30)),
        _drawn("every sample is once in index_a", each_once, _classes(9, 6, draws=3)),
        _drawn("nobody is its own partner", not_itself, _classes(5, 4, draws=40)),
        _drawn("same is true for equal classes", same_is_true, _classes(9, 6, draws=5)),
        _drawn(
            "three classes: half of the pairs are of one class", half_same, _classes(30, 20, 10)
        ),
        _drawn("eight classes", same_is_true, _classes(4, 4, 3, 5, 2, 3, 4, 6, draws=5)),
        _drawn(
            "eleven classes", half_same, _classes(*[4, 7] * 5, 2, draws=16), hidden=True
        ),
        _drawn("a class with one member", lonely_gets_other, _classes(5, 1, 4), "special"),
        _drawn("only one class", all_same, _classes(6, draws=10), "special"),
        Case("a single sample is an error", "special", _classes(1, draws=1), one_call,
             raises_clearly),
        Case("the same seed, the same pairs", "properties", _classes(20, 15, 10), draw_twice,
             repeatable),
        Case("two index tensors and a bool tensor", "types", _classes(5, 4), one_call,
             kinds_and_dtypes),
        Case("the labels afterwards", "untouched", _classes(5, 4), untouched,
             judges.inputs_left_alone),
    ),
    MISTAKES,
    (
        "For one sample: who could be a partner of the same class, who one of another class? Toss "
        "a coin, then draw from one of the two lists.",
        "`labels == labels[i]` is a mask of classmates (i included!); `nonzero()` turns a mask "
        "into positions; `torch.randint(len(positions), (), generator=generator)` draws one.",
        "Two things to catch: a class with one member has no classmate, data of one class has "
        "nobody else. And with a single sample there is no pair at all: raise a ValueError.",
    ),
)  # fmt: skip
