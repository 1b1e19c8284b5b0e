/* The learning-rate range test: its curve, its suggestion, and a button that takes it. */

import { line, powers, ticks } from "./curves.js";
import { Canvas, css, make, sentence, short } from "./dom.js";
import { openPanel } from "./panel.js";

export function openRates(store) {
  openPanel("Find a learning rate", (body, close) => {
    const told = make("p.told", { role: "status" }, "The net is trained from its first weights with a rate that grows from round to round ...");
    const place = make("div.rates");
    let found = null;
    const canvas = new Canvas(place, "Cost over learning rate", (context, w, h) => { if (found) draw(context, w, h, found); });
    const buttons = make("p.buttons");
    body.append(told, place, buttons);
    store.ask("range_test", {}, "range_test").then((answer) => {
      found = answer;
      const diverged = answer.diverged_at === null ? "" : ` At ${short(answer.diverged_at, 3)} the cost ran away.`;
      told.textContent = sentence(answer.reason) + diverged;
      canvas.element.setAttribute("aria-label", `Cost over learning rate, from ${short(answer.rates[0], 2)} to ${short(answer.rates.at(-1), 2)}. ${told.textContent}`);
      canvas.redraw();
      if (answer.suggestion === null) return;
      const rate = Number(answer.suggestion.toPrecision(2));
      const use = () => { store.change({ optimizer: { learning_rate: rate } }, "optimizer.learning_rate"); close(); };
      buttons.append(make("button.primary", { onclick: use }, `Use ${rate}`));
      buttons.firstChild.focus();
    }, () => { told.textContent = ""; });
  });
}

function draw(context, w, h, { rates, costs, suggestion }) {
  const [left, right, top, bottom] = [44, 12, 16, 34];
  const [first, last] = [Math.log10(rates[0]), Math.log10(rates.at(-1))];
  const finite = costs.filter((v) => v !== null);
  const low = Math.min(...finite);
  const high = Math.min(Math.max(...finite), low + 3 * ((finite[0] - low) || 1));
  const x = (rate) => left + (Math.log10(rate) - first) / (last - first) * (w - left - right);
  const y = (cost) => top + (1 - (Math.min(cost, high) - low) / (high - low || 1)) * (h - top - bottom);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = css("--soft");
  context.strokeStyle = css("--rule");
  for (const cost of ticks(low, high, 4)) {
    context.beginPath();
    context.moveTo(left, y(cost));
    context.lineTo(w - right, y(cost));
    context.stroke();
    context.textAlign = "right";
    context.fillText(short(cost, 3), left - 6, y(cost) + 4);
  }
  context.textAlign = "center";
  const marks = powers(rates[0], rates.at(-1));
  const every = Math.ceil(marks.length / (w / 70));
  marks.forEach((rate, k) => { if (k % every === 0) context.fillText(short(rate), x(rate), h - 18); });
  context.fillText("learning rate", (left + w - right) / 2, h - 4);
  line(context, rates.length, (k) => x(rates[k]), (k) => costs[k] === null ? NaN : y(costs[k]), css("--train"), 2);
  if (suggestion === null) return;
  context.strokeStyle = context.fillStyle = css("--best");
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(x(suggestion), top);
  context.lineTo(x(suggestion), h - bottom);
  context.stroke();
  context.setLineDash([]);
  context.fillText(short(suggestion, 2), x(suggestion), top - 4);
}
