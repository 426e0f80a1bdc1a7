"use strict";

// Controls, their place in the URL fragment, and what is shown for them.

const started = performance.now();
const pageRows = 100;
const mostTokens = 2 ** 30;
const numberFields = ["batch", "prompt", "generate", "context"];

class Page {
  constructor(data) {
    this.data = data;
    this.estimator = new Estimator(data);
    this.comparison = new Comparison(this.estimator);
    this.axes = { model: data.models, precision: data.precisions, device: data.devices };
    this.state = this.initialState();
    this.view = new PredictionView(this);
    this.timings = {};
  }

  initialState() {
    const { workload } = this.data;
    return {
      model: 0, precision: 0, device: 0, batch: workload.batch, prompt: workload.prompt,
      generate: workload.generate, context: workload.context ?? 0, ...this.data.selected,
      filter: this.data.filter, fits: false, sort: "decode", isDescending: true, shown: pageRows,
    };
  }

  start() {
    this.fillControls();
    this.readFragment();
    this.listen();
    this.view.render();
    this.timings.first = performance.now() - started;
    // What is above the fold is painted before the table is computed.
    setTimeout(() => {
      this.recompute();
      this.timings.load = performance.now();
      document.documentElement.dataset.ready = "yes";
    });
  }

  // State

  fillControls() {
    for (const [axis, entries] of Object.entries(this.axes)) {
      byId(axis).replaceChildren(...entries.map((entry, index) =>
        element("option", { value: index }, entry.name ?? `${entry.id}: ${entry.summary}`)));
    }
    byId("heads").replaceChildren(...comparisonColumns.map((column) => {
      const title = column.unit ? `${column.title} (${column.unit})` : column.title;
      const button = element("button", { type: "button", "data-sort": column.key }, title);
      return element("th", { scope: "col", class: column.isNumber ? "number" : null }, button);
    }));
  }

  /** Takes over what the fragment names; whatever it does not know is left as it is. */
  readFragment() {
    const fields = new URLSearchParams(location.hash.slice(1));
    for (const [axis, entries] of Object.entries(this.axes)) {
      const place = entries.findIndex((entry) => entry.id === fields.get(axis));
      if (place >= 0) this.state[axis] = place;
    }
    for (const name of numberFields) {
      const number = this.readNumber(name, fields.get(name) ?? "");
      if (fields.has(name) && number !== null) this.state[name] = number;
    }
    if (fields.has("filter")) this.state.filter = fields.get("filter");
    if (fields.has("fits")) this.state.fits = fields.get("fits") === "1";
    if (comparisonColumns.some((column) => column.key === fields.get("sort"))) {
      this.state.sort = fields.get("sort");
      this.state.isDescending = fields.get("order") !== "ascending";
    }
    this.showState();
  }

  showState() {
    const { state } = this;
    for (const axis of Object.keys(this.axes)) byId(axis).value = state[axis];
    for (const name of numberFields) {
      byId(name).value = state[name] || name !== "context" ? state[name] : "";
    }
    byId("filter").value = state.filter;
    byId("fits").checked = state.fits;
  }

  writeFragment() {
    const { state } = this;
    const fields = new URLSearchParams();
    for (const [axis, entries] of Object.entries(this.axes)) {
      fields.set(axis, entries[state[axis]].id);
    }
    for (const name of numberFields) {
      if (state[name] || name !== "context") fields.set(name, state[name]);
    }
    fields.set("filter", state.filter);
    if (state.fits) fields.set("fits", "1");
    fields.set("sort", state.sort);
    fields.set("order", state.isDescending ? "descending" : "ascending");
    history.replaceState(null, "", `#${fields}`);
  }

  /** A whole number within its limits; null if `text` is none. Context may be left empty. */
  readNumber(name, text) {
    if (text.trim() === "") return name === "context" ? 0 : null;
    const number = Number(text);
    const least = name === "batch" || name === "context" ? 1 : 0;
    const isValid = Number.isInteger(number) && number >= least && number <= mostTokens;
    return isValid ? number : null;
  }

  get workload() {
    const { batch, prompt, generate, context } = this.state;
    return { batch, prompt, generate, context };
  }

  // Events

  listen() {
    for (const axis of Object.keys(this.axes)) {
      byId(axis).addEventListener("change", () => {
        this.state[axis] = Number(byId(axis).value);
        this.update(false);
      });
    }
    for (const name of numberFields) {
      byId(name).addEventListener("input", () => this.takeNumber(name));
    }
    byId("filter").addEventListener("input", () => this.refilter({ filter: byId("filter").value }));
    byId("fits").addEventListener("change", () => this.refilter({ fits: byId("fits").checked }));
    byId("heads").addEventListener("click", (event) => {
      const key = event.target.dataset.sort;
      if (!key) return;
      const isSame = key === this.state.sort;
      const isNumber = comparisonColumns.find((column) => column.key === key).isNumber;
      this.refilter({
        sort: key, isDescending: isSame ? !this.state.isDescending : isNumber === true });
    });
    byId("rows").addEventListener("click", (event) => this.open(event.target));
    byId("more").addEventListener("click", () => {
      this.state.shown += 4 * pageRows;
      this.renderRows();
    });
    byId("copy-markdown").addEventListener("click", () => copyText(
      this.comparison.markdown(this.places.subarray(0, this.state.shown)), "Markdown"));
    byId("copy-csv").addEventListener("click", () =>
      copyText(this.comparison.csv(this.places), "CSV"));
    byId("copy-link").addEventListener("click", () => copyText(location.href, "Link"));
    byId("copy-close").addEventListener("click", () => { byId("copy-box").hidden = true; });
    window.addEventListener("hashchange", () => {
      this.readFragment();
      this.update(true);
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideTip(); });
  }

  takeNumber(name) {
    const number = this.readNumber(name, byId(name).value);
    const next = { ...this.workload, [name]: number ?? 0 };
    const hasWork = next.prompt > 0 || next.generate > 0 || next.context > 0;
    const isValid = number !== null && hasWork;
    byId(name).setAttribute("aria-invalid", String(!isValid));
    const least = name === "batch" || name === "context" ? 1 : 0;
    const problem = number === null
      ? `${name}: write a whole number from ${least} to 2^30`
      : "prompt, generate and context are all empty; ask for at least one token";
    byId("problem").textContent = isValid ? "" : problem;
    if (!isValid) return;
    this.state[name] = number;
    this.update(true);
  }

  update(isOtherWorkload) {
    this.view.render();
    this.writeFragment();
    if (!isOtherWorkload) return this.renderRows();
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.recompute(), 120);
  }

  /** A press on a row's button makes it the selection. */
  open(target) {
    const place = target.dataset.place;
    if (place === undefined) return;
    const [model, precision, device] = this.comparison.axes(Number(place));
    Object.assign(this.state, { model, precision, device });
    this.showState();
    this.update(false);
    byId("verdict").focus();
  }

  // Comparison

  recompute() {
    const start = performance.now();
    this.comparison.compute(this.workload);
    this.timings.compute = performance.now() - start;
    this.refilter({});
  }

  refilter(changes) {
    const start = performance.now();
    const isByUser = Object.keys(changes).length > 0;
    Object.assign(this.state, changes, isByUser ? { shown: pageRows } : {});
    const { filter, fits, sort, isDescending } = this.state;
    this.places = this.comparison.select({ filter, fitsOnly: fits, sort, isDescending });
    this.renderRows();
    this.timings.filter = performance.now() - start;
    if (isByUser) this.writeFragment();
  }

  renderRows() {
    const { comparison, places, state } = this;
    if (!places) return;
    const chosen = ["model", "precision", "device"];
    const rows = Array.from(places.subarray(0, state.shown), (place) => {
      const row = comparison.row(place);
      const axes = comparison.axes(place);
      const isChosen = chosen.every((axis, index) => state[axis] === axes[index]);
      const cells = comparisonColumns.map((column, index) => {
        const text = comparison.cell(row, column);
        if (index > 0) return element("td", { class: column.isNumber ? "number" : null }, text);
        return element("th", { scope: "row" }, element("button", {
          type: "button", "data-place": place,
          "aria-label": `Show ${row.model}, ${row.precision}, ${row.device}` }, text));
      });
      return element("tr", { class: isChosen ? "chosen" : row.fits === "no" ? "unfit" : null,
        "aria-current": isChosen ? "true" : null }, ...cells);
    });
    byId("rows").replaceChildren(...rows);
    for (const head of byId("heads").children) {
      const isSorted = head.firstChild.dataset.sort === state.sort;
      head.setAttribute("aria-sort",
        isSorted ? (state.isDescending ? "descending" : "ascending") : "none");
    }
    byId("more").hidden = places.length <= state.shown;
    const counts = [Math.min(places.length, state.shown), places.length, comparison.fits.length]
      .map((count) => significant(count, 7));
    byId("count").textContent = `${counts[0]} of ${counts[1]} rows shown, ${counts[2]} computed.`;
  }
}

window.ridgeline = new Page(JSON.parse(byId("data").textContent));
window.ridgeline.start();
