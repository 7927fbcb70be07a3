// One outlet, PDU, load or group: what it is, what it measures and measured, and what happened to it.
import { age, amount, button, byId, make, number, quantities, queryOf, setText, t, time } from "./util.js";
import { get, isElsewhere, isOfAll, late, listen, nameOf, outletsOf, pathOf, store, stuckSince } from "./store.js";
import { buttonsFor, changeText, enable, goTo, newsOf, share, showState } from "./list.js";
import { drawPlot, plotView } from "./plot.js";
import { logView, statusSelect } from "./log.js";

const ranges = [["1h", 3600], ["6h", 6 * 3600], ["24h", 86400], ["7d", 7 * 86400], ["30d", 30 * 86400], ["365d", 365 * 86400]];
let shown = null;

function wantedThing() {
  const match = /^#(outlet|pdu|load|group)\/(.+)$/.exec(location.hash);
  if (!match) return null;
  let name = match[2];
  try { name = decodeURIComponent(name); } catch { /* as it stands */ }
  const known = match[1] === "pdu" ? store.pdus.get(name) : store.items.get(match[1] === "outlet" ? name : match[1] + ":" + name);
  return { kind: match[1], name, thing: known };
}

const titleOf = (thing) => (thing.kind === "pdu" ? thing.label ?? thing.name : nameOf(thing));
const apiPath = (thing) => (thing.kind === "pdu" ? "api/v1/pdus/" + encodeURIComponent(thing.name) : pathOf(thing));
const hasPast = (thing) => thing.kind === "pdu" || thing.kind === "outlet";

export function followFragment() {
  const wanted = store.agent ? wantedThing() : null;
  const dialog = byId("detail");
  if (!wanted) { if (dialog.open) dialog.close(); return; }
  if (shown && shown.hash === location.hash && shown.thing && wanted.thing) {
    shown.thing = wanted.thing;
    return show();
  }
  build(wanted);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  byId("detail-title").focus();
}

function build({ kind, name, thing }) {
  const view = { hash: location.hash, thing, title: make("h2"), state: make("span", "state"), about: make("p", "about dim"),
    cut: make("p", "cut"), news: make("div", "news"), measured: make("dl", "measured"), members: make("ul", "members") };
  shown = view;
  view.title.id = "detail-title";
  view.title.tabIndex = -1;
  view.news.setAttribute("role", "status");
  const head = make("div", "detail-head");
  head.append(view.title, view.state, button("", t("Close"), () => byId("detail").close()));
  const parts = [head, view.cut, view.about];
  if (!thing) {
    setText(view.title, t("There is no {name}", { name }));
    setText(view.about, t(isOfAll() ? "No agent at the broker has said anything of this name." : "This agent has nothing of this name."));
    view.state.hidden = true;
    byId("detail").replaceChildren(...parts);
    return;
  }
  if (kind !== "pdu") {
    view.buttons = buttonsFor(thing);
    for (const one of view.buttons.children) one.tabIndex = 0;
    parts.push(view.buttons, view.news);
  }
  parts.push(view.measured);
  if (kind !== "outlet") parts.push(make("h3", "", t(kind === "load" ? "Fed by" : kind === "group" ? "In its order of switching on" : "Outlets")), view.members);
  if (hasPast(thing)) parts.push(...past(view));
  if (isElsewhere(thing)) { // what happened, the audit trail of its agent knows
    parts.push(make("p", "dim", t("What happened to it, and what it measured before this page began, is on the page of its agent.")));
    byId("detail").replaceChildren(...parts);
    return show();
  }
  const title = make("div", "detail-head");
  const filter = make("select");
  filter.setAttribute("aria-label", t("Outcome"));
  const heading = make("h3", "", t("What happened"));
  title.append(heading, filter);
  const log = make("div");
  parts.push(title, log);
  statusSelect(filter, () => view.log.again());
  const members = hasPast(thing) ? null : new Set(outletsOf(thing).map((one) => one.key));
  view.log = logView(log, {
    path: members ? "api/v1/log" : apiPath(thing) + "/log", pdu: thing.kind === "pdu" ? thing.name : thing.pdu, outlet: thing.outlet,
    query: () => (filter.value ? { status: filter.value } : {}),
    wants: (entry) => !members || members.has(entry.pdu + "/" + entry.outlet) || entry.target === thing.kind + "/" + thing.id,
  });
  byId("detail").replaceChildren(...parts);
  show();
}

function show() {
  const { thing } = shown;
  shown.cut.hidden = !stuckSince();
  setText(shown.cut, byId("cut").textContent);
  if (!thing) return;
  setText(shown.title, titleOf(thing));
  const pdu = thing.device ?? thing;
  if (thing.kind === "pdu") {
    const old = late(thing);
    shown.state.className = "state is-" + (thing.online === false ? "offline" : old !== null || thing.online === undefined ? "unknown" : "on");
    setText(shown.state, thing.online === false ? t("does not answer") : thing.online === undefined ? t("not asked yet")
      : old !== null ? t("last read {age} ago", { age: age(old) }) : t("answers"));
  } else showState(shown.state, thing);
  const isPDU = thing.kind === "pdu";
  const facts = [isPDU ? thing.name : thing.kind === "outlet" ? thing.id : thing.members.join(", "),
    thing.protected ? t("protected") : null, thing.offForbidden ? t("never off") : null,
    thing.kind === "outlet" ? pdu.label : null, pdu.place, pdu.agent ? t("agent {name}", { name: pdu.agent }) : null, isPDU || thing.kind === "outlet" ? pdu.model ?? pdu.driver : null,
    isPDU && thing.firmware ? t("firmware {version}", { version: thing.firmware }) : null, isPDU && thing.serial ? t("serial number {serial}", { serial: thing.serial }) : null,
    pdu.online === false && pdu.since ? t("offline since {time}", { time: time(pdu.since) }) + (pdu.problem ? ": " + pdu.problem : "") : null,
    pdu.readAt ? t(isElsewhere(pdu) ? "measured {time}" : "read {time}", { time: time(new Date(pdu.readAt)) }) : null,
    thing.changed ? t("changed {what}", { what: changeText(thing.changed) }) : null,
    thing.feeds?.length ? t("Feeds a load: {names}", { names: thing.feeds.map(nameOf).join(", ") }) : null,
    thing.requires?.length ? t("needs {names}", { names: thing.requires.join(", ") }) : null, ...(isPDU ? thing.warnings : [])].filter(Boolean);
  setText(shown.about, facts.join(" · "));
  if (shown.buttons) {
    enable(shown.buttons);
    if (shown.told !== thing.outcome) {
      shown.told = thing.outcome;
      shown.news.replaceChildren(...(thing.outcome ? newsOf(thing) : []),
        ...(thing.outcome?.members ?? []).map((one) => make("span", "outcome " + one.kind, one.text)));
    }
  }
  const measured = Object.keys(quantities).filter((key) => thing.measurements[key] !== undefined)
    .map((key) => [t(quantities[key][0]), amount(key, thing.measurements[key])]);
  if (thing.limit && share(thing) !== undefined) {
    measured.push([t("Load"), t("{n} % of {limit} A", { n: Math.round(share(thing) * 100), limit: number(thing.limit, thing.limit % 1 ? 1 : 0) })]);
  }
  const text = JSON.stringify(measured);
  if (shown.measuredText !== text) {
    shown.measuredText = text;
    shown.measured.replaceChildren(...measured.map(([name, value]) => {
      const pair = make("div");
      pair.append(make("dt", "", name), make("dd", "", value));
      return pair;
    }));
  }
  shown.measured.classList.toggle("is-old", isPDU || thing.kind === "outlet" ? pdu.online === false || late(pdu) !== null : thing.online === false);
  if (thing.kind !== "outlet") showMembers(thing.kind === "pdu" ? thing.outlets : thing.members.map((id) => store.items.get(id)).filter(Boolean));
}

function showMembers(items) {
  const key = items.map((item) => item.key).join();
  if (shown.memberKey !== key) {
    shown.memberKey = key;
    shown.memberViews = items.map((item) => {
      const view = { item, line: make("li"), state: make("span", "state"), link: make("a", "name", nameOf(item)), load: make("span", "load") };
      view.link.href = "#" + item.kind + "/" + item.id;
      view.line.append(view.state, view.link, make("span", "dim", item.id), view.load);
      return view;
    });
    shown.members.replaceChildren(...shown.memberViews.map((view) => view.line));
  }
  for (const view of shown.memberViews) {
    showState(view.state, view.item);
    setText(view.load, [amount("current", view.item.measurements.current), amount("power", view.item.measurements.power)].filter(Boolean).join(" · "));
  }
}

// ---- What was measured

const measuredOf = (thing) => Object.keys(quantities).filter((key) => thing.measurements[key] !== undefined);

function past(view) {
  const { thing } = view;
  const tools = make("div", "plot-tools");
  const pick = (name, options, changed) => {
    const select = make("select");
    select.setAttribute("aria-label", name);
    select.append(...options.map(([value, text]) => Object.assign(make("option", "", text), { value })));
    select.addEventListener("change", changed);
    return select;
  };
  // Without a disk of its own, the page has the power since it began and nothing else.
  const known = measuredOf(thing).filter((key) => (isElsewhere(thing) ? key === "power" : key !== "energy"));
  const names = known.length ? known : ["power"];
  view.quantity = pick(t("Quantity"), names.map((key) => [key, t(quantities[key][0])]), () => read(view));
  view.quantity.dataset.use = "quantity";
  view.range = 6 * 3600;
  view.zoomed = null;
  const segments = make("div", "segments");
  segments.setAttribute("role", "group");
  segments.setAttribute("aria-label", t("Range"));
  for (const [text, seconds] of ranges) {
    const one = button("", text, () => { view.range = seconds; view.zoomed = null; read(view); });
    one.dataset.range = text;
    one.seconds = seconds;
    segments.append(one);
  }
  view.segments = segments;
  view.out = button("", t("Zoom out"), () => { view.zoomed = null; read(view); });
  const others = [...store.items.values()].filter((one) => one.kind === "outlet" && one !== thing && measuredOf(one).length && !isElsewhere(one));
  others.sort((a, b) => Number(b.pdu === thing.pdu) - Number(a.pdu === thing.pdu) || (a.order < b.order ? -1 : 1));
  const pdus = [...store.pdus.values()].filter((one) => one !== thing && measuredOf(one).length && !isElsewhere(one));
  const options = [["", t("nothing")], ["before", t("the time before")], ...others.slice(0, 300).map((one) => [one.key, one.label ? one.label + " (" + one.id + ")" : one.id]),
    ...pdus.slice(0, 100).map((one) => ["pdu:" + one.name, one.label ?? one.name])];
  view.other = pick(t("Compare with"), options, () => read(view));
  view.other.dataset.use = "other";
  const compare = make("label", "dim", t("Compare with") + " ");
  compare.append(view.other);
  view.csv = button("", "CSV", () => save(view), t("Save what is shown as CSV"));
  if (isElsewhere(thing)) tools.append(make("span", "dim", t("Power since this page began, for some hours")), view.csv);
  else tools.append(view.quantity, segments, view.out, compare, view.csv);
  view.plot = plotView((from, until) => { view.zoomed = from === null ? null : [from, until]; read(view); });
  view.energy = make("div");
  view.past = make("div");
  view.past.append(make("h3", "", t("Measured")), tools, view.plot.figure, view.energy);
  view.none = make("p", "dim", t("The device does not measure anything here."));
  view.none.hidden = known.length > 0;
  view.past.hidden = known.length === 0;
  if (known.length) {
    read(view);
    if (!isElsewhere(thing)) readEnergy(view);
  }
  return [view.past, view.none];
}

async function readLive(view) {
  const { thing } = view;
  view.readAt = Date.now();
  view.out.hidden = true;
  try {
    const history = await get(apiPath(thing) + "/history");
    if (shown !== view) return;
    view.history = { history, compared: null, quantity: "power" };
    const pdu = thing.device ?? thing;
    const until = Date.now();
    const from = history.from ? Math.min(Date.parse(history.from), until - 600000) : until - 3600000;
    drawPlot(view.plot, "power", history, [from, until], pdu.online === false ? undefined : thing.measurements.power, null);
  } catch { /* it is asked for again with the next reading */ }
}

async function read(view) {
  const { thing } = view;
  if (isElsewhere(thing)) return readLive(view);
  const quantity = view.quantity.value;
  const [from, until] = view.zoomed ?? [Date.now() - view.range * 1000, Date.now()];
  for (const one of view.segments.children) one.setAttribute("aria-pressed", String(!view.zoomed && one.seconds === view.range));
  view.out.hidden = !view.zoomed;
  view.readAt = Date.now();
  const ask = (path, begin, end) => get(path + "/history?" + queryOf({ quantity,
    since: new Date(begin).toISOString(), until: new Date(end).toISOString() }));
  const other = view.other.value;
  const run = view.run = (view.run ?? 0) + 1;
  try {
    const [history, compared] = await Promise.all([ask(apiPath(thing), from, until),
      !other ? null : other === "before" ? ask(apiPath(thing), 2 * from - until, from)
        : ask(apiPath(other.startsWith("pdu:") ? store.pdus.get(other.slice(4)) : store.items.get(other)), from, until)]);
    if (shown !== view || view.run !== run) return;
    if (compared?.from && other === "before") compared.from = new Date(Date.parse(compared.from) + until - from).toISOString();
    view.history = { history, compared, quantity };
    const pdu = thing.device ?? thing;
    drawPlot(view.plot, quantity, history, [from, until], pdu.online === false || view.zoomed ? undefined : thing.measurements[quantity], compared);
  } catch { /* it is asked for again with the next reading */ }
}

function save(view) {
  if (!view.history) return;
  const { history, compared, quantity } = view.history;
  const unit = quantities[quantity][1];
  const head = ["time", ...["mean", "min", "max"].map((name) => quantity + "_" + name + (unit ? "_" + unit : ""))];
  if (compared) head.push("compared_mean");
  const begin = Date.parse(history.from);
  const shift = compared?.from ? Math.round((begin - Date.parse(compared.from)) / 1000 / history.bucket_s) : 0;
  const lines = history.mean.map((mean, index) => [new Date(begin + index * history.bucket_s * 1000).toISOString(), mean, history.min[index], history.max[index],
    ...(compared ? [compared.bucket_s === history.bucket_s ? compared.mean[index + shift] : null] : [])].map((value) => value ?? "").join(","));
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([[head.join(","), ...lines].join("\n") + "\n"], { type: "text/csv" }));
  link.download = (view.thing.id ?? view.thing.name).replace("/", "-") + "-" + quantity + ".csv";
  view.saved = { name: link.download, lines: lines.length };
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- Energy by day and month: by the device's own counter, or by the power that was measured

async function readEnergy(view) {
  const { thing } = view;
  const counts = thing.measurements.energy !== undefined;
  if (!counts && thing.measurements.power === undefined) return;
  const until = Date.now();
  try {
    const history = await get(apiPath(thing) + "/history?" + queryOf({ quantity: counts ? "energy" : "power", bucket: 3600,
      since: new Date(until - 366 * 86400000).toISOString(), until: new Date(until).toISOString() }));
    if (shown !== view || !history.from) return;
    const days = new Map();
    const months = new Map();
    const begin = Date.parse(history.from);
    let last = null;
    history.max.forEach((value, index) => {
      if (value === null) return;
      const low = history.min[index];
      let used;
      if (!counts) used = history.mean[index] * history.bucket_s / 3600;
      else { // a counter that went back began anew
        used = value - low + (last !== null && low >= last ? low - last : 0);
        last = value;
      }
      const at = new Date(begin + index * history.bucket_s * 1000);
      const day = at.getFullYear() + "-" + String(at.getMonth() + 1).padStart(2, "0") + "-" + String(at.getDate()).padStart(2, "0");
      days.set(day, (days.get(day) ?? 0) + used);
      months.set(day.slice(0, 7), (months.get(day.slice(0, 7)) ?? 0) + used);
    });
    const price = store.agent.energy_price;
    const cost = (used) => (price === undefined ? null : new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: store.agent.currency }).format(used / 1000 * price));
    const table = (name, entries) => {
      const element = make("table", "energy");
      const head = make("tr");
      head.append(...[name, t("Energy"), price === undefined ? null : t("Cost")].filter(Boolean).map((text) => Object.assign(make("th", "", text), { scope: "col" })));
      const top = make("thead");
      top.append(head);
      const body = make("tbody");
      body.append(...entries.map(([key, used]) => {
        const line = make("tr");
        line.append(...[key, amount("energy", used), cost(used)].filter((one) => one !== null).map((text) => make("td", "", text)));
        return line;
      }));
      element.append(top, body);
      return element;
    };
    const name = (key) => new Intl.DateTimeFormat(document.documentElement.lang, key.length > 7 ? { year: "numeric", month: "2-digit", day: "2-digit" } : { year: "numeric", month: "long" })
      .format(new Date(Number(key.slice(0, 4)), Number(key.slice(5, 7)) - 1, Number(key.slice(8, 10) || 1)));
    const list = (map, most) => [...map].sort((a, b) => (a[0] < b[0] ? 1 : -1)).slice(0, most).map(([key, used]) => [name(key), used]);
    const box = make("div", "energy-tables");
    box.append(table(t("Day"), list(days, 7)), table(t("Month"), list(months, 12)));
    view.energy.replaceChildren(make("h3", "", t("Energy")), make("p", "dim", t(counts ? "By the device's counter, in your time zone; from when the history begins."
      : "From the measured power, in your time zone; time without a measurement counts as nothing.")), box);
  } catch { /* it stays out */ }
}

// ---- Beginning

export function startDetail() {
  const dialog = byId("detail");
  dialog.addEventListener("close", () => {
    const was = shown?.thing;
    shown = null;
    if (wantedThing()) history.pushState(null, "", location.pathname + location.search);
    if (was && was.kind !== "pdu" && document.body.dataset.view === "overview") goTo(was);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog && event.clientX < dialog.getBoundingClientRect().left) dialog.close(); });
  addEventListener("hashchange", followFragment);
  let isAsked = false;
  const later = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => { isAsked = false; if (shown) show(); });
  };
  setInterval(() => { if (shown) later(); }, 5000);
  listen((what, data) => {
    if (!shown) return;
    if (what === "cut") { later(); if (!store.cutSince) shown.log?.happened(); return; }
    const { thing } = shown;
    if (!thing) return;
    const pdu = thing.device ?? thing;
    if (what === "happened") {
      if (thing.kind === "load" || thing.kind === "group" || (data.pdu === (pdu.name) && (thing.outlet === undefined || data.outlet === undefined || data.outlet === thing.outlet))) shown.log?.happened();
    } else if (what === "measured") {
      if (data.pdu === pdu.name && shown.plot && !shown.past.hidden && !shown.zoomed && Date.now() - shown.readAt > (isElsewhere(shown.thing) ? 20000 : Math.max(10000, shown.range * 2))) read(shown);
    } else later();
  });
}
