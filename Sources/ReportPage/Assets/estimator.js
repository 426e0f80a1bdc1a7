"use strict";

// The equations of the estimator (Sources/Roofline, Sources/Engines) over the coefficients that
// PageData writes. Seconds, bytes and operations throughout; a test compares every figure with
// `ridgeline predict --output json`.

class Estimator {
  constructor(data) {
    this.data = data;
    this.plans = data.models.map((model) => new Array(model.plans.length));
    const { components, terms } = data.tables;
    /** Terms as `[overlap, quantity, seconds for each, quantity, seconds for each, ...]`. */
    this.terms = terms?.map(([overlap, ...places]) =>
      Float64Array.from([overlap, ...places.flatMap((place) => components[place].slice(0, 2))]));
  }

  /** The operations of a model at a precision, unpacked once. */
  plan(m, p) {
    return (this.plans[m][p] ??= this.unpack(this.data.models[m].plans[p]));
  }

  unpack([weights, peaks, sections]) {
    const tables = this.data.tables;
    const operations = [];
    for (const [shapes, activations, weightList, repeats, extra] of sections) {
      tables.shapes[shapes].forEach((shape, index) => {
        const [name, flags, perToken, perPairDecode = 0, perPairPrefill = 0, window = 0,
          experts = 0, expertsPerToken = 0] = shape;
        const bits = tables.weights[weightList][index];
        operations.push({
          name: tables.operations[name], arithmetic: flags & 3, isLast: (flags & 4) > 0,
          readsCache: (flags & 8) > 0, writesCache: (flags & 16) > 0,
          perToken, perPairDecode, perPairPrefill, window: window || Infinity, experts,
          expertsPerToken, repeats, weights: bits < 0 ? -bits : bits * perToken / 16,
          rows: flags & 32 ? extra : 0, cache: flags & 24 ? extra : 0,
          activations: tables.activations[activations][index],
        });
      });
    }
    return { weights, peaks: tables.peaks[peaks], operations };
  }

  /** The counts of one operation in a pass, all repeats together. */
  counts(operation, pass) {
    const repeats = operation.repeats;
    const tokens = operation.isLast ? pass.sequences : pass.tokens;
    const result = {
      operations: operation.perToken * tokens * repeats, weights: operation.weights * repeats,
      rows: operation.rows * tokens * repeats, cacheRead: 0, cacheBefore: 0, cacheWritten: 0,
      activations: operation.activations * tokens * repeats,
    };
    if (operation.experts > 0) result.weights *= distinctExperts(operation, tokens);
    const cache = operation.cache * pass.sequences * repeats;
    if (operation.writesCache) {
      result.cacheWritten = cache * pass.newTokens;
    } else if (operation.readsCache) {
      const window = operation.window;
      const perPair = pass.isDecode ? operation.perPairDecode : operation.perPairPrefill;
      result.operations += perPair * pass.pairs(window) * pass.sequences * repeats;
      result.cacheRead = cache * pass.keysRead(window);
      result.cacheBefore = cache * pass.keysBefore(window);
    }
    return result;
  }

  /** The sums over all operations of a plan in a pass, device left out. */
  cost(plan, pass) {
    const sum = { arithmetic: [0, 0, 0], weights: 0, cacheRead: 0, traffic: 0 };
    for (const operation of plan.operations) {
      const counts = this.counts(operation, pass);
      sum.arithmetic[operation.arithmetic] += counts.operations;
      sum.weights += counts.weights;
      sum.cacheRead += counts.cacheRead;
      sum.traffic += counts.weights + counts.rows + counts.cacheBefore + counts.cacheWritten;
    }
    return sum;
  }

  unit(place) {
    return place === undefined || place < 0 ? null : this.data.tables.units[place];
  }

  /** The units that multiply weights, queries and keys, and everything else. */
  units(d, p) {
    const device = this.data.devices[d];
    const [linear, attention] = device.rates[p];
    return [this.unit(linear), this.unit(attention), this.unit(device.vector)];
  }

  /** Seconds of matrix operations at the fastest rates; null without a rate that is needed. */
  computeSeconds(cost, [linear, attention]) {
    const [first, second] = cost.arithmetic;
    if (!linear || (second !== 0 && !attention)) return null;
    return first / linear[2] + (second === 0 ? 0 : second / attention[2]);
  }

  /** The larger of compute time and memory time with datasheet peaks and compulsory traffic. */
  boundSeconds(cost, device, units) {
    return Math.max(memorySeconds(device, cost.traffic), this.computeSeconds(cost, units) ?? 0);
  }

  bound(cost, pass, device, units) {
    const memory = memorySeconds(device, cost.traffic);
    const compute = this.computeSeconds(cost, units);
    const seconds = this.boundSeconds(cost, device, units);
    return {
      memory, compute, seconds, tokensPerSecond: pass.tokens / seconds,
      limit: (compute ?? 0) > memory ? "compute" : "memory",
    };
  }

  /** What of a pass does not depend on the device; null for no pass. */
  phase(model, plan, pass) {
    if (!pass) return null;
    const cost = this.cost(plan, pass);
    return { cost, work: this.work(model, cost, pass) };
  }

  /** The counts that an engine's times are proportional to, in the order of `Quantity`. */
  work(model, cost, pass) {
    const [linear, attention] = cost.arithmetic;
    const perToken = linear / pass.tokens;
    const batches = Math.max(pass.tokens / this.data.micro_batch, 1);
    return [
      cost.weights, perToken / 2, perToken * (pass.tokens - 1), linear, attention, cost.cacheRead,
      model.layers, model.layers * pass.context,
      model.head_dim > 0 ? attention / model.head_dim : model.layers * model.heads,
      pass.tokens * model.layers * model.width * 8,
      cost.weights * batches, (cost.weights + 2 * perToken) * batches,
      perToken / 2 * Math.min(pass.tokens - 1, this.data.columns_of_vectors - 1),
    ];
  }

  /**
   * One term: times that overlap as (sum of t^p)^(1/p). A component whose quantity is a complement
   * follows the one before it: both are one time.
   */
  termSeconds(work, term) {
    const overlap = term[0];
    let sum = 0;
    for (let index = 1; index < term.length; index += 2) {
      let own = work[term[index]] * term[index + 1];
      for (; term[index + 2] < 0; index += 2) own += work[~term[index + 2]] * term[index + 3];
      sum += overlap === 1 ? own : own ** overlap;
    }
    return overlap === 1 || !(sum > 0) ? sum : sum ** (1 / overlap);
  }

  /** The squares of what unmeasured effects of a term may be off, in seconds. */
  termVariance(work, [overlap, ...places], time) {
    const components = places.map((place) => this.data.tables.components[place]);
    let variance = 0;
    for (let index = 0; index < components.length;) {
      const part = [components[index]];
      while (components[index + part.length]?.[0] < 0) part.push(components[index + part.length]);
      index += part.length;
      const seconds = part.map(([quantity, unit]) => work[quantity < 0 ? ~quantity : quantity] * unit);
      const slope = (seconds.reduce((sum, own) => sum + own, 0) / time) ** (overlap - 1);
      part.forEach(([, , unknown], place) => {
        if (unknown && time > 0) variance += (slope * seconds[place]) ** 2 * unknown;
      });
    }
    return variance;
  }

  /** The sum of an engine's terms. */
  engineSeconds(work, place) {
    const time = this.data.tables.times[place];
    let total = 0;
    for (let index = 5; index < time.length; index += 1) {
      total += this.termSeconds(work, this.terms[time[index]]);
    }
    return total;
  }

  /** What an engine is expected to need, never less than the bound; 80 % from low to high. */
  expected(work, pass, place, bound) {
    if (place < 0) return null;
    const { tables, residual_scale: scale } = this.data;
    const [single, , newcomer, several, , ...terms] = tables.times[place];
    const reach = pass.tokens > 1 ? several : single;
    const total = this.engineSeconds(work, place);
    let variance = 0;
    for (const term of terms) {
      variance += this.termVariance(
        work, tables.terms[term], this.termSeconds(work, this.terms[term]));
    }
    const seconds = Math.max(total, bound);
    const unknown = total > 0 ? Math.sqrt(variance) / total : 0;
    const own = reach * Math.sqrt(scale ** 2 + unknown * unknown);
    const spread = Math.sqrt(own * own + newcomer * newcomer);
    return {
      seconds, tokensPerSecond: pass.tokens / seconds,
      low: pass.tokens / (seconds * Math.exp(spread)),
      high: pass.tokens / Math.max(seconds * Math.exp(-spread), bound),
    };
  }

  /** Bytes of weights, KV cache at the end, activations and the engine itself. */
  memory(plan, workload, passes, device, expecter) {
    const cached = Math.max(workload.prompt + workload.generate, workload.context || 0);
    let cache = 0;
    for (const operation of plan.operations) {
      if (!operation.writesCache) continue;
      cache += operation.repeats * operation.cache * Math.min(cached, operation.window);
    }
    cache *= workload.batch;
    let activations = 0;
    for (const pass of [passes.prefill, passes.decode]) {
      if (!pass) continue;
      for (const [perToken, perSequence] of plan.peaks) {
        activations = Math.max(
          activations, perToken * pass.tokens + perSequence * pass.sequences);
      }
    }
    const overhead = expecter ? expecter[2] : 0;
    const total = plan.weights + cache + activations + overhead;
    const capacity = device.capacity ?? null;
    return {
      weights: plan.weights, cache, activations, overhead, total, capacity,
      fits: capacity === null ? null : total <= capacity,
    };
  }

  expecter(d, p) {
    const place = this.data.devices[d].rates[p][2];
    return place < 0 ? null : this.data.tables.expecters[place];
  }

  /** Everything about one model, precision and device at a workload. */
  estimate(m, p, d, workload) {
    const model = this.data.models[m];
    const device = this.data.devices[d];
    const plan = this.plan(m, p);
    const passes = passesOf(workload);
    const units = this.units(d, p);
    const expecter = this.expecter(d, p);
    const phase = (pass, time) => {
      if (!pass) return null;
      const { cost, work } = this.phase(model, plan, pass);
      const bound = this.bound(cost, pass, device, units);
      return {
        pass, cost, bound,
        expected: this.expected(work, pass, expecter ? expecter[time] : -1, bound.seconds),
        ...this.roofline(plan, pass, device, units),
      };
    };
    return {
      memory: this.memory(plan, workload, passes, device, expecter),
      prefill: phase(passes.prefill, 4), decode: phase(passes.decode, 3),
      criticalBatch: this.criticalBatch(plan, device, units), units,
      engine: expecter && { name: expecter[0], era: expecter[1] },
    };
  }

  /** Each operation with the larger of its times, and their sum. */
  roofline(plan, pass, device, units) {
    const times = { memory: 0, compute: 0 };
    const operations = plan.operations.map((operation) => {
      const counts = this.counts(operation, pass);
      const traffic = counts.weights + counts.rows + counts.cacheRead + counts.cacheWritten
        + counts.activations;
      const unit = units[operation.arithmetic];
      const compute = unit ? counts.operations / unit[3] : 0;
      const memory = traffic / device.bandwidth;
      const limit = compute > memory ? "compute" : "memory";
      const seconds = Math.max(compute, memory);
      times[limit] += seconds;
      return {
        name: operation.name, repeats: operation.repeats, operations: counts.operations, traffic,
        seconds, limit, unit: unit && counts.operations > 0 ? unit[0] : null,
      };
    });
    const seconds = times.memory + times.compute;
    return {
      operations,
      roofline: {
        seconds, tokensPerSecond: pass.tokens / seconds,
        limit: times.compute > times.memory ? "compute" : "memory",
      },
    };
  }

  /** The batch at which multiplying takes as long as reading weights; a fixed point for experts. */
  criticalBatch(plan, device, units) {
    if (!units[0]) return null;
    const ridge = units[0][2] / device.bandwidth;
    const bytesPerWeight = (batch) => {
      const sequences = Math.floor(Math.max(1, Math.min(batch, 2 ** 30)));
      const step = makePass(sequences, 1, 0, 1);
      let operations = 0;
      let bytes = 0;
      for (const operation of plan.operations) {
        if (operation.arithmetic !== 0) continue;
        const counts = this.counts(operation, step);
        operations += counts.operations / sequences;
        bytes += counts.weights;
      }
      return operations > 0 ? bytes / (operations / 2) : null;
    };
    const first = bytesPerWeight(1);
    if (first === null) return null;
    let batch = first * ridge / 2;
    if (!plan.operations.some((operation) => operation.experts > 0)) return batch;
    for (let round = 0; round < 64; round += 1) {
      const next = bytesPerWeight(batch) * ridge / 2;
      if (Math.abs(next - batch) < 1e-6 * batch) break;
      batch = next;
    }
    return batch;
  }
}
