// The overview: everything that can be switched, by place, in a list that draws only what is seen.
import { age, amount, button, byId, make, number, parameters, setParameters, setText, t, time } from "./util.js";
import { dismiss, isOfAll, late, listen, nameOf, shownState, store, stuckSince, targetOf } from "./store.js";
import { act, actions, openSwitch } from "./switching.js";

const sizes = { // in pixels: height of a line and of a heading, least width of a column
  table: { line: 21, heading: 22, column: Infinity },
  compact: { line: 21, heading: 22, column: 205 },
  cards: { line: 99, heading: 30, column: 235 },
  phone: { line: 74, heading: 30, column: Infinity },
};
const states = [["on", "On"], ["off", "Off"], ["trouble", "Trouble"]];
const overscan = 6;

let wanted = {}; // what the address says
let lines = []; // { heading } or { items }, from the top
let tops = []; // where each line begins; one more for the end
let matching = []; // the items that the filters leave, in their order
let places = new Map();
const rows = new Map(); // key -> what is drawn of it
const headings = new Map();
const chosen = new Set(); // keys
const folded = new Set(JSON.parse(localStorage.getItem("folded") ?? "[]"));
let active = null; // the key that the keyboard is at
let lastChosen = null;
let dirty = new Set();
let isStale = true; // lines have to be made anew
let isAsked = false;
let visible = false;
const open = (item) => { location.hash = "#" + (item.kind === "outlet" ? "outlet/" + item.id : item.kind + "/" + encodeURIComponent(item.id)); };

const isPhone = matchMedia("(max-width: 45rem)");
const form = () => isPhone.matches && wanted.form === "table" ? "phone" : wanted.form;

export function readAddress() {
  const all = parameters();
  wanted = { q: all.get("q") ?? "", state: all.get("state") ?? "", kind: all.get("kind") ?? "",
    place: all.get("place") ?? "", sort: all.get("sort") ?? "", down: all.get("down") === "1",
    form: sizes[all.get("form")] ? all.get("form") : localStorage.getItem("form") ?? "table" };
  if (!["table", "compact", "cards"].includes(wanted.form)) wanted.form = "table";
}

function change(changes) {
  setParameters(changes);
  readAddress();
  showTools();
  renew();
  byId("scroll").scrollTop = 0;
}

// ---- What is there to see

const columns = [ // name, key, how it sorts
  ["", null], ["State", "state", (one) => ["on", "mixed", "off", "unknown", "offline"].indexOf(shownState(one))],
  ["Name", "name", (one) => nameOf(one).toLowerCase()],
  ["Outlet", "place", null],
  ["Power", "power", (one) => -(one.measurements.power ?? -1)],
  ["Current", "current", (one) => -(one.measurements.current ?? -1)],
  ["Load", "load", (one) => -(share(one) ?? -1)],
  ["Last change", "changed", (one) => -Date.parse(one.changed?.at ?? 0)],
  ["", null],
];

export const share = (one) => one.limit && one.measurements.current !== undefined
  ? one.measurements.current / one.limit : undefined;

function matches(item, terms) {
  if (wanted.kind && item.kind !== wanted.kind) return false;
  if (wanted.place && item.kind !== "outlet") return false;
  if (wanted.place && item.place !== wanted.place && !item.place.startsWith(wanted.place + " / ")) return false;
  return terms.every((term) => item.text.includes(term) || (item.device && item.device.text.includes(term)));
}

const isTrouble = (item, state) => state === "offline" || state === "unknown" || state === "mixed"
  || (item.device && late(item.device) !== null) || (share(item) ?? 0) > 0.8;

const wantedTerms = () => wanted.q.toLowerCase().split(/\s+/).filter(Boolean);

// Counts an item for the filters of states, and says whether the one that is set leaves it.
function take(item, terms, counts) {
  if (!matches(item, terms)) return false;
  const state = shownState(item);
  const troubled = isTrouble(item, state);
  if (state === "on" || state === "off") counts[state] += 1;
  if (troubled) counts.trouble += 1;
  return !wanted.state || (wanted.state === "trouble" ? troubled : state === wanted.state);
}

const noCounts = () => ({ on: 0, off: 0, trouble: 0 });

let counting = 0;
function count() { // what each of the filters would leave; of very many not at once, so that drawing does not wait for it
  const terms = wantedTerms();
  const counts = noCounts();
  const items = store.ordered;
  const round = counting += 1;
  const goOn = (first) => {
    if (round !== counting) return;
    const end = Math.min(items.length, first + 20000);
    for (let at = first; at < end; at += 1) take(items[at], terms, counts);
    if (end < items.length) setTimeout(goOn, 0, end); else showCounts(counts);
  };
  goOn(0);
}

function arrange() {
  const terms = wantedTerms();
  const counts = noCounts();
  matching = [];
  counting += 1;
  for (const item of store.ordered) if (take(item, terms, counts)) matching.push(item);
  showCounts(counts);
  byId("list").classList.toggle("no-limits", !matching.some((item) => item.limit));
  const column = columns.find((one) => one[1] === wanted.sort);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  if (column?.[2]) {
    const keys = new Map(matching.map((item) => [item, column[2](item)]));
    const way = wanted.down ? -1 : 1;
    matching.sort((a, b) => way * order(keys.get(a), keys.get(b)) || order(a.order, b.order));
  } else if (wanted.down) {
    const rank = { load: 0, group: 1, outlet: 2 };
    matching.sort((a, b) => rank[a.kind] - rank[b.kind] || order(b.order, a.order));
  }
  layOut(!column?.[2]);
}

function layOut(isGrouped) {
  const size = sizes[form()];
  const width = byId("scroll").clientWidth || 1000;
  const perLine = size.column === Infinity ? 1 : Math.max(1, Math.floor(width / size.column));
  lines = [];
  const put = (items) => {
    for (let at = 0; at < items.length; at += perLine) lines.push({ items: items.slice(at, at + perLine) });
  };
  if (isGrouped) {
    let at = 0;
    while (at < matching.length) {
      const first = matching[at];
      const key = first.kind === "outlet" ? first.pdu : first.kind + "s";
      let end = at + 1;
      while (end < matching.length && (matching[end].kind === "outlet" ? matching[end].pdu : matching[end].kind + "s") === key) end += 1;
      const items = matching.slice(at, end);
      lines.push({ heading: first.kind === "outlet" ? first.device : { kind: key, key }, items });
      if (!folded.has(key) || wanted.q) put(items);
      at = end;
    }
  } else put(matching);
  tops = new Float64Array(lines.length + 1);
  lines.forEach((line, index) => { tops[index + 1] = tops[index] + (line.heading ? size.heading : size.line); });
  byId("room").style.height = tops[lines.length] + "px";
  byId("list").setAttribute("aria-rowcount", matching.length + 1);
  byId("nothing").hidden = lines.length > 0 || !store.agent;
  setText(byId("nothing"), store.items.size ? t("Nothing matches.")
    : isOfAll() ? t("No agent at the broker has said anything of a PDU.") : t("This agent has no PDUs yet."));
}

// ---- Drawing

const frame = () => { // one drawing for all that happens in between
  isAsked = false;
  if (!visible) return;
  if (isStale) {
    isStale = false;
    arrange();
    dirty = null;
  }
  draw();
};

function later() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(frame);
}

export function renew() { isStale = true; later(); }

let renewTimer = 0;
function renewSoon() { // what is sorted or filtered by what changes, is so again, but not for every change
  const isMoving = wanted.sort || wanted.state;
  renewTimer ||= setTimeout(() => { renewTimer = 0; if (isMoving) renew(); else if (visible) count(); }, store.items.size > 20000 ? 3000 : 1000);
}

function lineAt(y) {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle; else high = middle - 1;
  }
  return low;
}

function draw() {
  const scroll = byId("scroll");
  const room = byId("room");
  const kind = form();
  const list = byId("list");
  if (list.dataset.form !== kind) {
    list.classList.remove("form-" + list.dataset.form);
    list.dataset.form = kind;
    list.classList.add("form-" + kind);
    for (const one of rows.values()) one.row.remove();
    rows.clear();
  }
  const first = Math.max(0, lineAt(scroll.scrollTop) - overscan);
  const bottom = scroll.scrollTop + scroll.clientHeight + 150;
  let end = first;
  const seen = new Set();
  for (; end < lines.length && tops[end] < bottom; end += 1) {
    if (lines[end].heading) seen.add(lines[end].heading.key); else for (const item of lines[end].items) seen.add(item.key);
  }
  const focused = document.activeElement;
  const spare = { rows: letGo(rows, seen, focused), headings: letGo(headings, seen, focused) };
  const order = []; // as it is read out, whatever was drawn first
  const refilled = new Set();
  const refill = (view) => { if (view) refilled.add(view.row); return view; };
  const width = room.clientWidth;
  for (let at = first; at < end; at += 1) {
    const line = lines[at];
    if (line.heading) {
      const key = line.heading.key;
      let view = headings.get(key);
      const isNew = !view || view.heading !== line.heading;
      if (isNew) {
        view ??= refill(spare.headings.pop()) ?? headingView();
        showHeadingOf(view, line.heading);
        headings.set(key, view);
      }
      order.push(view.row);
      place(view.row, 0, tops[at]);
      if (isNew || view.line !== line || !dirty || dirty.has(key) || dirty.has("*")) showHeading(view, line);
      continue;
    }
    const share = width / (sizes[kind].column === Infinity ? 1 : Math.max(1, Math.floor(width / sizes[kind].column)));
    line.items.forEach((item, index) => {
      let view = rows.get(item.key);
      const isNew = !view || view.item !== item;
      if (isNew) {
        view ??= refill(spare.rows.pop()) ?? (kind === "table" || kind === "phone" ? rowView() : cellView(kind));
        showItemOf(view, item);
        rows.set(item.key, view);
      }
      order.push(view.row);
      place(view.row, Math.floor(index * share) + (kind === "cards" ? 8 : 0), tops[at], share === width ? null : Math.floor(share) - (kind === "cards" ? 8 : 0));
      view.row.setAttribute("aria-rowindex", at + 2);
      if (isNew || !dirty || dirty.has(item.key)) showItem(view, item);
    });
  }
  dirty = new Set();
  for (const views of Object.values(spare)) for (const view of views) view.row.remove();
  let next = room.firstChild;
  for (const element of order) {
    // What was filled anew goes to its place among the others, and not the others around it.
    if (!refilled.has(element)) while (refilled.has(next)) next = next.nextSibling;
    if (element === next) next = next.nextSibling; else room.insertBefore(element, next);
  }
  if (room.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

// What is not seen any more is drawn anew as something else: to make its elements takes longer than all the rest of a frame. Not
// what somebody is pressing: the click would be for something else than the press.
function letGo(views, seen, focused) {
  const kept = [];
  for (const [key, view] of views) {
    if (seen.has(key)) continue;
    views.delete(key);
    const isFocused = view.row.contains(focused);
    if (isFocused) byId("scroll").focus({ preventScroll: true });
    if (isFocused || view.row.matches(":active")) view.row.remove(); else kept.push(view);
  }
  return kept.reverse(); // the uppermost is taken first
}

function place(element, x, y, width) {
  const where = "translate(" + x + "px," + y + "px)";
  if (element.where !== where) { element.where = where; element.style.transform = where; }
  const wide = width ? width + "px" : "";
  if (element.wide !== wide) { element.wide = wide; element.style.width = wide; }
}

function headingView() {
  const view = { row: make("div", "heading"), cell: make("div", "heading-cell") };
  view.row.setAttribute("role", "row");
  view.cell.setAttribute("role", "gridcell");
  view.fold = button("fold", "", () => {
    if (folded.has(view.name)) folded.delete(view.name); else folded.add(view.name);
    localStorage.setItem("folded", JSON.stringify([...folded].slice(-500)));
    renew();
  });
  view.where = make("span", "dim where");
  view.note = make("span", "trouble");
  view.count = make("span", "dim count");
  view.load = make("span", "load");
  view.bar = meter();
  view.link = make("a", "name");
  view.words = make("span", "name");
  view.cell.append(view.fold, view.link, view.words, view.where, view.note, view.bar.element, view.load, view.count);
  view.row.append(view.cell);
  return view;
}

function showHeadingOf(view, heading) {
  view.heading = heading;
  const isPDU = heading.kind === "pdu";
  view.name = isPDU ? heading.name : heading.key;
  view.link.hidden = !isPDU;
  view.words.hidden = isPDU;
  if (isPDU) view.link.href = "#pdu/" + heading.name;
  else setText(view.words, t(heading.kind === "loads" ? "Loads" : "Groups"));
}

function showHeading(view, line) {
  view.line = line;
  const { heading } = line;
  const isFolded = folded.has(view.name) && !wanted.q;
  setText(view.fold, isFolded ? "▸" : "▾");
  view.fold.setAttribute("aria-expanded", String(!isFolded));
  view.fold.setAttribute("aria-label", t(isFolded ? "Unfold {name}" : "Fold {name}", { name: view.name }));
  const on = line.items.filter((item) => item.state === "ON").length;
  setText(view.count, t("{on} of {all} on", { on, all: line.items.length }));
  if (heading.kind !== "pdu") {
    for (const element of [view.where, view.note, view.load]) setText(element, "");
    view.row.classList.remove("is-old");
    view.bar.show(undefined);
    return;
  }
  setText(view.link, heading.label ?? heading.name);
  setText(view.where, [heading.label ? heading.name : null, heading.place, heading.agent].filter(Boolean).join(" · "));
  const old = late(heading);
  setText(view.note, heading.online === false
    ? "▲ " + t("offline since {time}", { time: time(heading.since) }) + (heading.problem ? ": " + heading.problem : "")
    : heading.online === undefined ? t("not asked yet")
    : old !== null ? "▲ " + t("last read {age} ago", { age: age(old) }) : heading.warnings.length ? "▲ " + heading.warnings.join(", ") : "");
  view.row.classList.toggle("is-old", heading.online === false || old !== null);
  setText(view.load, [amount("current", heading.measurements.current)
    + (heading.limit ? " / " + number(heading.limit, 0) + " A" : ""), amount("power", heading.measurements.power)].filter(Boolean).join(" · "));
  view.bar.show(share(heading));
}

function meter() {
  const element = make("span", "meter");
  const fill = make("span", "fill");
  element.append(fill);
  element.hidden = true;
  return { element, show(part) {
    element.hidden = part === undefined;
    if (part === undefined) return;
    const level = part > 0.95 ? "over" : part > 0.8 ? "high" : "";
    element.className = "meter " + level;
    fill.style.width = Math.min(100, Math.round(part * 100)) + "%";
    element.title = t("{n} % of what it may draw", { n: Math.round(part * 100) });
  } };
}

export const stateWords = { on: "ON", off: "OFF", mixed: "MIXED", unknown: "?", offline: "n/a" };
export function showState(element, item) {
  const state = shownState(item);
  if (element.shown === state) return;
  element.shown = state;
  element.className = "state is-" + state;
  element.textContent = state === "offline" ? t("away") : state === "unknown" ? t("unknown") : stateWords[state];
}

function common(className) {
  const view = { item: null, row: make("div", className), state: make("span", "state"), name: make("a", "name"),
    tick: make("input", "tick") };
  view.row.setAttribute("role", "row");
  view.row.tabIndex = -1;
  view.tick.type = "checkbox";
  view.tick.tabIndex = -1;
  view.tick.addEventListener("click", (event) => choose(view.item.key, event.shiftKey));
  view.name.tabIndex = -1;
  view.guard = make("span", "guard");
  return view;
}

// From now on the view is of this item.
function showItemOf(view, item) {
  view.item = item;
  view.told = undefined;
  view.row.dataset.key = item.key;
  reach(view, -1);
  view.name.href = "#" + item.kind + "/" + (item.kind === "outlet" ? item.id : encodeURIComponent(item.id));
}

function cell(className, ...inside) {
  const box = make("div", "cell " + className);
  box.setAttribute("role", "gridcell");
  box.append(...inside);
  return box;
}

function rowView() {
  const view = common("row");
  view.id = make("span", "id");
  view.power = make("span");
  view.current = make("span");
  view.bar = meter();
  view.news = make("span", "news");
  view.buttons = buttonsOf(view);
  view.row.append(cell("c-tick", view.tick), cell("c-state", view.state), cell("c-name", view.name, view.guard),
    cell("c-id", view.id), cell("c-power", view.power), cell("c-current", view.current), cell("c-load", view.bar.element),
    cell("c-news", view.news), cell("c-act", view.buttons));
  return view;
}

export function buttonsFor(item) {
  const box = buttonsOf({ item });
  nameButtons(box, item);
  return box;
}

const switchWords = { ON: "Switch on {name}", OFF: "Switch off {name}", CYCLE: "Cycle {name}" };

function buttonsOf(view) {
  const box = make("span", "buttons");
  for (const action of actions) {
    const one = button("act act-" + action.toLowerCase(), t({ ON: "On", OFF: "Off", CYCLE: "Cycle" }[action]),
      (event) => act(view.item, action, event.altKey));
    one.dataset.action = action;
    one.tabIndex = -1;
    box.append(one);
  }
  const more = button("act act-more", "…", () => openSwitch([view.item], "ON"));
  more.tabIndex = -1;
  box.append(more);
  return box;
}

function nameButtons(box, item) {
  const name = targetOf(item);
  for (const one of box.children) {
    const { action } = one.dataset;
    one.setAttribute("aria-label", t(switchWords[action] ?? "Switch {name} with a delay, a reason and more", { name }));
    one.isForbidden = action !== undefined && action !== "ON" && Boolean(item.offForbidden);
  }
}

function cellView(kind) {
  const view = common(kind === "cards" ? "card" : "row small");
  view.power = make("span", "load");
  if (kind === "cards") {
    view.id = make("span", "id");
    view.news = make("span", "news");
    view.buttons = buttonsOf(view);
    view.bar = meter();
    view.row.append(cell("c-top", view.state, view.name, view.guard, view.tick), cell("c-mid", view.id, view.power, view.bar.element),
      cell("c-news", view.news), cell("c-act", view.buttons));
  } else {
    view.row.append(cell("c-all", view.tick, view.state, view.name, view.guard, view.power));
    view.row.addEventListener("click", (event) => { if (event.target === view.row || event.target.parentElement === view.row) open(view.item); });
  }
  return view;
}

export function changeText(change) {
  return time(change.at) + (change.own ? (change.by ? " · " + change.by : "") : change.own === false ? " · " + t("at the device") : "");
}

function showItem(view, item) {
  showState(view.state, item);
  setText(view.name, nameOf(item));
  const target = targetOf(item);
  view.name.title = target;
  if (view.target !== target || view.offForbidden !== item.offForbidden) {
    Object.assign(view, { target, offForbidden: item.offForbidden });
    view.tick.setAttribute("aria-label", t("Select {name}", { name: target }));
    if (view.buttons) nameButtons(view.buttons, item);
  }
  setText(view.guard, item.offForbidden ? t("never off") : item.protected ? t("protected") : "");
  const isChosen = chosen.has(item.key);
  view.tick.checked = isChosen;
  view.row.setAttribute("aria-selected", String(isChosen));
  const old = item.device && (item.device.online === false || late(item.device) !== null);
  view.row.classList.toggle("is-old", Boolean(old));
  if (view.id) setText(view.id, item.kind === "outlet" ? item.id : item.members.join(", "));
  if (view.current) {
    setText(view.power, amount("power", item.measurements.power));
    setText(view.current, amount("current", item.measurements.current));
  } else {
    setText(view.power, amount("power", item.measurements.power) || amount("current", item.measurements.current));
  }
  view.bar?.show(share(item));
  if (view.buttons) enable(view.buttons);
  view.row.classList.toggle("has-outcome", Boolean(item.outcome));
  if (!view.news) {
    view.row.dataset.outcome = item.outcome?.kind ?? "";
    if (item.outcome) view.name.title = item.outcome.text;
    return;
  }
  if (view.told === item.outcome && view.toldOf === item.changed && view.toldBy === item.changed?.by && view.told !== undefined) return;
  view.told = item.outcome ?? null;
  view.toldOf = item.changed;
  view.toldBy = item.changed?.by;
  view.news.className = "news " + (item.outcome?.kind ?? "");
  view.news.replaceChildren(...newsOf(item));
  view.news.title = item.outcome?.text ?? "";
}

export function newsOf(item) {
  if (!item.outcome) return item.changed ? [document.createTextNode(changeText(item.changed))] : [];
  const parts = [make("span", "outcome " + item.outcome.kind, item.outcome.text)];
  if (item.outcome.kind === "bad") {
    const outcome = item.outcome;
    parts.push(button("act dismiss", "×", () => dismiss(item, outcome), t("Read: {text}", { text: outcome.text })));
  }
  return parts;
}

export function enable(box) {
  for (const one of box.children) one.disabled = stuckSince() !== null || Boolean(one.isForbidden);
}

// ---- Selection

function choose(key, isRange) {
  const from = matching.findIndex((item) => item.key === lastChosen);
  const to = matching.findIndex((item) => item.key === key);
  const put = !chosen.has(key);
  const keys = isRange && from >= 0 ? matching.slice(Math.min(from, to), Math.max(from, to) + 1).map((item) => item.key) : [key];
  for (const one of keys) { if (put) chosen.add(one); else chosen.delete(one); }
  lastChosen = key;
  showChosen();
}

function showChosen() {
  const box = byId("chosen");
  for (const key of chosen) if (!store.items.has(key)) chosen.delete(key);
  box.hidden = chosen.size === 0;
  dirty = null;
  later();
  const all = byId("columns").querySelector(".tick");
  if (all) {
    all.checked = chosen.size > 0 && chosen.size === matching.length;
    all.indeterminate = chosen.size > 0 && chosen.size < matching.length;
  }
  if (!chosen.size) return;
  const items = () => [...chosen].map((key) => store.items.get(key)).filter(Boolean);
  const buttons = actions.map((action) => {
    const one = button("act big act-" + action.toLowerCase(), t({ ON: "On", OFF: "Off", CYCLE: "Cycle" }[action]) + "…", () => openSwitch(items(), action));
    one.dataset.action = action;
    one.disabled = stuckSince() !== null;
    return one;
  });
  box.replaceChildren(make("span", "", t("{n} selected", { n: chosen.size })), ...buttons,
    button("quiet", t("Clear"), () => { chosen.clear(); showChosen(); }));
}

// ---- Places, filters, and columns

function showPlaces() {
  places = new Map();
  for (const pdu of store.pdus.values()) {
    const parts = pdu.place ? pdu.place.split(" / ") : [];
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const name = parts.slice(0, depth).join(" / ");
      const one = places.get(name) ?? { name, depth, short: parts[depth - 1], outlets: 0, troubled: 0 };
      one.outlets += pdu.outlets.length;
      if (pdu.online === false) one.troubled += 1;
      places.set(name, one);
    }
  }
  const list = [...places.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  list.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const nav = byId("places");
  nav.hidden = list.length === 0;
  byId("place").hidden = list.length === 0;
  const entry = (name, short, depth, count, troubled) => {
    const one = button("place depth-" + depth, "", () => change({ place: name }));
    if (wanted.place === name) one.setAttribute("aria-current", "true");
    one.append(make("span", "place-name", short), make("span", "dim", String(count)));
    if (troubled) one.append(make("span", "trouble", "▲" + troubled));
    return one;
  };
  const total = [...store.items.values()].length;
  nav.replaceChildren(entry("", t("Everywhere"), 0, total, 0),
    ...list.slice(0, 400).map((one) => entry(one.name, one.short, one.depth, one.outlets, one.troubled)));
  byId("place").replaceChildren(...[{ name: "", depth: 1, short: t("Everywhere") }, ...list].map((one) => {
    const option = make("option", "", "\u00a0\u00a0".repeat(one.depth - 1) + one.short);
    option.value = one.name;
    return option;
  }));
  byId("place").value = wanted.place;
}

function showTools() {
  if (byId("search").value !== wanted.q) byId("search").value = wanted.q;
  byId("kind").value = wanted.kind;
  byId("place").value = wanted.place;
  for (const one of byId("forms").children) one.setAttribute("aria-pressed", String(one.dataset.form === wanted.form));
  for (const one of byId("states").children) one.setAttribute("aria-pressed", String(one.dataset.state === wanted.state));
  for (const one of byId("places").children) one.removeAttribute("aria-current");
  showPlaces();
  showColumns();
}

function showCounts(counts) {
  for (const one of byId("states").children) setText(one.lastChild, " " + counts[one.dataset.state]);
}

function showColumns() {
  const all = make("input", "tick");
  all.type = "checkbox";
  all.setAttribute("aria-label", t("Select all that is shown"));
  all.addEventListener("click", () => {
    if (chosen.size === matching.length) chosen.clear(); else for (const item of matching) chosen.add(item.key);
    showChosen();
  });
  byId("columns").replaceChildren(...columns.map(([name, key], index) => {
    const head = make("div", "cell");
    head.setAttribute("role", "columnheader");
    if (index === 0) head.append(all);
    else if (key) {
      const isSorted = wanted.sort === key || (key === "place" && !wanted.sort);
      head.setAttribute("aria-sort", !isSorted ? "none" : wanted.down ? "descending" : "ascending");
      head.append(button("sort", t(name) + (isSorted ? (wanted.down ? " ▴" : " ▾") : ""), () => change({
        sort: key === "place" ? "" : key, down: isSorted && !wanted.down ? "1" : "" })));
    } else head.append(make("span", "unseen", t("Switch")));
    return head;
  }));
  showChosen();
}

// ---- The keyboard

function move(step, event) {
  event.preventDefault();
  const at = matching.findIndex((item) => item.key === active);
  const to = Math.min(matching.length - 1, Math.max(0, at < 0 ? 0 : at + step));
  goTo(matching[to]);
}

export function goTo(item) {
  if (!item) return;
  active = item.key;
  let at = lines.findIndex((line) => !line.heading && line.items.includes(item));
  if (at < 0) { // it is folded away
    folded.delete(item.kind === "outlet" ? item.pdu : item.kind + "s");
    arrange();
    at = lines.findIndex((line) => !line.heading && line.items.includes(item));
    if (at < 0) return;
  }
  const scroll = byId("scroll");
  if (tops[at] < scroll.scrollTop) scroll.scrollTop = Math.max(0, tops[at] - sizes[form()].heading);
  else if (tops[at + 1] > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = tops[at + 1] - scroll.clientHeight;
  draw();
  const view = rows.get(item.key);
  if (view) { settle(view); view.row.focus({ preventScroll: true }); }
}

function settle(view) { // the one row that Tab leads into
  for (const one of rows.values()) reach(one, one === view ? 0 : -1);
}

function reach(view, tabIndex) {
  if (view.row.tabIndex === tabIndex) return;
  view.row.tabIndex = tabIndex;
  for (const inside of view.row.querySelectorAll("a, button, input")) inside.tabIndex = tabIndex;
}

function press(event) {
  if (event.target.closest("input[type=search], select, dialog")) return;
  const row = event.target.closest("[data-key]");
  const item = row && store.items.get(row.dataset.key);
  const page = Math.max(1, Math.floor(byId("scroll").clientHeight / sizes[form()].line) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
  if (event.key in steps) return move(steps[event.key], event);
  if (!item || event.ctrlKey || event.metaKey || event.target !== row) return;
  const action = { o: "ON", f: "OFF", c: "CYCLE" }[event.key];
  if (action && stuckSince() === null && !(item.offForbidden && action !== "ON")) act(item, action);
  else if (event.key === "Enter") open(item);
  else if (event.key === " ") choose(item.key, event.shiftKey);
  else if (event.key === "Delete" || event.key === "Escape") dismiss(item);
  else return;
  event.preventDefault();
}

// ---- Beginning

export function startList() {
  readAddress();
  byId("states").replaceChildren(...states.map(([key, name]) => {
    const one = button("chip", "", () => change({ state: wanted.state === key ? "" : key }));
    one.dataset.state = key;
    one.append(make("span", "mark is-" + key), t(name), make("span", "dim", ""));
    return one;
  }));
  let typing = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ q: byId("search").value.trim() }), store.items.size > 2000 ? 120 : 0);
  });
  byId("kind").addEventListener("change", () => change({ kind: byId("kind").value }));
  byId("place").addEventListener("change", () => change({ place: byId("place").value }));
  for (const one of byId("forms").children) {
    one.addEventListener("click", () => {
      localStorage.setItem("form", one.dataset.form);
      change({ form: one.dataset.form === "table" ? "" : one.dataset.form });
    });
  }
  byId("scroll").addEventListener("scroll", later, { passive: true });
  byId("list").addEventListener("keydown", press);
  byId("list").addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-key]");
    if (!row) return;
    active = row.dataset.key;
    const view = rows.get(active);
    if (view) settle(view);
  });
  byId("scroll").addEventListener("focus", () => { const item = store.items.get(active) ?? matching[0]; if (item && rows.has(item.key)) goTo(item); });
  new ResizeObserver(renew).observe(byId("scroll"));
  setInterval(() => { if (visible && !document.hidden) { dirty?.add("*"); later(); } }, 5000);
  byId("scroll").tabIndex = 0;
  showTools();
  listen((what) => {
    if (what === "all") { showPlaces(); showChosen(); renew(); return; }
    if (what === "cut") { dirty = null; showChosen(); later(); return; }
    if (what === "health" || what === "happened" || what === "measured") return;
    dirty?.add(what);
    const outlet = store.items.get(what);
    if (outlet?.kind === "outlet") dirty?.add(outlet.device.key);
    if (rows.has(what) || headings.has(what)) later();
    else if (outlet?.device && headings.has(outlet.device.key)) later();
    renewSoon();
  });
}

export function showList(isVisible) {
  visible = isVisible;
  if (isVisible) renew();
}
