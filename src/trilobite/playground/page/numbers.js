/* "A step with numbers": one mini-batch, its outputs and costs, and what it does to one neuron. */

import { make, newId, short } from "./dom.js";
import { pretty } from "./network.js";
import { openPanel, table } from "./panel.js";

export function openNumbers(store, layer = null, neuron = 0) {
  openPanel("A step with numbers", (body) => {
    const { layers } = store.state;
    const id = newId("neuron");
    const choices = layers.flatMap(({ names }, l) => names.map((name, k) => make("option", { value: `${l} ${k}` }, name)));
    const select = make("select", { id }, choices);
    select.value = `${layer ?? layers.length - 1} ${neuron}`;
    const result = make("div.result", { "aria-live": "polite" });
    const go = async () => {
      const [l, k] = select.value.split(" ").map(Number);
      try {
        show(result, store, await store.ask("round", { layer: l, neuron: k }, "round"));
      } catch { /* shown in the dialog */ }
    };
    body.append(
      make("p", {}, "One round of training: the net answers for the rows of a mini-batch, the cost says how wrong it is, the gradient how the cost changes with each weight, and the weights go a small step against it."),
      make("p.buttons", {}, make("label", { htmlFor: id }, "Neuron "), select, make("button.primary", { onclick: go }, "Do the next round")), result);
    go();
  }, "wide");
}

function show(place, store, round) {
  const { classes } = store.state;
  const many = round.rows.length < round.n ? `, the first ${round.rows.length} of them` : "";
  const outputs = round.rows[0].output.length;
  const target = (y) => classes && y.length === 1 ? classes[y[0]] ?? String(y[0]) : y.map((v) => short(v, 3)).join(", ");
  const heads = ["row", ...store.spec.features.slice(0, 6).map(pretty), "y", ...(outputs > 1 ? classes.map((name) => `p(${name})`) : ["output"])];
  const rows = round.rows.map(({ x, y, output }, k) => [String(k + 1), ...x.slice(0, 6).map((v) => short(v, 3)), target(y), ...output.map((v) => short(v, 3))]);
  const [was, is] = [round.cost_before, round.cost_after];
  const names = [...round.inputs.map(pretty), "bias"];
  place.replaceChildren(
    make("p.big-numbers", {}, `Round ${round.batch} of ${round.batches} in this epoch. Cost of the batch: `, make("b", {}, short(was)), " → ", make("b", {}, short(is)), is < was ? ", smaller." : ", not smaller."),
    table(`The batch: ${round.n} rows${many}, and what the net answered before the step`, heads, rows),
    table(`Weights of ${round.neuron}, learning rate ${short(round.learning_rate)}`, ["of", "weight before", "gradient", "change", "new weight"],
      names.map((name, k) => [name, ...[round.weights_before[k], round.gradient[k], round.weights_after[k] - round.weights_before[k], round.weights_after[k]].map((v) => short(v))])),
    make("p", {}, "The rule: ", make("code", {}, round.formula)));
}
