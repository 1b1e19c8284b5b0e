/* The features of the toy sets, for the small pictures of those that are not in use. */

const FORMULAS = {
  "x1": (x) => x,
  "x2": (_, y) => y,
  "x1^2": (x) => x * x,
  "x2^2": (_, y) => y * y,
  "x1*x2": (x, y) => x * y,
  "sin(x1)": (x) => Math.sin(x),
  "sin(x2)": (_, y) => Math.sin(y),
};
export const FEATURES = Object.keys(FORMULAS);

/** A feature over the domain, n x n, the top row first; zeros for a column of own data. */
export function mapOf(name, [x0, x1, y0, y1], n) {
  const found = new Float32Array(n * n);
  const f = FORMULAS[name] ?? (() => 0);
  for (let k = 0; k < n * n; k++) {
    found[k] = f(x0 + (x1 - x0) * ((k % n) + 0.5) / n, y1 - (y1 - y0) * (Math.floor(k / n) + 0.5) / n);
  }
  return found;
}
