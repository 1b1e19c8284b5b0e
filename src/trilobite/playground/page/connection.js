/* The WebSocket: messages that are answered, states, frames; it comes back by itself. */

import { decode } from "./frames.js";

const WAITS = [250, 500, 1000, 2000, 4000, 8000];

/** An error that the server answered; `argument` is what it is about. */
export class Refused extends Error {
  constructor(message, argument) {
    super(message);
    this.argument = argument ?? "";
  }
}

export class Connection {
  /** `on`: functions opened, closed(text), state(message), frame(header, arrays). */
  constructor(token, on) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.address = `${scheme}://${location.host}/ws?token=${encodeURIComponent(token)}`;
    this.on = on;
    this.number = 0;
    this.tries = 0;
    this.asked = new Map();
    addEventListener("online", () => this.again());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.again(); });
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open() {
    clearTimeout(this.timer);
    this.timer = null;
    this.socket = new WebSocket(this.address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.take(data);
    this.socket.onclose = (event) => this.lost(event);
    this.socket.onopen = () => { this.tries = 0; this.on.opened(); };
  }

  /** Try at once, if it is only waiting to. */
  again() {
    if (this.timer) this.open();
  }

  lost({ code, reason }) {
    for (const { reject } of this.asked.values()) reject(new Refused("The server has gone.", "connection"));
    this.asked.clear();
    const wait = WAITS[Math.min(this.tries++, WAITS.length - 1)];
    this.timer = setTimeout(() => this.open(), wait);
    this.on.closed(reasons[code]?.(reason) ?? reasons.else(), wait);
  }

  /** Send a message; a promise of its answer. */
  ask(type, fields = {}) {
    if (!this.isOpen) return Promise.reject(new Refused("The server does not answer.", "connection"));
    const id = ++this.number;
    this.socket.send(JSON.stringify({ type, id, ...fields }));
    return new Promise((resolve, reject) => this.asked.set(id, { resolve, reject }));
  }

  /** Tell that a frame is drawn. */
  drawn(frame) {
    if (this.isOpen) this.socket.send(JSON.stringify({ type: "frame_taken", frame }));
  }

  take(data) {
    if (data instanceof ArrayBuffer) {
      this.on.frame(...decode(data));
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "state") {
      this.on.state(message);
      return;
    }
    const waiting = this.asked.get(message.id);
    this.asked.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message);
    else waiting?.reject(new Refused(message.error, message.argument));
  }
}

const reasons = {
  1009: () => "A message was too large for the server. It begins anew.",
  1011: (reason) => `The server made a mistake: ${reason}. It begins anew.`,
  1012: () => "The server has ended. This page goes on as soon as it is there again.",
  1013: (reason) => `The server is full: ${reason}.`,
  else: () => "The server does not answer. If it was started anew, open the address that it printed.",
};
