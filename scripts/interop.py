"""Run by interop.sh: trains with ./tlora, reads the results with transformers and peft, compares logits.

Then the other way round: tiny random checkpoints, in every form that transformers and torch write, read by ./tlora.
"""
import contextlib, copy, csv, hashlib, io, json, os, pathlib, random, re, shutil, struct, subprocess, sys, time, warnings
from concurrent.futures import ThreadPoolExecutor

import hub_server
import torch
from huggingface_hub import snapshot_download
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertForMaskedLM,
                          BertForSequenceClassification, DebertaConfig, DebertaV2Config,
                          DebertaV2ForSequenceClassification, ElectraConfig, RobertaConfig,
                          RobertaForSequenceClassification, XLMRobertaConfig)
from peft import LoraConfig, PeftModel, VeraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file

work = pathlib.Path(sys.argv[1])
warnings.filterwarnings("ignore", message="Unexpected keyword arguments .'tlora'.")  # the key that we add
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
    """
    Logits up to a number that is added to all: predict gives probabilities in full precision, and the logarithms of
    those are compared with log softmax.
    """
    error = (torch.tensor(ours).double().log() - theirs).abs().max().item()
    report(error <= tolerance, f"{name}: logits differ by at most {error:.2g}")


def ours(run, *args):
    answers = json.loads(tlora("predict", run, "--json", *[a for t in TEXTS for a in ("--text", t)], *args))
    return [list(answer["probabilities"].values()) for answer in answers]


def log_probabilities(model, tokenizer):
    batch = tokenizer(TEXTS, return_tensors="pt", padding=True)
    if getattr(model.config, "type_vocab_size", 0) < 2:
        batch.pop("token_type_ids", None)
    with torch.no_grad():
        return model.eval()(**batch).logits.double().log_softmax(-1)


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
    theirs = names["load"](".")(TEXTS).double().log_softmax(-1)
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
        check(f"{family} {method} merged, stock class", ours(run), log_probabilities(merged, tokenizer))
    loaded = PeftModel.from_pretrained(cls.from_pretrained(base), work / f"{family}-lora" / "adapter")
    check(f"{family} lora adapter in peft", ours(work / f"{family}-lora"), log_probabilities(loaded, tokenizer))

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


def tokenizer_of(family):
    return AutoTokenizer.from_pretrained(saved[family][0])


def by_name(family):
    """What transformers says of the checkpoint's own head, in the task's order: negative, positive."""
    return log_probabilities(models[family], tokenizer_of(family))[:, [1, 0]]


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
      log_probabilities(three, AutoTokenizer.from_pretrained(work / "three"))[:, :2])

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
    return log_probabilities(model, AutoTokenizer.from_pretrained(base))


whole = ("electra", "xlm-roberta", "deberta", "bert without pooler")
check_answers("merged, stock class",
              zip(whole, at_once.map(lambda name: attempt(lambda: merged(name)), whole)), stock)

# ---- Every method that PEFT has, there and back ---------------------------------------------------
# Each method on a family or more, each family with a method or more: not the full product, for the sake of time.
FOUR = "adapter.targets=[query,value,attention_output,output]"
PATTERNS = ("--method", "lora", "--set", FOUR, "--set", "adapter.rank_stabilized=true", "--rank", 4,
            "--set", "adapter.rank_pattern={attention_output: 6, 'layer\\.1\\.output\\.dense': 2}",
            "--set", "adapter.alpha_pattern={output: 5.5}")
MIXED = ("--method", "combined", "--set",
         "adapter.parts=[{method: lora, rank: 3}, {method: tlora, rank: 4, targets: [value, output]}]")
HERE = [  # family, what it is called, arguments, whether it is converted
    ("electra", "lora", ("--method", "lora"), False),
    ("roberta", "lora with patterns", PATTERNS, False),
    ("deberta", "lora with patterns", PATTERNS, False),
    ("bert", "dora", ("--method", "dora"), False),
    ("deberta", "dora", ("--method", "dora", "--set", FOUR), False),
    ("deberta-v2", "dora", ("--method", "dora", "--set", FOUR), False),
    ("roberta", "vera", ("--method", "vera", "--rank", 16, "--set", FOUR), False),
    ("xlm-roberta", "vera", ("--method", "vera", "--rank", 16), False),
    ("deberta", "vera", ("--method", "vera", "--rank", 16, "--set", FOUR), False),
    ("electra", "lora-fa", ("--method", "lora-fa"), False),
    ("bert", "lora on every dense layer", ("--method", "lora", "--set", "adapter.targets=[attention_output,intermediate,output]"), False),
    ("deberta", "tlora converted", ("--method", "tlora"), True),
    ("xlm-roberta", "tlora with one alpha a layer converted", ("--method", "tlora", "--set", "adapter.alpha=layer"), True),
    ("deberta-v2", "lora-xs converted", ("--method", "lora-xs", "--rank", 8), True),
    ("electra", "vera converted", ("--method", "vera", "--rank", 16, "--set", FOUR), True),
    ("bert", "lora and tlora converted", MIXED, True),
]


def loaded(family, directory):
    """A PEFT model in which every tensor of the file has a place and every place a tensor."""
    base = AutoModelForSequenceClassification.from_pretrained(saved[family][0])
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*missing adapter keys.*")
        model = PeftModel.from_pretrained(base, directory)
    own = set(load_file(directory / "adapter_model.safetensors"))
    wanted = {key for key in get_peft_model_state_dict(model) if ".original_module." not in key and ".modules_to_save." not in key}
    assert own == wanted, own ^ wanted  # those two stand in PEFT's files beside the module's own where bias is all
    return model


def check_adapter(name, ours, model, tokenizer, order=(0, 1)):
    """As check; and the adapter must do something, or equality would say nothing."""
    theirs = log_probabilities(model, tokenizer)[:, order]
    check(name, ours, theirs)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_B" in key or "vera_lambda_b" in key:
                parameter.zero_()
    effect = (log_probabilities(model, tokenizer)[:, order] - theirs).abs().max().item()
    if not effect > 1e-3:
        report(False, f"{name}: without the adapter logits differ by {effect:.2g} only")


def here(family, name, arguments, converts):
    run = train_tiny(work / f"peft-{family}-{name.replace(' ', '-')}", saved[family][0], "--learning-rate", "2e-2", *arguments)
    if not converts:
        return run / "adapter", ours(run)
    out = run.with_name(run.name + "-out")
    change = json.loads(tlora("convert", run, "--to", "peft-lora", "-o", out, "--json"))["largest_difference"]
    before, after = ours(run), ours(out)
    check(f"{family} {name}, max |dW| {change:.2g}: before and after", before, torch.tensor(after).double().log())
    return out, before


for (family, name, *_), outcome in zip(HERE, at_once.map(lambda case: attempt(lambda: here(*case)), HERE)):
    there = attempt(lambda: loaded(family, outcome[0])) if isinstance(outcome, tuple) else outcome
    if isinstance(there, Exception):
        report(False, f"{family} {name} in peft: {there!r}")
    else:
        check_adapter(f"{family} {name} in peft", outcome[1], there, tokenizer_of(family))

# A frozen head of the checkpoint's own is not in the file; its labels stand otherwise in the checkpoint.
own_head = train_tiny(work / "peft-own-head", saved["roberta"][0], "--method", "lora", *OWN_HEAD)
check("roberta lora with the checkpoint's own head in peft", ours(own_head),  # learning rate 0: it does nothing
      log_probabilities(loaded("roberta", own_head / "adapter"), tokenizer_of("roberta"))[:, [1, 0]])

SEQUENCES = dict(task_type="SEQ_CLS")
THERE = [  # family, what it is called, configuration, how it is saved
    ("bert", "LoRA on all linear layers, bias all, .bin", LoraConfig(
        **SEQUENCES, r=4, lora_alpha=6, target_modules="all-linear", bias="all", use_rslora=True,
        rank_pattern={"^bert.encoder.layer.0.attention.self.(query|key)": 2, r"output\.dense": 3},
        alpha_pattern={"layer.1.intermediate.dense": 9}), dict(safe_serialization=False)),
    ("electra", "LoRA by a regular expression", LoraConfig(
        **SEQUENCES, r=3, lora_alpha=5, target_modules=r".*layer\.1.*\.(query|dense)", init_lora_weights="gaussian"), {}),
    ("xlm-roberta", "LoRA without a head of its own", LoraConfig(r=4, target_modules=["query", "value"]), {}),
    ("deberta", "LoRA with pooler and biases", LoraConfig(
        **SEQUENCES, r=4, target_modules=["in_proj", "intermediate.dense"], modules_to_save=["pooler"], bias="lora_only"), {}),
    ("deberta-v2", "DoRA with patterns", LoraConfig(
        **SEQUENCES, r=4, target_modules=["query_proj", "value_proj", "output.dense"], use_dora=True,
        rank_pattern={"value_proj": 2}, alpha_pattern={"output.dense": 3}), {}),
    ("bert", "DoRA on all linear layers", LoraConfig(
        **SEQUENCES, r=2, target_modules="all-linear", use_dora=True, use_rslora=True), {}),
    ("roberta", "DoRA in one layer", LoraConfig(
        **SEQUENCES, r=2, target_modules=["query", "key"], layers_to_transform=[1], use_dora=True), {}),
    ("roberta", "VeRA", VeraConfig(**SEQUENCES, r=12, target_modules=["query", "output.dense"], bias="vera_only"), {}),
    ("bert", "VeRA on all linear layers", VeraConfig(**SEQUENCES, r=12, target_modules="all-linear"), {}),
    ("deberta", "VeRA", VeraConfig(**SEQUENCES, r=12, target_modules=["in_proj", "pos_proj"]), {}),
]


def there(family, name, config, how):
    """A PEFT model whose trained tensors are all random, saved, and brought in here."""
    torch.manual_seed(4)
    model = get_peft_model(AutoModelForSequenceClassification.from_pretrained(saved[family][0]), config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn(parameter.shape))
    directory = work / f"from-{family}-{re.sub('[^A-Za-z]+', '-', name)}"
    model.save_pretrained(directory, **how)
    return model, directory, directory.with_name(directory.name + "-in")


cases = [(family, name, *there(family, name, config, how)) for family, name, config, how in THERE]


def brought_in(case):
    *_, directory, out = case
    tlora("convert", "--from", directory, "--task", "sst2", "-o", out)
    return ours(out)


for case, outcome in zip(cases, at_once.map(lambda case: attempt(lambda: brought_in(case)), cases)):
    family, name, model, *_ = case
    if isinstance(outcome, Exception):
        report(False, f"{family} {name} from peft: {outcome}")
    else:
        check_adapter(f"{family} {name} from peft", outcome, model, tokenizer_of(family))

# What was brought in goes back with its biases and whole modules.
family, name, model, _, back = cases[0]
for form, (adapter, answer) in {"again": (back, None), "converted": (work / "back-out", back)}.items():
    if answer:
        tlora("convert", back, "--to", "peft-lora", "-o", adapter)
    check_adapter(f"{family} {name}, back in peft, {form}", ours(adapter), loaded(family, adapter), tokenizer_of(family))

# ---- Methods that PEFT has not; merged checkpoints -------------------------------------------------
WHOLE = [("bert", "bitfit"), ("deberta", "bitfit"), ("roberta", "full"), ("deberta-v2", "full")]
RUNS = {f"{family} {method}": (family, method) for family, method in WHOLE}
MERGED = {f"{family} {method}": (family, method) for family, method in (
    ("electra", "dora"), ("deberta", "dora"), ("roberta", "vera"), ("deberta-v2", "lora-xs"), ("xlm-roberta", "lora-fa"),
    ("bert", "bitfit"))}


def train_method(name):
    family, method = {**RUNS, **MERGED}[name]
    rank = ("--rank", 8) if method in ("vera", "lora-xs", "dora", "lora-fa") else ()
    return train_tiny(work / f"whole-{name.replace(' ', '-')}", saved[family][0], "--method", method, *rank, "--learning-rate",
                      "2e-3" if method == "full" else "2e-2")


names = list({**RUNS, **MERGED})
trained.update(zip(names, at_once.map(lambda name: attempt(lambda: train_method(name)), names)))


def in_transformers(name):
    family, method = RUNS[name]
    adapter = trained[name] / "adapter"
    if method == "full":
        return log_probabilities(AutoModelForSequenceClassification.from_pretrained(adapter), AutoTokenizer.from_pretrained(adapter))
    model = AutoModelForSequenceClassification.from_pretrained(saved[family][0])
    assert not model.load_state_dict(load_file(adapter / "adapter_model.safetensors"), strict=False).unexpected_keys
    return log_probabilities(model, tokenizer_of(family))


check_answers("in transformers", zip(RUNS, at_once.map(lambda name: attempt(lambda: ours(trained[name])), RUNS)), in_transformers)
check_answers("merged, stock class", zip(MERGED, at_once.map(lambda name: attempt(lambda: merged(name)), MERGED)), stock)

# ---- Merging into half precision, and back; adding adapters up -------------------------------------
def halved(dtype):
    """A LoRA merged into `dtype`: the stock class with these weights, widened, and what reads them here."""
    run, base = trained["roberta lora"], work / f"merged-{dtype}"
    tlora("merge", run, "-o", base, "--dtype", dtype)
    kinds = {str(tensor.dtype) for tensor in load_file(base / "model.safetensors").values()}
    assert kinds == {f"torch.{ {'bf16': 'bfloat16', 'f16': 'float16'}[dtype]}"}, kinds
    return ours(train_tiny(work / f"on-merged-{dtype}", base, *OWN_HEAD)), base


trained["roberta lora"] = train_tiny(work / "two-a", saved["roberta"][0], "--method", "lora", "--learning-rate", "2e-2")
for dtype, outcome in zip(("bf16", "f16"), at_once.map(lambda dtype: attempt(lambda: halved(dtype)), ("bf16", "f16"))):
    if isinstance(outcome, Exception):
        report(False, f"merged into {dtype}: {outcome!r}")
    else:
        model = AutoModelForSequenceClassification.from_pretrained(outcome[1], dtype=torch.float32)
        check(f"roberta lora merged into {dtype}, stock class", outcome[0],
              log_probabilities(model, AutoTokenizer.from_pretrained(outcome[1])))


def unmerged():
    """How far the weights of a merged and unmerged base are from its own, as transformers loads both."""
    tlora("unmerge", work / "merged-electra dora", "-o", work / "unmerged")
    first, second = (AutoModelForSequenceClassification.from_pretrained(path).electra.state_dict()
                     for path in (saved["electra"][0], work / "unmerged"))
    return max((first[name] - second[name]).abs().max().item() for name in first)


error = attempt(unmerged)
report(isinstance(error, float) and error < 1e-6, f"electra dora unmerged: weights differ by at most {error}")

other = train_tiny(work / "two-b", saved["roberta"][0], "--method", "lora", "--rank", 3, "--seed", 5, "--learning-rate", "2e-2")
tlora("combine", trained["roberta lora"], other, "--weights", "0.7,1.6", "-o", work / "sum")
def headless(run):
    """The adapter in `run` without its head: PEFT adds no adapters up that have one."""
    source, out = run / "adapter", directory(f"{run.name}-headless")
    config = json.loads((source / "adapter_config.json").read_text()) | {"modules_to_save": None, "task_type": None}
    (out / "adapter_config.json").write_text(json.dumps(config))
    tensors = load_file(source / "adapter_model.safetensors")
    save_file({name: tensor for name, tensor in tensors.items() if "classifier" not in name}, out / "adapter_model.safetensors")
    return out, {name.removeprefix("base_model.model."): tensor for name, tensor in tensors.items() if "classifier" in name}


(first, head), (second, _) = headless(trained["roberta lora"]), headless(other)
both = AutoModelForSequenceClassification.from_pretrained(saved["roberta"][0])
assert not both.load_state_dict(head, strict=False).unexpected_keys
both = PeftModel.from_pretrained(both, first, adapter_name="a")
both.load_adapter(second, adapter_name="b")
both.add_weighted_adapter(["a", "b"], [0.7, 1.6], "sum", combination_type="cat")
both.set_adapter("sum")
check("roberta, the weighted sum of two loras in peft", ours(work / "sum"), log_probabilities(both, tokenizer_of("roberta")))

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

# ---- tlora get -------------------------------------------------------------------------------------
# What it fetches lies as huggingface_hub lays it, and each goes on with what the other has begun.
FETCH = "import sys; from huggingface_hub import snapshot_download as get; print(get(sys.argv[1], cache_dir=sys.argv[2], max_workers=1))"


def laid_out(cache):
    """Every file and link below a cache, but for what huggingface_hub keeps for itself."""
    paths = (path for path in cache.rglob("*") if not path.is_dir() and ".locks" not in path.parts)
    return {str(path.relative_to(cache)): os.readlink(path) if path.is_symlink() else path.read_bytes() for path in paths}


def get_here(server, cache):
    tlora("get", server.model, HF_ENDPOINT=server.url, HF_HUB_CACHE=str(cache), HF_HUB_OFFLINE="0")


def get_there(server, cache):
    subprocess.run([sys.executable, "-c", FETCH, server.model, str(cache)], check=True, capture_output=True,
                   env={**os.environ, "HF_ENDPOINT": server.url, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"})


server = hub_server.serve("example/fetched", saved["electra"][0])
get_here(server, work / "cache-here")
get_there(server, work / "cache-there")
report(laid_out(work / "cache-here") == laid_out(work / "cache-there"), "tlora get lays a model out as huggingface_hub does")
found = snapshot_download(server.model, cache_dir=work / "cache-here", local_files_only=True)
report(pathlib.Path(found).name == server.commit, "huggingface_hub finds what tlora get fetched")
weights = server.files["model.safetensors"]
for name, get in (("tlora get", get_here), ("huggingface_hub", get_there)):
    cache = work / f"cache-begun-{get.__name__}"
    blobs = cache / "models--example--fetched/blobs"
    blobs.mkdir(parents=True)
    (blobs / (hashlib.sha256(weights).hexdigest() + ".incomplete")).write_bytes(weights[:1000])
    server.asked.clear()
    get(server, cache)
    report(("model.safetensors", 1000) in server.asked and laid_out(cache) == laid_out(work / "cache-there"),
           f"{name} goes on with a file that was begun")
server.shutdown()

# ---- Logs ---------------------------------------------------------------------------------------------
train(work / "logged", "--batch-size", 8, "--set", "train.max_grad_norm=1", "--set", "log.tensorboard=true", "--set", "log.csv=true")
events = [json.loads(line) for line in (work / "logged/metrics.jsonl").read_text().splitlines()]
read = json.loads(subprocess.run([os.environ["TLORA_LOGS_PYTHON"], "scripts/read_events.py", str(work / "logged/tensorboard")],
                                 capture_output=True, text=True, check=True).stdout)
for tag, key in (("loss", "loss"), ("learning_rate", "learning_rate"), ("grad_norm", "grad_norm"),
                 ("examples_per_second", "examples_per_second")):
    wanted = [[event["step"], struct.unpack("f", struct.pack("f", event[key]))[0]] for event in events if "metrics" not in event]
    report(len(wanted) > 1 and read[tag] == wanted, f"TensorBoard reads every step's {tag}")
wanted = [[event["step"], struct.unpack("f", struct.pack("f", event["metrics"]["accuracy"]))[0]] for event in events if "metrics" in event]
report(len(wanted) == 1 and read["dev/accuracy"] == wanted, "TensorBoard reads every evaluation's accuracy")
with open(work / "logged/metrics.csv", newline="") as file:
    rows = list(csv.DictReader(file))
report([(int(row["step"]), float(row["loss"])) for row in rows if row["loss"]] ==
       [(event["step"], event["loss"]) for event in events if "metrics" not in event], "the CSV file has every step's loss")

# ---- A whole training, step by step ----------------------------------------------------------------
beside = subprocess.run([sys.executable, "scripts/exactness.py", str(work)], capture_output=True, text=True)
report(beside.returncode == 0, (beside.stdout.strip() or beside.stderr[-800:]).splitlines()[-1])

# ---- PyTorch's CUDA libraries, which also compute on a CPU ------------------------------------------
gpu_home = {"TLORA_HOME": str(directory("gpu"))}
subprocess.run(["scripts/setup-gpu.sh", "--venv", sys.prefix], check=True, capture_output=True,
               env={**os.environ, **gpu_home})
found = next(one for one in json.loads(tlora("doctor", "--json", **gpu_home))["checks"] if one["id"] == "gpu")
report("CUDA libraries in" in found["found"], f"tlora doctor with CUDA's libraries: {found['found']}")
with subprocess.Popen(["./tlora", "bench", "--steps", "100000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                      env={**os.environ, **gpu_home}) as bench:
    for _ in range(120):
        time.sleep(0.5)
        loaded = "libtorch_cuda.so" in pathlib.Path(f"/proc/{bench.pid}/maps").read_text()
        if loaded or bench.poll() is not None:
            break
    bench.kill()
report(loaded, "the engine runs with CUDA's libraries")
with_cuda = json.loads(tlora("predict", work / "bundled", "--json", "--text", TEXTS[0], **gpu_home))
without = json.loads(tlora("predict", work / "bundled", "--json", "--text", TEXTS[0]))
error = max(abs(a - b) for a, b in zip(*(list(answers[0]["probabilities"].values()) for answers in (with_cuda, without))))
report(error < 1e-6, f"CUDA's libraries on a CPU: probabilities differ by at most {error:.2g}")

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
