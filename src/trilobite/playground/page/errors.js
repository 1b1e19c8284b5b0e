/* Shows what the server refuses beside what caused it. */

import { $, make } from "./dom.js";

/** The element of an argument, "spec.data.noise"; the longest beginning that one has. */
function placeOf(argument) {
  const parts = (argument ?? "").split(".");
  for (let n = parts.length; n > 0; n--) {
    const found = document.querySelector(`[data-argument="${CSS.escape(parts.slice(0, n).join("."))}"]`);
    if (found) return found;
  }
  return null;
}

const ANEW = ["configure", "tour", "undo", "redo", "data"]; // the settings hold again

const keyOf = (source, type) => source ?? type;

export function showErrors(store) {
  store.on("refused", ({ error, type, source }) => {
    clear(keyOf(source, type));
    if (error.argument === "connection") {
      $("status").textContent = error.message;
      return;
    }
    const dialog = document.querySelector("dialog[open]");
    const place = dialog?.querySelector(".body") ?? placeOf(error.argument) ?? (source && document.querySelector(`[data-path="${CSS.escape(source)}"]`));
    const text = error.message.replace(/^spec\.[\w.]+: /, "");
    const shown = make("p.error", { role: "alert", data: { key: keyOf(source, type) } }, text);
    if (place) place.append(shown);
    else $("status").replaceChildren(shown);
    if (store.state) store.emit("state", store.state); // the controls show what holds
  });
  store.on("accepted", ({ type, source }) => {
    clear(keyOf(source, type));
    if (ANEW.includes(type)) document.querySelectorAll("p.error[data-key]").forEach((each) => each.remove());
  });
}

function clear(key) {
  document.querySelectorAll("p.error[data-key]").forEach((each) => { if (each.dataset.key === key) each.remove(); });
}
