/* What can be chosen: where it stands in the spec, how it is named, what it means. */

const LADDER = [1, 3];

export const ACTIVATIONS = ["tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "softsign"];
const named = (names) => names.map((each) => Array.isArray(each) ? each : [each, each]);

/** The next number of 0.001, 0.003, 0.01, 0.03 ... above (by = 1) or below (by = -1). */
export function rung(value, by) {
  if (!(value > 0)) return by > 0 ? 0.001 : 0;
  const steps = [];
  for (let power = -7; power <= 6; power++) for (const digit of LADDER) steps.push(Number(`${digit}e${power}`));
  const close = 1e-6 * value;
  return by > 0 ? steps.find((step) => step > value + close) ?? value : steps.findLast((step) => step < value - close) ?? 0;
}

/** kind: choice, ladder (a number in steps of about 3), number, range, check, batch. */
export const FIELDS = {
  "main-fields": [
    { path: "optimizer.learning_rate", title: "Learning rate", kind: "ladder", hint: "How far each round goes against the gradient" },
    { path: "activation", title: "Activation", kind: "choice", options: named(ACTIVATIONS), hint: "Of the hidden layers" },
    { path: "regularization.kind", title: "Regularization", kind: "choice", options: named(["none", ["l1", "L1"], ["l2", "L2"]]), hint: "Keeps weights small: L1 makes many of them 0" },
    { path: "regularization.rate", title: "Regularization rate", kind: "ladder", hint: "How strongly", off: (spec) => spec.regularization.kind === "none" },
    { path: "problem", title: "Problem", kind: "choice", options: named(["classification", "regression"]), off: (spec) => spec.data.name === "own" },
    { path: "optimizer.name", title: "Optimizer", kind: "choice", options: [["sgd", "SGD"], ["momentum", "SGD, momentum"], ["nesterov", "SGD, Nesterov"], ["adam", "Adam"], ["rmsprop", "RMSprop"]] },
  ],
  "more-fields": [
    { path: "loss", title: "Loss", kind: "choice", options: [["crossentropy", "cross-entropy"], ["squared_error", "squared error"]], off: (spec) => spec.problem === "regression", hint: "Regression has squared errors always" },
    { path: "schedule", title: "Schedule", kind: "choice", options: named(["constant", "exponential", "cosine"]), hint: "How the rate falls as training goes on" },
    { path: "schedule_epochs", title: "Schedule's epochs", kind: "number", least: 1, hint: "Then the rate is a tenth (exponential) or 0 (cosine)", off: (spec) => spec.schedule === "constant" },
    { path: "dropout", title: "Dropout", kind: "range", least: 0, most: 0.95, step: 0.01, hint: "Share of hidden neurons left out of each round" },
    { path: "seed", title: "Seed", kind: "number", least: 0, hint: "Of the first weights and of the order of the rows" },
    { path: "early_stopping.on", title: "Early stopping", kind: "check", hint: "Ends when the test cost gets no better, and puts the best weights back" },
    { path: "early_stopping.patience", title: "Patience", kind: "number", least: 1, unit: "epochs", off: (spec) => !spec.early_stopping.on, hint: "So many epochs without a better test cost end the training" },
    { path: "batch_normalization", title: "Batch norm.", kind: "check", hint: "Batch normalization behind each hidden layer" },
  ],
  "data-fields": [
    { path: "data.test_share", title: "Share of test data", kind: "range", least: 0.1, most: 0.9, step: 0.05, show: (v) => `${Math.round(100 * v)} %` },
    { path: "data.noise", title: "Noise", kind: "range", least: 0, most: 50, step: 1, show: (v) => `${v} %`, off: (spec) => spec.data.name === "own" },
    { path: "batch_size", title: "Batch size", kind: "batch", hint: "Rows of a round; full: all rows" },
    { path: "data.rows", title: "Rows", kind: "number", least: 20, off: (spec) => spec.data.name === "own" },
    { path: "data.seed", title: "Data seed", kind: "number", least: 0 },
  ],
  "output-fields": [
    { path: "show_test", title: "Show test data", kind: "check" },
    { path: "discretize", title: "Discretize output", kind: "check" },
  ],
};

/** What else has to change with a field. */
export function consequences(path, value, spec) {
  if (path === "problem") return { data: { name: value === "regression" ? "plane" : "circle" } };
  if (path === "regularization.kind" && value !== "none" && !spec.regularization.rate) return { regularization: { rate: 0.001 } };
  return {};
}

export function at(spec, path) {
  return path.split(".").reduce((object, key) => object?.[key], spec);
}

export function patch(path, value) {
  return path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);
}
