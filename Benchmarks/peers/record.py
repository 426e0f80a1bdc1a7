"""The result file: schema, machine record, atomic writing."""

from __future__ import annotations

import json
import os
import platform
import re
import tempfile
from pathlib import Path
from typing import Any

SCHEMA = "ridgeline-peer-measurements"
SCHEMA_VERSION = 1

INSTRUCTION_SETS = (
    "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_vbmi",
    "avx512_fp16", "amx_int8", "amx_bf16", "asimd", "asimddp", "i8mm", "sve",
)


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _cpu_model(info: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    return found.group(1) if found else platform.processor() or platform.machine()


def _last_level_cache_bytes() -> int | None:
    sizes = [
        _read(str(path))
        for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    ]
    kibibytes = [int(size.strip().rstrip("K")) for size in sizes if size.strip().endswith("K")]
    return max(kibibytes) * 1024 if kibibytes else None


def machine_record() -> dict[str, Any]:
    """What identifies the machine and what changes its speed."""
    info = _read("/proc/cpuinfo")
    flags = set(re.findall(r"^(?:flags|Features)\s*:\s*(.+)$", info, re.MULTILINE)[:1] or [""])
    words = " ".join(flags).split()
    pages = re.search(r"\[(\w+)\]", _read("/sys/kernel/mm/transparent_hugepage/enabled"))
    return {
        "cpu": _cpu_model(info),
        "instructionSets": [name for name in INSTRUCTION_SETS if name in words],
        "virtualized": "hypervisor" in words,
        "logicalCPUs": os.cpu_count(),
        "lastLevelCacheBytes": _last_level_cache_bytes(),
        "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "transparentHugePages": pages.group(1) if pages else None,
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def huge_page_bytes() -> int:
    """Bytes of this process that lie in transparent huge pages."""
    found = re.search(r"^AnonHugePages:\s*(\d+) kB", _read("/proc/self/smaps_rollup"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def write_atomically(path: Path, document: dict[str, Any] | list[Any]) -> None:
    """Replaces `path` with `document` as JSON; a reader sees the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(document, file, indent=1)
            file.write("\n")
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
