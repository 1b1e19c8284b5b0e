/* Choosing the data: the toy sets, the visitor's own file, its target, features and view. */

import { SHAPES, classColor, mark, rgb, signed } from "./colors.js";
import { $, make, newId, say } from "./dom.js";
import { THUMBNAILS } from "./thumbnails.js";
import * as own from "./own.js";

const SETS = {
  classification: [["circle", "Circle"], ["xor", "Exclusive or"], ["gauss", "Gaussian"], ["spiral", "Spiral"], ["three_classes", "Three classes"]],
  regression: [["plane", "Plane"], ["gauss_regression", "Gaussian"]],
};

export class DataPanel {
  constructor(store) {
    this.store = store;
    this.sets = $("data-sets");
    this.told = "";
    this.makeOwn();
    store.on("state", (state) => this.show(state));
    document.addEventListener("theme", () => { this.problem = null; if (store.state) this.show(store.state); });
    $("data-sets").dataset.argument = "spec.data.name";
    $("own-data").dataset.argument = "text";
  }

  // ---- toy sets ----

  show(state) {
    const { spec } = state;
    if (spec.problem !== this.problem || Boolean(state.columns) !== this.has) {
      this.problem = spec.problem;
      this.has = Boolean(state.columns);
      const names = [...SETS[spec.problem], ...(state.columns ? [["own", "Own file"]] : [])];
      this.buttons = names.map(([name, title]) => this.button(name, title));
      this.sets.replaceChildren(...this.buttons);
    }
    for (const each of this.buttons) each.setAttribute("aria-pressed", String(each.dataset.name === spec.data.name));
    this.showOwn(state);
  }

  button(name, title) {
    const canvas = make("canvas", { width: 88, height: 88, "aria-hidden": "true" });
    drawThumbnail(canvas, name);
    return make("button.set", { title, data: { name }, onclick: () => this.choose(name) }, canvas, make("span", {}, title));
  }

  choose(name) {
    const { spec } = this.store;
    const leaves = (name === "own") !== (spec.data.name === "own");
    const anew = name === "own" ? { features: null, view: ["x1", "x2"] } : { features: ["x1", "x2"], view: ["x1", "x2"] };
    this.store.change({ data: { name }, ...(leaves && anew) }, "data.name");
  }

  // ---- own file ----

  makeOwn() {
    const id = newId("file");
    this.input = make("input", { type: "file", id, accept: ".csv,.tsv,.txt,text/csv" });
    this.input.addEventListener("change", () => this.take(this.input.files[0]));
    this.drop = make("label.drop", { htmlFor: id }, make("b", {}, "Your own CSV"), make("span", {}, "drop it here, or choose it"), this.input);
    this.ofFile = make("div.of-file");
    $("own-data").append(this.drop, this.ofFile);
    addEventListener("dragover", (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    addEventListener("dragleave", () => this.drop.classList.remove("over"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      this.take(event.dataTransfer.files[0]);
    });
  }

  async take(file) {
    if (!file) return;
    const most = this.store.state.limits.csv;
    if (file.size > most) {
      this.refuse(`${file.name} has ${file.size.toLocaleString("en")} bytes, at most ${most.toLocaleString("en")} are taken.`);
    } else {
      await this.send({ name: file.name, text: await file.text(), target: null });
    }
    this.input.value = "";
  }

  refuse(text) {
    $("own-data").querySelectorAll(".error").forEach((each) => each.remove());
    $("own-data").append(make("p.error", { role: "alert", data: { key: "data" } }, text));
  }

  async send(given) {
    try {
      const answer = await this.store.ask("data", given);
      own.remember({ ...given, target: answer.target });
      const classes = answer.classes ? `${answer.classes.length} classes` : "a regression";
      this.told = [`${answer.rows.toLocaleString("en")} rows, ${classes}`, ...answer.told].join("; ");
      this.columns = answer.columns;
      this.key = null;
      if (this.store.state) this.showOwn(this.store.state);
    } catch { /* shown beside it */ }
  }

  showOwn(state) {
    const { spec, columns, file, target } = state;
    const inUse = spec.data.name === "own" && columns;
    const key = inUse ? JSON.stringify([columns, file, target, spec.features, spec.view, this.told]) : "";
    if (key === this.key) return;
    this.key = key;
    if (!inUse) {
      this.ofFile.replaceChildren();
      return;
    }
    const open = this.ofFile.querySelector("details")?.open ?? columns.length <= 6;
    const focused = document.activeElement?.id;
    this.ofFile.replaceChildren(
      make("p.file-name", {}, make("b", {}, file ?? "file"), ` ${this.told || state.message}`),
      this.targetField(target),
      this.featureField(columns, spec.features, open),
      this.viewField(columns, spec.view));
    if (focused) document.getElementById(focused)?.focus();
  }

  targetField(target) {
    const file = own.remembered();
    if (!file) return make("p", {}, "Target: ", make("b", {}, target));
    const names = columnsOf(file.text);
    const select = make("select", { id: "own-target" }, names.map((name) => make("option", { value: name, selected: name === target }, name)));
    select.addEventListener("change", () => this.send({ ...file, target: select.value }));
    return make("div.field", { data: { argument: "target" } }, make("label", { htmlFor: "own-target" }, "Target"), select);
  }

  featureField(columns, used, open) {
    const set = (features) => this.store.change({ features }, "features");
    const boxes = columns.map((name, k) => {
      const input = make("input", { type: "checkbox", id: `own-feature-${k}`, checked: used.includes(name) });
      input.addEventListener("change", () => set(input.checked ? [...used, name] : used.filter((each) => each !== name)));
      return make("label.check", { htmlFor: input.id }, input, name);
    });
    return make("details", { open, data: { argument: "spec.features" } },
      make("summary", {}, `Features: ${used.length} of ${columns.length}`),
      make("div.boxes", { role: "group", "aria-label": "Features" }, boxes),
      make("button", { disabled: used.length === columns.length, onclick: () => set(columns) }, "All"));
  }

  viewField(columns, view) {
    const pca = view === "pca";
    const set = (value) => this.store.change({ view: value }, "view");
    const axes = pca ? [columns[0], columns[1 % columns.length]] : view;
    const select = (k, title) => {
      const id = `own-view-${k}`;
      const element = make("select", { id, disabled: pca }, columns.map((name) => make("option", { value: name, selected: name === axes[k] }, name)));
      element.addEventListener("change", () => set(axes.with(k, element.value)));
      return make("div.field", {}, make("label", { htmlFor: id }, title), element);
    };
    const components = make("input", { type: "checkbox", id: "own-pca", checked: pca, disabled: columns.length < 2 });
    components.addEventListener("change", () => set(components.checked ? "pca" : axes));
    return make("div.view", { role: "group", "aria-label": "What the map shows", data: { argument: "spec.view" } },
      select(0, "Map across"), select(1, "Map up"),
      make("label.check", { htmlFor: "own-pca" }, components, "first two principal components"));
  }
}

/** Names of the columns in the first line of a CSV, quoted or not. */
export function columnsOf(text) {
  const line = text.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0];
  const mark = [",", ";", "\t"].map((each) => [line.split(each).length, each]).sort((a, b) => b[0] - a[0])[0][1];
  const cells = line.match(new RegExp(`("([^"]|"")*"|[^${mark}]*)(${mark}|$)`, "g")) ?? [];
  return cells.slice(0, line.endsWith(mark) ? undefined : -1)
    .map((cell) => cell.endsWith(mark) ? cell.slice(0, -1) : cell)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, "$1").replaceAll('""', '"'))
    .filter(Boolean);
}

function drawThumbnail(canvas, name) {
  const context = canvas.getContext("2d");
  for (const [x, y, value] of THUMBNAILS[name]?.() ?? []) {
    context.fillStyle = name === "plane" || name === "gauss_regression" ? signed(value) : rgb(classColor(value));
    mark(context, name === "plane" || name === "gauss_regression" ? "circle" : SHAPES[value], 44 + 38 * x, 44 - 38 * y, 3.4);
    context.fill();
  }
}
