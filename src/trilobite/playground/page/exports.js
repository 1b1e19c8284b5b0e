/* Files to be taken away. */

import { make } from "./dom.js";
import { openPanel, save } from "./panel.js";

const FILES = [
  ["history", "History", "CSV: epoch, costs, learning rate"],
  ["picture", "Picture", "SVG of the map and the curve"],
  ["model", "Model", "the package's own file, for load_model"],
  ["onnx", "ONNX", "for other frameworks and runtimes"],
  ["numpy", "Python program", "the net with NumPy alone"],
  ["js", "JavaScript program", "the net for web pages"],
  ["c", "C program", "the net for small devices"],
];

export function openExport(store) {
  openPanel("Export", (body) => {
    const told = make("p.told", { role: "status" });
    const take = async (what) => {
      told.textContent = "";
      try {
        const { name, mime, base64 } = await store.ask("export", { what }, "export");
        save(name, mime, Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
        told.textContent = `${name} is saved.`;
      } catch { /* shown in the dialog */ }
    };
    body.append(make("div.files", {}, FILES.map(([what, title, text]) => make("button", { data: { what }, onclick: () => take(what) }, make("b", {}, title), make("span", {}, text)))), told);
  }, "narrow");
}
