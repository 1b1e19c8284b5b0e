/* The picture of the net: features, hidden layers, outputs; weights as lines between them. */

import { paint, rgb, classColor, paintClasses, signed } from "./colors.js";
import { $, make, makeSvg, say, short } from "./dom.js";
import { FEATURES, mapOf } from "./features.js";

const SMALL = 24;
const SHOWN = 16; // features of own data

export class Network {
  /** `open(layer, neuron, row)`: what a click on a neuron or a line does. */
  constructor(store, open) {
    Object.assign(this, { store, open, lines: [], key: "", image: new ImageData(SMALL, SMALL) });
    this.svg = makeSvg("svg", { "aria-hidden": "true", class: "lines" });
    this.columns = make("div.columns");
    $("net").append(this.svg, this.columns);
    this.svg.addEventListener("click", ({ target }) => {
      const line = this.lines[target.dataset?.line];
      if (line) open(line.layer, line.to, line.from);
    });
    this.svg.addEventListener("pointerover", ({ target }) => this.tip(target));
    new ResizeObserver(() => this.place()).observe($("net"));
    store.on("state", () => this.build());
    store.on("frame", ({ points }) => this.draw(points));
    document.addEventListener("theme", () => { this.lines.forEach((line) => { line.shown = NaN; }); this.draw(true); });
  }

  // ---- elements ----

  build() {
    const { state, spec } = this.store;
    const toy = spec.data.name !== "own";
    const key = JSON.stringify([spec.features, state.layers, toy, state.classes, spec.problem]);
    if (key === this.key) return;
    this.key = key;
    const focused = document.activeElement?.closest?.("#net button")?.getAttribute("aria-label");
    const features = toy ? FEATURES : spec.features.slice(0, SHOWN);
    const most = Math.max(features.length, ...state.layers.map((layer) => layer.outputs));
    $("net").style.setProperty("--size", `${Math.max(24, Math.min(38, Math.floor(310 / most) - 6))}px`);
    $("net").classList.toggle("dense", most > 12);
    $("net").classList.toggle("many-layers", spec.hidden.length > 3);
    this.nodes = [features.map((name) => this.feature(name, toy))];
    state.layers.forEach((layer, l) => this.nodes.push(layer.names.map((name, k) => this.neuron(name, l, k))));
    this.columns.replaceChildren(...this.nodes.map((nodes, c) => this.column(nodes, c)));
    this.makeLines();
    this.place();
    this.draw(true);
    if (focused) [...this.columns.querySelectorAll("button")].find((each) => each.getAttribute("aria-label") === focused)?.focus();
  }

  column(nodes, c) {
    const { spec, state } = this.store;
    const last = c === this.nodes.length - 1;
    const title = c === 0 ? "Features" : last ? "Output" : `Layer ${c}`;
    const head = make("div.column-head", {}, make("h3", {}, title));
    if (c && !last) head.append(this.counter(spec, state, c - 1));
    else if (last) head.append(make("span.count", {}, nodes.length > 1 ? `${nodes.length} classes` : "1 neuron"));
    else head.append(make("span.count", {}, `${spec.features.length} in use`));
    const more = c === 0 && spec.data.name === "own" ? spec.features.length - SHOWN : 0;
    return make("div.net-column", { role: "group", "aria-label": title }, head, make("div.nodes", {}, nodes.map((node) => node.element)),
      more > 0 ? make("p.hint", {}, `and ${more} more`) : null);
  }

  counter(spec, state, l) {
    const n = spec.hidden[l];
    const set = (to) => this.store.change({ hidden: spec.hidden.with(l, to) }, "hidden");
    return make("div.counter", {},
      make("button", { "aria-label": `Fewer neurons in layer ${l + 1}`, disabled: n <= 1, onclick: () => set(n - 1) }, "−"),
      make("span.count", { "aria-label": `${n} neurons` }, String(n)),
      make("button", { "aria-label": `More neurons in layer ${l + 1}`, disabled: n >= state.limits.neurons, onclick: () => set(n + 1) }, "+"));
  }

  feature(name, toy) {
    const used = this.store.spec.features.includes(name);
    const canvas = make("canvas", { width: SMALL, height: SMALL, "aria-hidden": "true" });
    const label = make("span.name", {}, pretty(name));
    const element = toy
      ? make("button.node", { title: `Use ${name} or not`, "aria-pressed": String(used), "aria-label": `Feature ${name}`, onclick: () => this.toggle(name) }, canvas, label)
      : make("span.node", { title: name }, canvas, label);
    element.classList.toggle("unused", !used);
    this.peeks(element, canvas);
    return { element, canvas, name, used };
  }

  toggle(name) {
    const { features } = this.store.spec;
    const next = features.includes(name) ? features.filter((each) => each !== name) : [...features, name];
    this.store.change({ features: next }, "features");
  }

  neuron(name, layer, k) {
    const canvas = make("canvas", { width: SMALL, height: SMALL, "aria-hidden": "true" });
    const bias = make("i.bias", { "aria-hidden": "true" });
    const element = make("button.node", { "aria-label": `${name}: weights and map`, "aria-haspopup": "dialog", title: name, data: { layer, neuron: k }, onclick: () => this.open(layer, k) }, canvas, bias);
    this.peeks(element, canvas);
    return { element, canvas, bias, layer, k };
  }

  /** Pointed at, a node is shown in the large map. */
  peeks(element, canvas) {
    element.addEventListener("pointerenter", () => this.store.emit("peek", canvas));
    element.addEventListener("pointerleave", () => this.store.emit("peek", null));
  }

  makeLines() {
    const paths = [];
    this.lines = [];
    const columns = this.nodes.map((nodes, c) => c ? nodes : nodes.filter((node) => node.used));
    for (let l = 0; l + 1 < columns.length; l++) {
      columns[l].forEach((a, from) => columns[l + 1].forEach((b, to) => {
        const data = { class: "weight", "data-line": this.lines.length };
        const [path, target] = [makeSvg("path", data), makeSvg("path", { ...data, class: "target" })];
        this.lines.push({ a, b, from, to, layer: l, path, target, shown: NaN });
        paths.push(path, target);
      }));
    }
    this.svg.replaceChildren(...paths);
  }

  /** Where the lines go. */
  place() {
    const origin = $("net").getBoundingClientRect();
    if (!origin.width || !this.nodes) return;
    this.svg.setAttribute("viewBox", `0 0 ${origin.width} ${origin.height}`);
    const boxes = new Map();
    for (const nodes of this.nodes) for (const node of nodes) boxes.set(node, node.canvas.getBoundingClientRect());
    for (const { a, b, path, target } of this.lines) {
      const [p, q] = [boxes.get(a), boxes.get(b)];
      const [x, y] = [p.right - origin.left, p.top + p.height / 2 - origin.top];
      const [u, v] = [q.left - origin.left, q.top + q.height / 2 - origin.top];
      const d = `M${x.toFixed(1)} ${y.toFixed(1)}C${((x + u) / 2).toFixed(1)} ${y.toFixed(1)} ${((x + u) / 2).toFixed(1)} ${v.toFixed(1)} ${u.toFixed(1)} ${v.toFixed(1)}`;
      path.setAttribute("d", d);
      target.setAttribute("d", d);
    }
  }

  /** The weight of a line that is pointed at, as the browser shows titles. */
  tip(target) {
    const line = this.lines[target.dataset?.line];
    if (!line) return;
    const title = makeSvg("title");
    title.textContent = `Weight ${short(line.shown)}: click to change it`;
    target.replaceChildren(title);
  }

  // ---- what changes with each frame ----

  draw(features) {
    const { arrays, state } = this.store;
    if (!arrays.map || !this.nodes || this.nodes.length !== state.layers.length + 1) return;
    if (features) this.drawFeatures();
    const hidden = this.nodes.slice(1, -1).flat();
    const size = SMALL * SMALL;
    if (arrays.neurons.shape[0] !== hidden.length) return; // a frame of the net before
    hidden.forEach((node, k) => {
      const values = arrays.neurons.data.subarray(k * size, (k + 1) * size);
      this.paintOn(node.canvas, values, state.layers[node.layer].activation);
    });
    this.drawOutputs();
    this.drawWeights();
  }

  paintOn(canvas, values, activation) {
    let scale = 1;
    if (!["tanh", "sigmoid", "softsign"].includes(activation)) scale = 1 / Math.max(1e-6, largest(values));
    paint(this.image, values, { scale, discretize: this.store.spec.discretize });
    canvas.getContext("2d").putImageData(this.image, 0, 0);
  }

  drawFeatures() {
    const { arrays: { features }, spec, state } = this.store;
    const size = SMALL * SMALL;
    for (const node of this.nodes[0]) {
      const at = spec.features.indexOf(node.name);
      const values = node.used && features && at < features.shape[0]
        ? features.data.subarray(at * size, (at + 1) * size) : mapOf(node.name, state.domain, SMALL);
      this.paintOn(node.canvas, values, "feature");
    }
  }

  drawOutputs() {
    const { arrays: { map }, state } = this.store;
    const outputs = this.nodes.at(-1);
    const [count, side] = map.shape;
    if (count !== outputs.length) return;
    outputs.forEach((node, k) => {
      const values = thinned(map.data.subarray(k * side * side, (k + 1) * side * side), side);
      if (!state.classes) return this.paintOn(node.canvas, values, "linear");
      if (count === 1) paint(this.image, values, { scale: 2, shift: -1, discretize: this.store.spec.discretize });
      else paintClasses(this.image, sure(values, k, count), count, false);
      node.canvas.getContext("2d").putImageData(this.image, 0, 0);
      if (count > 1) node.element.style.borderColor = rgb(classColor(k));
    });
  }

  drawWeights() {
    const { arrays } = this.store;
    for (const line of this.lines) {
      const array = arrays[`weights.${line.layer}`];
      if (!array) continue;
      const value = array.data[line.from * array.shape[1] + line.to];
      if (Math.abs(value - line.shown) < 0.01 + 0.01 * Math.abs(value)) continue;
      line.shown = value;
      line.path.style.strokeWidth = Math.min(7, 0.6 + 2.2 * Math.sqrt(Math.abs(value))).toFixed(2);
      line.path.style.stroke = signed(Math.sign(value) * Math.min(1, 0.35 + 0.65 * Math.abs(value)));
      line.path.classList.toggle("negative", value < 0);
    }
    this.nodes.slice(1).flat().forEach((node) => {
      const value = arrays[`biases.${node.layer}`]?.data[node.k];
      const text = signed(Math.max(-1, Math.min(1, value)));
      if (node.biasShown !== text) node.bias.style.background = node.biasShown = text;
    });
  }
}

/** The maps of the features under names as people write them. */
export function pretty(name) {
  return name.replace(/\bx(\d)/g, (_, d) => `x${"₀₁₂"[d] ?? d}`).replace("^2", "²").replace("*", " ");
}

function largest(values) {
  let found = 0;
  for (const value of values) if (Math.abs(value) > found) found = Math.abs(value);
  return found;
}

function thinned(values, side) {
  const found = new Float32Array(SMALL * SMALL);
  for (let r = 0; r < SMALL; r++) {
    const row = Math.floor((r + 0.5) * side / SMALL) * side;
    for (let c = 0; c < SMALL; c++) found[r * SMALL + c] = values[row + Math.floor((c + 0.5) * side / SMALL)];
  }
  return found;
}

/** As maps of all classes: the k-th has these values, the others almost nothing. */
function sure(values, k, count) {
  const found = new Float32Array(count * values.length);
  found.fill(-1);
  for (let at = 0; at < values.length; at++) found[k * values.length + at] = 1 / count + (1 - 1 / count) * values[at];
  return found;
}

/** Plus and minus of the layers. */
export function layerCounter(store) {
  const set = (hidden) => store.change({ hidden }, "hidden");
  const fewer = make("button", { "aria-label": "Remove a hidden layer", onclick: () => set(store.spec.hidden.slice(0, -1)) }, "−");
  const more = make("button", { "aria-label": "Add a hidden layer", onclick: () => set([...store.spec.hidden, 2]) }, "+");
  const count = make("span.count");
  $("layer-count").append(fewer, count, more);
  store.on("state", ({ spec, limits }) => {
    say(count, `${spec.hidden.length} hidden ${spec.hidden.length === 1 ? "layer" : "layers"}`);
    fewer.disabled = spec.hidden.length === 0;
    more.disabled = spec.hidden.length >= limits.hidden;
  });
}
