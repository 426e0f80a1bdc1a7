#!/usr/bin/env python3
"""Measures the matmul of one peer and writes a result file. See README.md."""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from case import Case, Peer, Unsupported
from record import SCHEMA, SCHEMA_VERSION, huge_page_bytes, machine_record, write_atomically

PEERS = {
    "xllamacpp": "ggml_matmul",
    "torch": "torch_linear",
    "onnxruntime": "onnxruntime_matmul",
    "openvino": "openvino_matmul",
    "bitsandbytes": "bitsandbytes_linear",
    "zentorch": "zentorch_linear",
}

SHAPES = "4096x4096,11008x4096,4096x11008,32000x4096"
PAGES_VARIABLE = "GLIBC_TUNABLES"
HUGE_PAGES = "glibc.malloc.hugetlb=1"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, choices=PEERS)
    parser.add_argument("--out", type=Path, help="result file (JSON)")
    parser.add_argument("--formats", help="comma-separated; default: all of the peer")
    parser.add_argument("--shapes", default=SHAPES, help="MxK, comma-separated")
    parser.add_argument("--n", default="1,2,4,8,16,512", help="tokens, comma-separated")
    parser.add_argument("--threads", default="1,all", help="comma-separated; 'all': every CPU")
    parser.add_argument("--repetitions", type=int, default=9, help="samples a case, at least 7")
    parser.add_argument("--pages", choices=("huge", "small"), default="huge")
    parser.add_argument("--library", type=Path, help="shared library with the ggml C API")
    parser.add_argument("--label", help="name of the peer in the results; with --library")
    parser.add_argument("--list", action="store_true", help="print the peer's formats and stop")
    arguments = parser.parse_args()
    if arguments.repetitions < 7:
        parser.error("--repetitions must be at least 7")
    if arguments.library and arguments.peer != "xllamacpp":
        parser.error("--library needs --peer xllamacpp")
    if not arguments.list:
        check_output(parser, arguments.out)
    return arguments


def check_output(parser: argparse.ArgumentParser, out: Path | None) -> None:
    if out is None:
        parser.error("--out is required")
    if not os.access(out.parent, os.W_OK):
        parser.error(f"--out: cannot write in {out.parent}")


def restart_with_pages(pages: str) -> None:
    """Sets what must be in the environment before the allocator and BLAS start."""
    wanted = {"OPENBLAS_NUM_THREADS": "1"}
    wanted[PAGES_VARIABLE] = HUGE_PAGES if pages == "huge" else "glibc.malloc.hugetlb=0"
    if all(os.environ.get(key) == value for key, value in wanted.items()):
        return
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})


def open_peer(arguments: argparse.Namespace) -> Peer:
    module = importlib.import_module(PEERS[arguments.peer])
    if arguments.peer == "xllamacpp":
        return module.open_peer(arguments.library, arguments.label, arguments.pages == "huge")
    return module.open_peer()


def selected_formats(peer: Peer, text: str | None) -> list[str]:
    available = peer.formats()
    if text is None:
        return available
    wanted = text.split(",")
    unknown = [name for name in wanted if name not in available]
    if unknown:
        sys.exit(f"{peer.name} has no format {', '.join(unknown)}; it has: {', '.join(available)}")
    return wanted


def cases(arguments: argparse.Namespace, peer: Peer) -> Iterator[Case]:
    from method import copies_for

    all_threads = os.cpu_count() or 1
    threads = [all_threads if t == "all" else int(t) for t in arguments.threads.split(",")]
    for format in selected_formats(peer, arguments.formats):
        for shape in arguments.shapes.split(","):
            m, k = (int(extent) for extent in shape.split("x"))
            for n in (int(tokens) for tokens in arguments.n.split(",")):
                copies = copies_for(peer, format, m, k, n)
                for count in threads:
                    yield Case(format, m, k, n, count, copies)


def measured(peer: Peer, case: Case, probe: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    from method import check_error, measure

    prepared = peer.prepare(case)
    try:
        error = check_error(prepared)
        samples = measure(prepared, probe, case.threads, arguments.repetitions)
        return {
            "peer": peer.name, "format": case.format, "kernel": prepared.kernel,
            "m": case.m, "k": case.k, "n": case.n, "threads": case.threads,
            "pages": arguments.pages, "hugePageBytes": huge_page_bytes(), "copies": case.copies,
            "weightBytes": prepared.weight_bytes, "seconds": samples.seconds,
            "probeReadBytesPerSecond": samples.read_bytes_per_second,
            "otherLoad": samples.other_load, "checkError": error,
        }
    finally:
        prepared.close()


def summary(entry: dict[str, Any]) -> str:
    seconds = statistics.median(entry["seconds"])
    probe = statistics.median(entry["probeReadBytesPerSecond"])
    operations = 2 * entry["m"] * entry["k"] * entry["n"] / seconds
    rate = entry["weightBytes"] / seconds
    return (
        f"{entry['peer']} {entry['format']} {entry['m']}x{entry['k']} n={entry['n']} "
        f"threads={entry['threads']}: {seconds * 1e3:.3f} ms, {operations / 1e9:.1f} GOP/s, "
        f"{rate / 1e9:.2f} GB/s of {probe / 1e9:.2f}, error {entry['checkError']:.1e}, "
        f"other load {entry['otherLoad']:.2f}"
    )


def main() -> None:
    arguments = parse_arguments()
    restart_with_pages(arguments.pages)
    peer = open_peer(arguments)
    if arguments.list:
        print("\n".join(peer.formats()))
        return
    from method import ReadProbe

    probe = ReadProbe()
    probe.choose_fastest()
    document: dict[str, Any] = {
        "schema": SCHEMA, "version": SCHEMA_VERSION, "machine": machine_record(),
        "peer": {"name": peer.name, "version": peer.version}, "cases": [], "failures": [],
    }
    for case in cases(arguments, peer):
        try:
            entry = measured(peer, case, probe, arguments)
        except (Unsupported, RuntimeError, ValueError, NotImplementedError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            document["failures"].append({**vars(case), "reason": reason})
            print(f"{case}: {reason}", file=sys.stderr, flush=True)
        else:
            document["cases"].append(entry)
            print(summary(entry), flush=True)
        write_atomically(arguments.out, document)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the result file has the cases finished before")
