/* What the page knows: the server's state, the last frame, the curve; and changes of the spec on their way. */

import { Connection, Refused } from "./connection.js";
import * as link from "./link.js";
import * as own from "./own.js";

export class Store extends EventTarget {
  constructor(token) {
    super();
    this.spec = null;
    this.state = null;
    this.header = null;
    this.arrays = {};
    this.curve = { n: 0, rows: new Float32Array(4096) };
    this.wanted = this.sent = this.busy = null;
    this.pending = null;
    this.connection = new Connection(token, {
      opened: () => { this.fresh = true; },
      closed: (text, wait) => this.emit("closed", { text, wait }),
      state: (message) => this.takeState(message),
      frame: (header, arrays) => this.takeFrame(header, arrays),
    });
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, f) {
    this.addEventListener(name, ({ detail }) => f(detail));
  }

  // ---- to the server ----

  /** Ask; errors are shown where their argument is, and thrown on. */
  async ask(type, fields, source = null) {
    try {
      const answer = await this.connection.ask(type, fields);
      if (answer.spec) this.spec = answer.spec;
      this.emit("accepted", { type, source });
      return answer;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.emit("refused", { error, type, source });
      throw error;
    }
  }

  /** Ask, where nobody needs the answer. */
  tell(type, fields, source) {
    return this.ask(type, fields, source).catch(() => null);
  }

  /** Change fields of the spec; changes that come while one is on its way are sent together after it. */
  change(patch, source = null) {
    this.wanted = merged(this.wanted ?? this.sent ?? this.spec, patch);
    this.source = source;
    this.busy ??= this.send().finally(() => { this.busy = null; });
    return this.busy;
  }

  async send() {
    while (this.wanted) {
      [this.sent, this.wanted] = [this.wanted, null];
      await this.tell("configure", { spec: this.sent, keep: true }, this.source);
      this.sent = null;
    }
  }

  // ---- from the server ----

  async takeState(message) {
    this.state = message;
    this.spec = message.spec;
    if (this.fresh) {
      this.fresh = false;
      await this.restore();
      this.emit("opened");
      return;
    }
    if (this.restoring) return;
    link.write(message.spec);
    this.emit("state", message);
  }

  /** A new session: give it the spec of the address, and the visitor's file. */
  async restore() {
    this.restoring = true;
    try {
      const spec = link.decode();
      if (spec) await this.restoreSpec(spec);
    } catch (error) {
      this.emit("told", error.message);
    }
    this.restoring = false;
    this.emit("state", this.state);
  }

  async restoreSpec(spec) {
    const file = own.remembered();
    try {
      if (spec.data?.name === "own" && file && !this.state.columns) await this.connection.ask("data", file);
      this.spec = (await this.connection.ask("configure", { spec })).spec;
    } catch (error) {
      if (error.argument === "spec.data.name") throw new Error("The address asks for a file of your own: hand it over again under Data.");
      throw new Error(`The address holds a state that is refused: ${error.message}`);
    }
  }

  takeFrame(header, arrays) {
    this.addToCurve(header, arrays.history);
    const points = arrays.points ?? this.pending?.arrays.points;
    const features = arrays.features ?? this.pending?.arrays.features;
    const first = this.pending === null;
    this.pending = { header, arrays: { ...arrays, ...(points && { points }), ...(features && { features }) } };
    if (first) requestAnimationFrame(() => this.show());
  }

  show() {
    const { header, arrays } = this.pending;
    this.pending = null;
    this.header = header;
    const news = { points: Boolean(arrays.points) };
    this.arrays = { points: this.arrays.points, features: this.arrays.features, ...arrays };
    this.emit("frame", news);
    this.connection.drawn(header.frame);
  }

  addToCurve({ history_from: from }, { data, shape }) {
    const n = from + shape[0];
    let { rows } = this.curve;
    if (4 * n > rows.length) {
      const larger = new Float32Array(8 * n);
      larger.set(rows.subarray(0, 4 * from));
      this.curve.rows = rows = larger;
    }
    rows.set(data, 4 * from);
    this.curve.n = n;
  }
}

/** A copy of an object in which fields are others; objects in it likewise. */
export function merged(object, patch) {
  const isPlain = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const found = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    found[key] = isPlain(value) && isPlain(found[key]) ? merged(found[key], value) : value;
  }
  return found;
}
