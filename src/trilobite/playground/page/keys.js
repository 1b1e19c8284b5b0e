/* Shortcuts: space alone where no control has the focus, the letters everywhere but in fields. */

import { $, make, newId } from "./dom.js";
import { openPanel } from "./panel.js";

const KEYS = [
  [" ", "space", "Play or pause", "play"],
  ["s", "s", "Step: one epoch", "step"],
  ["r", "r", "Reset: begin anew", "reset"],
  ["z", "z", "Undo the last change", "undo"],
  ["Z", "shift + z", "Redo it", "redo"],
  ["t", "t", "Tour", "tour-open"],
  ["d", "d", "Light or dark", "theme"],
  ["n", "n", "A step with numbers", "numbers"],
  ["?", "?", "This list", "keys-open"],
];

let on = true;
try { on = localStorage.getItem("shortcuts") !== "off"; } catch { /* as usual */ }

export function listen() {
  $("keys-open").addEventListener("click", open);
  addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!on || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const control = target.closest?.("button, a, select, input, textarea, summary, [tabindex='0']");
    if (key === " " ? control : target.closest?.("select, input:not([type=checkbox]), textarea")) return;
    const found = KEYS.find(([each]) => each === key);
    if (!found) return;
    event.preventDefault();
    $(found[3]).click();
  });
}

function open() {
  openPanel("Keyboard", (body) => {
    const id = newId("shortcuts");
    const input = make("input", { type: "checkbox", id, checked: on });
    input.addEventListener("change", () => {
      on = input.checked;
      try { localStorage.setItem("shortcuts", on ? "on" : "off"); } catch { /* until the page is closed */ }
    });
    body.append(make("dl.keys", {}, KEYS.map(([, name, what]) => make("div", {}, make("dt", {}, make("kbd", {}, name)), make("dd", {}, what)))),
      make("p.hint", {}, "Tab goes from control to control. In fields of rates, arrow up and down go through 0.001, 0.003, 0.01 ... On the curve, the arrow keys read epoch by epoch. Enter on a neuron opens its weights."),
      make("label.check", { htmlFor: id }, input, "Shortcuts of one key"));
  }, "narrow");
}
