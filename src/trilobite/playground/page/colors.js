/* Colours that people who confuse red and green tell apart: orange is light, blue is dark. */

const ENDS = {
  light: { minus: [236, 138, 30], middle: [250, 248, 244], plus: [24, 84, 156] },
  dark: { minus: [255, 178, 84], middle: [30, 34, 41], plus: [64, 136, 222] },
};
// After Okabe and Ito; the first two are those of the two classes.
const CLASSES = {
  light: [[224, 123, 12], [24, 84, 156], [0, 140, 106], [183, 84, 144], [120, 94, 10], [64, 160, 210], [180, 60, 20], [70, 70, 80]],
  dark: [[255, 178, 84], [84, 150, 232], [40, 190, 150], [232, 140, 192], [222, 206, 90], [140, 214, 250], [255, 120, 90], [190, 190, 200]],
};
export const SHAPES = ["circle", "square", "triangle", "diamond", "cross", "star", "bar", "ring"];

const theme = () => document.documentElement.dataset.theme ?? "light";
export const rgb = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
export const classColor = (k) => CLASSES[theme()][k % 8];
export const paper = () => ENDS[theme()].middle;

const tables = {};

/** 256 colours as bytes r, g, b of values from -1 to 1. */
function table() {
  const name = theme();
  if (!tables[name]) {
    const { minus, middle, plus } = ENDS[name];
    tables[name] = new Uint8ClampedArray(256 * 3);
    for (let k = 0; k < 256; k++) {
      const t = k / 127.5 - 1;
      const end = t < 0 ? minus : plus;
      const share = Math.abs(t) ** 0.85;
      for (let c = 0; c < 3; c++) tables[name][3 * k + c] = middle[c] + (end[c] - middle[c]) * share;
    }
  }
  return tables[name];
}

/** The colour of a value from -1 to 1, as text of CSS. */
export function signed(value) {
  const at = 3 * place(value);
  return rgb([...table().subarray(at, at + 3)]);
}

function place(value) {
  if (value !== value) return 127;
  return Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
}

/** Paint values (times `scale`, plus `shift`, -1 to 1; then times `most`) into the pixels of an ImageData. */
export function paint(image, values, { scale = 1, shift = 0, discretize = false, most = 1 } = {}) {
  const colors = table();
  const { data } = image;
  for (let k = 0, at = 0; k < values.length; k++, at += 4) {
    let value = values[k] * scale + shift;
    if (discretize) value = value >= 0 ? 1 : -1;
    value = Math.max(-1, Math.min(1, value)) * most;
    const from = 3 * place(value);
    data[at] = colors[from];
    data[at + 1] = colors[from + 1];
    data[at + 2] = colors[from + 2];
    data[at + 3] = 255;
  }
}

/** Paint probabilities (K maps, one behind the other): the likeliest class, paler the less sure. */
export function paintClasses(image, values, count, discretize) {
  const { data } = image;
  const n = values.length / count;
  const ground = paper();
  const colors = Array.from({ length: count }, (_, k) => classColor(k));
  for (let at = 0; at < n; at++) {
    let best = 0;
    for (let k = 1; k < count; k++) if (values[k * n + at] > values[best * n + at]) best = k;
    const sure = (values[best * n + at] - 1 / count) / (1 - 1 / count);
    const share = discretize ? 0.85 : 0.1 + 0.75 * Math.max(0, Math.min(1, sure));
    for (let c = 0; c < 3; c++) data[4 * at + c] = ground[c] + (colors[best][c] - ground[c]) * share;
    data[4 * at + 3] = 255;
  }
}

/** Draw a point in the shape of its class. */
export function mark(context, shape, x, y, r) {
  context.beginPath();
  if (shape === "circle" || shape === "ring") context.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "bar") context.rect(x - r, y - r / 2, 2 * r, r);
  else {
    corners[shape].forEach(([dx, dy], k) => context[k ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
    context.closePath();
  }
}

const star = Array.from({ length: 10 }, (_, k) => {
  const [a, r] = [Math.PI * (k / 5 - 0.5), k % 2 ? 0.5 : 1.25];
  return [r * Math.cos(a), r * Math.sin(a)];
});
const corners = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]],
  diamond: [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]],
  cross: [[-1, -0.4], [-0.4, -0.4], [-0.4, -1], [0.4, -1], [0.4, -0.4], [1, -0.4], [1, 0.4], [0.4, 0.4], [0.4, 1], [-0.4, 1], [-0.4, 0.4], [-1, 0.4]],
  star,
};
