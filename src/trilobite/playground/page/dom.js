/* Small words for making elements. */

export const $ = (id) => document.getElementById(id);

/** An element with properties (or attributes, where a name has a dash or is "role", "for" ...) and children. */
export function make(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key in element && key !== "list") element[key] = value;
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return element;
}

export function makeSvg(tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

let serial = 0;
export const newId = (what) => `${what}-${++serial}`;

/** Set a text only if it is another one: less to lay out and to read aloud. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A number for people: four significant digits. */
export function short(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return String(Number(value.toPrecision(digits)));
}

/** With a capital letter and a full stop. */
export function sentence(text) {
  const found = text.trim();
  return found.charAt(0).toUpperCase() + found.slice(1) + (/[.!?:]$/.test(found) ? "" : ".");
}

/** Calls f at most once in so many milliseconds, and once after the last call. */
export function seldom(f, wait) {
  let due = null;
  let last = 0;
  return () => {
    if (due !== null) return;
    due = setTimeout(() => { due = null; last = performance.now(); f(); },
      Math.max(0, wait - (performance.now() - last)));
  };
}

/** A canvas that is as sharp as the screen; `draw(context, width, height)` in CSS pixels. */
export class Canvas {
  constructor(parent, label, draw) {
    this.element = make("canvas", { role: "img", "aria-label": label });
    this.draw = draw;
    this.due = false;
    parent.append(this.element);
    new ResizeObserver(() => this.redraw()).observe(this.element);
    document.addEventListener("theme", () => this.redraw());
  }

  redraw() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => { this.due = false; this.drawNow(); });
  }

  drawNow() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    const scale = devicePixelRatio || 1;
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.element.width !== w || this.element.height !== h) Object.assign(this.element, { width: w, height: h });
    const context = this.element.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.draw(context, width, height);
  }
}

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
