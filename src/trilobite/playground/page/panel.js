/* A dialog with a title, a body and a way out. */

import { $, make, newId } from "./dom.js";

/** Open a dialog; `fill(body, close)` puts its content in. */
export function openPanel(title, fill, kind = "") {
  document.querySelector("dialog[open]")?.close();
  const id = newId("panel");
  const body = make("div.body", { tabIndex: -1 });
  const close = () => dialog.close();
  const dialog = make("dialog", { "aria-labelledby": id, className: `panel ${kind}` },
    make("div.panel-head", {}, make("h2", { id }, title), make("button.close", { "aria-label": "Close", onclick: close }, "×")), body);
  const from = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    from?.isConnected && from.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) close(); // beside it
  });
  $("overlays").append(dialog);
  fill(body, close);
  dialog.showModal();
  return { dialog, body, close };
}

/** A table with a caption, heads of columns and rows; the first cell of a row is its head. */
export function table(caption, heads, rows) {
  return make("div.scroll", { tabIndex: 0, role: "region", "aria-label": caption }, make("table", {}, make("caption", {}, caption),
    make("thead", {}, make("tr", {}, heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, rows.map(([first, ...cells]) => make("tr", {}, make("th", { scope: "row" }, first), cells.map((cell) => make("td", {}, cell)))))));
}

/** Hand a file over to the browser to be saved. */
export function save(name, mime, content) {
  const url = URL.createObjectURL(new Blob([content], { type: mime }));
  const anchor = make("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
