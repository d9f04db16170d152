"""Run by interop.sh: trains with ./tlora, reads the results with transformers and peft, compares probabilities.

Then the other way round: tiny random checkpoints, in every form that transformers and torch write, read by ./tlora.
"""
import contextlib, copy, hashlib, io, json, os, pathlib, random, re, shutil, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

import torch
from huggingface_hub import snapshot_download
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForMaskedLM,
                          BertForSequenceClassification, DebertaConfig, DebertaV2Config,
                          DebertaV2ForSequenceClassification, ElectraConfig, RobertaConfig,
                          RobertaForSequenceClassification, XLMRobertaConfig)
from peft import PeftModel

work = pathlib.Path(sys.argv[1])
TEXTS = ["a warm, generous comedy", "two hours i will never get back", "neither tense nor witty, and far too long"]
passed = failed = 0


def tlora(*args, **environment):
    done = subprocess.run(["./tlora", *map(str, args)], capture_output=True, text=True,
                          env={**os.environ, **environment})
    if done.returncode:
        raise RuntimeError(f"tlora {args}: {done.stderr[-800:]}")
    return done.stdout


def directory(name):
    path = work / name
    path.mkdir(exist_ok=True)
    return path


def report(good, line):
    global passed, failed
    passed, failed = passed + good, failed + (not good)
    print(f"{'ok  ' if good else 'FAIL'} {line}", flush=True)


def check(name, ours, theirs, tolerance=1e-5):
    error = (torch.tensor(ours) - theirs).abs().max().item()
    report(error <= tolerance, f"{name}: probabilities differ by at most {error:.2g}")


def ours(run, *args):
    answers = json.loads(tlora("predict", run, "--json", *[a for t in TEXTS for a in ("--text", t)], *args))
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

# A regression of two texts: one logit, which predict gives as it is.
pairs = directory("pairs")
draw = random.Random(1)
for split, count in (("train", 16), ("dev", 24)):
    (pairs / f"{split}.tsv").write_text("sentence1\tsentence2\tscore\n" + "".join(
        f"{draw.choice(TEXTS)}\t{draw.choice(TEXTS)}\t{5 * draw.random():.3f}\n" for _ in range(count)))
run, both = work / "regression", [(first, second) for first in TEXTS for second in TEXTS]
tlora("train", "--task", "sts-b", "--data", pairs, "--model", work / "bert", "--learning-rate", "2e-2", "--epochs", 2,
      "-o", run)
tlora("merge", run, "-o", work / "regression-merged")
answers = json.loads(tlora("predict", run, "--json", *[a for pair in both for a in ("--text", "\t".join(pair))]))
merged = AutoModelForSequenceClassification.from_pretrained(work / "regression-merged").eval()
with torch.no_grad():
    batch = AutoTokenizer.from_pretrained(work / "minilm")(both, return_tensors="pt", padding=True)
    error = (torch.tensor([answer["value"] for answer in answers]) - merged(**batch).logits[:, 0]).abs().max().item()
report(error <= 1e-5 and merged.config.num_labels == 1 and merged.config.problem_type == "regression",
       f"regression merged, stock class: {merged.config.problem_type} of {merged.config.num_labels} label,"
       f" values differ by at most {error:.2g}")

# ---- Checkpoints in every form -------------------------------------------------------------------
# Each family with its own tokenizer. The values are such that float32, float16 and bfloat16 hold them exactly, so
# that all forms of a checkpoint have one hash. The labels stand otherwise than the task's: by name they must agree.
TOKENIZERS = pathlib.Path("core/src/test/resources/golden/tokenizers")
OLD_FILES = ("vocab.txt", "vocab.json", "merges.txt", "spm.model", "sentencepiece.bpe.model")
narrow = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, initializer_range=0.2,
              id2label={0: "Positive", 1: "Negative"}, label2id={"Positive": 0, "Negative": 1})
relative = dict(narrow, relative_attention=True, pos_att_type=["p2c", "c2p"], position_biased_input=False,
                type_vocab_size=0, pooler_hidden_size=32)
FORMS = {  # tokenizer, config
    "bert": ("bert", BertConfig(**narrow)),
    "electra": ("bert", ElectraConfig(**narrow, embedding_size=16)),
    "roberta": ("roberta", RobertaConfig(**narrow, max_position_embeddings=130, type_vocab_size=1)),
    "xlm-roberta": ("xlm-roberta", XLMRobertaConfig(**narrow, max_position_embeddings=130, type_vocab_size=1)),
    "deberta": ("deberta-v1", DebertaConfig(**relative, max_relative_positions=16)),
    "deberta-v2": ("deberta-v3", DebertaV2Config(
        **relative, position_buckets=8, norm_rel_ebd="layer_norm", share_att_key=True)),
}
WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json", "pytorch_model.bin.index.json")
# Two at a time: most of a run's second is the start of its JVM.
at_once = ThreadPoolExecutor(2)

rows = directory("rows")
draw = random.Random(0)  # words and labels without sense, that untrained models disagree on the rows
WORDS = "warm generous comedy dull endless mess film reel hours tense witty far too long and never a of".split()
for split, count in (("train", 16), ("dev", 24)):
    (rows / f"{split}.tsv").write_text("sentence\tlabel\n" + "".join(
        f"{' '.join(draw.choices(WORDS, k=draw.randint(2, 9)))}\t{i % 2}\n" for i in range(count)))
OWN_HEAD = ("--set", "head.from=checkpoint", "--set", "head.train=false", "--learning-rate", 0)


def attempt(work_to_do):
    """What it returns, or what it raised: one fault must not hide the checks that follow."""
    try:
        return work_to_do()
    except Exception as error:
        return error


def train_tiny(out, base, *args, **environment):
    tlora("train", "--data", rows, "--model", base, "--epochs", 1, "--batch-size", 8, "--threads", 1, "-o", out, *args,
          **environment)
    return out


def base_hash(run):
    return json.loads((run / "manifest.json").read_text())["sha256"]["base"]


def dev_score(run):
    return json.loads((run / "result.json").read_text())["best"]["metrics"]


def check_same(name, run, first):
    """Two trainings that must not differ: in the hash of their base, in a byte of their adapter, in their score."""
    if isinstance(run, Exception) or isinstance(first, Exception):
        return report(False, f"{name}: {run} / {first}")
    adapter, other = ((r / "adapter/adapter_model.safetensors").read_bytes() for r in (run, first))
    good = base_hash(run) == base_hash(first) and adapter == other and dev_score(run) == dev_score(first)
    report(good, f"{name}: base {base_hash(run)[:8]} and {base_hash(first)[:8]}, adapters "
                 f"{'equal' if adapter == other else 'differ'}, {dev_score(run)} and {dev_score(first)}")


def give_tokenizer(base, family, old=False):
    own = TOKENIZERS / FORMS[family][0]
    for file in own.iterdir():
        if file.name == "tokenizer_config.json" or (file.name in OLD_FILES if old else file.name == "tokenizer.json"):
            shutil.copy(file, base)
    return base


def random_model(family, config):
    tokenizer = AutoTokenizer.from_pretrained(give_tokenizer(directory(f"{family}-tokenizer"), family))
    config.vocab_size = len(tokenizer)
    torch.manual_seed(2)
    model = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))  # no two biases alike, that their places matter
            parameter.copy_(parameter.bfloat16().half().float())
    return model.eval()


def save_forms(family, model, halves):
    """The same values in every form; gives the directories by what they are called."""
    first, second = (str(kind).removeprefix("torch.") for kind in halves)
    forms = {name: work / f"form-{family}-{i}" for i, name in enumerate((
        "model.safetensors", "pytorch_model.bin", "pytorch_model.bin in the older format",
        f"safetensors in shards of {first}", f"pytorch_model.bin in shards of {second}"))}
    plain, zipped, stream, shards, bin_shards = forms.values()
    model.save_pretrained(plain)
    model.save_pretrained(zipped, safe_serialization=False)
    model.config.save_pretrained(stream)
    torch.save(model.state_dict(), stream / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    copy.deepcopy(model).to(halves[0]).save_pretrained(shards, max_shard_size="40KB")
    copy.deepcopy(model).to(halves[1]).save_pretrained(bin_shards, max_shard_size="40KB", safe_serialization=False)
    for base, file in zip(forms.values(), ("model.safetensors", "pytorch_model.bin", "pytorch_model.bin",
                                           "model.safetensors.index.json", "pytorch_model.bin.index.json")):
        assert [f.name for f in base.iterdir() if f.name in WEIGHTS] == [file], base  # or nothing would be shown
        give_tokenizer(base, family)
    assert (stream / "pytorch_model.bin").read_bytes()[:2] != b"PK"
    return forms


def train_forms(family, forms):
    """A training from each of `forms`: one hash of the base, one adapter, one score. Gives the first."""
    runs = list(at_once.map(lambda base: attempt(lambda: train_tiny(work / f"run-{base.name}", base)), forms.values()))
    for name, run in zip(forms, runs):
        check_same(f"{family} from {name}", run, runs[0])
    return runs[0]


def same_score(run, base):
    return json.loads(tlora("eval", run, "--json", "--threads", 1, "--model", base))["metrics"] == dev_score(run)


# Every family is read in every form. Trainings from all of them are for two families; for the others the forms
# serve where a run is needed anyway, and there a base of another hash than in training is refused.
models, saved, trained, frozen = {}, {}, {}, {}
halves = (torch.float16, torch.bfloat16)
for family, (_, config) in FORMS.items():
    models[family] = random_model(family, config)
    forms = save_forms(family, models[family], halves)
    halves = halves[::-1]
    plain, zipped, stream, shards, bin_shards = saved[family] = list(forms.values())
    thorough = family in ("roberta", "deberta-v2")
    trained[family] = train_forms(family, {n: b for n, b in forms.items() if thorough or b in (plain, shards)})
    scored, frozen[family] = at_once.map(attempt, (
        lambda: same_score(trained[family], bin_shards), lambda: train_tiny(work / f"own-{family}", zipped, *OWN_HEAD)))
    report(scored is True, f"{family}: eval on {list(forms)[-1]} gives the score of training: {scored}")
    hashes = attempt(lambda: {base_hash(run)[:8] for run in (frozen[family], trained[family])})
    report(isinstance(hashes, set) and len(hashes) == 1, f"{family} with its own head from pytorch_model.bin: {hashes}")

# Equal hashes say something only if others differ: one bit of one weight.
changed = shutil.copytree(saved["bert"][1], work / "changed")
weights = torch.load(changed / "pytorch_model.bin")
weights["bert.embeddings.LayerNorm.bias"].view(torch.int32)[0] ^= 1
torch.save(weights, changed / "pytorch_model.bin")
refusal = attempt(lambda: same_score(trained["bert"], changed))
report("belongs to another model" in str(refusal), f"one bit of the base changed: {str(refusal)[-200:].strip()}")


def by_family(question):
    """The answer of each family to a question that starts ./tlora."""
    return zip(FORMS, at_once.map(lambda family: attempt(lambda: question(family)), FORMS))


def check_answers(what, answers, theirs):
    for family, answer in answers:
        other = attempt(lambda: theirs(family))
        faults = [each for each in (answer, other) if isinstance(each, Exception)]
        if faults:
            report(False, f"{family} {what}: {faults}")
        else:
            check(f"{family} {what}", answer, other)


def by_name(family):
    """What transformers says of the checkpoint's own head, in the task's order: negative, positive."""
    return probabilities(models[family], AutoTokenizer.from_pretrained(saved[family][0]))[:, [1, 0]]


def without_tokenizer_json(family):
    base = directory(f"old-{family}")
    for file in ("config.json", "pytorch_model.bin"):
        shutil.copy(saved[family][2] / file, base)
    return ours(frozen[family], "--model", give_tokenizer(base, family, old=True))


check_answers("with the checkpoint's own head, labels by name", by_family(lambda family: ours(frozen[family])), by_name)
check_answers("in the older format, without tokenizer.json", by_family(without_tokenizer_json), by_name)

# Three labels taken by index: the third, which the task has not, stays in the softmax.
config = copy.deepcopy(models["roberta"].config)
config.id2label, config.label2id = {0: "a", 1: "b", 2: "c"}, {"a": 0, "b": 1, "c": 2}
three = AutoModelForSequenceClassification.from_config(config)
three.save_pretrained(give_tokenizer(directory("three"), "roberta"))
by_index = ours(train_tiny(work / "own-three", work / "three", *OWN_HEAD, "--set", "head.labels=by-index"))
check("roberta with three labels by index", by_index,
      probabilities(three, AutoTokenizer.from_pretrained(work / "three"))[:, :2])

# Merged checkpoints in stock classes; a BERT of a masked language model gets a pooler.
torch.manual_seed(3)
BertForMaskedLM(models["bert"].config).save_pretrained(give_tokenizer(directory("no-pooler"), "bert"))
trained["bert without pooler"] = train_tiny(work / "run-no-pooler", work / "no-pooler", "--learning-rate", "2e-2")


def merged(name):
    tlora("merge", trained[name], "-o", work / f"merged-{name}")
    return ours(trained[name])


def stock(name):
    base = work / f"merged-{name}"
    model, info = AutoModelForSequenceClassification.from_pretrained(base, output_loading_info=True)
    assert not any(info.values()), info  # nothing missing, nothing left over
    return probabilities(model, AutoTokenizer.from_pretrained(base))


whole = ("electra", "xlm-roberta", "deberta", "bert without pooler")
check_answers("merged, stock class",
              zip(whole, at_once.map(lambda name: attempt(lambda: merged(name)), whole)), stock)

# ---- The Hugging Face cache ----------------------------------------------------------------------
# As its own tools lay it out: blobs by hash, a snapshot of links to them, and which snapshot is main.
hub = work / "hf/hub"
repository = hub / "models--example--tiny-electra"
snapshot = repository / "snapshots" / hashlib.sha1(b"main").hexdigest()
for path in (repository / "blobs", repository / "refs", snapshot):
    path.mkdir(parents=True)
(repository / "refs/main").write_text(snapshot.name)
for file in saved["electra"][0].iterdir():
    blob = repository / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
    shutil.copy(file, blob)
    (snapshot / file.name).symlink_to(os.path.relpath(blob, snapshot))
found = snapshot_download("example/tiny-electra", cache_dir=hub, local_files_only=True)
assert pathlib.Path(found) == snapshot, found
by_id, by_bare_name = at_once.map(attempt, (
    lambda: train_tiny(work / "run-id", "example/tiny-electra", HF_HOME=str(work / "hf")),
    lambda: train_tiny(work / "run-bare", "tiny-electra", HF_HUB_CACHE=str(hub))))
check_same("the Hugging Face cache by organisation and name, HF_HOME", by_id, trained["electra"])
check_same("the Hugging Face cache by bare name, HF_HUB_CACHE", by_bare_name, trained["electra"])

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
