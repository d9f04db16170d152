#!/usr/bin/env python3
"""What torch.optim.AdamW does with gradients of very different sizes, down to those near its epsilon.

    pip install torch==2.7.1 safetensors
    python make_adamw.py OUT_DIR
OUT_DIR/golden.safetensors: start (64), grads (10 x 64), weights (10 x 64) after each step. Learning rate 1e-2, betas 0.9 and
0.999, epsilon 1e-8, weight decay 0.1.
"""
import pathlib, sys
import torch
from safetensors.torch import save_file

generator = torch.Generator().manual_seed(20260102)
start = torch.randn(64, generator=generator)
sizes = 10 ** (torch.rand(64, generator=generator) * 10 - 10)  # 1e-10 .. 1
grads = torch.randn(10, 64, generator=generator) * sizes
weight = torch.nn.Parameter(start.clone())
optimizer = torch.optim.AdamW([weight], lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1, foreach=False)
weights = []
for grad in grads:
    weight.grad = grad.clone()
    optimizer.step()
    weights.append(weight.detach().clone())
out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
save_file({"start": start, "grads": grads, "weights": torch.stack(weights)}, out / "golden.safetensors")
