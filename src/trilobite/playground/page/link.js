/* The state in the address: #s= and the spec, JSON in base64url. */

export function encode(spec) {
  const bytes = new TextEncoder().encode(JSON.stringify(spec));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The spec of the address, null if there is none; throws if it cannot be read. */
export function decode(hash = location.hash) {
  const given = new URLSearchParams(hash.slice(1)).get("s");
  if (!given) return null;
  try {
    const binary = atob(given.replaceAll("-", "+").replaceAll("_", "/"));
    const spec = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
    if (spec === null || typeof spec !== "object") throw new TypeError("no object");
    return spec;
  } catch {
    throw new Error("The address of this page holds a state that cannot be read: the usual one is shown.");
  }
}

export function write(spec) {
  const hash = `#s=${encode(spec)}`;
  if (hash !== location.hash) history.replaceState(null, "", hash);
}
