"""Turning whatever a student's function returned into plain data, and that into bytes and back.

The bytes are safetensors plus JSON: reading them runs no code, so the judge may sit in another
process than the code it judges.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from contrastive_ref.grading.exercise import Outcome, Plain

MOST_NUMBERS = 1_000_000  # per result; larger ones are named, not copied


def plain_tensor(value: Tensor) -> Tensor:
    """A detached copy on the CPU that is exactly a torch.Tensor, whatever subclass came in."""
    return value.detach().as_subclass(Tensor).to("cpu", copy=True).contiguous()


def flatten(name: str, value: object) -> dict[str, Plain]:
    """Plain entries for one returned object: its content under `name`, its kind under `name is`."""
    kind = f"{name} is"
    if isinstance(value, Tensor):
        if value.numel() > MOST_NUMBERS:
            return {kind: f"a tensor of {value.numel():,} numbers"}
        if value.layout != torch.strided:
            return {kind: f"a tensor of layout {value.layout}"}
        # .item() of a fake tensor is impossible; the device is all that is asked of those.
        where = {f"{name} device": value.device.type}
        if type(value).__name__ == "FakeTensor":
            return {kind: "tensor", **where}
        return {kind: "tensor", name: plain_tensor(value), **where}
    if isinstance(value, bool | int | float):
        exact = next(t for t in (bool, int, float) if isinstance(value, t))
        return {kind: "number", name: exact(value)}  # NumPy's float64 is a float, but not plain
    if isinstance(value, str):
        return {kind: "text", name: value[:1000]}
    if value is None:
        return {kind: "None"}
    if isinstance(value, tuple | list):
        entries: dict[str, Plain] = {kind: f"tuple of {len(value)}"}
        for position, item in enumerate(value[:8]):
            entries.update(flatten(f"{name}[{position}]", item))
        return entries
    if type(value).__module__ == "numpy":
        return _flatten_numpy(name, value)
    return {kind: type(value).__name__[:100]}


def _flatten_numpy(name: str, value: object) -> dict[str, Plain]:
    try:
        array = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        return {f"{name} is": f"numpy {type(value).__name__}"}
    # The kind first: it is what a judge should complain about first.
    return {f"{name} is": f"numpy {type(value).__name__}"} | {
        k: v for k, v in flatten(name, array).items() if not k.endswith(" is")
    }


def pack(outcomes: Mapping[str, Outcome]) -> bytes:
    """Serialise outcomes by case name: an 8-byte length, a JSON header, then safetensors."""
    header, tensors = {}, {}
    for number, (case, outcome) in enumerate(outcomes.items()):
        scalars, slots = {}, {}
        for entry, value in outcome.values.items():
            if isinstance(value, Tensor):
                slot = f"{number}.{len(slots)}"
                slots[entry], tensors[slot] = slot, value
            else:
                scalars[entry] = value
        header[case] = {
            "scalars": scalars,
            "tensors": slots,
            "ending": [outcome.error, outcome.message, outcome.line, list(outcome.notes)],
        }
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(8, "little") + encoded + save_tensors(tensors)


def unpack(data: bytes) -> dict[str, Outcome]:
    """The inverse of `pack`.

    Raises:
        ValueError: the bytes are not a packed set of outcomes.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        tensors = load_tensors(data[8 + length :])
        outcomes = {}
        for case, entry in header.items():
            error, message, line, notes = (entry["ending"][i] for i in range(4))
            values = dict(entry["scalars"])
            values.update({name: tensors[slot] for name, slot in entry["tensors"].items()})
            outcomes[case] = Outcome(values, str(error), str(message), str(line), tuple(notes))
        return outcomes
    except Exception as problem:  # whatever is wrong with foreign bytes, it is one thing to callers
        raise ValueError(f"not a packed set of outcomes: {problem}") from None
