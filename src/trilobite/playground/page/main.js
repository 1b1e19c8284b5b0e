/* Puts the page together. */

import { Controls } from "./controls.js";
import { Curves } from "./curves.js";
import { DataPanel } from "./data.js";
import { $, say } from "./dom.js";
import { showErrors } from "./errors.js";
import { openExport } from "./exports.js";
import { Insight } from "./insight.js";
import * as keys from "./keys.js";
import * as link from "./link.js";
import { Costs, OutputMap } from "./map.js";
import { Network, layerCounter } from "./network.js";
import { openNumbers } from "./numbers.js";
import { openProgram } from "./program.js";
import { openRates } from "./rates.js";
import { Store } from "./state.js";
import { openSurface } from "./surface.js";
import { Tour } from "./tour.js";
import { openNeuron } from "./weights.js";

const store = new Store(new URLSearchParams(location.search).get("token") ?? "");
const numbersOf = (layer, neuron) => openNumbers(store, layer, neuron);

new Controls(store);
new DataPanel(store);
layerCounter(store);
new Network(store, (layer, neuron, row) => openNeuron(store, numbersOf, layer, neuron, row));
new OutputMap(store);
new Costs(store);
new Curves(store);
new Insight(store);
new Tour(store);
showErrors(store);
keys.listen();

const press = {
  play: () => store.tell(store.state?.running ? "pause" : "play", {}, "play"),
  step: () => store.tell("step", {}, "play"),
  reset: () => store.tell("reset", {}, "play"),
  undo: () => store.tell("undo", {}, "undo"),
  redo: () => store.tell("redo", {}, "undo"),
  numbers: () => openNumbers(store),
  surface: () => openSurface(store),
  program: () => openProgram(store),
  export: () => openExport(store),
  "range-test": () => openRates(store),
};
for (const [id, f] of Object.entries(press)) $(id).addEventListener("click", f);
$("layer-count").dataset.argument = "spec.hidden";
$("network").dataset.argument = "spec.features";

store.on("state", (state) => {
  $("play").classList.toggle("running", state.running);
  say($("play").querySelector(".sr"), state.running ? "Pause" : "Play");
  $("undo").disabled = !state.can_undo;
  $("redo").disabled = !state.can_redo;
  document.body.classList.remove("waiting");
});
store.on("frame", () => {
  const { epoch, rounds, epochs_per_second: speed, running } = store.header;
  const per = store.state?.rounds_per_epoch ?? 1;
  say($("epoch"), epoch.toLocaleString("en") + (rounds ? ` + ${rounds}/${per}` : ""));
  if (!epoch) say($("speed"), "–");
  if (running && speed) say($("speed"), Number(speed.toPrecision(2)).toLocaleString("en"));
  if ($("play").classList.contains("running") !== running) $("play").classList.toggle("running", running);
});
let lost = false;
store.on("accepted", () => { if (!lost) $("status").textContent = ""; });
store.on("told", (text) => { $("status").textContent = text; });
store.on("closed", ({ text, wait }) => {
  lost = true;
  $("status").textContent = `${text} Trying again ${wait < 1000 ? "at once" : `in ${Math.round(wait / 1000)} s`}.`;
  document.body.classList.add("waiting");
  $("play").classList.remove("running");
});
store.on("opened", () => {
  document.body.classList.remove("waiting");
  if (lost) $("status").textContent = "The server is there again: settings and data are as before, training begins anew.";
  else setTimeout(() => { document.body.dataset.ready = "yes"; });
  lost = false;
});
addEventListener("hashchange", () => {
  try {
    const spec = link.decode();
    if (spec) store.tell("configure", { spec }, "link");
  } catch (error) {
    $("status").textContent = error.message;
  }
});
store.connection.open();
