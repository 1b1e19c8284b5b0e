/* Small pictures of the data sets: no data to train on, those come from the server. */

/** Numbers from 0 to 1 that are spread evenly: the same picture each time. */
function* evenly(n) {
  for (let k = 1; k <= n; k++) yield [(k * 0.7548776662) % 1, (k * 0.5698402910) % 1];
}
const all = (n, f) => [...evenly(n)].map(([u, v], k) => f(u, v, k));
const bell = (u, v) => {
  const r = Math.sqrt(-2 * Math.log(u + 1e-9));
  return [r * Math.cos(2 * Math.PI * v), r * Math.sin(2 * Math.PI * v)];
};

export const THUMBNAILS = {
  circle: () => all(90, (u, v, k) => {
    const r = k % 2 ? 0.5 * Math.sqrt(u) : 0.72 + 0.28 * u;
    return [r * Math.sin(2 * Math.PI * v), r * Math.cos(2 * Math.PI * v), k % 2];
  }),
  xor: () => all(90, (u, v) => [2 * u - 1, 2 * v - 1, Number((u - 0.5) * (v - 0.5) > 0)])
    .filter(([x, y]) => Math.min(Math.abs(x), Math.abs(y)) > 0.08),
  gauss: () => all(90, (u, v, k) => {
    const [x, y] = bell(u, v);
    const c = k % 2 ? 0.45 : -0.45;
    return [c + 0.17 * x, c + 0.17 * y, k % 2];
  }),
  spiral: () => all(90, (u, _, k) => {
    const r = Math.floor(k / 2) / 45;
    const t = 3.5 * Math.PI * r + (k % 2 ? 0 : Math.PI);
    return [r * Math.sin(t), r * Math.cos(t), k % 2];
  }),
  three_classes: () => all(90, (u, v, k) => {
    const [x, y] = bell(u, v);
    const a = 2 * Math.PI * (k % 3) / 3 + Math.PI / 2;
    return [0.55 * Math.cos(a) + 0.15 * x, 0.55 * Math.sin(a) + 0.15 * y, k % 3];
  }),
  plane: () => all(150, (u, v) => [2 * u - 1, 2 * v - 1, u + v - 1]),
  gauss_regression: () => all(190, (u, v) => {
    const [x, y] = [12 * u - 6, 12 * v - 6];
    const bumps = [[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]];
    const heights = bumps.map(([a, b, sign]) => sign * Math.max(0, 1 - Math.hypot(x - a, y - b) / 2));
    return [2 * u - 1, 2 * v - 1, heights.reduce((p, q) => Math.abs(q) > Math.abs(p) ? q : p)];
  }),
  own: () => all(60, (u, v) => [2 * u - 1, 0.9 * Math.sin(4 * u) * (v > 0.5 ? 1 : 0.2) - 0.2, Number(v > 0.5)]),
};
