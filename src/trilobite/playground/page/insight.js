/* What the curve says, and the runs that are kept beside it. */

import { runColor, runDash } from "./curves.js";
import { $, make, newId, say, sentence, short } from "./dom.js";

const PATIENCE = 1500; // ms between two sentences: people read them, screen readers speak them

export class Insight {
  constructor(store) {
    this.store = store;
    this.spoken = -PATIENCE;
    store.on("frame", () => this.tell());
    store.on("state", (state) => { this.showRuns(state.runs); this.tell(true); });
    $("diagnose").addEventListener("click", () => this.ask());
    this.makeKeep();
    document.addEventListener("theme", () => { this.key = null; if (store.state) this.showRuns(store.state.runs); });
  }

  tell(now = false) {
    const { header } = this.store;
    if (!header) return;
    const text = header.stopped ?? header.diagnosis ?? "Nothing yet: press play.";
    if (this.asked && this.asked === header.epoch) return;
    const time = performance.now();
    if (!now && header.running && time - this.spoken < PATIENCE) return;
    this.spoken = time;
    this.asked = null;
    say($("diagnosis"), sentence(header.stopped && header.diagnosis ? `${sentence(text)} ${header.diagnosis}` : text));
  }

  async ask() {
    try {
      const { line, advice, rule } = await this.store.ask("diagnose", {}, "diagnose");
      if (!line) return say($("diagnosis"), "Nothing yet: press play.");
      this.asked = this.store.header.epoch;
      const parts = [sentence(line), advice && !line.includes(advice) ? sentence(`Advice: ${advice}`) : null];
      $("diagnosis").replaceChildren(parts.filter(Boolean).join(" "), make("small", {}, ` The rule: ${rule}`));
    } catch { /* shown above */ }
  }

  makeKeep() {
    const id = newId("run");
    const name = make("input", { id, type: "text", maxLength: 60, placeholder: "name of this run" });
    const keep = () => this.store.tell("keep_run", { name: name.value || name.placeholder }, "keep_run");
    name.addEventListener("keydown", (event) => { if (event.key === "Enter") keep(); });
    this.list = make("ul.runs");
    $("runs").append(this.list, make("div.keep", { data: { argument: "name" } }, make("label.sr", { htmlFor: id }, "Name of this run"), name, make("button", { id: "keep-run", onclick: keep }, "Keep this run")));
    this.store.on("state", ({ spec }) => { name.placeholder = nameOf(spec); });
  }

  showRuns(runs) {
    const key = JSON.stringify(runs.map(({ name, color }) => [name, color]));
    if (key === this.key) return;
    this.key = key;
    this.list.replaceChildren(...runs.map((run, k) => {
      const line = make("canvas", { width: 48, height: 12, "aria-hidden": "true" });
      const context = line.getContext("2d");
      Object.assign(context, { strokeStyle: runColor(run.color), lineWidth: 4 });
      context.setLineDash(runDash(run.color).map((v) => 2 * v));
      context.beginPath();
      context.moveTo(0, 6);
      context.lineTo(48, 6);
      context.stroke();
      const text = `${short(run.test.at(-1), 3)} at ${run.epochs.at(-1).toLocaleString("en")}: ${run.name}`;
      const forget = () => this.store.tell("forget_run", { run: k }, "keep_run");
      return make("li", {}, line, make("span", { title: `Test cost ${text}` }, text), make("button.close", { "aria-label": `Forget the run ${run.name}`, onclick: forget }, "×"));
    }));
  }
}

/** What sets a run apart, in few words. */
function nameOf(spec) {
  return [`${spec.optimizer.name} ${spec.optimizer.learning_rate}`, `batch ${spec.batch_size}`,
    `${spec.hidden.join("-") || "no hidden layer"} ${spec.activation}`, spec.data.name].join(", ").slice(0, 60);
}
