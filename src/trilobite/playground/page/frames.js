/* Frames: a header in JSON and arrays of float32, as docs/playground-protocol.md describes them. */

const text = new TextDecoder();

/** [header, arrays]; each array has `data` (Float32Array) and `shape`. */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(text.decode(new Uint8Array(buffer, 4, length)));
  const arrays = {};
  let at = 4 + length;
  for (const { name, shape } of header.arrays) {
    const count = shape.reduce((a, b) => a * b, 1);
    arrays[name] = { shape, data: new Float32Array(buffer, at, count) };
    at += 4 * count;
  }
  return [header, arrays];
}
