/* The visitor's file, kept in this tab so that a reload and a server that comes back find it again. */

const KEY = "own data";
let file = null;

/** `{name, text, target}`, as the message `data` has them. */
export function remember(given) {
  file = given;
  try {
    sessionStorage.setItem(KEY, JSON.stringify(given));
  } catch {
    sessionStorage.removeItem(KEY); // too large for the browser: it lasts until the page is closed
  }
}

export function remembered() {
  if (file) return file;
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
