"use strict";

// Drives the page as a reader would and writes what it saw into the document, from where the test
// reads it. Runs at the end of the body, before the page's own timers.

const results = [];
const check = (name, isTrue, detail = "") =>
  results.push({ name, isTrue: Boolean(isTrue), detail: String(detail) });
const close = (one, other) => one === other || Math.abs(one / other - 1) < 1e-9;
const expectations = JSON.parse(document.getElementById("expectations").textContent);

const choose = (axis, id) => {
  const place = ridgeline.axes[axis].findIndex((entry) => entry.id === id);
  const select = document.getElementById(axis);
  select.value = place;
  select.dispatchEvent(new Event("change", { bubbles: true }));
};
const write = (id, text) => {
  const input = document.getElementById(id);
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};
const cells = (column) => [...document.querySelectorAll(`#rows > tr > :nth-child(${column})`)]
  .map((cell) => cell.textContent);
const press = (key) => document.querySelector(`[data-sort=${key}]`).click();

function checkStart() {
  const fields = new URLSearchParams(location.hash.slice(1));
  for (const axis of ["model", "precision", "device"]) {
    const id = ridgeline.axes[axis][document.getElementById(axis).value].id;
    check(`the fragment chooses the ${axis}`, id === fields.get(axis), id);
  }
  check("the fragment fills batch", document.getElementById("batch").value === fields.get("batch"));
  const verdict = document.getElementById("verdict").textContent;
  check("the verdict is there at once", /tokens\/s/.test(verdict), verdict);
}

/** Every figure that `predict` prints for the same question. */
function checkFigures({ question, answer }) {
  for (const axis of ["model", "precision", "device"]) choose(axis, question[axis]);
  for (const field of ["batch", "prompt", "generate", "context"]) write(field, question[field]);
  const seen = ridgeline.estimate;
  const name = `${question.model} ${question.precision} ${question.device}`;
  const same = (what, one, other) =>
    check(`${name}: ${what}`, close(one ?? null, other ?? null), `${one} against ${other}`);
  same("weights", seen.memory.weights, answer.memory.weights_bytes);
  same("KV cache", seen.memory.cache, answer.memory.kv_cache_bytes);
  same("activations", seen.memory.activations, answer.memory.activations_bytes);
  same("total", seen.memory.total, answer.memory.total_bytes);
  same("capacity", seen.memory.capacity, answer.memory.capacity_bytes);
  same("fits", seen.memory.fits, answer.memory.fits);
  if (answer.decode) same("critical batch", seen.criticalBatch, answer.decode.critical_batch);
  for (const phase of ["prefill", "decode"]) {
    const [one, other] = [seen[phase], answer[phase]];
    if (!one || !other) {
      check(`${name}: ${phase} in both`, !one && !other);
      continue;
    }
    same(`${phase} memory time`, one.bound.memory, other.memory_seconds);
    same(`${phase} compute time`, one.bound.compute, other.compute_seconds);
    for (const kind of ["bound", "roofline"]) {
      same(`${phase} ${kind}`, one[kind].tokensPerSecond, other[kind].tokens_per_second);
      check(`${name}: ${phase} ${kind} limit`, one[kind].limit === other[kind].limited_by);
    }
    same(`${phase} expected`, one.expected?.tokensPerSecond, other.expected?.tokens_per_second);
    same(`${phase} low`, one.expected?.low, other.expected?.low);
    same(`${phase} high`, one.expected?.high, other.expected?.high);
  }
  const shown = seen.decode?.expected ?? seen.decode?.bound ?? seen.prefill.bound;
  check(`${name}: the verdict shows it`, document.getElementById("verdict").textContent
    .includes(tokensText(shown.tokensPerSecond)), document.getElementById("verdict").textContent);
}

function checkRoofline() {
  const point = document.querySelector("#roofline .point");
  const tip = document.getElementById("tip");
  point.dispatchEvent(new PointerEvent("pointerenter"));
  check("hovering shows an operation", !tip.hidden && /limited by/.test(tip.textContent),
    tip.textContent);
  point.dispatchEvent(new PointerEvent("pointerleave"));
  check("leaving hides it", tip.hidden);
  point.focus();
  check("the keyboard shows it too", document.activeElement === point && !tip.hidden);
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  check("Escape hides it", tip.hidden);
  const points = [...document.querySelectorAll("#roofline .point")];
  check("every operation has a point with a name", points.length > 20
    && points.every((entry) => entry.getAttribute("aria-label")), points.length);
  check("coordinates are numbers", !/NaN|Infinity|undefined/.test(
    document.getElementById("roofline").innerHTML));
}

function checkTable() {
  ridgeline.recompute();
  write("filter", "q4_0 4090");
  const names = cells(2).map((precision, index) => `${precision} ${cells(3)[index]}`);
  check("filtering keeps what has every word",
    names.length > 0 && names.every((name) => name === "q4_0 nvidia-rtx-4090"), names[0]);
  write("filter", "");
  const all = ridgeline.comparison.fits.length;
  check("an empty filter shows all", ridgeline.places.length === all, ridgeline.places.length);
  for (const [key, place] of [["decode", 4], ["memory", 7]]) {
    press(key);
    const values = Array.from(ridgeline.places.subarray(0, 2000),
      (entry) => ridgeline.comparison.values[key][entry]);
    const isDescending = ridgeline.state.isDescending;
    check(`sorting by ${key}`, values.every((value, index) => index === 0 || Number.isNaN(value)
      || (isDescending ? values[index - 1] >= value : values[index - 1] <= value)),
    `${values.slice(0, 3)}`);
    const head = document.querySelector(`[data-sort=${key}]`).parentElement;
    check(`${key} says how it is sorted`, head.getAttribute("aria-sort")
      === (isDescending ? "descending" : "ascending"));
    const first = cells(place)[0];
    press(key);
    check(`pressing ${key} again turns it round`, cells(place)[0] !== first);
  }
  document.getElementById("fits").click();
  check("only what fits", cells(8).every((text) => text === "yes"), cells(8)[0]);
  check("the fragment follows", /fits=1/.test(location.hash) && /sort=memory/.test(location.hash));
  document.getElementById("fits").click();
  document.querySelector("#rows button").click();
  check("a row opens", ridgeline.axes.model[ridgeline.state.model].id === cells(1)[0]);
  // The figures of the table are those of the prediction.
  const place = ridgeline.places[0];
  const [m, p, d] = ridgeline.comparison.axes(place);
  const estimate = ridgeline.estimator.estimate(m, p, d, ridgeline.workload);
  check("table and prediction agree", close(ridgeline.comparison.values.memory[place],
    estimate.memory.total) && close(ridgeline.comparison.values.bound[place],
    estimate.decode.bound.tokensPerSecond));
}

function checkLinks() {
  history.replaceState(null, "", `#${new URLSearchParams({ model: "llama-2-7b", precision: "f16",
    device: "apple-m2-8-core-gpu", batch: "2", filter: "m2", fits: "1", sort: "memory",
    order: "ascending", context: "77", nonsense: "<b>" })}`);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
  ridgeline.recompute();
  const { state } = ridgeline;
  check("a link restores the controls", document.getElementById("batch").value === "2"
    && document.getElementById("context").value === "77"
    && document.getElementById("filter").value === "m2" && document.getElementById("fits").checked);
  check("a link restores the order", state.sort === "memory" && !state.isDescending);
  history.replaceState(null, "", "#model=no-such-model&batch=-3&context=x&sort=nothing");
  window.dispatchEvent(new HashChangeEvent("hashchange"));
  check("a broken link changes nothing", state.batch === 2 && state.context === 77);
}

function checkMistakes() {
  write("batch", "two");
  const problem = document.getElementById("problem");
  check("a mistake is named", problem.textContent.startsWith("batch:")
    && document.getElementById("batch").getAttribute("aria-invalid") === "true");
  write("batch", "1");
  check("and forgotten when mended", problem.textContent === "");
}

function checkCopies() {
  let copied = "";
  Object.defineProperty(navigator, "clipboard", {
    value: { writeText: (text) => { copied = text; return Promise.resolve(); } } });
  write("filter", "llama-2-7b f16 m2");
  document.getElementById("copy-markdown").click();
  const lines = copied.trim().split("\n");
  check("Markdown", lines[0].startsWith("| Model | Precision") && lines.length > 2
    && lines.every((line) => line.split("|").length === 10), lines[0]);
  document.getElementById("copy-csv").click();
  const records = copied.trim().split("\n");
  check("CSV", records[0].startsWith("model,precision,device,decode_expected_tokens_per_second")
    && records.length === ridgeline.places.length + 1, records[0]);
  check("a formula stays text", csvField("=1+1") === "'=1+1" && csvField('a"b') === '"a""b"'
    && csvField(-1.5) === "-1.5");
  check("markup stays text in Markdown", markdownField("<b>|") === "&lt;b>\\|");
}

function checkPage() {
  check("nothing was fetched", performance.getEntriesByType("resource").length === 0);
  check("nothing points outside", !document.querySelector("[src], link[href], a[href^=http]"));
  check("no script came in by a name", window.hacked === undefined
    && document.querySelectorAll("script").length === 4);
  const fields = [...document.querySelectorAll("input, select, textarea")];
  check("every field has a label", fields.every((field) => field.labels.length === 1));
  check("every button has a name", [...document.querySelectorAll("button")]
    .every((button) => (button.getAttribute("aria-label") ?? button.textContent).trim()));
  const shown = document.querySelector("main").textContent;
  check("no figure is broken", !/NaN|undefined|\[object/.test(shown));
}

/** Milliseconds, to be printed; nothing depends on them. */
function time() {
  const measure = (work) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  write("filter", "");
  return {
    rows: ridgeline.comparison.fits.length,
    filter_all: measure(() => ridgeline.refilter({ filter: "" })),
    filter_words: measure(() => ridgeline.refilter({ filter: "llama q4 rtx" })),
    sort: measure(() => ridgeline.refilter({ filter: "", sort: "prefill" })),
    controls: measure(() => ridgeline.view.render()),
  };
}

const timings = {};
try {
  checkStart();
  ridgeline.recompute();
  timings.first_view = ridgeline.timings.first;
  timings.everything = performance.now();
  timings.compute = ridgeline.timings.compute;
  expectations.forEach(checkFigures);
  checkRoofline();
  checkTable();
  checkLinks();
  checkMistakes();
  checkCopies();
  checkPage();
  Object.assign(timings, time());
} catch (error) {
  check("the driver ran to its end", false, error.stack);
}
const report = document.createElement("pre");
report.id = "report";
report.textContent = JSON.stringify({ results, timings });
document.body.append(report);
