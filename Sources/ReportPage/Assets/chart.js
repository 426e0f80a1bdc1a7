"use strict";

// Roofline and memory bars, drawn from the estimate. Every mark can be reached by Tab.

const chartBox = { width: 780, height: 460, left: 76, right: 756, top: 20, bottom: 404 };

function decades(values) {
  const usable = values.filter((value) => Number.isFinite(value) && value > 0);
  const low = Math.floor(Math.log10(Math.min(...usable)));
  return { low, high: Math.max(low + 1, Math.ceil(Math.log10(Math.max(...usable)))) };
}

/** Ceilings of a device at a precision: slopes in bytes/s, roofs in operations/s. */
function ceilings(device, units) {
  const { bandwidth, sustained, memory } = device;
  const slopes = [
    { value: bandwidth, name: `${scaled(bandwidth, "B/s", 4)} ${memory ?? ""}`.trim() }];
  if (sustained && sustained < bandwidth) {
    slopes.push({ value: sustained, name: `${scaled(sustained, "B/s", 4)} measured` });
  }
  const roofs = [];
  const rate = (unit, value) => scaled(value, unit.startsWith("int") ? "OP/s" : "FLOP/s", 4);
  if (units[0]) {
    const [unit, mechanism, fastest, wide] = units[0];
    roofs.push({ value: fastest, name: `${unit} ${mechanism}, ${rate(unit, fastest)}` });
    if (wide < fastest) {
      roofs.push({ value: wide, name: `${unit}, 32-bit sums, ${rate(unit, wide)}` });
    }
  }
  if (units[2] && units[2][2] < (units[0]?.[2] ?? Infinity)) {
    roofs.push({ value: units[2][2],
      name: `${units[2][0]} ${units[2][1]}, ${rate(units[2][0], units[2][2])}` });
  }
  return { slopes, roofs };
}

/** Points of both phases: operations, bounds, expected speeds. */
function workPoints(estimate) {
  const points = [];
  for (const [series, phase] of [["prefill", estimate.prefill], ["decode", estimate.decode]]) {
    if (!phase) continue;
    for (const operation of phase.operations) {
      points.push({
        series, intensity: operation.operations / operation.traffic,
        rate: operation.operations / operation.seconds,
        detail: `${series}, ${operation.name}, ${operation.repeats} x: `
          + `${scaled(operation.operations, "FLOP")}, ${bytesText(operation.traffic)}, `
          + `${secondsText(operation.seconds)}, limited by ${operation.limit}`,
      });
    }
    const work = phase.cost.arithmetic[0] + phase.cost.arithmetic[1];
    const intensity = work / phase.cost.traffic;
    points.push({
      series, intensity, rate: work / phase.bound.seconds, label: `${series}, bound`,
      detail: `${series}, bound: ${tokensText(phase.bound.tokensPerSecond)}, limited by `
        + phase.bound.limit,
    });
    if (phase.expected) {
      points.push({
        series, intensity, rate: work / phase.expected.seconds, label: `${series}, expected`,
        detail: `${series}, expected: ${tokensText(phase.expected.tokensPerSecond)}, `
          + `${significant(phase.expected.low)} to ${significant(phase.expected.high)}`,
      });
    }
  }
  return points.filter((point) => point.intensity > 0 && point.rate > 0
    && Number.isFinite(point.intensity) && Number.isFinite(point.rate));
}

function drawRoofline(host, device, estimate, description) {
  const { slopes, roofs } = ceilings(device, estimate.units);
  const points = workPoints(estimate);
  const ridges = roofs.map((roof) => roof.value / slopes[0].value);
  const intensities = points.map((point) => point.intensity).concat(ridges);
  const x = decades(intensities.length ? intensities : [1, 10]);
  const heights = slopes.map((slope) => 10 ** x.low * slope.value)
    .concat(roofs.map((roof) => roof.value), points.map((point) => point.rate));
  const y = decades(heights);
  const { left, right, top, bottom, width, height } = chartBox;
  const share = (value, { low, high }) => (Math.log10(value) - low) / (high - low);
  const placeX = (value) => left + share(value, x) * (right - left);
  const placeY = (value) => bottom - share(value, y) * (bottom - top);
  const svg = graphic("svg", {
    class: "rl", role: "group", "aria-label": description, viewBox: `0 0 ${width} ${height}`,
  });
  drawGrid(svg, x, y, placeX, placeY);
  const taken = points.map((point) => {
    const [x, y] = [placeX(point.intensity), placeY(point.rate)];
    return [x - 6, y - 6, x + 6, y + 6];
  });
  // Labels of lines stand above them, those of points beside them; none over another.
  const label = (text, atX, atY, isOnLine) => {
    const size = text.length * 6.6;
    for (const shift of [0, 1, 2, 3, 4]) {
      const middle = [[atX + 10, atY - shift * 16], [atX + 10, atY + shift * 16],
        [atX - 10 - size, atY - shift * 16], [atX - 10 - size, atY + shift * 16]];
      const above = [[atX - size / 2, atY - 10 - shift * 16], [atX - size, atY - 10 - shift * 16]];
      for (const [start, y] of isOnLine ? above.concat(middle) : middle) {
        const box = [start, y - 8, start + size, y + 8];
        const isFree = start >= left && box[2] <= right + 8 && box[1] >= 0 && box[3] <= bottom
          && !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3]
            && other[1] < box[3]);
        if (!isFree) continue;
        taken.push(box);
        svg.append(graphic("text", { x: start, y: y + 4, class: "n o" }, text));
        return;
      }
    }
  };
  const line = (x1, y1, x2, y2, isDashed) => svg.append(graphic("line", {
    x1: placeX(x1), y1: placeY(y1), x2: placeX(x2), y2: placeY(y2),
    class: isDashed ? "l h x" : "l x",
  }));
  const peak = Math.max(...roofs.map((roof) => roof.value), 0);
  const names = [];
  slopes.forEach((slope, index) => {
    const end = Math.min(10 ** x.high, peak > 0 ? peak / slope.value : Infinity);
    line(10 ** x.low, 10 ** x.low * slope.value, end, end * slope.value, index > 0);
    const at = 10 ** (x.low + (Math.log10(end) - x.low) * 0.3);
    names.push([slope.name, placeX(at), placeY(at * slope.value)]);
  });
  roofs.forEach((roof, index) => {
    const ridge = roof.value / slopes[0].value;
    line(ridge, roof.value, 10 ** x.high, roof.value, index > 0);
    names.push([roof.name, placeX(ridge ** 0.3 * 10 ** (0.7 * x.high)), placeY(roof.value)]);
  });
  if (peak > 0) {
    const ridge = peak / slopes[0].value;
    names.push([`ridge at ${significant(ridge)}`, placeX(ridge), placeY(peak)]);
  }
  for (const point of points) drawPoint(svg, point, placeX(point.intensity), placeY(point.rate));
  for (const point of points) {
    if (point.label) label(point.label, placeX(point.intensity), placeY(point.rate), false);
  }
  for (const [text, atX, atY] of names) label(text, atX, atY, true);
  host.replaceChildren(svg);
}

function drawGrid(svg, x, y, placeX, placeY) {
  const { left, right, top, bottom, height } = chartBox;
  for (let power = x.low; power <= x.high; power += 1) {
    const at = placeX(10 ** power);
    svg.append(
      graphic("line", { x1: at, y1: top, x2: at, y2: bottom, class: "g" }),
      graphic("text", { x: at, y: bottom + 18, class: "m n", "text-anchor": "middle" },
        significant(10 ** power)));
  }
  for (let power = y.low; power <= y.high; power += 1) {
    const at = placeY(10 ** power);
    svg.append(
      graphic("line", { x1: left, y1: at, x2: right, y2: at, class: "g" }),
      graphic("text", { x: left - 6, y: at + 4, class: "m n", "text-anchor": "end" },
        scaled(10 ** power, "", 1)));
  }
  svg.append(
    graphic("text", { x: (left + right) / 2, y: height - 14, "text-anchor": "middle" },
      "operations per byte"),
    graphic("text", { x: 18, y: (top + bottom) / 2, "text-anchor": "middle",
      transform: `rotate(-90 18 ${(top + bottom) / 2})` }, "operations per second"));
}

/** Circles for prefill, diamonds for decode; bounds and expected speeds are larger. */
function drawPoint(svg, point, x, y) {
  const size = point.label ? 6.5 : 4.5;
  const common = {
    class: `d point ${point.series === "prefill" ? "s0" : "s1"}`, tabindex: 0, role: "img",
    "aria-label": point.detail,
  };
  const far = size * 1.3;
  const mark = point.series === "prefill"
    ? graphic("circle", { ...common, cx: x, cy: y, r: size })
    : graphic("path", {
      ...common, d: `M${x} ${y - far}L${x + far} ${y}L${x} ${y + far}L${x - far} ${y}Z` });
  const show = () => showTip(mark, point.detail);
  mark.addEventListener("pointerenter", show);
  mark.addEventListener("focus", show);
  mark.addEventListener("pointerleave", hideTip);
  mark.addEventListener("blur", hideTip);
  svg.append(mark);
}

function showTip(mark, text) {
  const tip = byId("tip");
  tip.textContent = text;
  tip.hidden = false;
  const box = mark.getBoundingClientRect();
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${window.scrollX + Math.max(8, Math.min(box.right + 8, room))}px`;
  tip.style.top = `${window.scrollY + box.bottom + 8}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

/** One bar for each precision: weights, KV cache, activations, engine, against the capacity. */
function drawMemory(host, rows, capacity) {
  const parts = ["weights", "cache", "activations", "overhead"];
  const names = ["weights", "KV cache", "activations", "engine"];
  const most = Math.max(capacity ?? 0, ...rows.map((row) => row.memory.total)) * 1.02;
  const list = element("ul", { class: "bars" });
  for (const row of rows) {
    const text = `${bytesText(row.memory.total)}`
      + (row.memory.fits === false ? ", does not fit" : row.memory.fits ? ", fits" : "");
    const bar = element("span", { class: "bar", "aria-hidden": "true" });
    parts.forEach((part, index) => {
      const piece = element("span", { class: `part fill${index}`,
        title: `${names[index]}: ${bytesText(row.memory[part])}` });
      piece.style.width = `${row.memory[part] / most * 100}%`;
      bar.append(piece);
    });
    if (capacity) {
      const limit = element("span", { class: "limit" });
      limit.style.left = `${capacity / most * 100}%`;
      bar.append(limit);
    }
    list.append(element("li", { class: row.isChosen ? "chosen" : null },
      element("span", { class: "name" }, row.name), bar,
      element("span", { class: "value" }, text)));
  }
  const legend = element("p", { class: "legend" }, ...names.map((name, index) =>
    element("span", {}, element("i", { class: `key fill${index}` }), name)),
    ...(capacity ? [element("span", {}, element("i", { class: "key line" }),
      `capacity ${bytesText(capacity)}`)] : []));
  host.replaceChildren(legend, list);
}
