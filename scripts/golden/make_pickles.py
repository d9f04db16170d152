#!/usr/bin/env python3
"""Files of torch.save, right ones and such as must be refused, and what is in the right ones.

    pip install torch==2.7.1 safetensors
    python make_pickles.py OUT_DIR
OUT_DIR/good/NAME.bin with NAME.safetensors: the same tensors, row by row, but those that are no float32, float16 or bfloat16.
OUT_DIR/refused/NAME.bin: nothing in them does harm, even where it is run.
OUT_DIR/sharded: one model in two files of either kind, with the two indexes.
The stream format calls storages by their addresses, so its files differ a little each time.
"""
import collections, io, json, pathlib, pickle, sys, tarfile, unittest.mock, zipfile
import torch
from safetensors.torch import save_file

out = pathlib.Path(sys.argv[1])
generator = torch.Generator().manual_seed(20260103)
torch.manual_seed(20260103)  # for new modules


def normal(*shape):
    return torch.randn(*shape, generator=generator)


def save(folder, name, value, **options):
    path = out / folder / f"{name}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(value, path, **options)
    return path


def good(name, state, saved=None, **options):
    save("good", name, state if saved is None else saved, **options)
    weights = {key: value.detach().clone().contiguous() for key, value in state.items()
               if isinstance(value, torch.Tensor) and value.dtype in (torch.float32, torch.float16, torch.bfloat16)}
    save_file(weights, out / "good" / f"{name}.safetensors", {"format": "pt"})


def plain():
    """A module's own state dict, so with _metadata, and every type of number."""
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(normal(*parameter.shape))
    state = module.state_dict()
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        state[str(dtype)] = normal(5).to(dtype)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64):
        state[str(dtype)] = torch.arange(6).reshape(2, 3).to(dtype)
    state["größe"] = normal(1)
    return state


def views():
    whole, cube = normal(6, 8), normal(2, 3, 4)
    return {
        "whole": whole, "tied": whole, "transposed": whole.t(), "rows": whole[2:5], "column": whole[:, 3],
        "step": whole[::2, 1::3], "scalar": whole[4, 4], "last": whole[5, 7:], "none": whole[6:], "empty": normal(0),
        "permuted": cube.permute(2, 0, 1), "middle": cube[:, 1:2, 1:3], "expanded": normal(3, 1).expand(3, 4),
        "repeated": normal(()).expand(2, 2), "overlapping": torch.as_strided(normal(6), (4, 3), (1, 1)),
        "odd-strides": torch.as_strided(normal(6), (1, 6), (77, 1)), "half": normal(3, 5).half().t(),
        "bfloat16": normal(4, 6).bfloat16()[1:, ::2],
    }


def with_attribute(tensor):
    tensor._is_hf_initialized = True
    return tensor


def parameters():
    return {
        "parameter": torch.nn.Parameter(normal(2, 2)), "frozen": torch.nn.Parameter(normal(2), requires_grad=False),
        "gradient": normal(3).requires_grad_(), "parameter-with-attribute": with_attribute(torch.nn.Parameter(normal(2))),
        "tensor-with-attribute": with_attribute(normal(2)), "transposed": torch.nn.Parameter(normal(2, 3).t()),
    }


def wrapped(key, state):
    weight = torch.nn.Parameter(normal(4))
    optimizer = torch.optim.AdamW([weight])
    weight.sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 4])
    return {
        key: state, "optimizer": optimizer.state_dict(), "lr_scheduler": schedule.state_dict(), "epoch": 3, "loss": 0.25,
        "name": "x", "none": None, "bytes": b"\x00\xff", "no-bytes": b"", "set": {1}, "frozen": frozenset({2}), "big": -2**70,
        "array": bytearray(b"ab"), "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.bfloat16,
        "nested": [[{"deep": (normal(2), [])}]], "empty": {}, 7: (1, 2, 3, 4), "flag": False,
    }


class Runs:
    """Pickled, it asks to call something when it is read."""
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def zipped(source, name, method=zipfile.ZIP_STORED, changes=None):
    """A copy of a file of torch.save with other compression or content."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out / "refused" / f"{name}.bin", "w", method) as new:
        for item in old.namelist():
            new.writestr(item, (changes or {}).get(item.split("/", 1)[1], old.read(item)))


def refuse(state):
    import builtins, os, subprocess
    calls = {"os-system": Runs(os.system, "true"), "eval": Runs(eval, "1 + 1"), "exec": Runs(exec, "pass"),
             "getattr": Runs(getattr, "x", "upper"), "import": Runs(builtins.__import__, "os"),
             "subprocess": Runs(subprocess.run, "true")}
    for name, value in calls.items():
        for protocol in (2, 4):
            save("refused", f"{name}-{protocol}", {"w": normal(2), "x": value}, pickle_protocol=protocol)
            save("refused", f"{name}-stream-{protocol}", {"w": normal(2), "x": value}, pickle_protocol=protocol,
                 _use_new_zipfile_serialization=False)
    module = torch.nn.Linear(2, 1)
    save("refused", "module", module)
    with unittest.mock.patch("torch.serialization.get_source_lines_and_file", side_effect=OSError):
        # or the file would have the source of Linear, and its path on this machine
        save("refused", "module-stream", module, _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(module), out / "refused" / "torchscript.bin")
    kinds = {"sparse": normal(2, 2).to_sparse(), "float8": normal(2).to(torch.float8_e4m3fn),
             "meta": torch.ones(2, device="meta"), "quantized": torch.quantize_per_tensor(normal(2), 0.1, 0, torch.qint8),
             "negative": torch.ones(2, dtype=torch.complex64).conj().imag}
    for name, value in kinds.items():
        save("refused", name, {"x": value, "w": normal(1)})
    save("refused", "tensor", normal(2))
    save("refused", "list", [normal(2)])
    save("refused", "nothing", {"epoch": 1, "inner": {"deeper": {"w": normal(1)}}})
    save("refused", "two", {"model": {"w": normal(2)}, "ema": {"w": normal(2)}})
    save("refused", "outer-and-inner", {"w": normal(2), "ema": {"w": normal(2)}})
    save("refused", "protocol-1", state, pickle_protocol=1)
    source = save("refused", "base", {"w": normal(4)})
    other_key = zipfile.ZipFile(source).read("base/data.pkl").replace(b"X\1\0\0\0000", b"X\1\0\0\0001")
    zipped(source, "compressed", zipfile.ZIP_DEFLATED)
    zipped(source, "big-endian", changes={"byteorder": b"big"})
    zipped(source, "short-storage", changes={"data/0": bytes(12)})
    zipped(source, "long-storage", changes={"data/0": bytes(20)})
    zipped(source, "no-storage", changes={"data.pkl": other_key})
    source.unlink()
    (out / "refused" / "pickle.bin").write_bytes(pickle.dumps({"w": [1.0, 2.0]}, protocol=2))
    with tarfile.open(out / "refused" / "tar.bin", "w") as archive:
        for item in ("sys_info", "pickle", "tensors", "storages"):
            archive.addfile(tarfile.TarInfo(item), io.BytesIO())


def shard(state):
    folder = out / "sharded"
    folder.mkdir(parents=True, exist_ok=True)
    names = list(state)
    parts = [names[: len(names) // 2], names[len(names) // 2:]]
    total = sum(value.nbytes for value in state.values())
    for stem, end in (("model", "safetensors"), ("pytorch_model", "bin")):
        weight_map = {}
        for i, part in enumerate(parts, 1):
            file = f"{stem}-0000{i}-of-00002.{end}"
            tensors = {name: state[name] for name in part}
            save_file(tensors, folder / file, {"format": "pt"}) if end == "safetensors" else torch.save(tensors, folder / file)
            weight_map.update(dict.fromkeys(part, file))
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (folder / f"{stem}.{end}.index.json").write_text(json.dumps(index, indent=2) + "\n")


state = plain()
for protocol in (2, 3, 4, 5):
    good(f"zip-{protocol}", state, pickle_protocol=protocol)
    good(f"stream-{protocol}", state, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
for suffix, is_zip in (("zip", True), ("stream", False)):
    good(f"views-{suffix}", views(), _use_new_zipfile_serialization=is_zip)
    good(f"parameters-{suffix}", parameters(), _use_new_zipfile_serialization=is_zip)
many = collections.OrderedDict((f"layer.{i}.weight", normal(2)) for i in range(90))
good("many-stream", many, _use_new_zipfile_serialization=False)
few = {"a.weight": normal(2, 3), "a.bias": normal(3)}
for key in ("state_dict", "model"):
    for protocol in (2, 5):
        good(f"wrapped-{key}-{protocol}", few, wrapped(key, few), pickle_protocol=protocol)
refuse(few)
shard({f"layer.{i}.weight": normal(3, 2) for i in range(4)})
