"use strict";

// What is shown of one prediction: verdict, speeds, roofline, memory.

class PredictionView {
  constructor(page) {
    this.page = page;
  }

  render() {
    const { state, estimator, data, workload } = this.page;
    const estimate = estimator.estimate(state.model, state.precision, state.device, workload);
    const model = data.models[state.model];
    const precision = data.precisions[state.precision];
    const device = data.devices[state.device];
    this.page.estimate = estimate;
    byId("subject").textContent = `${model.name}, ${precision.id}, ${device.name}`;
    byId("verdict").textContent = verdict(estimate);
    this.renderSpeeds(estimate, model, precision, device);
    const description = `Roofline of ${device.name}: ${byId("verdict").textContent} `
      + "Each point is an operation; Tab moves from point to point.";
    drawRoofline(byId("roofline"), device, estimate, description);
    this.renderOperations(estimate);
    const passes = passesOf(workload);
    drawMemory(byId("memory-bars"), data.precisions.map((entry, index) => ({
      name: entry.id, isChosen: index === state.precision,
      memory: estimator.memory(estimator.plan(state.model, index), workload, passes, device,
        estimator.expecter(state.device, index)),
    })), device.capacity);
  }

  renderSpeeds(estimate, model, precision, device) {
    const rows = [];
    for (const [name, phase] of [["prefill", estimate.prefill], ["decode", estimate.decode]]) {
      if (!phase) continue;
      const title = name === "prefill"
        ? `prefill of ${significant(phase.pass.newTokens, 9)} tokens`
        : `decode at context ${significant(phase.pass.context, 7)}`;
      rows.push([`${title}, bound`, phase.bound.seconds, phase.bound.tokensPerSecond,
        phase.bound.limit]);
      rows.push([`${name}, roofline`, phase.roofline.seconds, phase.roofline.tokensPerSecond,
        phase.roofline.limit]);
      if (phase.expected) {
        rows.push([`${name}, expected`, phase.expected.seconds, phase.expected.tokensPerSecond,
          `${significant(phase.expected.low)} to ${significant(phase.expected.high)}`]);
      }
    }
    const caption = "Bound, roofline and expected speed of both phases";
    byId("speeds").replaceChildren(simpleTable(caption, [
      { title: "Phase", text: (row) => row[0] },
      { title: "Time", number: true, text: (row) => secondsText(row[1]) },
      { title: "Tokens/s", number: true, text: (row) => significant(row[2]) },
      { title: "Limited by, or 80 % interval", text: (row) => row[3] },
    ], rows));
    const [unit] = estimate.units;
    const expecter = this.page.estimator.expecter(this.page.state.device, this.page.state.precision);
    const time = expecter && this.page.data.tables.times[expecter[3]];
    const facts = [
      ["weights", `${bytesText(estimate.memory.weights)}, ${
        significant(estimate.memory.weights * 8 / model.parameters, 4)} bits per parameter`],
      ["KV cache", `${bytesText(estimate.memory.cache)}, ${precision.kv}`],
      ["total", `${bytesText(estimate.memory.total)} of ${bytesText(estimate.memory.capacity)}`],
      ["multiplies in", unit ? `${unit[0]} (${unit[1]})` : "unavailable: the profile has no rate"],
      ["bandwidth", scaled(device.bandwidth, "B/s", 4)],
      ["critical batch", significant(estimate.criticalBatch)],
      ["engine", engineText(estimate.engine)],
      ["decode rests on", time
        ? this.page.data.tables.bases[time[this.page.workload.batch > 1 ? 4 : 1]] : dash],
    ];
    byId("facts").replaceChildren(...facts.flatMap(([name, value]) =>
      [element("dt", {}, name), element("dd", {}, value)]));
  }

  renderOperations(estimate) {
    const tables = [["Prefill", estimate.prefill], ["Decode", estimate.decode]]
      .filter(([, phase]) => phase)
      .map(([name, phase]) => simpleTable(`${name}, operation by operation`, [
        { title: "Operation", text: (row) => row.name },
        { title: "Layers", number: true, text: (row) => significant(row.repeats) },
        { title: "FLOP", number: true, text: (row) => scaled(row.operations, "") },
        { title: "Bytes", number: true, text: (row) => bytesText(row.traffic) },
        { title: "Time", number: true, text: (row) => secondsText(row.seconds) },
        { title: "Limited by", text: (row) => row.limit },
      ], phase.operations));
    byId("operations").replaceChildren(...tables);
  }
}

function engineText(engine) {
  if (!engine) return "none: limits of the hardware only";
  return engine.era ? `${engine.name}, builds of ${engine.era}` : engine.name;
}

/** The sentence that answers the question. */
function verdict(estimate) {
  const name = estimate.decode ? "decode" : "prefill";
  const phase = estimate.decode ?? estimate.prefill;
  const { memory } = estimate;
  const limit = phase.bound.limit === "memory" ? "memory bound" : "compute bound";
  const spare = memory.capacity === null ? null : memory.capacity - memory.total;
  let fit = "memory size unknown";
  if (spare !== null) {
    fit = spare < 0
      ? `does NOT fit, ${bytesText(-spare)} short` : `fits with ${bytesText(spare)} to spare`;
  }
  const most = `at most ${tokensText(phase.bound.tokensPerSecond)} in ${name}`;
  if (!phase.expected) return `${limit[0].toUpperCase()}${limit.slice(1)}; ${fit}; ${most}.`;
  const { low, high, tokensPerSecond } = phase.expected;
  return `About ${tokensText(tokensPerSecond)} in ${name} (${significant(low)} to `
    + `${significant(high)}); ${limit}, ${most}; ${fit}.`;
}
