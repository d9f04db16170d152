#!/usr/bin/env python3
"""Writes small tokenizers in every layout that Hugging Face checkpoints come in, and what they must produce.

    pip install torch==2.7.1 transformers==4.57.6 sentencepiece tokenizers protobuf
    python make_tokenizers.py OUT_DIR

OUT_DIR/<name>/ holds the tokenizer's files as an older checkpoint directory would, tokenizer.json as a newer one has it, and
golden.json: {"max_length": 24, "cases": [{"a": text, "b": text or null, "ids": [...], "type_ids": [...], "truncated": [...]}]}
`ids` and `type_ids` are without truncation, `truncated` is with longest_first truncation to max_length. The figures are those of the
family's fast tokenizer, which AutoTokenizer and so run_glue use; where the slow one gives other untruncated ids, the
maker says so and leaves the case out.
The vocabularies are learnt from the docstrings of Python's standard library.
"""
import importlib, json, os, pathlib, pkgutil, random, shutil, sys, warnings
import sentencepiece
from tokenizers import ByteLevelBPETokenizer, BertWordPieceTokenizer
from transformers import (BertTokenizer, BertTokenizerFast, DebertaTokenizer, DebertaTokenizerFast, DebertaV2Tokenizer,
                          DebertaV2TokenizerFast, RobertaTokenizer, RobertaTokenizerFast, XLMRobertaTokenizer,
                          XLMRobertaTokenizerFast)

CASES = [
    ("a gripping, funny film", None), ("A Gripping, FUNNY Film!", None), ("", None), (" ", None),
    ("  leading and   inner  spaces  ", None), ("tab\tand\nnewline", None), ("don't can't I'm we've she'd", None),
    ("naïve café résumé Ærøskøbing", None), ("Straße İstanbul ǅ ﬁne ﬂow", None), ("東京の映画は面白い", None),
    ("дом и сад", None), ("مرحبا بالعالم", None), ("emoji 🙂 family 👩‍👩‍👧‍👦 flag 🇩🇰", None),
    ("numbers 1,234.56 and 10e-3 50%", None), ("e-mail: someone@example.org http://example.org/a?b=c&d=e", None),
    ("“quoted” ‘text’ — dash – en … dots", None), ("a\u00a0non-breaking\u00a0space", None), ("zero\u200bwidth", None),
    ("combining e\u0301 versus \u00e9", None), ("full width ＡＢＣ１２３", None), ("control \u0007 char", None),
    ("<s> </s> <pad> [CLS] [SEP] [PAD] <mask> [MASK] are words here", None), ("the <mask> film", None), ("x" * 300, None),
    ("supercalifragilisticexpialidocious antidisestablishmentarianism", None), ("$100 £20 €30 ¥5", None),
    ("C++ and C# and F#", None), ("a_b-c.d/e\\f|g", None), ("\"", None), ("' '", None), (".", None), ("...", None),
    ("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen", None),
    ("The cat sat on the mat.", "A cat was sitting on a mat."), ("short", "a much longer second sentence that will have to be cut somewhere before it ends"),
    ("a much longer first sentence that will have to be cut somewhere before it ends", "short"),
    ("equal length sentences are cut one word at a time from each", "equal length sentences are cut one word at a time from both"),
    ("", "second only"), ("who wrote it ?", "It was written by someone in 1998 ."),
    ("Ünïcödé first", "and 日本語 second 🙂"), ("trailing space ", " leading space"),
]


def corpus(path):
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in sorted(m.name for m in pkgutil.iter_modules() if m.name in sys.stdlib_module_names):
            if module in {"antigravity", "this", "idlelib", "test", "turtledemo"}:
                continue
            try:
                loaded = importlib.import_module(module)
            except Exception:  # a module that this platform lacks
                continue
            for value in [loaded, *vars(loaded).values()]:
                text = getattr(value, "__doc__", None)
                if isinstance(text, str):
                    lines += [line.strip() for line in text.splitlines() if len(line.split()) > 3]
    random.Random(0).shuffle(lines)
    path.write_text("\n".join(lines[:40000]), encoding="utf-8")


def write(directory, slow, fast, max_length=24):
    fast.backend_tokenizer.save(str(directory / "tokenizer.json"))
    cases = []
    tokenizer = fast
    for a, b in CASES:
        full = tokenizer(a, b, truncation=False)
        if full["input_ids"] != slow(a, b, truncation=False)["input_ids"]:
            print("slow and fast differ, case left out:", directory.name, repr(a), repr(b))
            continue
        cut = tokenizer(a, b, truncation="longest_first", max_length=max_length)
        cases.append({"a": a, "b": b, "ids": full["input_ids"],
                      "type_ids": full.get("token_type_ids", [0] * len(full["input_ids"])), "truncated": cut["input_ids"]})
    (directory / "golden.json").write_text(
        json.dumps({"max_length": max_length, "cases": cases}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(directory.name, len(cases), "cases", sum(len(c["ids"]) for c in cases), "tokens")


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def main():
    root = pathlib.Path(sys.argv[1]).absolute()
    root.mkdir(parents=True, exist_ok=True)
    text = root / "corpus.tmp"
    corpus(text)

    bpe = ByteLevelBPETokenizer()
    bpe.train(str(text), vocab_size=2000, min_frequency=2, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    d = fresh(root / "roberta")
    bpe.save_model(str(d))  # vocab.json + merges.txt, as roberta-base has them
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "RobertaTokenizer", "model_max_length": 512}))
    files = (str(d / "vocab.json"), str(d / "merges.txt"))
    write(d, RobertaTokenizer(*files), RobertaTokenizerFast(*files))

    bpe = ByteLevelBPETokenizer()
    bpe.train(str(text), vocab_size=2000, min_frequency=2, special_tokens=["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"])
    d = fresh(root / "deberta-v1")
    bpe.save_model(str(d))
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "DebertaTokenizer", "do_lower_case": False}))
    files = (str(d / "vocab.json"), str(d / "merges.txt"))
    write(d, DebertaTokenizer(*files), DebertaTokenizerFast(*files))

    wordpiece = BertWordPieceTokenizer(lowercase=True)
    wordpiece.train(str(text), vocab_size=2000, min_frequency=2)
    d = fresh(root / "bert")
    wordpiece.save_model(str(d))  # vocab.txt
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}))
    vocab = str(d / "vocab.txt")
    write(d, BertTokenizer(vocab, do_lower_case=True), BertTokenizerFast(vocab, do_lower_case=True))

    d = fresh(root / "deberta-v3")
    os.chdir(d)  # the model file keeps the names that it is given: make them relative
    shutil.copy(text, "corpus.txt")
    sentencepiece.SentencePieceTrainer.train(
        input="corpus.txt", model_prefix="spm", vocab_size=2000, model_type="unigram", character_coverage=0.9999,
        pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]",
        byte_fallback=False, minloglevel=2)
    (d / "spm.vocab").unlink()
    (d / "corpus.txt").unlink()
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "DebertaV2Tokenizer", "do_lower_case": False, "vocab_type": "spm"}))
    spm = str(d / "spm.model")
    write(d, DebertaV2Tokenizer(spm, do_lower_case=False), DebertaV2TokenizerFast(spm, do_lower_case=False))

    wordpiece = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
    wordpiece.train(str(text), vocab_size=1200, min_frequency=2)
    d = fresh(root / "bert-cased")
    wordpiece.save_model(str(d))
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": False}))
    vocab = str(d / "vocab.txt")
    write(d, BertTokenizer(vocab, do_lower_case=False), BertTokenizerFast(vocab, do_lower_case=False))

    d = fresh(root / "deberta-v2-lower")
    train(d, text, "spm", vocab_size=1000, model_type="unigram", normalization_rule_name="identity",
          pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
    options = {"do_lower_case": True, "split_by_punct": True}
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "DebertaV2Tokenizer", "vocab_type": "spm", **options}))
    spm = str(d / "spm.model")
    write(d, DebertaV2Tokenizer(spm, **options), DebertaV2TokenizerFast(spm, **options))

    d = fresh(root / "xlm-roberta")
    train(d, text, "sentencepiece.bpe", vocab_size=1000, model_type="unigram")  # despite the name, XLM-RoBERTa's is a unigram model
    (d / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))
    spm = str(d / "sentencepiece.bpe.model")
    write(d, XLMRobertaTokenizer(spm), XLMRobertaTokenizerFast(spm))
    text.unlink()


def train(directory, text, prefix, **options):
    """A SentencePiece model without the figures that only training needs."""
    os.chdir(directory)
    shutil.copy(text, "corpus.txt")
    sentencepiece.SentencePieceTrainer.train(
        input="corpus.txt", model_prefix=prefix, character_coverage=0.9999, minloglevel=2, **options)
    (directory / (prefix + ".vocab")).unlink()
    (directory / "corpus.txt").unlink()


if __name__ == "__main__":
    main()
