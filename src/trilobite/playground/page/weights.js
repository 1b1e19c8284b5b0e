/* The dialog of a neuron: its map, and its weights and bias, each to be changed. */

import { $, make, newId, short } from "./dom.js";
import { pretty } from "./network.js";
import { openPanel } from "./panel.js";

/** `row`: the weight to begin with, if a line was clicked. */
export function openNeuron(store, openNumbers, layer, neuron, row = null) {
  const { names } = store.state.layers[layer];
  const inputs = layer ? store.state.layers[layer - 1].names : store.spec.features.map(pretty);
  openPanel(`Neuron: ${names[neuron]}`, (body, close) => {
    const fields = [...inputs.map((name, k) => field(store, layer, k, neuron, `Weight of ${name}`)), field(store, layer, -1, neuron, "Bias")];
    body.append(
      make("div.neuron", {}, bigMap(layer, neuron), make("p.hint", {}, "What this neuron answers over the plane: orange below 0, blue above. Its answer is the activation of the weighted sum of its inputs and the bias. Undo takes changes back.")),
      make("div.fields.weights", {}, fields.map((each) => each.box)),
      make("p.buttons", {}, make("button", { onclick: () => { close(); openNumbers(layer, neuron); } }, "A step with numbers for this neuron")));
    const show = () => fields.forEach((each) => each.show());
    show();
    store.addEventListener("frame", show);
    body.closest("dialog").addEventListener("close", () => store.removeEventListener("frame", show));
    const first = fields[row === null || row < 0 ? 0 : row].input;
    requestAnimationFrame(() => { first.focus(); first.select(); });
  }, "narrow");
}

function bigMap(layer, neuron) {
  const source = document.querySelector(`#net button[data-layer="${layer}"][data-neuron="${neuron}"] canvas`);
  const canvas = make("canvas", { width: source.width, height: source.height, role: "img", "aria-label": "Map of this neuron" });
  const copy = () => {
    if (!canvas.isConnected) return;
    canvas.getContext("2d").drawImage(source, 0, 0);
    requestAnimationFrame(copy);
  };
  requestAnimationFrame(copy);
  return canvas;
}

function field(store, layer, row, column, title) {
  const id = newId("weight");
  const input = make("input", { id, type: "number", step: "0.1" });
  const value = () => {
    if (row < 0) return store.arrays[`biases.${layer}`]?.data[column];
    const array = store.arrays[`weights.${layer}`];
    return array?.data[row * array.shape[1] + column];
  };
  const show = () => {
    if (document.activeElement !== input || !input.dataset.typing) input.value = short(value(), 5);
  };
  const set = () => {
    if (input.value === "" || Number(input.value) === Number(short(value(), 5))) return;
    store.tell("set_weight", { layer, row, column, value: Number(input.value) }, "set_weight");
  };
  input.addEventListener("input", () => { input.dataset.typing = "yes"; });
  input.addEventListener("change", () => { delete input.dataset.typing; set(); });
  const box = make("div.field", {}, make("label", { htmlFor: id }, title), input);
  return { box, input, show };
}
