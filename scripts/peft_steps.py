"""Times training steps of transformers + peft on batches that `tlora bench --batches FILE` wrote.

The same rows in the same batches and order; its best settings unless told otherwise: sdpa attention,
padding to the batch's longest row. Prints one JSON line with the keys of `tlora bench --json`.
scripts/compare-peft.sh runs the two in turn.
"""
import time

START = time.time()

import argparse
import json
import math
import resource

import torch
import torch.nn.functional as functional
import transformers
from peft import LoraConfig, TaskType, get_peft_model
from transformers.modeling_outputs import SequenceClassifierOutput


class TLora(torch.nn.Module):
    """TLoRA (arXiv 2504.18735) on a linear layer: only B and alpha are trained."""

    def __init__(self, base, rank):
        super().__init__()
        out, width = base.weight.shape
        self.base = base
        self.A = torch.nn.Parameter(torch.randn(width, rank) / math.sqrt(3 * rank), requires_grad=False)
        self.B = torch.nn.Parameter(torch.zeros(rank, rank))
        self.C = torch.nn.Parameter(torch.randn(rank, out) / math.sqrt(3 * out), requires_grad=False)
        self.alpha = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.base(x) + self.alpha * (x @ self.A @ self.B @ self.C)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", required=True)
    parser.add_argument("--model", help="a checkpoint's directory; with --mean its states are averaged")
    parser.add_argument("--config", help="a config.json, for random weights")
    parser.add_argument("--mean", action="store_true")
    parser.add_argument("--method", choices=["lora", "tlora"], default="lora")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--pad", type=int, help="pad to so many tokens, as run_glue does with 128")
    parser.add_argument("--attention", default="sdpa")
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--steps", type=int, help="of those in the file")
    parser.add_argument("--threads", type=int)
    return parser.parse_args()


def classifier(options):
    auto = transformers.AutoModelForSequenceClassification
    if options.config:
        with open(options.config, encoding="utf-8") as file:
            values = json.load(file)
        config = transformers.AutoConfig.for_model(**values)
        kind = auto._model_mapping[type(config)]
        attention = options.attention if kind._supports_sdpa else "eager"
        return auto.from_config(config, attn_implementation=attention)
    return auto.from_pretrained(options.model, num_labels=2, attn_implementation=options.attention)


def average(model):
    """Has the classifier read the mean of the states, as the bundled encoder's head does."""

    def forward(input_ids=None, attention_mask=None, token_type_ids=None, labels=None, **_):
        states = model.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        logits = model.classifier(model.dropout((states * mask).sum(1) / mask.sum(1)))
        return SequenceClassifierOutput(loss=functional.cross_entropy(logits, labels), logits=logits)

    model.forward = forward


def adapted(model, options):
    names = {name.rsplit(".", 1)[-1] for name, _ in model.named_modules()}
    targets = ["query_proj", "value_proj"] if "query_proj" in names else ["query", "value"]
    if options.method == "lora":
        config = LoraConfig(
            task_type=TaskType.SEQ_CLS, r=options.rank, lora_alpha=16, target_modules=targets
        )
        return get_peft_model(model, config)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(("classifier", "pooler")))
    for name, module in list(model.named_modules()):
        parent, _, last = name.rpartition(".")
        if last in targets and isinstance(module, torch.nn.Linear):
            setattr(model.get_submodule(parent), last, TLora(module, options.rank))
    return model


def tensors(batch, pad, padding, has_types):
    longest = pad or max(len(ids) for ids in batch["ids"])
    shape = (len(batch["ids"]), longest)
    ids = torch.full(shape, padding)
    mask = torch.zeros(shape, dtype=torch.long)
    types = torch.zeros(shape, dtype=torch.long)
    for row, (own, own_types) in enumerate(zip(batch["ids"], batch["types"])):
        ids[row, : len(own)] = torch.tensor(own)
        types[row, : len(own)] = torch.tensor(own_types)
        mask[row, : len(own)] = 1
    made = dict(input_ids=ids, attention_mask=mask, labels=torch.tensor(batch["labels"]))
    if has_types:
        made["token_type_ids"] = types
    return made


def main():
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    with open(options.batches, encoding="utf-8") as file:
        batches = [json.loads(line) for line in file]
    if options.steps:
        batches = batches[: options.warm_up + options.steps]
    model = classifier(options)
    if options.mean:
        average(model)
    padding = model.config.pad_token_id
    has_types = model.config.type_vocab_size > 1
    model = adapted(model, options)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-3)
    first = None
    examples = tokens = 0
    for step, batch in enumerate(batches):
        if step == options.warm_up:
            begun = time.perf_counter()
            examples = tokens = 0
        model(**tensors(batch, options.pad, padding, has_types)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        examples += len(batch["ids"])
        tokens += sum(len(ids) for ids in batch["ids"])
        first = first or time.time() - START
    seconds = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "steps_per_second": (len(batches) - options.warm_up) / seconds,
                "examples_per_second": examples / seconds,
                "tokens_per_second": tokens / seconds,
                "seconds_to_first_step": first,
                "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
