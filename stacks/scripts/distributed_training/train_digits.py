"""Trains a classifier of handwritten digits on every accelerator of every instance, and goes on after an interruption.

One process for each accelerator, started by torchrun; each sees its share of the rows, and gradients are averaged. On
Trainium that is the Neuron SDK's XLA device, elsewhere the CPU: the same code runs in the tests.
https://awsdocs-neuron.readthedocs-hosted.com/en/latest/frameworks/torch/torch-neuronx/tutorials/training/mlp.html

Channel ``train``: CSV files without a header, 64 pixels from 0 to 16 and the digit in each row. Every fifth row is kept
for the test. Prints ``epoch=.. loss=.. accuracy=..`` after each epoch, and ``not_finite=1`` when the loss is no number.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

try:
    import torch_xla.core.xla_model as xm
    import torch_xla.distributed.xla_backend  # noqa: F401 (registers the backend)
except ImportError:
    xm = None

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
RANK, WORLD = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def rows(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels from 0 to 1, and digits."""
    lines = [line for file in sorted(folder.rglob("*.csv")) for line in file.read_text().split()]
    table = torch.tensor([[float(value) for value in line.split(",")] for line in lines])
    return table[:, :-1] / 16, table[:, -1].long()


def classifier(width: int) -> torch.nn.Module:
    """A small perceptron; the seed makes it the same in every process."""
    torch.manual_seed(7)
    return torch.nn.Sequential(torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10))


def step(optimizer: torch.optim.Optimizer, model: torch.nn.Module) -> None:
    """Average the gradients of all processes, and take a step."""
    if xm is not None:
        xm.optimizer_step(optimizer)
        return
    if WORLD > 1:
        for parameter in model.parameters():
            gradient = parameter.grad
            assert gradient is not None
            dist.all_reduce(gradient)
            gradient.div_(WORLD)
    optimizer.step()


def resume(folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load the newest checkpoint, and say which epoch is next."""
    found = sorted(folder.glob("epoch-*.pt"))
    if not found:
        return 0
    state: dict[str, Any] = torch.load(found[-1], weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    print(f"resuming after epoch={state['epoch']}", flush=True)
    return int(state["epoch"]) + 1


def keep(folder: Path, epoch: int, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Write a checkpoint under another name first, so that an interruption leaves none that is cut off."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {"epoch": epoch, "model": on_cpu(model.state_dict()), "optimizer": on_cpu(optimizer.state_dict())}
    torch.save(state, folder / "unfinished")
    (folder / "unfinished").rename(folder / f"epoch-{epoch:05}.pt")
    for old in sorted(folder.glob("epoch-*.pt"))[:-2]:
        old.unlink()


def on_cpu(state: Any) -> Any:
    """A copy that any machine can load."""
    if isinstance(state, torch.Tensor):
        return state.detach().cpu()
    if isinstance(state, dict):
        return {key: on_cpu(value) for key, value in state.items()}
    return [on_cpu(value) for value in state] if isinstance(state, list) else state


def train(options: argparse.Namespace) -> None:
    """Train, report, keep checkpoints, and leave the model."""
    if WORLD > 1:
        dist.init_process_group("xla" if xm is not None else "gloo")
    device = xm.xla_device() if xm is not None else torch.device("cpu")
    pixels, digits = rows(Path(os.environ["SM_CHANNEL_TRAIN"]))
    test = torch.arange(len(digits)) % 5 == 0
    model = classifier(options.width)
    optimizer = torch.optim.SGD(model.parameters(), lr=options.learning_rate, momentum=0.9)
    first = resume(BASE / "checkpoints", model, optimizer)
    model.to(device)
    mine, labels = pixels[~test][RANK::WORLD].to(device), digits[~test][RANK::WORLD].to(device)
    # Every process takes as many steps as every other, or they would wait for each other for ever.
    batches = int((~test).sum()) // WORLD // options.batch_size
    accuracy = 0.0
    for epoch in range(first, options.epochs):
        order = torch.randperm(batches * options.batch_size, generator=torch.Generator().manual_seed(epoch))
        total = torch.zeros((), device=device)
        for batch in torch.split(order.to(device), options.batch_size):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(mine[batch]), labels[batch])
            torch.autograd.backward(loss)
            step(optimizer, model)
            total += loss.detach()
        mean = float(total) / batches
        with torch.no_grad():
            right = model(pixels[test].to(device)).argmax(1).cpu() == digits[test]
        accuracy = float(right.float().mean())
        if RANK == 0:
            finite = math.isfinite(mean)
            print(f"epoch={epoch} loss={mean:.6f} accuracy={accuracy:.4f}" if finite else "not_finite=1", flush=True)
            if finite:
                keep(BASE / "checkpoints", epoch, model, optimizer)
    if RANK == 0:
        target = Path(os.environ["SM_MODEL_DIR"])
        torch.save(on_cpu(model.state_dict()), target / "model.pt")
        (target / "metrics.json").write_text(json.dumps({"accuracy": accuracy, "processes": WORLD}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--width", type=int, default=128)
    train(parser.parse_args())
