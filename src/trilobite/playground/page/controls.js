/* Makes the controls of fields.js, shows the spec in them and sends what is chosen. */

import { $, make, newId, say, short } from "./dom.js";
import { FIELDS, at, consequences, patch, rung } from "./fields.js";
import { merged } from "./state.js";

export class Controls {
  constructor(store) {
    this.store = store;
    this.fields = [];
    for (const [place, fields] of Object.entries(FIELDS)) {
      for (const field of fields) {
        const made = this.made(field);
        this.fields.push(made);
        $(place).append(made.box);
      }
    }
    $("main-fields").append(pace(store), more());
    store.on("state", ({ spec }) => this.show(spec));
  }

  made(field) {
    const id = newId("field");
    const box = make("div.field", { data: { path: field.path, argument: `spec.${field.path}` } });
    const set = (value) => this.set(field, value);
    const made = { ...field, box, ...kinds[field.kind]({ ...field, id }, set, this.store) };
    const label = make("label", { htmlFor: id, title: field.hint ?? "" }, field.title);
    if (field.kind === "check") box.append(make("span.check", { title: field.hint ?? "" }, made.controls, label));
    else box.append(label, made.value ?? "", make("span.inputs", {}, made.controls));
    if (field.hint) {
      const hint = make("span.sr", { id: `${id}-hint` }, field.hint);
      box.append(hint);
      made.controls.find((each) => each.id === id).setAttribute("aria-describedby", hint.id);
    }
    return made;
  }

  set(field, value) {
    if (value === at(this.store.spec, field.path) && !this.store.sent) return;
    const change = merged(patch(field.path, value), consequences(field.path, value, this.store.spec));
    this.store.change(change, field.path);
  }

  show(spec) {
    for (const field of this.fields) {
      const off = field.off?.(spec) ?? false;
      field.box.classList.toggle("off", off);
      field.controls.forEach((each) => { each.disabled = off; });
      field.show_(at(spec, field.path), spec);
    }
  }
}

const busy = (input) => input === document.activeElement && input.dataset.typing === "yes";

/** An input of a number that is sent when it is left or Enter is pressed. */
function numberInput({ id, least, most, step = "any", title }, set) {
  const input = make("input", { id, type: "number", step, min: least ?? "", max: most ?? "" });
  if (!id) input.setAttribute("aria-label", title);
  input.addEventListener("input", () => { input.dataset.typing = "yes"; });
  input.addEventListener("change", () => {
    input.dataset.typing = "no";
    if (input.value !== "") set(Number(input.value));
  });
  input.addEventListener("blur", () => { input.dataset.typing = "no"; });
  return input;
}

const showNumber = (input, value) => { if (!busy(input)) input.value = String(value); };

const kinds = {
  choice({ id, options }, set) {
    const select = make("select", { id }, options.map(([value, text]) => make("option", { value }, text)));
    select.addEventListener("change", () => set(select.value));
    return { controls: [select], show_: (value) => { select.value = value; } };
  },

  check({ id }, set) {
    const input = make("input", { id, type: "checkbox" });
    input.addEventListener("change", () => set(input.checked));
    return { controls: [input], show_: (value) => { input.checked = value; } };
  },

  number(field, set) {
    const input = numberInput({ ...field, step: 1 }, set);
    return { controls: [input], show_: (value) => showNumber(input, value) };
  },

  ladder(field, set, store) {
    const input = numberInput({ ...field, least: 0 }, set);
    const go = (by) => set(rung(input.value === "" ? at(store.spec, field.path) : Number(input.value), by));
    const button = (by, sign, what) => make("button", { "aria-label": `${what}: ${field.title.toLowerCase()}`, title: `${what}: ${field.title.toLowerCase()}`, onclick: () => go(by) }, sign);
    input.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      input.dataset.typing = "no";
      go(by);
    });
    return { controls: [button(-1, "−", "Lower"), input, button(1, "+", "Raise")], show_: (value) => showNumber(input, value) };
  },

  range({ id, least, most, step, show = (v) => short(v) }, set) {
    const input = make("input", { id, type: "range", min: least, max: most, step });
    const value = make("output", { htmlFor: id });
    let held = false;
    const tell = () => { say(value, show(input.valueAsNumber)); input.setAttribute("aria-valuetext", show(input.valueAsNumber)); };
    input.addEventListener("input", () => { held = true; tell(); set(input.valueAsNumber); });
    input.addEventListener("change", () => { held = false; });
    return { controls: [input], value, show_: (given) => { if (!held) { input.value = given; say(value, show(given)); input.setAttribute("aria-valuetext", show(given)); } } };
  },

  batch(field, set, store) {
    const slider = make("input", { id: field.id, type: "range", min: 1, max: 30, step: 1 });
    const number = numberInput({ title: "Batch size, as a number", least: 1, step: 1 }, set);
    const full = make("input", { type: "checkbox", id: `${field.id}-full` });
    slider.addEventListener("input", () => set(slider.valueAsNumber));
    let before = 10;
    full.addEventListener("change", () => set(full.checked ? "full" : before));
    const label = make("label.check", { htmlFor: full.id }, full, "full");
    const show_ = (value) => {
      full.checked = value === "full";
      if (value !== "full") before = value;
      const rows = value === "full" ? store.state.n_train : value;
      slider.value = Math.min(rows, 30);
      slider.setAttribute("aria-valuetext", value === "full" ? `all ${rows} rows` : `${rows} rows`);
      showNumber(number, rows);
    };
    return { controls: [slider, number, label], show_ };
  },
};

/** The button that folds the other settings out and in. */
function more() {
  const button = make("button", { id: "more", "aria-expanded": "false", "aria-controls": "more-fields" }, "More settings");
  button.addEventListener("click", () => {
    $("more-fields").hidden = !$("more-fields").hidden;
    button.setAttribute("aria-expanded", String(!$("more-fields").hidden));
  });
  return button;
}

/** Epochs between two frames: not of the spec, but of the session. */
function pace(store) {
  const id = newId("pace");
  const ask = (value) => store.tell("pace", { epochs_per_frame: value }, "epochs_per_frame");
  const input = numberInput({ id, least: 1, most: 1000, step: 1 }, ask);
  store.on("state", ({ epochs_per_frame: value }) => showNumber(input, value));
  return make("div.field", { data: { path: "epochs_per_frame", argument: "epochs_per_frame" } },
    make("label", { htmlFor: id, title: "Epochs between two pictures: raise it to train faster" }, "Epochs per frame"),
    make("span.inputs", {}, input));
}
