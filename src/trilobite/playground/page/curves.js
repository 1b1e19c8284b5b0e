/* The curves of training and test cost over the epochs, with runs that were kept beside them. */

import { Canvas, css, $, make, seldom, short } from "./dom.js";

const LEFT = 46, RIGHT = 14, TOP = 10, BOTTOM = 24;
const RUNS = ["--run-1", "--run-2", "--run-3", "--run-4", "--run-5", "--run-6"];
export const runColor = (k) => css(RUNS[k % 6]);
const DASHES = [[], [7, 3], [2, 3]];
export const runDash = (k) => DASHES[Math.floor(k / 6) % 3];

export class Curves {
  constructor(store) {
    this.store = store;
    this.log = false;
    this.at = null; // the epoch that is pointed at
    this.canvas = new Canvas($("curve"), "Curves of the cost: no epoch yet", (...given) => this.draw(...given));
    const { element } = this.canvas;
    element.tabIndex = 0;
    this.describe = seldom(() => element.setAttribute("aria-label", this.text()), 2000);
    store.on("frame", () => { this.canvas.drawNow(); this.describe(); });
    store.on("state", () => this.canvas.redraw());
    $("log-scale").addEventListener("change", ({ target }) => { this.log = target.checked; this.canvas.redraw(); });
    element.addEventListener("pointermove", ({ offsetX }) => this.point(this.epochAt(offsetX)));
    element.addEventListener("pointerleave", () => this.point(null));
    element.addEventListener("keydown", (event) => this.key(event));
    this.legend();
  }

  legend() {
    $("curve-legend").replaceChildren(
      make("span", {}, make("i.line-train", { "aria-hidden": "true" }), "training"), make("span", {}, make("i.line-test", { "aria-hidden": "true" }), "test"),
      make("span", {}, make("i.line-best", { "aria-hidden": "true" }), "best epoch"));
  }

  // ---- drawing ----

  range() {
    const { curve: { n, rows }, state } = this.store;
    let [low, high] = [Infinity, -Infinity];
    const take = (value) => {
      if (!Number.isFinite(value) || (this.log && value <= 0)) return;
      if (value < low) low = value;
      if (value > high) high = value;
    };
    const step = Math.max(1, Math.floor(n / 4000));
    for (let k = 0; k < n; k += step) { take(rows[4 * k + 1]); take(rows[4 * k + 2]); }
    let last = n ? rows[4 * (n - 1)] : 0;
    for (const run of state?.runs ?? []) {
      run.train.forEach((v) => take(v ?? NaN));
      run.test.forEach((v) => take(v ?? NaN));
      last = Math.max(last, run.epochs.at(-1) ?? 0);
    }
    if (low > high) [low, high] = [this.log ? 0.01 : 0, 1];
    if (!this.log) low = Math.min(0, low);
    if (high === low) high = low + (Math.abs(low) || 1);
    return { low, high, first: 1, last: Math.max(last, 10) };
  }

  draw(context, w, h) {
    const { curve: { n, rows }, state, header } = this.store;
    const range = this.range();
    this.scale = { w, ...range };
    const f = this.log ? Math.log10 : (v) => v;
    const [a, b] = [f(range.low), f(range.high)];
    const x = (epoch) => LEFT + (epoch - range.first) / (range.last - range.first) * (w - LEFT - RIGHT);
    const y = (cost) => TOP + (1 - (f(cost) - a) / (b - a)) * (h - TOP - BOTTOM);
    this.axes(context, w, h, x, y, range);
    (state?.runs ?? []).forEach((run) => {
      for (const part of ["test", "train"]) {
        line(context, run.epochs.length, (k) => x(run.epochs[k]), (k) => run[part][k] === null ? NaN : y(run[part][k]), runColor(run.color), part === "train" ? 1.6 : 1, runDash(run.color), part === "train" ? 1 : 0.55);
      }
    });
    const step = Math.max(1, Math.floor(n / (2 * w)));
    const count = n ? Math.floor((n - 1) / step) + 1 : 0;
    const index = (k) => k === count - 1 ? n - 1 : k * step;
    const of = (column) => (k) => y(rows[4 * index(k) + column]);
    line(context, count, (k) => x(rows[4 * index(k)]), of(2), css("--test"), 2, [6, 3]);
    line(context, count, (k) => x(rows[4 * index(k)]), of(1), css("--train"), 2);
    this.best(context, h, x, y, header);
    if (this.at !== null && n) this.cursor(context, h, x, y);
  }

  axes(context, w, h, x, y, { low, high, first, last }) {
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = css("--soft");
    context.strokeStyle = css("--rule");
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const cost of this.log ? powers(low, high) : ticks(low, high, 5)) {
      const at = Math.round(y(cost)) + 0.5;
      context.beginPath();
      context.moveTo(LEFT, at);
      context.lineTo(w - RIGHT, at);
      context.stroke();
      context.fillText(short(cost, 3), LEFT - 6, at + 4);
    }
    context.textAlign = "center";
    for (const epoch of ticks(first, last, 6)) {
      if (Number.isInteger(epoch)) context.fillText(epoch.toLocaleString("en"), Math.max(LEFT + 4, Math.min(w - RIGHT - 14, x(epoch))), h - 7);
    }
  }

  best(context, h, x, y, header) {
    const epoch = header?.best_epoch;
    if (!epoch || epoch > this.store.curve.n) return;
    const at = x(epoch);
    context.strokeStyle = css("--best");
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(at, TOP);
    context.lineTo(at, h - BOTTOM);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.arc(at, y(this.store.curve.rows[4 * (epoch - 1) + 2]), 4, 0, 2 * Math.PI);
    context.fillStyle = css("--best");
    context.fill();
  }

  cursor(context, h, x, y) {
    const { rows } = this.store.curve;
    const at = x(rows[4 * this.at]);
    context.strokeStyle = css("--soft");
    context.beginPath();
    context.moveTo(at, TOP);
    context.lineTo(at, h - BOTTOM);
    context.stroke();
    ["--train", "--test"].forEach((color, k) => {
      context.fillStyle = css(color);
      context.beginPath();
      context.arc(at, y(rows[4 * this.at + 1 + k]), 3.5, 0, 2 * Math.PI);
      context.fill();
    });
  }

  // ---- reading ----

  epochAt(x) {
    const { n } = this.store.curve;
    if (!n || !this.scale) return null;
    const { w, first, last } = this.scale;
    const epoch = first + (x - LEFT) / (w - LEFT - RIGHT) * (last - first);
    return Math.max(0, Math.min(n - 1, Math.round(epoch) - 1));
  }

  point(at) {
    this.at = at;
    if (at !== null) {
      const [epoch, train, test, rate] = this.store.curve.rows.subarray(4 * at, 4 * at + 4);
      $("curve-readout").textContent = `Epoch ${epoch}: training cost ${short(train)}, test cost ${short(test)}, learning rate ${short(rate, 3)}`;
    }
    this.canvas.redraw();
  }

  key(event) {
    const { n } = this.store.curve;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -Math.ceil(n / 10), PageDown: Math.ceil(n / 10), Home: -n, End: n }[event.key];
    if (!by || !n) return;
    event.preventDefault();
    $("curve-readout").setAttribute("aria-live", "polite");
    this.point(Math.max(0, Math.min(n - 1, (this.at ?? n - 1) + by)));
  }

  text() {
    const { curve: { n, rows }, header, state } = this.store;
    if (!n) return "Curves of the cost: no epoch yet";
    const [epoch, train, test] = rows.subarray(4 * (n - 1), 4 * n);
    const best = header?.best_epoch ? `; least test cost at epoch ${header.best_epoch}` : "";
    const runs = state?.runs.length ? `; ${state.runs.length} kept runs beside it` : "";
    return `Curves of the cost: after ${epoch} epochs ${short(train)} in training, from ${short(rows[1])}, and ${short(test)} in the test${best}${runs}`;
  }
}

export function line(context, n, x, y, color, width, dash = [], alpha = 1) {
  context.beginPath();
  let open = false;
  for (let k = 0; k < n; k++) {
    const at = y(k);
    if (!Number.isFinite(at)) open = false;
    else if (open) context.lineTo(x(k), at);
    else { context.moveTo(x(k), at); open = true; }
  }
  context.globalAlpha = alpha;
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** About so many round numbers from low to high. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(10)));
  return found;
}

/** Powers of ten from low to high. */
export function powers(low, high) {
  const found = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.ceil(Math.log10(high)); k++) {
    if (10 ** k >= low && 10 ** k <= high) found.push(10 ** k);
  }
  return found.length > 1 ? found : [low, high];
}
