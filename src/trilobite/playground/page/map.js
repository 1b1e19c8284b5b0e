/* The large map of the output, or of a neuron that is pointed at, with the points on it, and its legend. */

import { SHAPES, classColor, mark, paint, paintClasses, paper, rgb, signed } from "./colors.js";
import { $, Canvas, css, make, say, seldom, short } from "./dom.js";

const SIDE = 100;
const PALE = 0.78; // so that points stand out

export class OutputMap {
  constructor(store) {
    this.store = store;
    this.heat = make("canvas.heat", { width: SIDE, height: SIDE, "aria-hidden": "true" });
    $("map").append(this.heat);
    this.image = new ImageData(SIDE, SIDE);
    this.over = new Canvas($("map"), "Map of the output", (context, w, h) => this.drawPoints(context, w, h));
    this.describe = seldom(() => this.over.element.setAttribute("aria-label", this.text()), 2000);
    store.on("frame", ({ points }) => { this.draw(); if (points) this.over.redraw(); });
    store.on("state", () => { this.legend(); this.draw(); this.over.redraw(); });
    store.on("peek", (canvas) => { this.peeked = canvas; this.draw(); });
    document.addEventListener("theme", () => { this.legend(); this.draw(); });
  }

  /** Values from which the map's colours go: of numbers the largest target. */
  get reach() {
    const { points } = this.store.arrays;
    if (!points || this.store.state.classes) return 1;
    if (this.reachOf !== points) {
      this.reachOf = points;
      this.found = 0;
      for (let k = 2; k < points.data.length; k += 4) this.found = Math.max(this.found, Math.abs(points.data[k]));
    }
    return this.found || 1;
  }

  draw() {
    const { map } = this.store.arrays;
    if (!map || !this.store.state) return;
    if (this.peeked?.isConnected) {
      this.heat.getContext("2d").drawImage(this.peeked, 0, 0, SIDE, SIDE);
      return;
    }
    const { discretize } = this.store.spec;
    const [count] = map.shape;
    if (count > 1) paintClasses(this.image, map.data, count, discretize);
    else if (this.store.state.classes) paint(this.image, map.data, { scale: 2, shift: -1, discretize, most: PALE });
    else paint(this.image, map.data, { scale: 1 / this.reach, discretize, most: PALE });
    this.heat.getContext("2d").putImageData(this.image, 0, 0);
    this.describe();
  }

  drawPoints(context, w, h) {
    const { arrays: { points }, state, spec } = this.store;
    if (!points || !state || !fits(points.data, state.classes)) return;
    const [x0, x1, y0, y1] = state.domain;
    const n = points.shape[0];
    const r = n > 1500 ? 1.7 : n > 700 ? 2.3 : 3;
    const place = (k) => [(points.data[4 * k] - x0) / (x1 - x0) * w, (y1 - points.data[4 * k + 1]) / (y1 - y0) * h];
    context.lineWidth = 1;
    for (let test = 0; test < 2; test++) {
      if (test && !spec.show_test) break;
      for (let k = 0; k < n; k++) {
        if (points.data[4 * k + 3] !== test) continue;
        const value = points.data[4 * k + 2];
        const color = state.classes ? rgb(classColor(value)) : signed(value / this.reach);
        mark(context, state.classes ? SHAPES[value % 8] : "circle", ...place(k), r);
        context.fillStyle = color;
        context.strokeStyle = test ? css("--ink") : rgb(paper());
        context.lineWidth = test ? 1.3 : 0.9;
        context.fill();
        context.stroke();
      }
    }
    this.drawAxes(context, w, h, state);
  }

  drawAxes(context, w, h, { axes, domain }) {
    context.font = "11px system-ui, sans-serif";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = rgb(paper());
    context.fillStyle = css("--ink");
    const write = (text, x, y, align) => {
      context.textAlign = align;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    };
    const name = (k) => axes[k].length > 30 ? `${axes[k].slice(0, 29)}…` : axes[k];
    write(short(domain[0], 3), 4, h - 5, "left");
    write(`${short(domain[1], 3)}`, w - 4, h - 5, "right");
    write(`${name(0)} →`, w / 2, h - 5, "center");
    write(`↑ ${name(1)}`, 4, 14, "left");
    write(short(domain[3], 3), w - 4, 14, "right");
  }

  legend() {
    const { classes, n_train: train, n_test: test } = this.store.state ?? {};
    if (!train) return;
    const parts = [];
    if (classes) {
      classes.forEach((name, k) => parts.push(make("span.class", {}, swatch(k), `class ${name}`)));
    } else {
      const bar = make("canvas.bar", { width: 100, height: 1, "aria-hidden": "true" });
      const image = new ImageData(100, 1);
      paint(image, Float32Array.from({ length: 100 }, (_, k) => k / 49.5 - 1));
      bar.getContext("2d").putImageData(image, 0, 0);
      parts.push(make("span.class", {}, short(-this.reach, 2), bar, short(this.reach, 2)));
    }
    parts.push(make("span", {}, `${train.toLocaleString("en")} rows to train, ${test.toLocaleString("en")} to test`));
    $("legend").replaceChildren(...parts);
  }

  text() {
    const { header, state, spec } = this.store;
    const what = state.classes ? `${state.classes.length} classes` : "numbers";
    const points = spec.show_test ? "rows of training and test" : "rows of training";
    const right = state.classes && header?.test_metric != null ? `; ${short(100 * header.test_metric, 3)} % of the test rows are right` : "";
    return `Map of the output over ${state.axes[0]} (across) and ${state.axes[1]} (up), with the ${points} of ${what} on it${right}`;
  }
}

/** Whether targets can be those of these classes: the points of the data before may still be there. */
function fits(points, classes) {
  for (let k = 2; classes && k < points.length; k += 4) if (!Number.isInteger(points[k])) return false;
  return true;
}

/** A small picture of a class's colour and shape. */
function swatch(k) {
  const canvas = make("canvas.swatch", { width: 28, height: 28, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  mark(context, SHAPES[k % 8], 14, 14, 9);
  context.fillStyle = rgb(classColor(k));
  context.fill();
  return canvas;
}

/** Costs and metric above the map. */
export class Costs {
  constructor(store) {
    const cell = (part, title) => make(`div.${part}`, {}, make("dt", {}, title), make("dd", { id: `${part}-cost` }, "–"), make("dd.metric", { id: `${part}-metric` }));
    $("costs").append(make("dl", {}, cell("train", "Training cost"), cell("test", "Test cost")));
    store.on("frame", () => ["train", "test"].forEach((part) => this.show(store.header, part)));
  }

  show(header, part) {
    say($(`${part}-cost`), short(header[`${part}_cost`]));
    const value = header[`${part}_metric`];
    const text = header.metric === "accuracy" ? `${(100 * value).toFixed(1)} % right` : `mean error ${short(value, 3)}`;
    say($(`${part}-metric`), value === null ? "" : text);
  }
}
