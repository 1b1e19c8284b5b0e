/* The tour: six steps of the chapter, each with controls that are set and a sentence on what to watch. */

import { $, make } from "./dom.js";

export class Tour {
  constructor(store) {
    this.store = store;
    this.title = make("h2", { id: "tour-title" });
    this.sentence = make("p", { "aria-live": "polite" });
    this.count = make("span.count");
    this.back = make("button", { onclick: () => this.go(this.step - 1) }, "Back");
    this.next = make("button.primary", { onclick: () => this.go(this.step + 1) }, "Next");
    this.play = make("button", { onclick: () => store.tell(store.state.running ? "pause" : "play", {}, "play") }, "Play");
    const end = make("button.close", { "aria-label": "End the tour", onclick: () => this.end() }, "×");
    this.card = make("section.tour", { hidden: true, "aria-labelledby": "tour-title", tabIndex: -1 },
      make("div.panel-head", {}, this.title, end), this.sentence, make("p.buttons", {}, this.count, this.back, this.play, this.next));
    $("overlays").append(this.card);
    $("tour-open").addEventListener("click", () => this.go(0));
    this.card.addEventListener("keydown", (event) => { if (event.key === "Escape") this.end(); });
    store.on("state", ({ running }) => { this.play.textContent = running ? "Pause" : "Play"; });
  }

  async go(step) {
    if (step > 5) return this.end();
    try {
      const answer = await this.store.ask("tour", { step }, "tour");
      this.step = step;
      if (answer.spec.early_stopping.on && $("more-fields").hidden) $("more").click(); // to be seen
      this.title.textContent = answer.title;
      this.sentence.textContent = answer.sentence;
      this.count.textContent = `${step + 1} of ${answer.steps}`;
      this.back.disabled = step === 0;
      this.next.textContent = step === answer.steps - 1 ? "End" : "Next";
      const opened = this.card.hidden;
      this.card.hidden = false;
      document.body.classList.add("touring");
      if (opened) this.card.focus();
    } catch { /* shown above */ }
  }

  end() {
    this.card.hidden = true;
    document.body.classList.remove("touring");
    $("tour-open").focus();
  }
}
