"""Records what llama.cpp, through xllamacpp, makes of some prompts: tokens, greedy text, logits.

    .venv/bin/python greedy_text.py --model SmolLM2-135M-Instruct.Q4_1.gguf --out smollm2.json

The prompts are in this file, so that a test resource can be made again from nothing but the model.
"""

from __future__ import annotations

import argparse
import json
import urllib.request
from importlib.metadata import version
from pathlib import Path

import xllamacpp

PROMPTS = [
    "The capital of France is",
    "Once upon a time, in a small village by the sea,",
    "def fibonacci(n):\n",
    "The three laws of thermodynamics state that",
    "<|im_start|>user\nExplain in one paragraph why the sky is blue.<|im_end|>\n"
    "<|im_start|>assistant\n",
    "Q: If a train travels 120 km in 1.5 hours, what is its average speed?\nA:",
    "Die Hauptstadt von Österreich heißt",
    "In 1969, Neil Armstrong",
]

TEXTS = [
    "Hello, world!",
    "  leading and trailing spaces  ",
    "tabs\tand\nnew\r\nlines\n\n\nand   runs",
    "It's what they'll've said; I'm, we're, you'd. IT'S",
    "1234567890 3.14159 1,000,000 ½ ² Ⅷ",
    "naïve café, Straße, Ελληνικά, Русский, 日本語の文章, 한국어, العربية, עברית",
    "emoji 😀👍🏽👨‍👩‍👧‍👦 and ZWJ\u200d, nbsp\u00a0, thin\u2009space",
    "snake_case camelCase kebab-case a+b==c && !d || e->f",
    "<|im_start|>user\nhi<|im_end|>\n<|endoftext|> <|im_end",
    "e\u0301 combining, \ufeff bom, \u0000 nul, \u007f del",
    "",
    " ",
    "\n",
    "https://example.org/a?b=c&d=%20#e",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--tokens", type=int, default=80, help="tokens to generate")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    params = xllamacpp.CommonParams()
    params.model.path = str(options.model)
    params.n_ctx, params.n_parallel, params.warmup = 1024, 1, False
    params.cpuparams.n_threads = options.threads
    server = xllamacpp.Server(params)

    def post(path: str, body: dict[str, object]) -> dict:
        request = urllib.request.Request(
            server.listening_address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as response:
            return json.load(response)

    def tokens(text: str) -> list[int]:
        body = {"content": text, "add_special": True, "parse_special": True}
        return post("/tokenize", body)["tokens"]

    prompts = []
    for prompt in PROMPTS:
        reply = post(
            "/completion",
            {
                "prompt": tokens(prompt),
                "n_predict": options.tokens,
                "temperature": 0,
                "samplers": ["top_k"],
                "top_k": 1,
                "n_probs": 5,
                "return_tokens": True,
                "cache_prompt": False,
            },
        )
        steps = reply["completion_probabilities"]
        prompts.append(
            {
                "text": prompt,
                "tokens": tokens(prompt),
                "generated": [step["id"] for step in steps],
                "content": reply["content"],
                "top": [
                    [[item["id"], round(item["logprob"], 5)] for item in step["top_logprobs"]]
                    for step in steps
                ],
            }
        )
    result = {
        "schema_version": 1,
        "model": options.model.name,
        "source": f"xllamacpp {version('xllamacpp')}",
        "texts": [{"text": text, "tokens": tokens(text)} for text in TEXTS],
        "prompts": prompts,
    }
    text = json.dumps(result, ensure_ascii=True, separators=(",", ":"))
    options.out.write_text(text.replace('{"text"', '\n{"text"') + "\n")


if __name__ == "__main__":
    main()
