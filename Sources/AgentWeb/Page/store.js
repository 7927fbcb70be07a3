// What is known of the agent and everything it has, kept up to date by its events; and the commands that are on their way.
// `store.agent.agents` names the agents of which it is, where it is of all at a broker. Served by `busbar page`, it is what they
// say. Served by one of them, `store.agent.id` is that one's, and what it has is its own.
import { byId, natural, say, t } from "./util.js";

export const store = {
  agent: null,
  pdus: new Map(), // by name
  items: new Map(), // outlets, loads and groups by key
  wholes: [], // loads and groups
  ordered: [], // all items in their usual order: loads, groups, and the outlets PDU by PDU
  cutSince: null,
  version: 0, // grows when there are other items than before
};

export const isOfAll = () => store.agent?.agents !== undefined;
export const isOfBroker = () => isOfAll() && store.agent.id === undefined;
// Whether another agent has it: its audit trail and its history are not here then.
export function isElsewhere(thing) {
  if (!isOfAll()) return false;
  if (isOfBroker()) return true;
  const pdus = thing.kind === "pdu" ? [thing] : outletsOf(thing).map((outlet) => outlet.device);
  return pdus.length > 0 && pdus.every((pdu) => pdu.agent !== store.agent.id);
}
// Since when nothing can be switched from here; null where it can.
export const stuckSince = () => store.cutSince ?? (isOfBroker() && !store.agent.broker.connected ? store.brokerSince ?? new Date() : null);

const listeners = new Set();
export const listen = (body) => { listeners.add(body); };
// `what` is "all", "health", or an item's or a PDU's key.
const tell = (what, data) => { for (const listener of listeners) listener(what, data); };

// ---- Asking

function headers(more) {
  const token = sessionStorage.getItem("token");
  return token ? { ...more, Authorization: "Bearer " + token } : { ...more };
}

export async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: headers(options.headers), cache: "no-store" });
  if (answer.status !== 401) return answer;
  if ((answer.headers.get("WWW-Authenticate") ?? "").includes("login=")) { // people sign in on a page of its own
    location.assign("login.html" + location.hash);
    return new Promise(() => {});
  }
  await askForToken();
  return ask(path, options);
}

let asking = null;
function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = byId("login");
    byId("token").value = "";
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", byId("token").value);
      byId("token").value = "";
      asking = null;
      resolve();
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}

export async function get(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error((await answer.text()).trim() || String(answer.status));
  return answer.json();
}

// ---- Items

export const nameOf = (item) => item.label ?? (item.kind === "outlet" ? item.pdu + "/" + item.outlet : item.name);
export const targetOf = (item) => item.kind === "outlet" ? (item.label ? item.label + " (" + item.id + ")" : item.id)
  : t(item.kind) + " " + nameOf(item);

function outletItem(old, raw, pdu) {
  const item = old ?? { kind: "outlet", key: raw.pdu + "/" + raw.outlet };
  item.id = item.key;
  item.pdu = raw.pdu;
  item.outlet = raw.outlet;
  item.label = raw.label;
  item.state = raw.state;
  item.protected = raw.protected;
  item.offForbidden = raw.off_forbidden;
  item.measurements = raw.measurements;
  item.limit = raw.max_current;
  item.changed = raw.changed;
  item.device = pdu;
  item.place = pdu.place;
  item.order = pdu.order + "/" + String(raw.outlet).padStart(5, "0");
  item.text = (raw.pdu + "/" + raw.outlet + " " + (raw.label ?? "")).toLowerCase(); // a search looks into the PDU's text too
  return item;
}

// "Berlin / Hall 2 / Rack 7" is a place in a place in a place.
const placeOf = (location) => (location ?? "").split("/").map((part) => part.trim()).filter(Boolean).join(" / ");

function takePDU(data) {
  const old = store.pdus.get(data.name);
  const pdu = old ?? { kind: "pdu", key: "pdu:" + data.name };
  Object.assign(pdu, { label: undefined, location: undefined, model: undefined, problem: undefined, since: undefined,
    online: undefined, url: undefined, agent: undefined, since_read_s: undefined, poll_s: undefined, firmware: undefined, serial: undefined, max_current: undefined }, data);
  pdu.place = placeOf(data.location);
  pdu.text = (data.name + " " + (data.label ?? "") + " " + pdu.place + " " + (data.model ?? "") + " " + (data.agent ?? "")).toLowerCase();
  pdu.order = natural(pdu.place || "~") + " ~" + natural(data.name);
  pdu.readAt = data.since_read_s === undefined ? null : Date.now() - data.since_read_s * 1000;
  pdu.limit = data.max_current;
  pdu.outlets = data.outlets.map((raw) => outletItem(store.items.get(raw.pdu + "/" + raw.outlet), raw, pdu));
  store.pdus.set(data.name, pdu);
  return pdu;
}

let loading = null;
let isWanted = false;
// Asks for everything; what is wanted meanwhile, is asked for once more.
export function load() {
  isWanted = true;
  loading ??= (async () => {
    try {
      while (isWanted) {
        isWanted = false;
        changed.clear();
        await loadOnce();
      }
    } finally { loading = null; }
  })();
  return loading;
}

async function loadOnce() {
  const [agent, pdus, groups, loads] = await Promise.all([
    get("api/v1/agent"), get("api/v1/pdus"), get("api/v1/groups"), get("api/v1/loads"),
  ]);
  takeAgent(agent, true);
  const names = new Set(pdus.pdus.map((one) => one.name));
  for (const name of store.pdus.keys()) if (!names.has(name)) store.pdus.delete(name);
  const items = new Map();
  for (const data of pdus.pdus) for (const item of takePDU(data).outlets) items.set(item.key, item);
  for (const [kind, list] of [["load", loads.loads], ["group", groups.groups]]) {
    for (const raw of list) {
      const key = kind + ":" + raw.name;
      const item = Object.assign(store.items.get(key) ?? { kind, key, id: raw.name }, { label: undefined }, raw);
      item.members = raw.feeds ?? raw.outlets;
      item.order = natural(nameOf(item));
      item.text = (raw.name + " " + (raw.label ?? "") + " " + item.members.join(" ")).toLowerCase();
      items.set(key, item);
    }
  }
  store.items = items;
  for (const item of items.values()) if (item.kind === "outlet") item.feeds = undefined;
  arrangeWholes();
}

function arrangeWholes() {
  const { items } = store;
  store.wholes = [...items.values()].filter((item) => item.kind !== "outlet");
  for (const item of items.values()) item.wholes = undefined;
  for (const item of store.wholes) {
    for (const outlet of outletsOf(item)) {
      if (item.kind === "load" && !outlet.feeds?.includes(item)) (outlet.feeds ??= []).push(item);
      (outlet.wholes ??= []).push(item);
    }
  }
  const order = (a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);
  const rank = { load: 0, group: 1 };
  store.wholes.sort((a, b) => rank[a.kind] - rank[b.kind] || order(a, b));
  // The PDUs are put in order and not their outlets, which are there by number: of very many that is the longest part.
  store.ordered = store.wholes.concat([...store.pdus.values()].sort(order).flatMap((pdu) => pdu.outlets));
  store.version += 1;
  for (const item of store.wholes) sum(item);
  tell("all");
}

// PDUs that are described anew, are new or are no more: a few are asked for one by one, many as everything.
const changed = new Set();
let isAsking = false;
async function askForChanged() {
  if (isAsking) return;
  isAsking = true;
  try {
    while (changed.size) {
      // Of very many it takes a moment to put the list in order again, so that is not done for each.
      await new Promise((resolve) => setTimeout(resolve, 100 + store.items.size / 50));
      if (changed.size > 40) { await load(); continue; }
      const names = [...changed];
      changed.clear();
      let isOther = false;
      await Promise.all(names.map(async (name) => {
        const answer = await ask("api/v1/pdus/" + encodeURIComponent(name));
        if (answer.ok) isOther = takeOne(await answer.json()) || isOther;
        else if (answer.status === 404) isOther = takeAway(name) || isOther;
      }));
      if (isOther) { arrangeWholes(); continue; }
      for (const name of names) {
        const pdu = store.pdus.get(name);
        for (const outlet of pdu?.outlets ?? []) touched(outlet);
        if (pdu) tell(pdu.key);
      }
      tell("health");
    }
  } catch { /* the events tell when it is away, and then everything is asked for */ } finally { isAsking = false; }
}

// Both say whether there is anything else to list than before.
function takeOne(data) {
  const shape = (pdu) => pdu && JSON.stringify([pdu.order, pdu.text, pdu.outlets.map((one) => [one.key, one.text, one.limit])]);
  const before = store.pdus.get(data.name);
  const was = shape(before);
  for (const old of before?.outlets ?? []) {
    if (!data.outlets.some((raw) => raw.outlet === old.outlet)) store.items.delete(old.key);
  }
  const pdu = takePDU(data);
  for (const item of pdu.outlets) store.items.set(item.key, item);
  return was !== shape(pdu);
}

function takeAway(name) {
  const pdu = store.pdus.get(name);
  for (const old of pdu?.outlets ?? []) store.items.delete(old.key);
  return store.pdus.delete(name);
}

// The outlets that a load or a group leads to.
export function outletsOf(item) {
  if (item.kind === "outlet") return [item];
  return item.members.flatMap((id) => {
    const load = id.startsWith("load:") ? store.items.get(id) : null;
    if (load) return outletsOf(load);
    const outlet = store.items.get(id);
    return outlet ? [outlet] : [];
  });
}

function sum(item) { // what a load or a group is and draws, by its outlets
  const outlets = outletsOf(item);
  const total = (quantity) => {
    const known = outlets.map((one) => one.measurements[quantity]).filter((value) => value !== undefined);
    return known.length ? known.reduce((all, value) => all + value, 0) : undefined;
  };
  item.measurements = { power: total("power"), current: total("current") };
  if (item.kind === "group") {
    const states = new Set(outlets.map((one) => one.state));
    item.state = states.size === 1 ? [...states][0] : states.has(undefined) ? undefined : "MIXED";
    item.online = outlets.length ? outlets.every((one) => one.device.online !== false) : undefined;
  }
}

function touched(outlet) {
  tell(outlet.key);
  for (const item of outlet.wholes ?? []) { sum(item); tell(item.key); }
}

// What state is shown: what the device said, unless nobody can tell now.
export function shownState(item) {
  const online = item.kind === "outlet" ? item.device.online : item.online;
  if (online === false) return "offline";
  return item.state === "ON" ? "on" : item.state === "OFF" ? "off" : item.state === "MIXED" ? "mixed" : "unknown";
}

// ---- Health: every part that has to be there for what is shown to be true.

export function late(pdu) {
  if (pdu.online === false || !pdu.readAt) return null;
  const seconds = (Date.now() - pdu.readAt) / 1000;
  return seconds > Math.max(3 * pdu.poll_s, pdu.poll_s + 15) ? seconds : null;
}

export function troubles() {
  if (store.cutSince) return [{ what: "agent", since: store.cutSince }];
  const found = [];
  const { agent } = store;
  if (!agent) return found;
  if (!agent.broker.connected) found.push({ what: "broker", text: agent.broker.address, since: store.brokerSince });
  if (agent.journal_failure) found.push({ what: "journal", text: agent.journal_failure });
  if (agent.knows_agents === false) found.push({ what: "others" });
  for (const one of agent.agents ?? []) {
    if (one.name === agent.id) continue; // it has said so itself
    if (one.online === false) found.push({ what: "peer", text: one.name });
    if (one.journal_failure) found.push({ what: "journal", text: one.name + ": " + one.journal_failure });
  }
  if (agent.audit_lost) found.push({ what: "audit", text: String(agent.audit_lost) });
  for (const pdu of store.pdus.values()) {
    if (pdu.online === false) found.push({ what: "offline", pdu, since: pdu.since, text: pdu.problem });
    else if (pdu.online === undefined) found.push({ what: "unasked", pdu });
    else if (late(pdu) !== null) found.push({ what: "late", pdu, since: new Date(pdu.readAt) });
  }
  return found;
}

async function watchAgent() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    if (store.cutSince || document.hidden) continue;
    try { takeAgent(await get("api/v1/agent")); } catch { /* the events tell when it is away */ }
  }
}

function takeAgent(agent, isQuiet) {
  const was = store.agent && stuckSince() !== null;
  if (agent.broker.connected) store.brokerSince = null; else store.brokerSince ??= new Date();
  store.agent = agent;
  if (isQuiet) return;
  tell("health");
  if (was !== (stuckSince() !== null)) tell("cut");
}

// ---- Events

const silence = 40000; // the agent says something every 15 s

export async function follow() {
  watchAgent();
  let pause = 1000;
  for (;;) {
    try {
      const stop = new AbortController();
      let alarm = setTimeout(() => stop.abort(), silence);
      const answer = await ask("api/v1/events", { signal: stop.signal });
      if (!answer.ok) throw new Error("events: " + answer.status);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        clearTimeout(alarm);
        alarm = setTimeout(() => stop.abort(), silence);
        const parts = (text + value).split("\n\n");
        text = parts.pop();
        for (const part of parts) await take(part);
        pause = 1000;
      }
      clearTimeout(alarm);
    } catch { /* told below */ }
    store.cutSince ??= new Date();
    tell("cut");
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

async function take(part) {
  const match = /^event: (\w+)\ndata: (.*)$/.exec(part);
  if (!match) return;
  const data = JSON.parse(match[2]);
  switch (match[1]) {
    case "hello":
    case "dropped":
      await load();
      store.cutSince = null;
      tell("cut");
      await findLost();
      return;
    case "changed":
      if (!data.pdu) { load().catch(() => {}); return; }
      changed.add(data.pdu);
      askForChanged();
      return;
    case "health":
      get("api/v1/agent").then((agent) => takeAgent(agent)).catch(() => {});
      return;
    case "load": {
      const item = store.items.get("load:" + data.load);
      if (!item) return;
      item.state = data.state ?? item.state;
      item.online = data.online ?? item.online;
      tell(item.key);
      return;
    }
    case "availability": {
      const pdu = store.pdus.get(data.pdu);
      if (!pdu) return;
      Object.assign(pdu, { online: data.online, problem: data.reason, since: data.at });
      say((pdu.label ?? pdu.name) + " " + t(data.online ? "answers again" : "does not answer"));
      for (const outlet of pdu.outlets) tell(outlet.key);
      tell(pdu.key);
      tell("health");
      tell("happened", data);
      return;
    }
    case "telemetry": {
      const pdu = store.pdus.get(data.pdu);
      if (!pdu) return;
      pdu.readAt = Date.now();
      pdu.measurements = data.measurements;
      for (const outlet of pdu.outlets) {
        const measured = data.outlets[outlet.outlet];
        if (!measured && !Object.keys(outlet.measurements).length) continue;
        outlet.measurements = measured ?? {};
        tell(outlet.key);
      }
      for (const item of new Set(pdu.outlets.flatMap((outlet) => outlet.wholes ?? []))) { sum(item); tell(item.key); }
      tell(pdu.key);
      tell("measured", data);
      return;
    }
    case "state": {
      const item = store.items.get(data.pdu + "/" + data.outlet);
      if (!item) { changed.add(data.pdu); askForChanged(); return; }
      item.state = data.state;
      if (data.previous) item.changed = { at: data.at, own: data.own, heard: Date.now() };
      touched(item);
      tell("happened", data);
      return;
    }
    case "result":
    case "load_result": {
      const item = store.items.get(data.pdu + "/" + data.outlet);
      const lasted = Date.parse(data.finished_at) - Date.parse(data.received_at);
      // Where nobody said whether a command did it, one that ends right after did.
      const isOf = (change) => change && !change.by && (change.own ?? (!data.plan && Date.now() - change.heard < lasted + 2000));
      if (data.status === "done" && isOf(item?.changed)) Object.assign(item.changed, { own: true, by: data.by });
      for (const feed of data.feeds ?? []) {
        const fed = store.items.get(feed.pdu + "/" + feed.outlet);
        if (feed.status === "done" && isOf(fed?.changed)) Object.assign(fed.changed, { own: true, by: data.by });
      }
      if (item) tell(item.key);
      finish(data.id, data);
      tell("happened", data);
    }
  }
}

// ---- Commands: sent at once, answered by an event with the same id.

const underWay = new Map(); // id -> { item, told }
let atOnce = 0;
const queue = [];

function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "page-" + [...bytes].map((byte) => byte.toString(36).padStart(2, "0")).join("");
}

export function pathOf(item) {
  if (item.kind === "outlet") return "api/v1/pdus/" + encodeURIComponent(item.pdu) + "/outlets/" + item.outlet;
  return "api/v1/" + item.kind + "s/" + encodeURIComponent(item.id);
}

async function post(item, order, more) {
  return ask(pathOf(item) + "/command", { method: "POST", headers: { "Content-Type": "application/json", ...more },
    body: JSON.stringify(order) });
}

export async function preview(item, order) {
  const answer = await post(item, { ...order, dry_run: true });
  if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) {
    return { status: "rejected", error: { message: (await answer.text()).trim() } };
  }
  return answer.json();
}

// Sends a command; `told` hears what becomes of it: { kind: wait, done or bad, text, members }.
export function send(item, order, told) {
  const by = localStorage.getItem("by");
  const whole = { ...order, id: newID() };
  if (by) whole.by = by;
  const tellIt = (outcome) => {
    item.outcome = outcome;
    tell(item.key);
    told?.(outcome);
  };
  underWay.set(whole.id, { item, told: tellIt });
  tellIt({ kind: "wait", action: order.action, text: t("{action} sent, waiting for the device", { action: order.action }) });
  queue.push(() => deliver(item, whole, tellIt));
  drain();
}

async function drain() {
  while (atOnce < 4 && queue.length) {
    atOnce += 1;
    queue.shift()().finally(() => { atOnce -= 1; drain(); });
  }
}

async function deliver(item, order, told) {
  try {
    const answer = await post(item, order, { Prefer: "respond-async" });
    if (!(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) {
      underWay.delete(order.id);
      return told({ kind: "bad", text: t("refused: {why}", { why: (await answer.text()).trim() }) });
    }
    const result = await answer.json();
    if (!result.pending) finish(order.id, result);
  } catch {
    if (underWay.has(order.id)) told({ kind: "bad", text: t("no answer: whether it was taken is not known") });
  }
}

function finish(id, result) {
  const one = id && underWay.get(id);
  if (!one) return;
  // Members of a group have its id too: the whole is what counts.
  if (one.item.kind === "group" ? !result.group : one.item.kind === "load" ? !result.load
    : result.outlet !== one.item.outlet || result.pdu !== one.item.pdu) return;
  underWay.delete(id);
  const outcome = outcomeOf(result);
  one.told(outcome);
  say(targetOf(one.item) + ": " + outcome.text);
  if (outcome.kind === "done") setTimeout(() => dismiss(one.item, outcome), 8000);
}

export function dismiss(item, outcome = item.outcome) {
  if (item.outcome !== outcome) return;
  item.outcome = undefined;
  tell(item.key);
}

// After the agent was away: what became of commands, the audit trail knows.
async function findLost() {
  if (!underWay.size) return;
  // Of what others have there is no audit trail here; an answer that comes later still counts.
  for (const one of underWay.values()) {
    if (isElsewhere(one.item)) one.told({ kind: "bad", text: t("cut off meanwhile: how it ended is not known") });
  }
  if (isOfBroker()) return;
  try {
    const { entries } = await get("api/v1/log?limit=500");
    for (const entry of entries) {
      const one = entry.kind === "command" && entry.id && underWay.get(entry.id);
      if (!one || one.item.kind !== "outlet") continue;
      finish(entry.id, { ...entry, pdu: one.item.pdu, outlet: one.item.outlet, state: entry.after,
        error: entry.message && { message: entry.message } });
    }
  } catch { /* it is looked for again after the next time */ }
}

export function outcomeOf(result) {
  const members = (result.outlets ?? result.feeds ?? []).map((one) => ({
    kind: one.status === "done" ? "done" : "bad",
    text: one.pdu + "/" + one.outlet + ": " + (one.status === "done" ? one.state ?? t("done")
      : t(one.status ?? "left alone") + (one.error ? ": " + one.error.message : "")),
  }));
  for (const one of result.loads ?? []) {
    members.push({ kind: one.status === "done" ? "done" : "bad", text: t("load") + " " + one.load + ": "
      + (one.status === "done" ? one.state ?? t("done") : t(one.status) + (one.error ? ": " + one.error.message : "")) });
  }
  if (result.status === "done") {
    const device = result.device_ms === undefined ? "" : " · " + Math.round(result.device_ms) + " ms";
    return { kind: "done", members, text: t("done") + (members.length ? ": " + t("{n} outlets", { n: members.length })
      : result.state ? ": " + result.state : "") + device };
  }
  const good = members.filter((one) => one.kind === "done").length;
  const why = result.error?.message ?? (members.length
    ? t("{n} of {all} outlets done", { n: good, all: members.length }) : "");
  return { kind: "bad", status: result.status, members, text: t(result.status) + (why ? ": " + why : "") };
}
