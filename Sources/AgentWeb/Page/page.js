"use strict";
// The agent's page. Everything that comes from devices, brokers and people is put in as text, never as markup.

const byId = (id) => document.getElementById(id);
const pdus = new Map(); // name -> { data, view }
let groups = [];
let loads = [];
let agent = null;
let cutSince = null;
const openByDefault = 200; // with more outlets than this, PDUs start folded
const silence = 40000; // the agent says something every 15 s
const byNumber = new Intl.Collator("en", { numeric: true }); // rack2 comes before rack10
const most = 300; // rows shown of one PDU at a time

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// ---- The agent

function headers(more) {
  const token = sessionStorage.getItem("token");
  return token ? { ...more, Authorization: "Bearer " + token } : { ...more };
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: headers(options.headers), cache: "no-store" });
  if (answer.status === 401) {
    if ((answer.headers.get("WWW-Authenticate") ?? "").includes("login=")) { // people sign in on a page of its own
      location.assign("login.html" + location.hash);
      return new Promise(() => {});
    }
    await askForToken();
    return ask(path, options);
  }
  return answer;
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

async function get(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(path + ": " + answer.status);
  return answer.json();
}

async function load() {
  const [newAgent, newPDUs, newGroups, newLoads] = await Promise.all([
    get("api/v1/agent"), get("api/v1/pdus"), get("api/v1/groups"), get("api/v1/loads"),
  ]);
  loads = newLoads.loads;
  agent = newAgent;
  groups = newGroups.groups;
  const names = new Set(newPDUs.pdus.map((pdu) => pdu.name));
  for (const [name, pdu] of pdus) {
    if (!names.has(name)) { pdu.view.details.remove(); pdus.delete(name); }
  }
  const total = newPDUs.pdus.reduce((sum, pdu) => sum + pdu.outlets.length, 0);
  for (const data of newPDUs.pdus) {
    const known = pdus.get(data.name);
    if (known) {
      const outcomes = new Map(known.data.outlets.map((one) => [one.outlet, one.outcome]));
      for (const one of data.outlets) one.outcome = outcomes.get(one.outlet);
      known.data = data;
    } else pdus.set(data.name, { data, view: pduView(data, total <= openByDefault) });
  }
  showGroups();
  showLoads();
  show();
  refreshDetail();
}

async function follow() {
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
    sayCut();
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 15000);
  }
}

async function take(part) {
  const lines = part.split("\n");
  const line = (key) => lines.find((text) => text.startsWith(key))?.slice(key.length);
  const name = line("event: ");
  if (!name) return;
  const data = JSON.parse(line("data: ") ?? "{}");
  if (name === "hello" || name === "dropped") {
    await load();
    sayLive();
    return;
  }
  if (name === "load") {
    const changed = loads.find((one) => one.name === data.load);
    if (!changed) return;
    changed.state = data.state ?? changed.state;
    changed.online = data.online ?? changed.online;
    showLoadState(changed);
    return;
  }
  const pdu = pdus.get(data.pdu);
  if (!pdu) return;
  tellDetail(name, data);
  const outlet = pdu.data.outlets.find((one) => one.outlet === data.outlet);
  if (name === "availability") {
    pdu.data.online = data.online;
    pdu.data.problem = data.reason;
    say((pdu.data.label ?? data.pdu) + (data.online ? " answers again" : " does not answer"));
  } else if (name === "telemetry") {
    pdu.data.measurements = data.measurements;
    for (const one of pdu.data.outlets) one.measurements = data.outlets[one.outlet] ?? {};
  } else if (name === "state") {
    if (!outlet) return load();
    outlet.state = data.state;
    if (data.previous) outlet.changed = { at: data.at, own: data.own };
    say(title(outlet) + " is " + data.state);
  } else if (name === "result" && outlet) {
    if (data.status === "done" && outlet.changed?.own && !outlet.changed.by) outlet.changed.by = data.by;
    outlet.outcome = outcome(data);
  }
  later(pdu);
}

function sayCut() {
  cutSince ??= new Date();
  for (const cut of document.querySelectorAll(".cut")) { // also in what lies above the page
    cut.hidden = false;
    setText(cut, "Cut off from the agent since " + cutSince.toLocaleTimeString()
      + ". What is shown is old; nothing can be switched from here. Trying again…");
  }
  byId("link").textContent = "cut off";
  document.body.classList.add("stale");
  enable();
}

function sayLive() {
  cutSince = null;
  for (const cut of document.querySelectorAll(".cut")) cut.hidden = true;
  byId("link").textContent = "live";
  document.body.classList.remove("stale");
  enable();
}

function enable() {
  for (const button of document.querySelectorAll(".buttons button")) button.disabled = cutSince !== null;
}

function say(text) { byId("news").textContent = text; }

// ---- Commands

async function command(path, action, target, { force, sure }, tell) {
  if (sure && !(await confirmed(action, target, sure))) return;
  tell({ kind: "wait", text: action + " was sent; waiting for what the device says…" });
  const by = byId("by").value.trim();
  const order = { action };
  if (by) order.by = by;
  if (force) order.force = true;
  try {
    const answer = await ask(path, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
    });
    const type = answer.headers.get("Content-Type") ?? "";
    const told = type.startsWith("application/json")
      ? outcome(await answer.json())
      : { kind: "bad", text: "refused: " + (await answer.text()).trim() };
    tell(told);
    say(target + ": " + told.text);
  } catch {
    tell({ kind: "bad", text: "the answer was lost, so nobody here can tell whether it was done" });
  }
}

function outcome(result) {
  if (result.pending) return { kind: "wait", text: "still running: " + result.message };
  const members = (result.outlets ?? result.feeds ?? []).map((one) => ({
    kind: one.status === "done" ? "done" : "bad",
    text: one.pdu + "/" + one.outlet + ": " + (one.status === "done" ? one.state ?? "done"
      : (one.status ?? "left alone") + (one.error ? ": " + one.error.message : "")),
  }));
  for (const one of result.loads ?? []) {
    members.push({ kind: one.status === "done" ? "done" : "bad",
      text: "load " + one.load + ": " + (one.status === "done" ? one.state ?? "done"
        : one.status + (one.error ? ": " + one.error.message : "")) });
  }
  const good = members.filter((one) => one.kind === "done").length;
  if (result.status === "done") {
    const time = result.device_ms === undefined ? "" : " (device: " + Math.round(result.device_ms) + " ms)";
    const all = result.loads ? members.length + " outlets and loads"
      : result.outlets ? result.outlets.length + " outlets" : result.state ?? "";
    return { kind: "done", text: "done: " + all + time + (result.by ? ", by " + result.by : ""), members };
  }
  const why = result.error?.message ?? (members.length ? good + " of " + members.length + " outlets done" : "");
  return { kind: "bad", text: result.status + (why ? ": " + why : ""), members };
}

function confirmed(action, target, why) {
  return new Promise((resolve) => {
    const dialog = byId("confirm");
    byId("confirm-title").textContent = words[action] + " " + target + "?";
    byId("confirm-text").textContent = why;
    byId("confirm-yes").textContent = words[action];
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
    byId("confirm-no").focus();
  });
}

const words = { ON: "Switch on", OFF: "Switch off", CYCLE: "Cycle" };
const short = { ON: "On", OFF: "Off", CYCLE: "Cycle" };

function buttons(target, press) {
  const box = make("div", "buttons");
  for (const action of ["ON", "OFF", "CYCLE"]) {
    const button = make("button", "", short[action]);
    button.type = "button";
    button.dataset.action = action;
    button.setAttribute("aria-label", words[action] + " " + target);
    button.disabled = cutSince !== null;
    button.addEventListener("click", () => press(action));
    box.append(button);
  }
  return box;
}

// ---- What is shown

const title = (outlet) => outlet.label ?? outlet.pdu + " outlet " + outlet.outlet;

function showGroups() {
  byId("groups-section").hidden = groups.length === 0;
  byId("groups").replaceChildren(...groups.map((group) => {
    const row = make("li", "group row");
    row.dataset.group = group.name;
    const name = make("div");
    name.append(make("div", "name", group.label ?? group.name), make("div", "dim", group.outlets.join(", ")));
    const said = make("div", "outcome");
    said.setAttribute("role", "status");
    const target = "group " + (group.label ?? group.name);
    tellIn(said, groupOutcomes.get(group.name));
    row.append(name, buttons(target, (action) => {
      const guarded = group.outlets.filter((id) => outletOf(id)?.protected);
      const several = "This concerns " + group.outlets.length + " outlets: " + group.outlets.join(", ") + ".";
      const warned = guarded.length ? " Protected, so that nobody switches them by mistake: " + guarded.join(", ") + "." : "";
      const sure = action === "ON" && !guarded.length ? null : several + warned;
      const path = "api/v1/groups/" + encodeURIComponent(group.name) + "/command";
      command(path, action, target, { force: guarded.length > 0, sure }, (told) => {
        groupOutcomes.set(group.name, told);
        const place = [...byId("groups").children].find((one) => one.dataset.group === group.name);
        if (place) tellIn(place.querySelector(".outcome"), told);
      });
    }), said);
    return row;
  }));
}

const groupOutcomes = new Map();

function showLoads() {
  byId("loads-section").hidden = loads.length === 0;
  byId("loads").replaceChildren(...loads.map((one) => {
    const row = make("li", "group load row");
    row.dataset.load = one.name;
    const state = make("div");
    state.append(make("span", "pill"));
    const name = make("div");
    name.append(make("div", "name", one.label ?? one.name), make("div", "dim", one.feeds.join(", ")));
    const said = make("div", "outcome");
    said.setAttribute("role", "status");
    const target = "load " + (one.label ?? one.name);
    tellIn(said, loadOutcomes.get(one.name));
    row.append(state, name, buttons(target, (action) => {
      const guarded = one.feeds.filter((id) => outletOf(id)?.protected);
      const every = "This concerns everything that feeds it: " + one.feeds.join(", ") + ".";
      const warned = guarded.length ? " Protected, so that nobody switches them by mistake: " + guarded.join(", ") + "." : "";
      const sure = action === "ON" && !guarded.length ? null : every + warned;
      const path = "api/v1/loads/" + encodeURIComponent(one.name) + "/command";
      command(path, action, target, { force: guarded.length > 0, sure }, (told) => {
        loadOutcomes.set(one.name, told);
        const place = loadRow(one.name);
        if (place) tellIn(place.querySelector(".outcome"), told);
      });
    }), said);
    return row;
  }));
  for (const one of loads) showLoadState(one);
}

const loadOutcomes = new Map();
const loadRow = (name) => [...byId("loads").children].find((row) => row.dataset.load === name);

function showLoadState(one) {
  const pill = loadRow(one.name)?.querySelector(".pill");
  if (!pill) return;
  pill.textContent = one.online === false ? "offline" : one.state ?? "?";
  pill.className = "pill" + (one.online === false || one.state === "MIXED" ? " bad" : one.state === "ON" ? " on" : "");
}

function outletOf(id) {
  const slash = id.lastIndexOf("/");
  return pdus.get(id.slice(0, slash))?.data.outlets.find((one) => one.outlet === Number(id.slice(slash + 1)));
}

function tellIn(element, told) {
  if (element.told === told) return;
  element.told = told;
  element.className = "outcome " + (told?.kind ?? "");
  element.textContent = told?.text ?? "";
  if (!told?.members?.length) return;
  const list = make("ul", "members");
  list.append(...told.members.map((one) => make("li", "outcome " + one.kind, one.text)));
  element.append(list);
}

function pduView(data, isOpen) {
  const view = { details: make("details", "pdu"), rows: new Map() };
  view.details.open = isOpen;
  view.details.dataset.pdu = data.name;
  const summary = make("summary");
  view.name = make("span", "name");
  view.about = make("span", "dim");
  view.pill = make("span", "pill");
  view.count = make("span", "dim count");
  summary.append(view.name, view.pill, view.about, view.count);
  view.note = make("p", "note problem");
  view.warning = make("p", "note warning");
  view.list = make("ul", "rows");
  view.more = make("p", "note dim");
  const link = make("a", "", "Power and log of the PDU");
  link.href = linkTo(data.name);
  link.setAttribute("aria-label", "Power and log of " + (data.label ?? data.name));
  const last = make("p", "note last");
  last.append(link);
  view.details.append(summary, view.note, view.warning, view.list, view.more, last);
  view.details.addEventListener("toggle", () => later(pdus.get(data.name)));
  return view;
}

function rowView(outlet) {
  const row = make("li", "row");
  row.dataset.outlet = outlet.pdu + "/" + outlet.outlet;
  const view = { row, state: make("span", "pill"), name: make("div"), watts: make("div", "watts"),
    changed: make("div", "dim changed"), outcome: make("p", "outcome") };
  view.label = make("a", "name");
  view.label.href = linkTo(outlet.pdu, outlet.outlet);
  view.number = make("div", "dim");
  view.name.append(view.label, view.number);
  view.outcome.setAttribute("role", "status");
  const state = make("div");
  state.append(view.state);
  const target = title(outlet) + " (" + outlet.pdu + "/" + outlet.outlet + ")";
  row.append(state, view.name, view.watts, view.changed,
    buttons(target, (action) => switchOutlet(outlet, action, target)), view.outcome);
  return view;
}

function switchOutlet({ pdu, outlet: number }, action, target) {
  const now = () => pdus.get(pdu)?.data.outlets.find((one) => one.outlet === number);
  const guarded = now()?.protected ?? false;
  const path = "api/v1/pdus/" + encodeURIComponent(pdu) + "/outlets/" + number + "/command";
  const sure = guarded ? "This outlet is protected: somebody decided that it must not be switched by mistake." : null;
  command(path, action, target, { force: guarded, sure }, (told) => {
    const newest = now();
    if (!newest) return;
    newest.outcome = told;
    later(pdus.get(pdu));
  });
}

function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

function showState(pill, outlet) {
  setText(pill, outlet.state ?? "unread");
  pill.className = "pill" + (outlet.state === "ON" ? " on" : "");
}

function showOnline(pill, data) {
  setText(pill, data.online === undefined ? "asking" : data.online ? "online" : "offline");
  pill.className = "pill" + (data.online ? " on" : data.online === false ? " bad" : "");
}

function changeText(change) {
  return "changed " + new Date(change.at).toLocaleTimeString()
    + (change.own ? (change.by ? " by " + change.by : "") : " at the device");
}

function showRow(view, outlet) {
  showState(view.state, outlet);
  setText(view.label, outlet.label ?? "Outlet " + outlet.outlet);
  setText(view.number, outlet.pdu + "/" + outlet.outlet + (outlet.protected ? " · protected" : ""));
  const watts = outlet.measurements.power;
  setText(view.watts, watts === undefined ? "" : inWatts(watts));
  setText(view.changed, outlet.changed === undefined ? "" : changeText(outlet.changed));
  tellIn(view.outcome, outlet.outcome);
}

function matches(pdu, outlet, search, filter) {
  if (filter === "on" && outlet.state !== "ON") return false;
  if (filter === "off" && outlet.state !== "OFF") return false;
  if (filter === "unavailable" && pdu.online !== false) return false;
  if (search === "") return true;
  const text = [pdu.name, pdu.label, pdu.location, pdu.model, pdu.name + "/" + outlet.outlet, outlet.label].join(" ");
  return text.toLowerCase().includes(search);
}

function showPDU({ data, view }, search, filter) {
  const chosen = data.outlets.filter((outlet) => matches(data, outlet, search, filter));
  const isNeeded = chosen.length > 0 || (data.outlets.length === 0 && search === "" && filter === "all");
  view.details.hidden = !isNeeded;
  if (!isNeeded) return false;
  setText(view.name, data.label ?? data.name);
  const watts = data.measurements.power;
  setText(view.about, [data.label ? data.name : null, data.model, data.location,
    watts === undefined ? null : watts.toFixed(0) + " W"].filter(Boolean).join(" · "));
  showOnline(view.pill, data);
  view.details.classList.toggle("stale", data.online === false);
  const on = data.outlets.filter((outlet) => outlet.state === "ON").length;
  setText(view.count, on + " of " + data.outlets.length + " on");
  setText(view.note, data.online === false ? "Does not answer: " + (data.problem ?? "") + " The states are the last known." : "");
  view.note.hidden = data.online !== false;
  setText(view.warning, data.warnings.join("; "));
  view.warning.hidden = data.warnings.length === 0;
  if (!view.details.open) {
    if (view.rows.size > 0) { view.list.replaceChildren(); view.rows.clear(); }
    return true;
  }
  const shown = chosen.slice(0, most);
  const wanted = new Set(shown.map((outlet) => outlet.outlet));
  for (const [number, row] of view.rows) {
    if (!wanted.has(number)) { row.row.remove(); view.rows.delete(number); }
  }
  let before = null;
  for (const outlet of shown) {
    let row = view.rows.get(outlet.outlet);
    if (!row) {
      row = rowView(outlet);
      view.rows.set(outlet.outlet, row);
      if (before) before.after(row.row); else view.list.prepend(row.row);
    }
    showRow(row, outlet);
    before = row.row;
  }
  setText(view.more, chosen.length > most ? "and " + (chosen.length - most) + " more; search to see them" : "");
  view.more.hidden = chosen.length <= most;
  return true;
}

function choice() { return [byId("search").value.trim().toLowerCase(), byId("filter").value]; }

function show() {
  const [search, filter] = choice();
  const box = byId("pdus");
  if (search !== "") unfold(search, filter);
  let any = false;
  let before = null;
  for (const name of [...pdus.keys()].sort(byNumber.compare)) {
    const pdu = pdus.get(name);
    const place = before ? before.nextSibling : box.firstChild;
    if (place !== pdu.view.details) box.insertBefore(pdu.view.details, place);
    before = pdu.view.details;
    any = showPDU(pdu, search, filter) || any;
  }
  byId("nothing").hidden = any;
  summarize();
}

// A search that leaves few outlets shows them, also in PDUs that were folded.
function unfold(search, filter) {
  const found = [...pdus.values()].map((pdu) =>
    [pdu, pdu.data.outlets.filter((outlet) => matches(pdu.data, outlet, search, filter)).length]);
  if (found.reduce((sum, [, count]) => sum + count, 0) > 50) return;
  for (const [pdu, count] of found) { if (count > 0) pdu.view.details.open = true; }
}

function summarize() {
  let outlets = 0, on = 0, away = 0;
  for (const { data } of pdus.values()) {
    outlets += data.outlets.length;
    on += data.outlets.filter((outlet) => outlet.state === "ON").length;
    if (data.online === false) away += 1;
  }
  setText(byId("summary"), pdus.size + " PDUs, " + outlets + " outlets, " + on + " on"
    + (away ? ", " + away + " PDUs offline" : "") + (agent ? " · " + agent.version : ""));
}

const changed = new Set();
let planned = false;
let drawnAt = 0;
function later(pdu) { // one event at once, many in one drawing
  if (pdu) changed.add(pdu);
  if (planned) return;
  planned = true;
  setTimeout(() => {
    planned = false;
    drawnAt = performance.now();
    const [search, filter] = choice();
    for (const one of changed) showPDU(one, search, filter);
    if (detail && changed.has(pdus.get(detail.pdu))) showDetail();
    changed.clear();
    summarize();
  }, Math.max(0, drawnAt + 50 - performance.now()));
}

let typing;
byId("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(show, 120); });
byId("filter").addEventListener("change", show);
byId("by").value = localStorage.getItem("by") ?? "";
byId("by").addEventListener("change", () => localStorage.setItem("by", byId("by").value.trim()));
startDetail();
follow();
