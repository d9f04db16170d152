"""Run by interop.sh: trains with ./tlora, reads the results with transformers and peft, compares probabilities."""
import contextlib, io, json, os, pathlib, re, shutil, subprocess, sys

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                          BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification,
                          DebertaV2Config, DebertaV2ForSequenceClassification)
from peft import PeftModel

work = pathlib.Path(sys.argv[1])
TEXTS = ["a warm, generous comedy", "two hours i will never get back", "neither tense nor witty, and far too long"]
passed = failed = 0


def tlora(*args):
    done = subprocess.run(["./tlora", *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"tlora {args}: {done.stderr[-800:]}")
    return done.stdout


def check(name, ours, theirs, tolerance=1e-5):
    global passed, failed
    error = (torch.tensor(ours) - theirs).abs().max().item()
    good = error <= tolerance
    passed, failed = passed + good, failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {name}: probabilities differ by at most {error:.2g}", flush=True)


def ours(run):
    answers = json.loads(tlora("predict", run, "--json", *[a for t in TEXTS for a in ("--text", t)]))
    return [list(answer["probabilities"].values()) for answer in answers]


def probabilities(model, tokenizer):
    batch = tokenizer(TEXTS, return_tensors="pt", padding=True)
    if getattr(model.config, "type_vocab_size", 0) < 2:
        batch.pop("token_type_ids", None)
    with torch.no_grad():
        return model.eval()(**batch).logits.softmax(-1)


def train(out, *args):
    tlora("train", "--task", "sst2", "--set", "train.max_examples=64", "--epochs", 1, "-o", out, *args)


# The bundled encoder, mean pooling: through the lines that the merged directory's README gives.
train(work / "bundled")
tlora("merge", work / "bundled", "-o", work / "bundled-merged")
lines = re.search(r"```python\n(.*?)```", (work / "bundled-merged/README.md").read_text(), re.S).group(1)
here = os.getcwd()
os.chdir(work / "bundled-merged")
with contextlib.redirect_stdout(io.StringIO()):
    names = {}
    exec(lines, names)
    theirs = names["load"](".")(TEXTS).softmax(-1)
os.chdir(here)
check("bundled encoder merged, loaded as its README says", ours(work / "bundled"), theirs)

# Native heads: stock classes. Tiny random checkpoints with the bundled encoder's tokenizer.
tlora("export", "-o", work / "minilm")
small = dict(vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
             initializer_range=0.2)
FAMILIES = {
    "bert": (BertForSequenceClassification, BertConfig(**small)),
    "roberta": (RobertaForSequenceClassification, RobertaConfig(**small, max_position_embeddings=130, type_vocab_size=1, pad_token_id=0)),
    "deberta-v3": (DebertaV2ForSequenceClassification, DebertaV2Config(
        **small, relative_attention=True, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type="p2c|c2p", position_biased_input=False, type_vocab_size=0, pooler_hidden_size=32)),
}
for family, (cls, config) in FAMILIES.items():
    torch.manual_seed(1)
    base = work / family
    cls(config).save_pretrained(base)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(work / "minilm" / name, base)
    tokenizer = AutoTokenizer.from_pretrained(work / "minilm")
    for method in ("tlora", "lora"):
        run = work / f"{family}-{method}"
        train(run, "--model", base, "--method", method, "--learning-rate", "2e-2")
        tlora("merge", run, "-o", work / f"{run}-merged")
        merged = AutoModelForSequenceClassification.from_pretrained(work / f"{run}-merged")
        check(f"{family} {method} merged, stock class", ours(run), probabilities(merged, tokenizer))
    loaded = PeftModel.from_pretrained(cls.from_pretrained(base), work / f"{family}-lora" / "adapter")
    check(f"{family} lora adapter in peft", ours(work / f"{family}-lora"), probabilities(loaded, tokenizer))

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
