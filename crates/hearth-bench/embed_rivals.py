#!/usr/bin/env python3
"""Benchmark a BERT sentence encoder (all-MiniLM-L6-v2) in ONNX Runtime on given texts (Linux).

    embed_rivals.py --model DIR --texts F.json --work DIR --threads N --seconds S --vectors F.npy

The model folder has config.json, tokenizer.json and model.safetensors; the texts are a JSON list.
Prints one JSON object; progress goes to stderr. The ONNX graphs are built here, without torch, in
several shapes, each checked against BERT in numpy before anything is timed: "plain" is what a
transformers export has, left to ONNX Runtime's own fusions; "attention" has its fused operators;
"heads" too, but one product for query, key and value, then MultiHeadAttention. int8 is dynamic
quantisation of each (weights per tensor or per channel). Which graph is measured is tried out on
some of the texts, apart for one text a call ("single") and for batches sorted by length ("bulk",
whose size is tried out on all).
A figure is the median of whole passes over the texts, five at least and for S seconds at least;
mean pooling and normalising are in it. Tokens count without padding, with [CLS] and [SEP], at
most 256 a text. The vectors are [2, texts, width]: fp32, int8; a .json file has them by name.
Known to work with: onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6 safetensors==0.8.0
tokenizers==0.23.3
"""

import argparse
import importlib.metadata
import importlib.util
import json
import logging
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "onnx", "onnxruntime", "safetensors", "tokenizers")
if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
    sys.exit(f"embed_rivals: missing; install with: pip install {' '.join(missing)}")
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file
from tokenizers import Tokenizer

GRAPHS, SIZES = ("plain", "attention", "heads"), (4, 8, 16, 32)
LONGEST, ROUNDS, PASSES, TRIED, TRIALS, ALIKE, TOLERANCE = 256, 5, 2, 48, 4, 0.05, 1e-4
Weights = dict[str, np.ndarray]
Ids = Sequence[Sequence[int]]


class Bert:
    """The weights as the graphs want them: products from the right, token type 0 folded in."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            sys.exit("embed_rivals: the model is not a BERT with gelu")
        found = load_file(folder / "model.safetensors")
        found = {k.removeprefix("bert."): np.asarray(v, np.float32) for k, v in found.items()}
        self.heads, self.eps = config["num_attention_heads"], config["layer_norm_eps"]
        self.width, self.layers = config["hidden_size"], []

        def both(name: str, turn: bool = True) -> Weights:
            weight = found[f"{name}.weight"]
            return {"w": np.ascontiguousarray(weight.T if turn else weight),
                    "b": found[f"{name}.bias"]}
        self.words = found["embeddings.word_embeddings.weight"]
        self.places = (found["embeddings.position_embeddings.weight"]
                       + found["embeddings.token_type_embeddings.weight"][0])
        self.norm = both("embeddings.LayerNorm", False)
        for at in (f"encoder.layer.{n}." for n in range(config["num_hidden_layers"])):
            layer = {part: both(f"{at}attention.self.{part}") for part in ("query", "key", "value")}
            layer |= {"out": both(f"{at}attention.output.dense"),
                      "norm": both(f"{at}attention.output.LayerNorm", False),
                      "up": both(f"{at}intermediate.dense"), "down": both(f"{at}output.dense"),
                      "norm2": both(f"{at}output.LayerNorm", False)}
            layer["qkv"] = {k: np.concatenate([layer[p][k] for p in ("query", "key", "value")], -1)
                            for k in "wb"}
            self.layers.append(layer)

    def run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """BERT in numpy, word for word: what the graphs have to agree with."""
        def dense(x: np.ndarray, of: Weights) -> np.ndarray:
            return x @ of["w"] + of["b"]

        def norm(x: np.ndarray, of: Weights) -> np.ndarray:
            x = x - x.mean(-1, keepdims=True)
            return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps) * of["w"] + of["b"]

        def split(x: np.ndarray) -> np.ndarray:
            return x.reshape(*ids.shape, self.heads, -1).transpose(0, 2, 1, 3)
        erf = np.vectorize(math.erf, otypes=[np.float32])
        x = norm(self.words[ids] + self.places[:ids.shape[1]], self.norm)
        for layer in self.layers:
            q, k, v = (split(dense(x, layer[part])) for part in ("query", "key", "value"))
            scores = q @ k.swapaxes(2, 3) / math.sqrt(q.shape[-1])
            scores = np.where(mask[:, None, None] > 0, scores, -np.inf)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True)) @ v
            mixed = mixed.transpose(0, 2, 1, 3).reshape(x.shape)
            x = norm(x + dense(mixed, layer["out"]), layer["norm"])
            up = dense(x, layer["up"])
            x = norm(x + dense(up * (1 + erf(up / math.sqrt(2))) / 2, layer["down"]),
                     layer["norm2"])
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


class Graph:
    """Writes the encoder as an ONNX graph: (ids, mask) to one unit vector a text."""

    def __init__(self, bert: Bert) -> None:
        self.bert, self.nodes, self.constants = bert, [], {}

    def const(self, value: Any, kind: type = np.float32, name: str = "") -> str:
        name = name or f"{np.dtype(kind)} {value}"
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def add(self, op: str, *inputs: str, outputs: Sequence[str] = (), **given: Any) -> str:
        outputs = list(outputs) or [f"{op}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(op, inputs, outputs, f"n{len(self.nodes)}", **given))
        return outputs[0]

    def fused(self, op: str, *inputs: str, **given: Any) -> str:
        return self.add(op, *inputs, domain="com.microsoft", **given)

    def product(self, x: str, of: Weights, name: str) -> str:
        return self.add("MatMul", x, self.const(of["w"], name=f"{name}.w"))

    def dense(self, x: str, of: Weights, name: str) -> str:
        return self.add("Add", self.const(of["b"], name=f"{name}.b"), self.product(x, of, name))

    def norm(self, x: str, of: Weights, name: str) -> str:
        return self.add("LayerNormalization", x, self.const(of["w"], name=f"{name}.w"),
                        self.const(of["b"], name=f"{name}.b"), axis=-1, epsilon=self.bert.eps)

    def plain_layer(self, x: str, mask: str, layer: dict[str, Weights], at: str) -> str:
        heads, width = self.bert.heads, self.bert.width
        apart = self.const([0, 0, heads, width // heads], np.int64)

        def split(part: str, order: list[int]) -> str:
            whole = self.dense(x, layer[part], f"{at}{part}")
            return self.add("Transpose", self.add("Reshape", whole, apart), perm=order)
        q, k, v = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1]), \
            split("value", [0, 2, 1, 3])
        scores = self.add("Div", self.add("MatMul", q, k), self.const(math.sqrt(width // heads)))
        shares = self.add("Softmax", self.add("Add", scores, mask), axis=-1)
        mixed = self.add("Transpose", self.add("MatMul", shares, v), perm=[0, 2, 1, 3])
        mixed = self.add("Reshape", mixed, self.const([0, 0, width], np.int64))
        x = self.norm(self.add("Add", self.dense(mixed, layer["out"], f"{at}out"), x),
                      layer["norm"], f"{at}norm")
        up = self.dense(x, layer["up"], f"{at}up")
        erf = self.add("Erf", self.add("Div", up, self.const(math.sqrt(2))))
        gelu = self.add("Mul", self.add("Mul", up, self.add("Add", erf, self.const(1))),
                        self.const(0.5))
        return self.norm(self.add("Add", self.dense(gelu, layer["down"], f"{at}down"), x),
                         layer["norm2"], f"{at}norm2")

    def fused_layer(self, x: str, layer: dict[str, Weights], at: str, whole: bool) -> str:
        def skip(new: str, old: str, part: str, norm: str) -> str:
            given = {f"{at}{norm}.w": layer[norm]["w"], f"{at}{norm}.b": layer[norm]["b"],
                     f"{at}{part}.b": layer[part]["b"]}
            return self.fused("SkipLayerNormalization", new, old,
                              *(self.const(v, name=k) for k, v in given.items()),
                              epsilon=self.bert.eps)
        bias = self.const(layer["qkv"]["b"], name=f"{at}qkv.b")
        if whole:
            mixed = self.fused("Attention", x, self.const(layer["qkv"]["w"], name=f"{at}qkv.w"),
                               bias, "mask", num_heads=self.bert.heads)
        else:
            parts = [f"{at}{part}" for part in ("query", "key", "value")]
            self.add("Split", self.product(x, layer["qkv"], f"{at}qkv"), outputs=parts, axis=-1)
            mixed = self.fused("MultiHeadAttention", *parts, bias, "mask",
                               num_heads=self.bert.heads)
        x = skip(self.product(mixed, layer["out"], f"{at}out"), x, "out", "norm")
        up = self.fused("BiasGelu", self.product(x, layer["up"], f"{at}up"),
                        self.const(layer["up"]["b"], name=f"{at}up.b"))
        return skip(self.product(up, layer["down"], f"{at}down"), x, "down", "norm2")

    def write(self, kind: str, path: Path) -> None:
        bert = self.bert
        words = self.const(bert.words, name="words")
        places = self.const(bert.places, name="places")
        shown = self.add("Cast", "mask", to=TensorProto.FLOAT)
        if kind == "plain":
            length = self.add("Slice", self.add("Shape", "ids"), *(
                self.const([n], np.int64) for n in (1, 2)))
            here = self.add("Slice", places, self.const([0], np.int64), length)
            x = self.norm(self.add("Add", self.add("Gather", words, "ids"), here),
                          bert.norm, "norm")
            wide = self.add("Unsqueeze", shown, self.const([1, 2], np.int64))
            hidden = self.add("Mul", self.add("Sub", self.const(1), wide), self.const(-1e4))
        else:
            x = self.fused("EmbedLayerNormalization", "ids", "", words, places, "",
                           self.const(bert.norm["w"], name="norm.w"),
                           self.const(bert.norm["b"], name="norm.b"),
                           outputs=["embedded", "lengths"], epsilon=bert.eps)
        for n, layer in enumerate(bert.layers):
            x = (self.plain_layer(x, hidden, layer, f"{n}.") if kind == "plain"
                 else self.fused_layer(x, layer, f"{n}.", kind == "attention"))
        row = self.add("Unsqueeze", shown, self.const([1], np.int64))
        pooled = self.add("Squeeze", self.add("MatMul", row, x), self.const([1], np.int64))
        self.add("LpNormalization", pooled, outputs=["vector"], axis=-1, p=2)
        ends = [helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"])
                for name in ("ids", "mask")]
        out = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", bert.width])
        graph = helper.make_graph(self.nodes, kind, ends, [out], list(self.constants.values()))
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


class Encoder:
    """A session on one of the graphs."""

    def __init__(self, path: Path, threads: int) -> None:
        self.name, options = path.stem, ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def embed(self, ids: Ids, size: int) -> np.ndarray:
        """The texts' vectors in their order, length-sorted if there are several a call."""
        order = sorted(range(len(ids)), key=lambda n: len(ids[n])) if size > 1 else range(len(ids))
        vectors: list[Any] = [None] * len(ids)
        for start in range(0, len(ids), size):
            batch = order[start:start + size]
            found, = self.session.run(["vector"], padded([ids[n] for n in batch]))
            for n, vector in zip(batch, found):
                vectors[n] = vector
        return np.array(vectors)


def padded(ids: Ids) -> dict[str, np.ndarray]:
    shape = len(ids), max(map(len, ids))
    fed = {"ids": np.zeros(shape, np.int32), "mask": np.zeros(shape, np.int32)}
    for n, row in enumerate(ids):
        fed["ids"][n, :len(row)], fed["mask"][n, :len(row)] = row, 1
    return fed


def timed(task: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    result = task(*given)
    return time.perf_counter() - start, result


def cosines(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    each = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    return {"mean": round(float(each.mean()), 6), "min": round(float(each.min()), 6)}


class Bench:
    """The texts, and what is measured on them."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.texts, self.args = json.loads(args.texts.read_text()), args
        self.tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        self.ids = self.tokenise(self.texts)
        self.tokens = sum(map(len, self.ids))
        self.some = self.ids[::max(1, len(self.ids) // TRIED)][:TRIED]

    def tokenise(self, texts: list[str]) -> Ids:
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]

    def rounds(self, task: Callable[[], Sequence[float]]) -> list[float]:
        """Medians of the times that a pass over the texts tells, as tokens a second."""
        times, until = [], time.perf_counter() + self.args.seconds
        while len(times) < ROUNDS or time.perf_counter() < until:
            times.append(task())
        return [round(self.tokens / float(took), 1) for took in np.median(times, axis=0)]

    def tokenising(self) -> dict[str, float]:
        single, = self.rounds(lambda: [sum(timed(self.tokenise, [text])[0] for text in self.texts)])
        bulk, = self.rounds(lambda: [timed(self.tokenise, self.texts)[0]])
        return {"single_tokens_per_second": single, "bulk_tokens_per_second": bulk}

    def speed(self, encoder: Encoder, size: int) -> dict[str, Any]:
        """Tokens a second of the vectors alone, and from text to vectors."""
        def task() -> tuple[float, float]:
            alone = whole = 0.0
            for group in [[text] for text in self.texts] if size == 1 else [self.texts]:
                tokenising, ids = timed(self.tokenise, group)
                took, _ = timed(encoder.embed, ids, size)
                alone, whole = alone + took, whole + took + tokenising
            return alone, whole
        encoder.embed(self.some, size)
        alone, whole = self.rounds(task)
        return {"graph": encoder.name, "batch": size, "tokens_per_second": alone,
                "with_tokenising": whole}

    def quickest(self, encoders: list[Encoder], size: int, truth: np.ndarray
                 ) -> tuple[Encoder, dict[str, Any]]:
        """The quickest on some texts; of those about as quick, the one nearest to the truth."""
        best = [math.inf] * len(encoders)
        for _ in range(TRIALS):
            for n, encoder in enumerate(encoders):
                encoder.embed(self.some[:4], size)
                best[n] = min(best[n], timed(encoder.embed, self.some, size)[0])
        near = [cosines(truth, encoder.embed(self.some, size))["mean"] for encoder in encoders]
        tokens = sum(map(len, self.some))
        told = {encoder.name: {"tokens_per_second": round(tokens / best[n], 1), "cosine": near[n]}
                for n, encoder in enumerate(encoders)}
        alike = [n for n, took in enumerate(best) if took <= min(best) * (1 + ALIKE)]
        return encoders[max(alike, key=lambda n: (round(near[n], 5), -best[n]))], told

    def measure(self, paths: list[Path], truth: np.ndarray) -> tuple[dict[str, Any], Any]:
        """What one precision does in the best of its graphs, and its vectors one by one."""
        encoders = [Encoder(path, self.args.threads) for path in paths]
        kinds, trials, chosen = {"single": 1, "bulk": 16}, {}, {}
        for kind, size in kinds.items():
            chosen[kind], trials[kind] = self.quickest(encoders, size, truth)
        del encoders
        say(f"{chosen['single'].name} a text a call, {chosen['bulk'].name} in bulk")
        single = self.speed(chosen["single"], 1)
        passes = [(timed(chosen["bulk"].embed, self.ids, size)[0], size)
                  for _ in range(PASSES) for size in SIZES]
        bulk = self.speed(chosen["bulk"], min(passes)[1])
        trials["sizes"] = {size: round(self.tokens / min(took for took, of in passes if of == size))
                           for size in SIZES}
        vectors = {"single": chosen["single"].embed(self.ids, 1),
                   "bulk": chosen["bulk"].embed(self.ids, bulk["batch"])}
        return {"single": single, "bulk": bulk, "trials": trials}, vectors


def say(what: str) -> None:
    print(f"embed_rivals: {what}", file=sys.stderr)


def save(path: Path, vectors: dict[str, np.ndarray]) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps({name: rows.tolist() for name, rows in vectors.items()}))
    else:
        with path.open("wb") as file:
            np.save(file, np.stack(list(vectors.values())))


def operators(path: Path) -> dict[str, int]:
    return dict(Counter(node.op_type for node in onnx.load(path).graph.node).most_common())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for flag in ("model", "texts", "work"):
        parser.add_argument(f"--{flag}", type=Path, required=True)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # the quantiser's hint at pre-processing, each time
    os.environ |= {"RAYON_NUM_THREADS": str(args.threads), "TOKENIZERS_PARALLELISM": "true"}
    args.work.mkdir(parents=True, exist_ok=True)
    bench, bert = Bench(args), Bert(args.model)
    say(f"{len(bench.texts)} texts, {bench.tokens} tokens")
    lengths = sorted(bench.ids, key=len)
    few = [lengths[0], lengths[len(lengths) // 2], lengths[-1]]
    expected, differences = bert.run(*padded(few).values()), {}
    plain, quantised = [], []
    for kind in GRAPHS:
        plain.append(args.work / f"{kind}.onnx")
        Graph(bert).write(kind, plain[-1])
        found = Encoder(plain[-1], args.threads).embed(few, len(few))
        differences[kind] = float(np.abs(found - expected).max())
        if not differences[kind] < TOLERANCE:
            sys.exit(f"embed_rivals: {kind} is off by {differences[kind]} from BERT in numpy")
        for way in ("tensor", "channel"):
            quantised.append(args.work / f"{kind}-int8-{way}.onnx")
            say(f"writing {quantised[-1].name}")
            quantize_dynamic(plain[-1], quantised[-1], ["MatMul", "Attention"],
                             way == "channel", weight_type=QuantType.QInt8, reduce_range=False,
                             extra_options={"DefaultTensorType": TensorProto.FLOAT})
    told: dict[str, Any] = {"texts": len(bench.texts), "tokens": bench.tokens,
                            "threads": args.threads, "off_from_numpy": differences,
                            "tokenising": bench.tokenising()}
    truth = Encoder(plain[0], args.threads).embed(bench.some, 1)
    vectors = {}
    for precision, paths in {"fp32": plain, "int8": quantised}.items():
        told[precision], vectors[precision] = bench.measure(paths, truth)
        used = args.work / f"{told[precision]['bulk']['graph']}.onnx"
        told[precision]["operators"] = operators(used)
    told["cosine"] = {kind: cosines(vectors["fp32"][kind], vectors["int8"][kind])
                      for kind in ("single", "bulk")}
    if args.vectors:
        save(args.vectors, {name: rows["single"] for name, rows in vectors.items()})
    cpu = [x.partition(": ")[2] for x in open("/proc/cpuinfo") if x.startswith("model name")]
    machine = {"cores": len(os.sched_getaffinity(0)), "cpu": (cpu or ["?"])[0].strip()}
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    print(json.dumps(dict(machine=machine, versions=versions) | told))


if __name__ == "__main__":
    main()
