// The wall display: large, read-only, the trouble first.
import { amount, byId, make, setText, t, time } from "./util.js";
import { late, listen, nameOf, shownState, store } from "./store.js";
import { showState } from "./list.js";

let visible = false;
let timer = 0;
const tiles = new Map();

function draw() {
  timer = 0;
  if (!visible) return;
  const wall = byId("wall");
  const all = [...store.items.values()].filter((item) => item.kind !== "group");
  const isSmall = all.length <= 240;
  const shown = isSmall ? all : [...store.pdus.values()];
  const isTroubled = (one) => (one.kind === "pdu" ? one.online === false || late(one) !== null
    : ["offline", "unknown", "mixed"].includes(shownState(one)));
  shown.sort((a, b) => Number(isTroubled(b)) - Number(isTroubled(a))
    || (a.kind === "load" ? 0 : 1) - (b.kind === "load" ? 0 : 1) || (a.order < b.order ? -1 : 1));
  wall.classList.toggle("is-few", shown.length <= 36);
  const keys = new Set();
  let clock = tiles.get("clock");
  if (!clock) {
    clock = { tile: make("p", "wall-clock") };
    tiles.set("clock", clock);
  }
  keys.add("clock");
  setText(clock.tile, time(new Date()));
  const parts = [clock.tile];
  for (const one of shown.slice(0, 600)) {
    keys.add(one.key);
    let view = tiles.get(one.key);
    if (!view) {
      view = { tile: make("div", "tile"), state: make("span", "state"), name: make("span", "name"), id: make("span", "id"), load: make("span", "load") };
      view.tile.append(view.name, view.id, view.state, view.load);
      tiles.set(one.key, view);
    }
    view.tile.className = "tile" + (isTroubled(one) ? " is-troubled" : "");
    setText(view.name, one.kind === "pdu" ? one.label ?? one.name : nameOf(one));
    setText(view.id, one.kind === "pdu" ? one.place || one.name : one.kind === "outlet" ? one.id : one.members.join(", "));
    setText(view.load, amount("power", one.measurements.power) || amount("current", one.measurements.current));
    if (one.kind === "pdu") {
      const on = one.outlets.filter((outlet) => outlet.state === "ON").length;
      view.state.className = "state is-" + (one.online === false ? "offline" : on ? "on" : "off");
      setText(view.state, one.online === false ? t("away") : t("{on} of {all} on", { on, all: one.outlets.length }));
    } else showState(view.state, one);
    parts.push(view.tile);
  }
  if (shown.length > 600) parts.push(make("p", "dim", t("and {n} more", { n: shown.length - 600 })));
  for (const key of tiles.keys()) if (!keys.has(key)) tiles.delete(key);
  if (parts.length !== wall.children.length || parts.some((part, at) => wall.children[at] !== part)) wall.replaceChildren(...parts);
}

function later() { timer ||= setTimeout(draw, 100); }

listen((what) => { if (visible && what !== "happened" && what !== "measured") later(); });
setInterval(() => { if (visible) later(); }, 1000);

export function showWall(isVisible) {
  visible = isVisible;
  if (visible) draw();
}
