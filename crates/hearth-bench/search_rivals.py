#!/usr/bin/env python3
"""Benchmark vector search in LanceDB and Chroma on vectors given in a file (Linux).

    rivals.py --vectors F.f32 --queries F.f32 --work DIR --dimensions 384 --top 10 --stores A,B

The files hold raw little-endian float32 rows: unit vectors, so cosine and dot rank alike.
Prints one JSON object; progress goes to stderr. A failed store has an "error" (exit status 1).
Each store is built in one process; a fresh one opens it and asks one query at a time, with
default threads. A latency is the Python call: query vector in, ids out. "memory_mb" is what
the searching process grew by since its imports, resident, without the page cache
("build_memory_mb": the building one). A row found within 1e-6 of the k-th best score is a hit.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

if importlib.util.find_spec("numpy") is None:
    sys.exit("rivals: numpy is missing; install it with: pip install numpy")
import numpy as np

STORES = {"lancedb-flat": "lancedb", "lancedb-ivfpq": "lancedb", "chroma": "chromadb"}
WARM_UP, BATCH, TOLERANCE, NPROBES, REFINE, SUB_VECTORS = 10, 8192, 1e-6, 20, 10, 96
Search = Callable[[np.ndarray], list[int]]


def load_rows(path: Path, args: argparse.Namespace) -> np.ndarray:
    """Maps a file of float32 rows and checks that the rows are unit vectors."""
    size = path.stat().st_size if path.is_file() else sys.exit(f"rivals: no file {path}")
    if size == 0 or size % (4 * args.dimensions):
        sys.exit(f"rivals: {path}: {size} bytes are not rows of {args.dimensions} dimensions")
    rows = np.memmap(path, "<f4", "r").reshape(-1, args.dimensions)
    if not np.allclose(np.linalg.norm(rows[::max(1, len(rows) // 1000)], axis=1), 1, atol=1e-3):
        sys.exit(f"rivals: {path}: the rows are not unit vectors")
    return rows


def read_batches(path: Path, dimensions: int, size: int) -> Iterator[tuple[int, np.ndarray]]:
    """Reads the rows batch by batch; unmapped, so that they do not stay resident."""
    start, row = 0, 4 * dimensions
    while len(flat := np.fromfile(path, "<f4", size * dimensions, offset=start * row)):
        yield start, flat.reshape(-1, dimensions)
        start += len(flat) // dimensions
        print(f"\r  {start} rows", end="", file=sys.stderr)


def resident_mb(since: float = 0) -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20 - since, 1)


def time_queries(search: Search, queries: np.ndarray) -> tuple[list[list[int]], dict[str, float]]:
    """Results of each query, and percentiles of the times of the queries."""
    for query in queries[:WARM_UP]:
        search(query)
    found, times = [], []
    for query in queries:
        start = time.perf_counter()
        found.append(search(query))
        times.append((time.perf_counter() - start) * 1000)
    return found, {f"p{p}_ms": round(float(np.percentile(times, p)), 3) for p in (50, 95, 99)}


class Lance:
    """LanceDB: every row scanned (flat), or an IVF-PQ index with exact re-ranking."""

    def __init__(self, lancedb: Any, folder: str, name: str) -> None:
        self.database, self.indexed = lancedb.connect(folder), name == "lancedb-ivfpq"

    def build(self, path: Path, width: int) -> str:
        import pyarrow as pa
        from lancedb.index import IvfPq
        schema = pa.schema([("id", pa.int64()), ("vector", kind := pa.list_(pa.float32(), width))])
        table = self.database.create_table("vectors", pa.RecordBatchReader.from_batches(schema, (
            pa.record_batch([np.arange(start, start + len(rows)),
                             pa.FixedSizeListArray.from_arrays(rows.ravel(), type=kind)], schema)
            for start, rows in read_batches(path, width, BATCH))))
        if not self.indexed:
            return "cosine, no index: every row scanned"
        count = table.count_rows()  # LanceDB makes at most one partition per 256 rows
        parts = max(1, min(round(count ** 0.5), count // 256))
        subs = next((n for n in (SUB_VECTORS, width // 16) if n and width % n == 0), 1)
        table.create_index("vector", config=IvfPq("cosine", parts, subs))
        unindexed = table.index_stats("vector_idx").num_unindexed_rows
        return (f"cosine, IVF_PQ, num_partitions {parts}, num_sub_vectors {subs}, nprobes "
                f"{NPROBES}, refine_factor {REFINE}, {unindexed} rows left out of the index")

    def open(self, top: int) -> Search:
        table = self.database.open_table("vectors")
        def search(query: np.ndarray) -> list[int]:
            query_builder = table.search(query).distance_type("cosine").select(["id", "_distance"])
            if self.indexed:
                query_builder = query_builder.nprobes(NPROBES).refine_factor(REFINE)
            return query_builder.limit(top).to_arrow()["id"].to_pylist()
        return search


class Chroma:
    """Chroma: its persistent local client, an HNSW index with Chroma's own defaults."""

    def __init__(self, chroma: Any, folder: str) -> None:
        self.client = chroma.PersistentClient(folder, chroma.Settings(anonymized_telemetry=False))

    def build(self, path: Path, width: int) -> str:
        table = self.client.create_collection(
            "vectors", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None)
        for start, rows in read_batches(path, width, min(BATCH, self.client.get_max_batch_size())):
            table.add(ids=[str(start + n) for n in range(len(rows))], embeddings=rows)
        return "HNSW, " + ", ".join(f"{k} {v}" for k, v in table.configuration["hnsw"].items())

    def open(self, top: int) -> Search:
        table = self.client.get_collection("vectors", embedding_function=None)
        return lambda query: [int(name) for name in table.query(
            query_embeddings=[query], n_results=top, include=["distances"])["ids"][0]]


def run_step(kind: str, name: str, args: argparse.Namespace, folder: str = "",
             kth_scores: Sequence[float] = ()) -> dict[str, Any]:
    """Exact search, building a store, or searching it; kth_scores: the k-th best of each query."""
    rows, queries = load_rows(args.vectors, args), np.array(load_rows(args.queries, args))
    if kind == "exact":
        rows = np.array(rows)

        def exact(query: np.ndarray) -> list[int]:
            best = np.argpartition(scores := rows @ query, -args.top)[-args.top:]
            return best[np.argsort(-scores[best])].tolist()
        found, times = time_queries(exact, queries)
        return times | {"kth_scores": [float(rows[ids[-1]] @ q) for ids, q in zip(found, queries)]}
    package = importlib.import_module(STORES[name])
    base, start = resident_mb(), time.perf_counter()
    store = Chroma(package, folder) if name == "chroma" else Lance(package, folder, name)
    if kind == "build":
        settings = store.build(args.vectors, args.dimensions)
        return {"build_seconds": round(time.perf_counter() - start, 3),
                "build_memory_mb": resident_mb(base), "settings": settings}
    found, times = time_queries(store.open(args.top), queries)
    times["memory_mb"] = resident_mb(base)
    hits = sum(int((rows[sorted(set(ids))] @ query >= score - TOLERANCE).sum())
               for ids, query, score in zip(found, queries, kth_scores))
    return times | {f"recall_at_{args.top}": round(hits / (args.top * len(queries)), 4)}


def run_isolated(*task: Any) -> dict[str, Any]:
    """Runs a step in a fresh Python, its stdout sent to stderr to keep the JSON clean."""
    print(f"\rrivals: {task[1]}: {task[0]}", file=sys.stderr)
    with ProcessPoolExecutor(1, get_context("spawn"), os.dup2, (2, 1)) as pool:
        try:
            return pool.submit(run_step, *task).result()
        except Exception as error:
            return {"error": f"{task[0]}: {type(error).__name__}: {error}"}


def stop_children(signum: int, _: Any) -> None:
    for process in active_children():
        process.kill()
    sys.exit(128 + signum)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for flag in ("vectors", "queries", "work"):
        parser.add_argument(f"--{flag}", type=Path, required=True)
    for flag, default in {"dimensions": 384, "top": 10, "stores": ",".join(STORES)}.items():
        parser.add_argument(f"--{flag}", type=type(default), default=default)
    args = parser.parse_args()
    names = args.stores.split(",")
    if unknown := set(names) - set(STORES):
        parser.error(f"no such store: {', '.join(unknown)}; there are {', '.join(STORES)}")
    packages = sorted({STORES[name] for name in names})
    if missing := [p for p in packages if importlib.util.find_spec(p) is None]:
        sys.exit(f"rivals: missing; install with: pip install {' '.join(missing)}")
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop_children)
    args.work.mkdir(parents=True, exist_ok=True)
    truth, stores = run_isolated("exact", "numpy", args), []
    kth_scores = truth.pop("kth_scores", None) or sys.exit(f"rivals: {truth['error']}")
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"rivals-{name}-", dir=args.work) as folder:
            stores.append({"name": name} | run_isolated("build", name, args, folder))
            if "error" not in stores[-1]:
                stores[-1] |= run_isolated("search", name, args, folder, kth_scores)
    cpu = [x.partition(": ")[2] for x in open("/proc/cpuinfo") if x.startswith("model name")]
    machine = {"cores": len(os.sched_getaffinity(0)), "cpu": (cpu or ["?"])[0].strip()}
    versions = {name: importlib.metadata.version(name) for name in [*packages, "numpy"]}
    print(json.dumps(dict(machine=machine, versions=versions, exact=truth, stores=stores)))
    return int(any("error" in store for store in stores))


if __name__ == "__main__":
    sys.exit(main())
