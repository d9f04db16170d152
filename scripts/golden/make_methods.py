#!/usr/bin/env python3
"""Adds reference values of more fine-tuning methods to fixtures that make_golden.py wrote.

    python make_methods.py DIR [--seed N]

reads DIR/<fixture>/model and the batch in DIR/<fixture>/golden.safetensors, changes neither, and writes
DIR/<fixture>/<method>/ as make_golden.py writes lora/ and tlora/: adapter_config.json, adapter_model.safetensors with random
weights of the method and a changed head, and golden.safetensors with logits, loss, grad.<parameter>, trajectory,
final.<parameter> and, where the method merges, merged.logits; for prefixes also last_hidden_state, without their positions.
A bias that cancels in the softmax (a key's) has a gradient of rounding only, which AdamW makes steps of: it has no
final.<parameter>.

dora, vera, rslora and lora-fa come from peft, in its own files and names (without `base_model.model.` in golden.safetensors);
all others are written out below, on Hugging Face's modules, and their adapter_config.json is this fixture's own, not the tool's
format.
"""
import argparse, copy, json, pathlib, shutil, zlib
import torch
from peft import LoraConfig, PeftModel, TaskType, VeraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModelForSequenceClassification
from make_golden import forward, golden_of, head_parameters, targets, to_save, train

FIXTURES = ["bert", "xlm-roberta", "electra", "deberta-v1-p2c", "deberta-v2-unshared"]
# For methods that train weights of the model; DeBERTa-v1 has biases of its own form.
FEW = {"bitfit": ["xlm-roberta", "deberta-v1-p2c", "deberta-v2-unshared"], "full": ["xlm-roberta", "deberta-v2-unshared"]}
RANK, ALPHA, LENGTH = 4, 8, 3


def plain(directory):
    """The fixture's own checkpoint. Its directory is not named, so that no file names it either."""
    config = AutoConfig.from_pretrained(directory / "model")
    config.name_or_path = ""
    model = AutoModelForSequenceClassification.from_config(config, attn_implementation="eager")
    model.load_state_dict(load_file(directory / "model" / "model.safetensors"))
    return model.eval()


def modules_to_save(model):
    return ["classifier", "pooler"] if hasattr(model, "pooler") else ["classifier"]


def randn(like, generator, scale):
    return torch.randn(like.shape, generator=generator) * scale


# ---- through peft ---------------------------------------------------------------------------------------------------------


def lora(model, **settings):
    return LoraConfig(task_type=TaskType.SEQ_CLS, r=RANK, lora_alpha=ALPHA, lora_dropout=0.0,
                      modules_to_save=modules_to_save(model),
                      **{"target_modules": targets(model.config), **settings})


def rslora(model):
    """Ranks and alphas of their own for one of the targets."""
    wide = "intermediate.dense"
    return lora(model, use_rslora=True, target_modules=targets(model.config) + [wide], rank_pattern={wide: 3},
                alpha_pattern={wide: 5})


def vera(model):
    """Layers of several shapes, so that they use only a part of the shared matrices."""
    return VeraConfig(task_type=TaskType.SEQ_CLS, r=6, vera_dropout=0.0, modules_to_save=modules_to_save(model),
                      target_modules=targets(model.config) + ["intermediate.dense", "output.dense"])


PEFT = {"dora": lambda model: lora(model, use_dora=True), "vera": vera, "rslora": rslora, "lora-fa": lora}


def file_name(name):
    """The name in PEFT's file, without its prefix."""
    for part in ("base_model.model.", ".default", ".modules_to_save"):
        name = name.replace(part, "")
    return name.replace("lora_magnitude_vector.weight", "lora_magnitude_vector")


def sort_lists(config):
    """peft writes sets in the order of their hashes, which differs by run."""
    values = json.loads(config.read_text())
    for key in ("modules_to_save", "target_modules"):
        values[key].sort()
    config.write_text(json.dumps(values, indent=2, sort_keys=True))


def through_peft(fixture, method, directory, generator):
    """The adapted model and its trained parameters; saves them; and the model that peft merges from the files."""
    model = plain(fixture)
    peft_model = get_peft_model(model, PEFT[method](model)).eval()
    with torch.no_grad():
        for n, p in peft_model.named_parameters():
            if "lora_A" in n:
                p.copy_(randn(p, generator, 0.3))
            elif "lora_B" in n or "vera_lambda_b" in n:
                p.copy_(randn(p, generator, 0.2))
            elif "vera_lambda_d" in n:
                p.copy_(randn(p, generator, 0.5))
            elif "lora_magnitude_vector" in n:
                p.mul_(1 + randn(p, generator, 0.2))
            elif p.requires_grad:
                p.add_(randn(p, generator, 0.05))
    if method == "lora-fa":
        for n, p in peft_model.named_parameters():
            if "lora_A" in n:
                p.requires_grad_(False)
    peft_model.save_pretrained(directory)
    (directory / "README.md").unlink(missing_ok=True)
    sort_lists(directory / "adapter_config.json")
    named = {file_name(n): p for n, p in peft_model.named_parameters() if p.requires_grad}
    merged = PeftModel.from_pretrained(plain(fixture), directory).eval()
    merged.merge_adapter()  # merge_and_unload fails for VeRA where the head has more than one layer
    return peft_model.get_base_model(), named, merged.get_base_model()


# ---- written out ----------------------------------------------------------------------------------------------------------


class LoraXs(nn.Module):
    """y = W0 x + b + (alpha / r) B R A x: A and B from W0's largest singular values and frozen, R (r x r) trained."""

    def __init__(self, base, generator):
        super().__init__()
        u, s, v = torch.linalg.svd(base.weight.detach(), full_matrices=False)
        self.base = base
        self.lora_xs_A = nn.Parameter(s[:RANK, None] * v[:RANK], requires_grad=False)
        self.lora_xs_B = nn.Parameter(u[:, :RANK].clone(), requires_grad=False)
        self.lora_xs_R = nn.Parameter(torch.randn(RANK, RANK, generator=generator) * 0.3)

    def forward(self, x):
        return self.base(x) + ALPHA / RANK * (x @ self.lora_xs_A.T @ self.lora_xs_R.T @ self.lora_xs_B.T)

    def merged(self):
        linear = copy.deepcopy(self.base)
        linear.weight += ALPHA / RANK * (self.lora_xs_B @ self.lora_xs_R @ self.lora_xs_A)
        return linear


def replace(model, path, module):
    parent, name = path.rsplit(".", 1)
    setattr(model.get_submodule(parent), name, module)


def lora_xs(model, generator):
    names = targets(model.config) + ["attention.output.dense", "output.dense"]
    for path, module in list(model.named_modules()):
        if any(path.endswith("." + name) for name in names):
            replace(model, path, LoraXs(module, generator))
    return {"rank": RANK, "alpha": ALPHA, "targets": names}


def bottleneck(module, width, generator):
    """Declares an adapter on `module` and gives W_up f(W_down h + b_down) + b_up."""
    module.adapter_down = nn.Linear(width, RANK)
    module.adapter_up = nn.Linear(RANK, width)
    for p in (*module.adapter_down.parameters(), *module.adapter_up.parameters()):
        p.data = randn(p, generator, 0.3)
    module.adapter_down.bias.data.abs_()  # with ReLU: more of it passes
    return lambda h, f: module.adapter_up(f(module.adapter_down(h)))


def after_sublayers(model, generator, names, activation):
    """Adapters between a sublayer's dropout and the residual."""
    for layer in model.base_model.encoder.layer:
        for name in names:
            sublayer = layer.get_submodule(name)
            adapter = bottleneck(sublayer, model.config.hidden_size, generator)
            sublayer.dropout.register_forward_hook(lambda m, args, h, adapter=adapter: h + adapter(h, activation))
    return {"rank": RANK}


def houlsby(model, generator):
    return after_sublayers(model, generator, ["attention.output", "output"], nn.functional.silu)


def pfeiffer(model, generator):
    return after_sublayers(model, generator, ["output"], torch.relu)


def on_output(model, i, change):
    """Changes what leaves layer i: DeBERTa-v2's convolution stands between its first layer and the second."""
    encoder = model.base_model.encoder
    convolution = getattr(encoder, "conv", None) if i == 0 else None
    (convolution or encoder.layer[i]).register_forward_hook(
        lambda m, args, out: (change(out[0]), *out[1:]) if isinstance(out, tuple) else change(out))


def lin(model, generator):
    width = model.config.hidden_size
    for i, layer in enumerate(model.base_model.encoder.layer):
        layer.adapter_norm = nn.LayerNorm(width, eps=1e-5)
        layer.adapter_norm.weight.data += randn(layer.adapter_norm.weight, generator, 0.1)
        layer.adapter_norm.bias.data = randn(layer.adapter_norm.bias, generator, 0.1)
        adapter = bottleneck(layer, width, generator)
        on_output(model, i, lambda h, norm=layer.adapter_norm, adapter=adapter: h + adapter(norm(h), torch.relu))
    return {"rank": RANK}


def after_first(x, between, skip, dim):
    """x with `between` after its first position along dim, without the `skip` positions there."""
    size = x.shape[dim]
    return torch.cat([x.narrow(dim, 0, 1), between, x.narrow(dim, 1 + skip, size - 1 - skip)], dim)


def without_prefix(x):
    return after_first(x, x[:, :0], LENGTH, 1)


def prefix_embedding(model, generator):
    """Trained vectors after the first position of what the encoder reads. Heads read the first position: it stays where it is."""
    vectors = nn.Parameter(torch.randn(LENGTH, model.config.hidden_size, generator=generator))
    model.base_model.embeddings.prefix = vectors

    def insert(encoder, args, kwargs):
        states = after_first(args[0], vectors.expand(len(args[0]), -1, -1), 0, 1)
        if len(args) > 1:  # DeBERTa: 1 where a token is
            return (states, after_first(args[1], args[1].new_ones(len(states), LENGTH), 0, 1)), kwargs
        mask = kwargs["attention_mask"]  # all others: added to the scores, (B, 1, 1, T)
        return (states,), {**kwargs, "attention_mask": after_first(mask, mask.new_zeros(len(states), 1, 1, LENGTH), 0, 3)}

    model.base_model.encoder.register_forward_pre_hook(insert, with_kwargs=True)
    return {"length": LENGTH}


def prefix_layer(model, generator):
    """The same, and new vectors for every layer but the first, which the layer before it holds."""
    prefix_embedding(model, generator)
    for i, layer in enumerate(model.base_model.encoder.layer[:-1]):
        layer.prefix = nn.Parameter(torch.randn(LENGTH, model.config.hidden_size, generator=generator))
        on_output(model, i, lambda h, v=layer.prefix: after_first(h, v.expand(len(h), -1, -1), LENGTH, 1))
    return {"length": LENGTH}


def unfreeze(model, generator, wanted):
    for n, p in model.base_model.named_parameters():
        if wanted(n):
            p.data += randn(p, generator, 0.02)
            p.requires_grad_(True)
    return {}


def bitfit(model, generator):
    return unfreeze(model, generator, lambda name: name.endswith((".bias", ".q_bias", ".v_bias")))


def full(model, generator):
    return unfreeze(model, generator, lambda name: True)


WRITTEN_OUT = {"lora-xs": lora_xs, "houlsby": houlsby, "pfeiffer": pfeiffer, "lin": lin, "prefix-embedding": prefix_embedding,
               "prefix-layer": prefix_layer, "bitfit": bitfit, "full": full}


def written_out(fixture, method, directory, generator):
    """As through_peft; no merged model where the method does not merge."""
    model = plain(fixture).requires_grad_(False)
    config = {"method": method, **WRITTEN_OUT[method](model, generator)}
    for p in head_parameters(model).values():
        p.data += randn(p, generator, 0.05)
        p.requires_grad_(True)
    named = {n: p for n, p in model.named_parameters() if p.requires_grad}
    frozen = {n: p for n, p in model.named_parameters() if n.endswith(("lora_xs_A", "lora_xs_B"))}
    save_file(to_save({**named, **frozen}), directory / "adapter_model.safetensors")
    (directory / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    merged = None
    if method == "lora-xs":
        merged = copy.deepcopy(model).requires_grad_(False)
        for path, module in list(merged.named_modules()):
            if isinstance(module, LoraXs):
                replace(merged, path, module.merged())
    elif method in ("bitfit", "full"):  # the file has weights of the plain model
        merged = plain(fixture)
        merged.load_state_dict(load_file(directory / "adapter_model.safetensors"), strict=False)
    return model, named, merged


# ---- golden values --------------------------------------------------------------------------------------------------------


def in_float64(model, inputs, named):
    """Gradients, losses and final weights of the same training in float64; the model is as before then."""
    start = to_save(named)
    model.double()
    gold = golden_of(model, inputs, named)
    gold["trajectory"] = train(model, inputs, named)
    gold.update(to_save({"final." + n: p for n, p in named.items()}))
    model.float()
    for n, p in named.items():
        p.data = start[n]
    return gold


def require_precise(gold, exact, where):
    """Refuses values that float32 cannot give within a quarter of the tolerance."""
    tolerance = json.loads((where.parent.parent / "manifest.json").read_text())["tolerance"]
    for n in gold:
        kind = n.split(".")[0]
        if kind in ("trajectory", "final"):
            error = (gold[n] - exact[n]).abs().max().item()
            require(error < tolerance[kind] / 4, where, f"{n} is {error:.1e} off in float32")


def write(fixture, method, seed):
    directory = fixture / method
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    generator = torch.Generator().manual_seed(seed + zlib.crc32(method.encode()))
    torch.manual_seed(seed)
    batch = load_file(fixture / "golden.safetensors")
    inputs = {k: batch[k] for k in ("input_ids", "attention_mask", "token_type_ids", "labels")}
    with torch.no_grad():
        base = forward(plain(fixture), inputs).logits
    require(torch.allclose(base, batch["logits"], rtol=0, atol=1e-6), fixture, "the plain model gives other logits")

    make = through_peft if method in PEFT else written_out
    model, named, merged = make(fixture, method, directory, generator)
    gold = golden_of(model, inputs, named)
    require((gold["logits"] - base).abs().max() > 1e-2, directory, "the adapter changes nothing")
    with torch.no_grad():
        if merged is not None:
            gold["merged.logits"] = forward(merged, inputs).logits.clone()
            require(torch.allclose(gold["merged.logits"], gold["logits"], rtol=0, atol=1e-5), directory, "merging changes it")
        if method.startswith("prefix"):
            encoded = forward(model.base_model, {k: v for k, v in inputs.items() if k != "labels"})
            gold["last_hidden_state"] = without_prefix(encoded.last_hidden_state).clone()
    exact = in_float64(model, inputs, named)
    gold["trajectory"] = train(model, inputs, named)
    gold.update(to_save({"final." + n: p for n, p in named.items() if exact["grad." + n].abs().max() > 1e-12}))
    require_precise(gold, exact, directory)
    for n, value in gold.items():
        require(not n.startswith("grad.") or value.abs().max() > 0, directory, n + " is zero: nothing passes there")
        require(bool(torch.isfinite(value).all()), directory, n + " is not finite")
    save_file(gold, directory / "golden.safetensors")
    print(f"{fixture.name:20s} {method:17s} {len(named):3d} trained  {gold['trajectory'][0]:.4f} -> {gold['trajectory'][-1]:.4f}")


def require(holds, where, problem):
    if not holds:
        raise SystemExit(f"{where}: {problem}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=20260101)
    args = parser.parse_args()
    for method in [*PEFT, *WRITTEN_OUT]:
        for name in FEW.get(method, FIXTURES):
            write(args.dir / name, method, args.seed)


if __name__ == "__main__":
    main()
