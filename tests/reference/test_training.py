"""`fit` and `encode`: against a loop written out, and what they promise about output and modes."""

import copy
import math

import pytest
import torch
from torch import nn

from contrastive_ref.training import encode, fit


class Toy(nn.Module):
    """Least squares behind a batch norm, so that train and eval mode differ."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.norm = nn.BatchNorm1d(3)
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(self.norm(x))

    def loss(self, batch):
        x, y = batch
        return (self(x) - y).square().mean()


def batches(step):
    x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
    return x, x.sum(1, keepdim=True)


def model_with_loss(loss):
    model = nn.Linear(2, 2)
    model.loss = loss
    return model


def test_the_loss_falls_to_nothing_on_a_problem_that_has_an_exact_solution():
    model = nn.Linear(3, 1)
    model.loss = lambda batch: (model(batch[0]) - batch[1]).square().mean()
    history = fit(model, batches, steps=200, lr=0.1, weight_decay=0)
    assert len(history.loss) == 200 and history.seconds > 0
    assert history.loss[0] > 0.1
    assert max(history.loss[-10:]) < 1e-3
    torch.testing.assert_close(model.weight, torch.ones(1, 3), rtol=0, atol=0.05)


def test_every_step_is_the_adamw_step_of_a_loop_written_out():
    model, by_hand = Toy(), Toy()
    history = fit(model, batches, steps=5, lr=0.03, weight_decay=0.2)
    parameters = list(by_hand.parameters())
    first, second = ([torch.zeros_like(p) for p in parameters] for _ in range(2))
    for step in range(5):
        loss = by_hand.loss(batches(step))
        assert loss.item() == pytest.approx(history.loss[step], rel=1e-4)
        for i, gradient in enumerate(torch.autograd.grad(loss, parameters)):
            first[i] = 0.9 * first[i] + 0.1 * gradient
            second[i] = 0.999 * second[i] + 0.001 * gradient**2
            m, v = first[i] / (1 - 0.9 ** (step + 1)), second[i] / (1 - 0.999 ** (step + 1))
            with torch.no_grad():
                parameters[i] *= 1 - 0.03 * 0.2
                parameters[i] -= 0.03 * m / (v.sqrt() + 1e-8)
    torch.testing.assert_close(list(model.parameters()), parameters, rtol=1e-4, atol=1e-5)


def test_the_same_seed_gives_the_same_numbers():
    def run(seed):
        torch.manual_seed(seed)
        model = model_with_loss(lambda x: model(x).square().mean())
        return fit(model, lambda step: torch.randn(4, 2), steps=5).loss

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_progress_goes_to_stdout_and_nothing_to_stderr(capfd):
    fit(Toy(), batches, steps=3, description="Siamese net")
    out, err = capfd.readouterr()
    assert "Siamese net" in out and "3/3" in out and "loss" in out
    assert err == ""


def test_the_callback_sees_the_start_every_so_many_updates_and_the_end():
    calls = []

    def look(updates, model):
        calls.append((updates, model.training, torch.is_grad_enabled()))
        return updates * 10 if updates else None

    history = fit(Toy(), batches, steps=7, callback=look, every=3)
    assert calls == [(updates, False, False) for updates in (0, 3, 6, 7)]
    assert history.notes == [(3, 30), (6, 60), (7, 70)]


def test_the_callback_changes_nothing_about_the_training():
    def predict(updates, model):
        return model(torch.ones(4, 3) * 100).sum()

    watched, alone = Toy(), Toy()
    assert (
        fit(watched, batches, steps=6, callback=predict, every=2).loss
        == fit(alone, batches, steps=6).loss
    )
    torch.testing.assert_close(watched.state_dict(), alone.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("training", [True, False])
def test_modes_are_train_during_and_as_before_afterwards(training):
    model = Toy().train(training)
    during = []
    toy_loss = model.loss
    model.loss = lambda batch: during.append(model.norm.training) or toy_loss(batch)
    fit(model, batches, steps=2)
    assert during == [True, True]
    assert model.training is training and model.norm.training is training


def test_a_not_finite_loss_says_at_which_step_and_what_came_before():
    model = model_with_loss(lambda factor: model.weight.square().sum() * factor)
    with pytest.raises(FloatingPointError, match=r"loss is nan at step 2 .*weights are finite"):
        fit(model, lambda step: math.nan if step == 2 else 1.0, steps=5)
    with pytest.raises(FloatingPointError, match=r"loss is inf at step 0 \(the first step\)"):
        fit(model, lambda step: math.inf, steps=5)


def test_a_not_finite_gradient_is_told_from_a_not_finite_loss():
    # sqrt has an infinite slope at 0: the loss is 0, its gradient NaN, and so the next loss.
    model = model_with_loss(lambda batch: (model.weight * 0).sum().sqrt())
    with pytest.raises(FloatingPointError, match=r"step 1 .*weights are not finite"):
        fit(model, lambda step: None, steps=5)


def test_modes_are_restored_after_an_error():
    model = Toy().eval()
    model.loss = lambda batch: model.linear.weight.sum() * math.nan
    with pytest.raises(FloatingPointError):
        fit(model, batches, steps=2)
    assert not model.training and not model.norm.training


W = nn.Linear(2, 2).weight


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: fit(nn.Linear(2, 2), batches), TypeError, r"model: .*Linear has none"),
        (lambda: fit(model_with_loss(lambda b: 0.5), batches), TypeError, r"got float"),
        (lambda: fit(model_with_loss(lambda b: W.sum(1)), batches), ValueError, r"shape \[2\]"),
        (
            lambda: fit(model_with_loss(lambda b: W.sum().detach()), batches),
            ValueError,
            r"does not depend on any parameter",
        ),
        (lambda: fit(Toy(), batches, steps=0), ValueError, r"steps: .*got 0"),
        (lambda: fit(Toy(), batches, steps=1.5), TypeError, r"steps: .*got 1.5"),
        (lambda: fit(Toy(), batches, every=0), ValueError, r"every: .*got 0"),
        (lambda: fit(Toy(), batches, lr=0), ValueError, r"lr: .*got 0"),
        (lambda: encode(Toy(), [1.0]), TypeError, r"images: .*got list"),
        (lambda: encode(Toy(), torch.empty(0, 3)), ValueError, r"images: .*got \[0, 3\]"),
        (lambda: encode(Toy(), torch.ones(2, 3), 0), ValueError, r"batch_size: .*got 0"),
    ],
)
def test_an_error_names_the_argument_and_what_was_given(call, error, says):
    with pytest.raises(error, match=says):
        call()


# ---- encode


@pytest.mark.parametrize("batch_size", [1, 4, 10, 1000])
def test_features_use_the_stored_statistics_whatever_the_batch_size(batch_size):
    model = Toy()
    fit(model, batches, steps=20)
    x = torch.randn(10, 3) * 5
    norm, linear = model.norm, model.linear
    unit = (x - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
    expected = (unit * norm.weight + norm.bias) @ linear.weight.T + linear.bias
    before = copy.deepcopy(model.state_dict())
    features = encode(model, x, batch_size)
    torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-5)
    assert not features.requires_grad
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_encode_restores_the_mode_of_every_part():
    model = Toy()
    model.norm.eval()  # frozen on purpose
    encode(model, torch.ones(2, 3))
    assert model.training and model.linear.training and not model.norm.training
