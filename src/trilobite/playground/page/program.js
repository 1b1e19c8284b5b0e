/* "The same in Python": the program that trains this net on these data. */

import { make, newId } from "./dom.js";
import { openPanel, save } from "./panel.js";

export function openProgram(store) {
  openPanel("The same in Python", (body) => {
    const code = make("code", { id: "program-text" });
    const pre = make("pre", { tabIndex: 0, role: "region", "aria-label": "Program" }, code);
    const told = make("p.told", { role: "status" });
    const show = async (face) => {
      try {
        code.textContent = (await store.ask("program", { face }, "program")).text;
        told.textContent = "";
      } catch {
        code.textContent = "";
      }
    };
    const choice = (face, title, checked) => {
      const id = newId("face");
      return make("label.check", { htmlFor: id }, make("input", { type: "radio", name: "face", id, value: face, checked, onchange: () => show(face) }), title);
    };
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        told.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(code);
        told.textContent = "Selected: press Ctrl-C to copy it.";
      }
    };
    const note = store.spec.data.name === "own" ? " Your file has to lie beside it." : "";
    body.append(
      make("p", {}, `Run it: it trains the same net on the same data and prints the same costs as this page, to rounding.${note}`),
      make("div.choices", { role: "radiogroup", "aria-label": "Names" }, choice("keras", "Keras's names", true), choice("sklearn", "scikit-learn's names", false)),
      pre,
      make("p.buttons", {}, make("button.primary", { onclick: copy }, "Copy"), make("button", { onclick: () => save("playground.py", "text/x-python", code.textContent) }, "Save as playground.py"), told));
    show("keras");
  }, "wide");
}
