"use strict";

// All combinations in typed arrays, computed once for a workload. Sorting packs value and place
// into one number; a quarter of a million of those sort faster than objects by a comparison.

const comparisonColumns = [
  { key: "model", title: "Model" },
  { key: "precision", title: "Precision" },
  { key: "device", title: "Device" },
  { key: "decode", title: "Decode expected", unit: "tokens/s", isNumber: true },
  { key: "bound", title: "Decode bound", unit: "tokens/s", isNumber: true },
  { key: "prefill", title: "Prefill expected", unit: "tokens/s", isNumber: true },
  { key: "memory", title: "Memory", unit: "GB", isNumber: true },
  { key: "fits", title: "Fits" },
];

class Comparison {
  constructor(estimator) {
    this.estimator = estimator;
    const { models, precisions, devices } = estimator.data;
    this.counts = [models.length, precisions.length, devices.length];
    const size = models.length * precisions.length * devices.length;
    this.values = {};
    for (const key of ["decode", "bound", "prefill", "memory"]) {
      this.values[key] = new Float64Array(size);
    }
    this.fits = new Uint8Array(size);
    this.names = [models, precisions, devices].map((list) =>
      list.map((entry) => `${entry.id} ${entry.name ?? ""}`.toLowerCase()));
  }

  compute(workload) {
    const { estimator, values } = this;
    const { models, devices } = estimator.data;
    const [, precisionCount, deviceCount] = this.counts;
    const passes = passesOf(workload);
    const rates = devices.map((device, d) => device.rates.map((_, p) => ({
      units: estimator.units(d, p), expecter: estimator.expecter(d, p) })));
    this.order = null;
    let place = 0;
    for (let m = 0; m < models.length; m += 1) {
      for (let p = 0; p < precisionCount; p += 1) {
        const plan = estimator.plan(m, p);
        const decode = estimator.phase(models[m], plan, passes.decode);
        const prefill = estimator.phase(models[m], plan, passes.prefill);
        const memory = estimator.memory(plan, workload, passes, {}, null).total;
        for (let d = 0; d < deviceCount; d += 1, place += 1) {
          const { units, expecter } = rates[d][p];
          const step = decode ? estimator.boundSeconds(decode.cost, devices[d], units) : NaN;
          const read = prefill ? estimator.boundSeconds(prefill.cost, devices[d], units) : NaN;
          values.bound[place] = decode ? passes.decode.tokens / step : NaN;
          values.decode[place] = decode && expecter
            ? passes.decode.tokens
              / Math.max(estimator.engineSeconds(decode.work, expecter[3]), step) : NaN;
          values.prefill[place] = prefill && expecter
            ? passes.prefill.tokens
              / Math.max(estimator.engineSeconds(prefill.work, expecter[4]), read) : NaN;
          const total = memory + (expecter ? expecter[2] : 0);
          values.memory[place] = total;
          const { capacity } = devices[d];
          this.fits[place] = capacity === undefined ? 2 : total <= capacity ? 1 : 0;
        }
      }
    }
  }

  /** Which of the words each entry of an axis has, as bits. */
  masks(words) {
    return this.names.map((names) => names.map((name) =>
      words.reduce((mask, word, index) => mask | (name.includes(word) ? 1 << index : 0), 0)));
  }

  /** Places of the rows that have every word, sorted. */
  select({ filter, fitsOnly, sort, isDescending }) {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 30);
    const wanted = 2 ** words.length - 1;
    const [models, precisions, devices] = this.masks(words);
    const [, precisionCount, deviceCount] = this.counts;
    const plans = Uint32Array.from({ length: models.length * precisionCount }, (_, plan) =>
      models[Math.floor(plan / precisionCount)] | precisions[plan % precisionCount]);
    const order = this.sorted(sort, isDescending);
    const found = new Uint32Array(order.length);
    let count = 0;
    for (let index = 0; index < order.length; index += 1) {
      const place = order[index];
      const plan = (place / deviceCount) | 0;
      if ((plans[plan] | devices[place - plan * deviceCount]) !== wanted) continue;
      if (fitsOnly && this.fits[place] !== 1) continue;
      found[count] = place;
      count += 1;
    }
    return found.subarray(0, count);
  }

  /** All places in order; kept until figures or order change, so that filtering only walks it. */
  sorted(sort, isDescending) {
    const name = `${sort} ${isDescending}`;
    if (this.order?.name === name) return this.order.places;
    const key = this.sortKey(sort);
    const packed = new Float64Array(this.fits.length);
    const single = new Float32Array(1);
    const bits = new Uint32Array(single.buffer);
    const last = 2 ** 32 - 1;
    for (let place = 0; place < packed.length; place += 1) {
      single[0] = key(place);
      // The bits of positive floats are in the order of their values; NaN goes last either way.
      const rank = Number.isNaN(single[0]) ? last : isDescending ? last - 1 - bits[0] : bits[0];
      packed[place] = rank * 2 ** 21 + place;
    }
    packed.sort();
    const places = Uint32Array.from(packed, (value) => value % 2 ** 21);
    // Values that are one in single precision may differ in double.
    const isBefore = isDescending ? (a, b) => key(a) > key(b) : (a, b) => key(a) < key(b);
    for (let index = 1; index < places.length; index += 1) {
      const place = places[index];
      let free = index;
      while (free > 0 && isBefore(place, places[free - 1])) {
        places[free] = places[free - 1];
        free -= 1;
      }
      places[free] = place;
    }
    this.order = { name, places };
    return places;
  }

  sortKey(sort) {
    const [, precisionCount, deviceCount] = this.counts;
    if (this.values[sort]) return (place) => this.values[sort][place];
    switch (sort) {
      case "model": return (place) => Math.floor(place / deviceCount / precisionCount);
      case "precision": return (place) => Math.floor(place / deviceCount) % precisionCount;
      case "device": return (place) => place % deviceCount;
      case "fits": return (place) => this.fits[place];
      default: return (place) => place;
    }
  }

  /** The places of a row on the three axes. */
  axes(place) {
    const [, precisionCount, deviceCount] = this.counts;
    const plan = Math.floor(place / deviceCount);
    return [Math.floor(plan / precisionCount), plan % precisionCount, place % deviceCount];
  }

  /** A row's values by column: names, base units, "yes", "no" or "" if unknown. */
  row(place) {
    const { models, precisions, devices } = this.estimator.data;
    const [m, p, d] = this.axes(place);
    const number = (key) =>
      Number.isFinite(this.values[key][place]) ? this.values[key][place] : null;
    return {
      model: models[m].id, precision: precisions[p].id, device: devices[d].id,
      decode: number("decode"), bound: number("bound"), prefill: number("prefill"),
      memory: number("memory"), fits: ["no", "yes", ""][this.fits[place]],
    };
  }

  /** A cell as people read it. */
  cell(row, column) {
    if (column.key === "memory") return significant(row.memory / 1e9, 3, true);
    if (column.isNumber) return significant(row[column.key], 3, true);
    return row[column.key] || dash;
  }

  csv(places) {
    const keys = ["model", "precision", "device", "decode_expected_tokens_per_second",
      "decode_bound_tokens_per_second", "prefill_expected_tokens_per_second", "total_bytes",
      "fits"];
    const lines = [keys.join(",")];
    for (const place of places) {
      const row = this.row(place);
      lines.push(comparisonColumns.map((column) => csvField(row[column.key] ?? "")).join(","));
    }
    return `${lines.join("\n")}\n`;
  }

  markdown(places) {
    const heading = (column) => column.unit ? `${column.title} (${column.unit})` : column.title;
    const line = (cells) => `| ${cells.join(" | ")} |`;
    const lines = [
      line(comparisonColumns.map(heading)),
      `|${comparisonColumns.map((column) => column.isNumber ? "---:" : ":---").join("|")}|`,
    ];
    for (const place of places) {
      const row = this.row(place);
      lines.push(line(comparisonColumns.map((column) => markdownField(this.cell(row, column)))));
    }
    return `${lines.join("\n")}\n`;
  }
}
