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

GRAPH_KINDS, BATCH_SIZES = ("plain", "attention", "heads"), (4, 8, 16, 32)
MAX_TOKENS, MIN_PASSES, SIZE_TRIALS, TRIAL_TEXTS, GRAPH_TRIALS = 256, 5, 2, 48, 4
SPEED_MARGIN, TOLERANCE = 0.05, 1e-4
Weights = dict[str, np.ndarray]
Ids = Sequence[Sequence[int]]


class Bert:
    """Weights in the layout of the graphs: transposed, with token type 0 added to the positions."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        if config["model_type"] != "bert" or config["hidden_act"] != "gelu":
            sys.exit("embed_rivals: the model is not a BERT with gelu")
        tensors = load_file(folder / "model.safetensors")
        tensors = {k.removeprefix("bert."): np.asarray(v, np.float32) for k, v in tensors.items()}
        self.heads, self.eps = config["num_attention_heads"], config["layer_norm_eps"]
        self.width, self.layers = config["hidden_size"], []

        def load_weights(name: str, transpose: bool = True) -> Weights:
            weight = tensors[f"{name}.weight"]
            return {"w": np.ascontiguousarray(weight.T if transpose else weight),
                    "b": tensors[f"{name}.bias"]}
        self.word_embeddings = tensors["embeddings.word_embeddings.weight"]
        self.position_embeddings = (tensors["embeddings.position_embeddings.weight"]
                                    + tensors["embeddings.token_type_embeddings.weight"][0])
        self.norm = load_weights("embeddings.LayerNorm", False)
        for at in (f"encoder.layer.{n}." for n in range(config["num_hidden_layers"])):
            layer = {part: load_weights(f"{at}attention.self.{part}")
                     for part in ("query", "key", "value")}
            layer |= {"out": load_weights(f"{at}attention.output.dense"),
                      "norm": load_weights(f"{at}attention.output.LayerNorm", False),
                      "up": load_weights(f"{at}intermediate.dense"),
                      "down": load_weights(f"{at}output.dense"),
                      "norm2": load_weights(f"{at}output.LayerNorm", False)}
            layer["qkv"] = {k: np.concatenate([layer[p][k] for p in ("query", "key", "value")], -1)
                            for k in "wb"}
            self.layers.append(layer)

    def run(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """BERT in numpy, the reference for the graphs."""
        def dense(x: np.ndarray, weights: Weights) -> np.ndarray:
            return x @ weights["w"] + weights["b"]

        def norm(x: np.ndarray, weights: Weights) -> np.ndarray:
            x = x - x.mean(-1, keepdims=True)
            x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps)
            return x * weights["w"] + weights["b"]

        def split(x: np.ndarray) -> np.ndarray:
            return x.reshape(*ids.shape, self.heads, -1).transpose(0, 2, 1, 3)
        erf = np.vectorize(math.erf, otypes=[np.float32])
        x = norm(self.word_embeddings[ids] + self.position_embeddings[:ids.shape[1]], self.norm)
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
    """Writer of the encoder as an ONNX graph: (ids, mask) to one unit vector per text."""

    def __init__(self, bert: Bert) -> None:
        self.bert, self.nodes, self.constants = bert, [], {}

    def const(self, value: Any, kind: type = np.float32, name: str = "") -> str:
        name = name or f"{np.dtype(kind)} {value}"
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def add(self, op: str, *inputs: str, outputs: Sequence[str] = (), **attributes: Any) -> str:
        outputs = list(outputs) or [f"{op}_{len(self.nodes)}"]
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, outputs, name, **attributes))
        return outputs[0]

    def fused(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self.add(op, *inputs, domain="com.microsoft", **attributes)

    def product(self, x: str, weights: Weights, name: str) -> str:
        return self.add("MatMul", x, self.const(weights["w"], name=f"{name}.w"))

    def dense(self, x: str, weights: Weights, name: str) -> str:
        bias = self.const(weights["b"], name=f"{name}.b")
        return self.add("Add", bias, self.product(x, weights, name))

    def norm(self, x: str, weights: Weights, name: str) -> str:
        return self.add("LayerNormalization", x, self.const(weights["w"], name=f"{name}.w"),
                        self.const(weights["b"], name=f"{name}.b"), axis=-1, epsilon=self.bert.eps)

    def plain_layer(self, x: str, mask: str, layer: dict[str, Weights], at: str) -> str:
        heads, width = self.bert.heads, self.bert.width
        head_shape = self.const([0, 0, heads, width // heads], np.int64)

        def split(part: str, order: list[int]) -> str:
            projected = self.dense(x, layer[part], f"{at}{part}")
            return self.add("Transpose", self.add("Reshape", projected, head_shape), perm=order)
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

    def fused_layer(self, x: str, layer: dict[str, Weights], at: str,
                    fuses_projection: bool) -> str:
        def skip(new: str, old: str, part: str, norm: str) -> str:
            constants = {f"{at}{norm}.w": layer[norm]["w"], f"{at}{norm}.b": layer[norm]["b"],
                         f"{at}{part}.b": layer[part]["b"]}
            return self.fused("SkipLayerNormalization", new, old,
                              *(self.const(v, name=k) for k, v in constants.items()),
                              epsilon=self.bert.eps)
        bias = self.const(layer["qkv"]["b"], name=f"{at}qkv.b")
        if fuses_projection:
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
        word_embeddings = self.const(bert.word_embeddings, name="words")
        position_embeddings = self.const(bert.position_embeddings, name="places")
        mask_float = self.add("Cast", "mask", to=TensorProto.FLOAT)
        if kind == "plain":
            length = self.add("Slice", self.add("Shape", "ids"), *(
                self.const([n], np.int64) for n in (1, 2)))
            positions = self.add("Slice", position_embeddings, self.const([0], np.int64), length)
            x = self.norm(self.add("Add", self.add("Gather", word_embeddings, "ids"), positions),
                          bert.norm, "norm")
            wide = self.add("Unsqueeze", mask_float, self.const([1, 2], np.int64))
            hidden = self.add("Mul", self.add("Sub", self.const(1), wide), self.const(-1e4))
        else:
            x = self.fused("EmbedLayerNormalization", "ids", "", word_embeddings,
                           position_embeddings, "",
                           self.const(bert.norm["w"], name="norm.w"),
                           self.const(bert.norm["b"], name="norm.b"),
                           outputs=["embedded", "lengths"], epsilon=bert.eps)
        for n, layer in enumerate(bert.layers):
            x = (self.plain_layer(x, hidden, layer, f"{n}.") if kind == "plain"
                 else self.fused_layer(x, layer, f"{n}.", kind == "attention"))
        row = self.add("Unsqueeze", mask_float, self.const([1], np.int64))
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
            found, = self.session.run(["vector"], pad_batch([ids[n] for n in batch]))
            for n, vector in zip(batch, found):
                vectors[n] = vector
        return np.array(vectors)


def pad_batch(ids: Ids) -> dict[str, np.ndarray]:
    shape = len(ids), max(map(len, ids))
    inputs = {"ids": np.zeros(shape, np.int32), "mask": np.zeros(shape, np.int32)}
    for n, row in enumerate(ids):
        inputs["ids"][n, :len(row)], inputs["mask"][n, :len(row)] = row, 1
    return inputs


def time_call(task: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    result = task(*arguments)
    return time.perf_counter() - start, result


def cosines(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    values = (first * second).sum(1) / norms
    return {"mean": round(float(values.mean()), 6), "min": round(float(values.min()), 6)}


class Bench:
    """Measurements on the texts."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.texts, self.args = json.loads(args.texts.read_text()), args
        self.tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.ids = self.tokenise(self.texts)
        self.tokens = sum(map(len, self.ids))
        self.trial_ids = self.ids[::max(1, len(self.ids) // TRIAL_TEXTS)][:TRIAL_TEXTS]

    def tokenise(self, texts: list[str]) -> Ids:
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]

    def measure_rates(self, task: Callable[[], Sequence[float]]) -> list[float]:
        """Median rates of passes over the texts, in tokens per second; a task returns its times."""
        times, deadline = [], time.perf_counter() + self.args.seconds
        while len(times) < MIN_PASSES or time.perf_counter() < deadline:
            times.append(task())
        return [round(self.tokens / float(took), 1) for took in np.median(times, axis=0)]

    def measure_tokenising(self) -> dict[str, float]:
        single, = self.measure_rates(
            lambda: [sum(time_call(self.tokenise, [text])[0] for text in self.texts)])
        bulk, = self.measure_rates(lambda: [time_call(self.tokenise, self.texts)[0]])
        return {"single_tokens_per_second": single, "bulk_tokens_per_second": bulk}

    def measure_speed(self, encoder: Encoder, size: int) -> dict[str, Any]:
        """Tokens per second of the embedding alone, and from text to vectors."""
        def task() -> tuple[float, float]:
            embedding = total = 0.0
            for group in [[text] for text in self.texts] if size == 1 else [self.texts]:
                tokenising, ids = time_call(self.tokenise, group)
                took, _ = time_call(encoder.embed, ids, size)
                embedding, total = embedding + took, total + took + tokenising
            return embedding, total
        encoder.embed(self.trial_ids, size)
        embedding, total = self.measure_rates(task)
        return {"graph": encoder.name, "batch": size, "tokens_per_second": embedding,
                "with_tokenising": total}

    def choose_fastest(self, encoders: list[Encoder], size: int, truth: np.ndarray
                 ) -> tuple[Encoder, dict[str, Any]]:
        """Fastest encoder on some texts; of those about as fast, the one closest to the truth."""
        best = [math.inf] * len(encoders)
        for _ in range(GRAPH_TRIALS):
            for n, encoder in enumerate(encoders):
                encoder.embed(self.trial_ids[:4], size)
                best[n] = min(best[n], time_call(encoder.embed, self.trial_ids, size)[0])
        similarities = [cosines(truth, encoder.embed(self.trial_ids, size))["mean"]
                        for encoder in encoders]
        tokens = sum(map(len, self.trial_ids))
        trials = {encoder.name: {"tokens_per_second": round(tokens / best[n], 1),
                                 "cosine": similarities[n]}
                  for n, encoder in enumerate(encoders)}
        candidates = [n for n, took in enumerate(best) if took <= min(best) * (1 + SPEED_MARGIN)]
        chosen = max(candidates, key=lambda n: (round(similarities[n], 5), -best[n]))
        return encoders[chosen], trials

    def measure(self, paths: list[Path], truth: np.ndarray) -> tuple[dict[str, Any], Any]:
        """Figures of one precision with the best of its graphs, and its vectors."""
        encoders = [Encoder(path, self.args.threads) for path in paths]
        kinds, trials, chosen = {"single": 1, "bulk": 16}, {}, {}
        for kind, size in kinds.items():
            chosen[kind], trials[kind] = self.choose_fastest(encoders, size, truth)
        del encoders
        log_progress(f"{chosen['single'].name} a text a call, {chosen['bulk'].name} in bulk")
        single = self.measure_speed(chosen["single"], 1)
        passes = [(time_call(chosen["bulk"].embed, self.ids, size)[0], size)
                  for _ in range(SIZE_TRIALS) for size in BATCH_SIZES]
        bulk = self.measure_speed(chosen["bulk"], min(passes)[1])
        trials["sizes"] = {
            size: round(self.tokens / min(took for took, batch in passes if batch == size))
            for size in BATCH_SIZES}
        vectors = {"single": chosen["single"].embed(self.ids, 1),
                   "bulk": chosen["bulk"].embed(self.ids, bulk["batch"])}
        return {"single": single, "bulk": bulk, "trials": trials}, vectors


def log_progress(message: str) -> None:
    print(f"embed_rivals: {message}", file=sys.stderr)


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
    logging.disable(logging.WARNING)  # the quantiser's repeated hint at pre-processing
    os.environ |= {"RAYON_NUM_THREADS": str(args.threads), "TOKENIZERS_PARALLELISM": "true"}
    args.work.mkdir(parents=True, exist_ok=True)
    bench, bert = Bench(args), Bert(args.model)
    log_progress(f"{len(bench.texts)} texts, {bench.tokens} tokens")
    lengths = sorted(bench.ids, key=len)
    samples = [lengths[0], lengths[len(lengths) // 2], lengths[-1]]
    expected, differences = bert.run(*pad_batch(samples).values()), {}
    plain, quantised = [], []
    for kind in GRAPH_KINDS:
        plain.append(args.work / f"{kind}.onnx")
        Graph(bert).write(kind, plain[-1])
        found = Encoder(plain[-1], args.threads).embed(samples, len(samples))
        differences[kind] = float(np.abs(found - expected).max())
        if not differences[kind] < TOLERANCE:
            sys.exit(f"embed_rivals: {kind} is off by {differences[kind]} from BERT in numpy")
        for granularity in ("tensor", "channel"):
            quantised.append(args.work / f"{kind}-int8-{granularity}.onnx")
            log_progress(f"writing {quantised[-1].name}")
            quantize_dynamic(plain[-1], quantised[-1], ["MatMul", "Attention"],
                             granularity == "channel", weight_type=QuantType.QInt8,
                             reduce_range=False,
                             extra_options={"DefaultTensorType": TensorProto.FLOAT})
    results: dict[str, Any] = {"texts": len(bench.texts), "tokens": bench.tokens,
                               "threads": args.threads, "off_from_numpy": differences,
                               "tokenising": bench.measure_tokenising()}
    truth = Encoder(plain[0], args.threads).embed(bench.trial_ids, 1)
    vectors = {}
    for precision, paths in {"fp32": plain, "int8": quantised}.items():
        results[precision], vectors[precision] = bench.measure(paths, truth)
        used = args.work / f"{results[precision]['bulk']['graph']}.onnx"
        results[precision]["operators"] = operators(used)
    results["cosine"] = {kind: cosines(vectors["fp32"][kind], vectors["int8"][kind])
                         for kind in ("single", "bulk")}
    if args.vectors:
        save(args.vectors, {name: rows["single"] for name, rows in vectors.items()})
    cpu = [x.partition(": ")[2] for x in open("/proc/cpuinfo") if x.startswith("model name")]
    machine = {"cores": len(os.sched_getaffinity(0)), "cpu": (cpu or ["?"])[0].strip()}
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    print(json.dumps(dict(machine=machine, versions=versions) | results))


if __name__ == "__main__":
    main()
