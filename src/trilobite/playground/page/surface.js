/* The cost around the present weights along two directions, as a map with contours, and the path of training. */

import { Canvas, css, make, newId, sentence, short } from "./dom.js";
import { openPanel } from "./panel.js";

const LEVELS = 14;

export function openSurface(store) {
  openPanel("Cost surface", (body) => {
    const id = newId("points");
    const select = make("select", { id }, [[11, "coarse"], [21, "medium"], [41, "fine"]].map(([value, text]) => make("option", { value, selected: value === 21 }, text)));
    const told = make("p.told", { role: "status" }, "Computing ...");
    const place = make("div.surface");
    let found = null;
    const canvas = new Canvas(place, "Cost surface", (context, w, h) => { if (found) draw(context, w, h, found); });
    const go = async () => {
      told.textContent = "Computing ...";
      try {
        found = await store.ask("surface", { points: Number(select.value) }, "surface");
      } catch {
        told.textContent = "";
        return;
      }
      const costs = found.costs.flat().filter((v) => v !== null);
      const text = `The cost goes from ${short(Math.min(...costs), 3)} (light) to ${short(Math.max(...costs), 3)} (dark), each shade a step of the same ratio.`;
      told.textContent = `${text} ${sentence(found.directions)}`;
      canvas.element.setAttribute("aria-label", `${text} The path of training has ${found.path.length} places and ends at the marked one.`);
      canvas.redraw();
    };
    select.addEventListener("change", go);
    body.append(make("p", {}, "All weights are changed along two directions at once: the line is the path of training, the ring where the net is now."),
      place, told, make("p.buttons", {}, make("label", { htmlFor: id }, "Grid "), select, make("button.primary", { onclick: go }, "Compute again")));
    go();
  });
}

function draw(context, w, h, { a, b, costs, path, here }) {
  const [a0, a1, b0, b1] = [a[0], a.at(-1), b[0], b.at(-1)];
  const values = costs.flat().filter((v) => v !== null && v > 0);
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const dark = document.documentElement.dataset.theme === "dark";
  const at = (u, v) => { // between the points of the grid
    const [i, j] = [Math.min(Math.floor(u), a.length - 2), Math.min(Math.floor(v), b.length - 2)];
    const [p, q] = [u - i, v - j];
    const value = (r, c) => Math.log(Math.max(costs[r][c] ?? Infinity, 1e-12));
    return (1 - q) * ((1 - p) * value(j, i) + p * value(j, i + 1)) + q * ((1 - p) * value(j + 1, i) + p * value(j + 1, i + 1));
  };
  const side = 240;
  const image = new ImageData(side, side);
  for (let k = 0; k < side * side; k++) {
    const share = (at((k % side) / (side - 1) * (a.length - 1), (1 - Math.floor(k / side) / (side - 1)) * (b.length - 1)) - low) / (high - low || 1);
    image.data.set([...shade(Math.floor(Math.max(0, Math.min(0.999, share)) * LEVELS) / (LEVELS - 1), dark), 255], 4 * k);
  }
  const small = make("canvas", { width: side, height: side });
  small.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(small, 0, 0, w, h);
  const x = (u) => (u - a0) / (a1 - a0) * w;
  const y = (v) => (b1 - v) / (b1 - b0) * h;
  for (const [color, width] of [["#fff", 4.5], [css("--minus"), 2.2]]) {
    context.beginPath();
    path.forEach(([u, v], k) => context[k ? "lineTo" : "moveTo"](x(u), y(v)));
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.stroke();
  }
  const write = (text, [u, v]) => {
    const left = x(u) > w - 80;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = left ? "right" : "left";
    context.lineWidth = 3;
    context.strokeStyle = "#fff";
    context.fillStyle = "#1c2430";
    const place = [x(u) + (left ? -10 : 10), Math.max(14, Math.min(h - 6, y(v) - 8))];
    context.strokeText(text, ...place);
    context.fillText(text, ...place);
  };
  context.lineWidth = 3;
  context.strokeStyle = "#1c2430";
  context.fillStyle = "#fff";
  context.beginPath();
  context.arc(x(here[0]), y(here[1]), 6, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  if (path.length > 1) write(`epoch ${path[0][2]}`, path[0]);
  write(`epoch ${path.at(-1)[2]}, now`, here);
}

/** From light (cheap) to dark (dear), in one hue. */
function shade(share, dark) {
  const [from, to] = [dark ? [214, 226, 240] : [243, 247, 251], dark ? [14, 30, 56] : [28, 66, 118]];
  return from.map((v, c) => v + (to[c] - v) * share);
}
