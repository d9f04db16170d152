"""A training of ./tlora beside the same training in PyTorch: transformers and peft, step by step.

    python scripts/exactness.py WORK [MRPC]

WORK is a directory to write to. MRPC is a directory with the task's train.tsv and dev.tsv; without it, rows in MRPC's
format are made. Both sides train LoRA on the bundled encoder with dropout off, from the same first adapter and head,
on the same batches in the same order: 200 steps of 8 rows. Prints the largest difference of a step's loss, and exits
with 1 when it is above 1e-4. scripts/interop.py runs it.
"""
import csv, hashlib, json, pathlib, random, subprocess, sys

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

STEPS, BATCH, RATE, SEED, TOLERANCE = 200, 8, 2e-3, 0, 1e-4
LORA = dict(r=8, lora_alpha=16, target_modules=["query", "value"])


def tlora(*args):
    done = subprocess.run(["./tlora", *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"tlora {args}: {done.stderr[-800:]}")


class SplitMix64:
    """The generator of docs/formats/adapter.md, whose streams decide the order of rows."""

    def __init__(self, name):
        self.state = int.from_bytes(hashlib.sha256(f"tlora-normal-1/{SEED}/{name}".encode()).digest()[:8], "big")

    def next(self):
        mask = 2**64 - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        return z ^ (z >> 31)

    def below(self, bound):
        limit = (2**64 - 1) // bound * bound
        bits = self.next()
        while bits >= limit:
            bits = self.next()
        return bits % bound

    def permutation(self, count):
        order = list(range(count))
        for i in range(count - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def batches(lengths):
    """One epoch's: shuffled, sorted by length, shuffled in buckets of little padding, the batches shuffled."""
    draw = SplitMix64("shuffle/0")
    order = sorted(draw.permutation(len(lengths)), key=lambda row: -lengths[row])
    found = []
    while order:
        longest, end = lengths[order[0]], BATCH
        while end < len(order):
            cells = longest * min(len(order), end + BATCH)
            if cells - sum(lengths[row] for row in order[:end + BATCH]) > 0.015 * cells:
                break
            end += BATCH
        bucket, order = order[:end], order[end:]
        bucket = [bucket[i] for i in draw.permutation(len(bucket))]
        found += [bucket[i:i + BATCH] for i in range(0, len(bucket), BATCH)]
    return [found[i] for i in draw.permutation(len(found))]


def make_rows(directory):
    directory.mkdir()
    draw = random.Random(7)
    words = "the a firm said profit rose fell on monday after its rival bought shares in london for two percent".split()
    for split, count in (("train", STEPS * BATCH + 100), ("dev", 16)):
        lines = ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"]
        for i in range(count):
            first = draw.choices(words, k=draw.randint(4, 16))
            label = draw.randint(0, 1)
            second = draw.sample(first, len(first)) if label else draw.choices(words, k=draw.randint(4, 16))
            label = 1 - label if draw.random() < 0.15 else label  # or it is learnt too soon
            lines.append(f"{label}\t{i}\t{i}\t{' '.join(first)}\t{' '.join(second)}")
        (directory / f"{split}.tsv").write_text("\n".join(lines) + "\n")
    return directory


def read_rows(directory):
    with open(directory / "train.tsv", encoding="utf-8-sig", newline="") as file:
        rows = [(row["#1 String"], row["#2 String"], int(row["Quality"]))
                for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    order = SplitMix64("subset").permutation(len(rows))[:STEPS * BATCH]
    return [rows[i] for i in order]


class Classifier(torch.nn.Module):
    """The bundled encoder's form: one layer on the mean of the states."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder, self.classifier = encoder, torch.nn.Linear(encoder.config.hidden_size, 2)

    def forward(self, batch):
        states, mask = self.encoder(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1).float()
        return self.classifier((states * mask).sum(1) / mask.sum(1))


def losses_of_torch(base, adapter, rows):
    model = Classifier(get_peft_model(AutoModel.from_pretrained(base), LoraConfig(**LORA, lora_dropout=0.0)))
    first = load_file(adapter / "adapter_model.safetensors")
    head = {name.rsplit(".", 1)[1]: tensor for name, tensor in first.items() if ".classifier." in name}
    model.classifier.load_state_dict(head)
    lora = {"base_model.model." + name.split(".bert.", 1)[-1]: tensor for name, tensor in first.items() if "lora_" in name}
    wrong = set_peft_model_state_dict(model.encoder, lora).unexpected_keys
    assert len(lora) == 2 * 2 * model.encoder.config.num_hidden_layers and not wrong, wrong
    for module in model.modules():
        assert not isinstance(module, torch.nn.Dropout) or module.p == 0, module
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in trained if p.dim() >= 2], "weight_decay": 0.01},
         {"params": [p for p in trained if p.dim() < 2], "weight_decay": 0.0}], lr=RATE)
    schedule = get_linear_schedule_with_warmup(optimizer, int(0.06 * STEPS), STEPS)
    tokenizer = AutoTokenizer.from_pretrained(base)
    encoded = [tokenizer(first, second, truncation="longest_first", max_length=128) for first, second, _ in rows]
    model.train()
    losses = []
    for batch in batches([len(row["input_ids"]) for row in encoded]):
        inputs = tokenizer.pad([encoded[i] for i in batch], return_tensors="pt")
        loss = torch.nn.functional.cross_entropy(model(inputs), torch.tensor([rows[i][2] for i in batch]))
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def main(work, data):
    base = work / "exactness-base"
    tlora("export", "-o", base)
    config = json.loads((base / "config.json").read_text())
    config.update(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    (base / "config.json").write_text(json.dumps(config))
    data = data or make_rows(work / "exactness-rows")
    common = ["train", "--task", "mrpc", "--data", data, "--model", base, "--method", "lora", "--rank", LORA["r"],
              "--alpha", LORA["lora_alpha"], "--batch-size", BATCH, "--epochs", 1, "--seed", SEED, "--no-baseline",
              "--set", "head.kind=linear", "--set", "head.pooling=mean"]
    tlora(*common, "--learning-rate", 0, "--set", f"train.max_examples={BATCH}", "-o", work / "exactness-first")
    run = work / "exactness-run"
    tlora(*common, "--learning-rate", RATE, "--set", f"train.max_examples={STEPS * BATCH}", "-o", run)
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    ours = [event["loss"] for event in events if "metrics" not in event]
    theirs = losses_of_torch(base, work / "exactness-first" / "adapter", read_rows(data))
    assert len(ours) == len(theirs) == STEPS, (len(ours), len(theirs))
    assert abs(ours[0] - sum(ours[-10:]) / 10) > 0.01, "nothing was learnt"
    worst = max(range(STEPS), key=lambda i: abs(ours[i] - theirs[i]))
    error = abs(ours[worst] - theirs[worst])
    print(f"{STEPS} training steps beside transformers and peft: losses differ by at most {error:.2g}"
          f" (step {worst + 1}), from {ours[0]:.4f} to {ours[-1]:.4f}")
    return error <= TOLERANCE


if __name__ == "__main__":
    sys.exit(0 if main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None) else 1)
