// Begins: words, views, health, settings; and follows the agent.
import { age, amount, button, byId, loadWords, make, parameters, setParameters, setText, t, time } from "./util.js";
import { follow, isOfBroker, late, listen, store, stuckSince, troubles } from "./store.js";
import { readAddress, showList, startList } from "./list.js";
import { followFragment, startDetail } from "./detail.js";
import { logView, statusSelect } from "./log.js";
import { showWall } from "./wall.js";

// ---- Views

let activity = null;

function showView() {
  const asked = parameters().get("view");
  // The audit trail is with each agent; a page of all of them has none.
  const view = asked === "wall" || (asked === "activity" && !isOfBroker()) ? asked : "overview";
  for (const name of ["overview", "activity", "wall"]) byId(name).hidden = name !== view;
  for (const one of byId("views").children) {
    if (one.dataset.view === view) one.setAttribute("aria-current", "page"); else one.removeAttribute("aria-current");
  }
  document.body.dataset.view = view;
  showList(view === "overview");
  showWall(view === "wall");
  if (view === "activity" && store.agent && !activity) startActivity();
}

function startActivity() {
  const field = (name) => byId("log-" + name);
  const known = parameters();
  for (const name of ["by", "search"]) field(name).value = known.get("log_" + name) ?? "";
  statusSelect(field("status"), changed);
  field("status").value = known.get("log_status") ?? "";
  const terms = () => field("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  activity = logView(byId("activity-log"), {
    path: "api/v1/log",
    query: () => {
      const wanted = {};
      if (field("by").value.trim()) wanted.by = field("by").value.trim();
      if (field("status").value) wanted.status = field("status").value;
      for (const name of ["since", "until"]) if (field(name).value) wanted[name] = new Date(field(name).value).toISOString();
      return wanted;
    },
    wants: (entry) => {
      const key = entry.outlet !== undefined ? entry.pdu + "/" + entry.outlet : entry.pdu;
      const text = [key, store.items.get(key)?.text, store.pdus.get(entry.pdu)?.text, entry.by, entry.reason, entry.message, entry.target, entry.action, entry.id]
        .join(" ").toLowerCase();
      return terms().every((term) => text.includes(term));
    },
  });
  function changed() {
    setParameters({ log_by: field("by").value.trim(), log_status: field("status").value, log_search: field("search").value.trim() });
    activity.again();
  }
  for (const name of ["since", "until", "by"]) field(name).addEventListener("change", changed);
  field("search").addEventListener("input", () => { setParameters({ log_search: field("search").value.trim() }); activity.show(); });
}

// ---- Health in the head: live only when all of it is

// What the page cannot do without: the agent, or the program that serves it.
const server = () => (isOfBroker() ? t("the program that serves this page") : t("the agent"));

const troubleText = (one) => {
  const since = one.since ? " " + t("since {time}", { time: time(one.since) }) : "";
  switch (one.what) {
    case "agent": return t("cut off from {what}", { what: server() }) + since;
    case "peer": return t("the agent {name} is offline", { name: one.text });
    case "others": return t("the broker has not told yet what the other agents have");
    case "broker": return t("no connection to the broker") + (one.text ? " " + one.text : "") + since;
    case "journal": return t("the journal cannot be written, so cycles and delays are refused") + ": " + one.text;
    case "audit": return t("{n} entries of the audit trail could not be written", { n: one.text });
    case "offline": return (one.pdu.label ?? one.pdu.name) + " " + t("does not answer") + since + (one.text ? ": " + one.text : "");
    case "late": return (one.pdu.label ?? one.pdu.name) + " " + t("was last read {time}", { time: time(one.since) });
    default: return (one.pdu.label ?? one.pdu.name) + " " + t("was not asked yet");
  }
};

function showHealth() {
  const found = troubles();
  const pdus = found.filter((one) => one.pdu);
  const others = found.filter((one) => !one.pdu);
  const isBad = others.length || pdus.some((one) => one.what === "offline");
  const head = byId("health");
  head.className = "health " + (!store.agent ? "" : isBad ? "bad" : found.length ? "warn" : "good");
  setText(byId("health-text"), !store.agent && !store.cutSince ? t("connecting…") : !found.length ? t("live")
    : [...others.map((one) => ({ agent: t("cut off"), broker: t("no broker"), peer: t("{name} is offline", { name: one.text }), others: t("other agents not known"), journal: t("no journal"), audit: t("audit trail incomplete") })[one.what]),
      pdus.length ? t("{n} of {all} PDUs do not answer", { n: pdus.length, all: store.pdus.size }) : null].filter(Boolean).join(" · "));
  const cut = byId("cut");
  const stuck = stuckSince();
  cut.hidden = !stuck;
  setText(cut, !stuck ? "" : (store.cutSince ? t("Cut off from {what} since {time}.", { what: server(), time: time(stuck) })
    : t("No connection to the broker since {time}.", { time: time(stuck) })) + " "
    + t("What is shown is old; nothing can be switched from here. Trying again…"));
  document.body.classList.toggle("is-cut", Boolean(stuck));
  if (byId("health-dialog").open) showHealthDialog();
}

function showHealthDialog() {
  const dialog = byId("health-dialog");
  const title = make("h2", "", t("Health"));
  title.id = "health-title";
  title.tabIndex = -1;
  const list = make("dl", "facts");
  const fact = (name, text, kind) => {
    const pair = make("div", kind ?? "");
    pair.append(make("dt", "", name), make("dd", "", text));
    list.append(pair);
  };
  const { agent } = store;
  fact(t(isOfBroker() ? "This page" : "Agent"), store.cutSince ? t("cut off since {time}", { time: time(store.cutSince) })
    : agent ? t("version {version}, runs for {age}", { version: agent.version, age: age(agent.uptime_s) }) : "…", store.cutSince ? "bad" : "good");
  if (agent) {
    fact(t("Broker"), (agent.broker.connected ? t("connected") : t("not connected")) + (agent.broker.address ? ", " + agent.broker.address : "")
      + (agent.queued ? ", " + t("{n} messages wait", { n: agent.queued }) : ""), agent.broker.connected ? "good" : "bad");
    if (!isOfBroker()) fact(t("Journal"), agent.journal_failure ?? t("can be written"), agent.journal_failure ? "bad" : "good");
    if (!isOfBroker()) fact(t("Audit trail"), agent.audit_lost ? t("{n} entries of the audit trail could not be written", { n: agent.audit_lost }) : t("complete"), agent.audit_lost ? "bad" : "good");
    if (agent.knows_agents === false) fact(t("Other agents"), t("the broker has not told yet what the other agents have"), "bad");
    if (agent.agents) showPeers(agent.agents.filter((one) => one.name !== agent.id), fact);
  }
  const pdus = [...store.pdus.values()];
  const answering = pdus.filter((one) => one.online && late(one) === null);
  const oldest = Math.max(0, ...answering.map((one) => (one.readAt ? (Date.now() - one.readAt) / 1000 : 0)));
  fact(t("PDUs"), t("{n} of {all} answer", { n: answering.length, all: pdus.length })
    + (answering.length ? ", " + t("the oldest reading is {age} old", { age: age(oldest) }) : ""), answering.length === pdus.length ? "good" : "bad");
  const found = troubles().filter((one) => one.pdu);
  const lines = make("ul", "warnings");
  lines.append(...found.slice(0, 100).map((one) => {
    const line = make("li");
    const link = make("a", "", troubleText(one));
    link.href = "#pdu/" + one.pdu.name;
    link.addEventListener("click", () => dialog.close());
    line.append(link);
    return line;
  }));
  lines.hidden = !found.length;
  if (found.length > 100) lines.append(make("li", "", t("and {n} more", { n: found.length - 100 })));
  const menu = make("menu");
  menu.append(button("", t("Close"), () => dialog.close()));
  dialog.replaceChildren(title, list, lines, menu);
}

function showPeers(agents, fact) {
  const isBad = (one) => one.online !== true || one.journal_failure;
  for (const one of [...agents].sort((a, b) => Number(Boolean(isBad(b))) - Number(Boolean(isBad(a)))).slice(0, 40)) {
    fact(t("Agent {name}", { name: one.name }), (one.online === undefined ? t("has not said whether it is there") : t(one.online ? "online" : "offline"))
      + (one.version ? ", " + t("version {version}", { version: one.version }) : "")
      + (one.journal_failure ? ", " + t("the journal cannot be written, so cycles and delays are refused") + ": " + one.journal_failure : ""),
    isBad(one) ? "bad" : "good");
  }
  if (agents.length > 40) fact(t("Agents"), t("and {n} more", { n: agents.length - 40 }), "");
}

// ---- What all of it draws

function showSummary() {
  let on = 0;
  let all = 0;
  for (const item of store.items.values()) {
    if (item.kind !== "outlet") continue;
    all += 1;
    if (item.state === "ON") on += 1;
  }
  let watts = 0;
  let measures = false;
  for (const pdu of store.pdus.values()) {
    const own = pdu.measurements.power;
    const sum = own ?? (pdu.outlets.some((one) => one.measurements.power !== undefined)
      ? pdu.outlets.reduce((total, one) => total + (one.measurements.power ?? 0), 0) : undefined);
    if (sum === undefined) continue;
    measures = true;
    watts += sum;
  }
  const pdus = store.pdus.size;
  const agents = store.agent?.agents?.length;
  setText(byId("summary"), store.agent ? t(pdus === 1 ? "{on} of {all} outlets on, 1 PDU" : "{on} of {all} outlets on, {pdus} PDUs", { on, all, pdus })
    + (agents === undefined ? "" : agents === 1 ? t(", 1 agent") : t(", {n} agents", { n: agents }))
    + (measures ? " · " + amount("power", watts) : "") : "");
}

// ---- Settings and keys

function startOptions() {
  const dialog = byId("options");
  byId("by").value = localStorage.getItem("by") ?? "";
  byId("by").addEventListener("input", () => localStorage.setItem("by", byId("by").value.trim()));
  byId("language").value = localStorage.getItem("lang") ?? "";
  byId("language").addEventListener("change", () => {
    if (byId("language").value) localStorage.setItem("lang", byId("language").value); else localStorage.removeItem("lang");
    location.reload();
  });
  byId("options-open").addEventListener("click", () => dialog.showModal());
  const keys = [["↑ ↓ PgUp PgDn", "go through the list"], ["Enter", "open"], ["Space", "select; with Shift up to here"],
    ["o · f · c", "On · Off · Cycle"], ["/", "search"], ["Del", "take an outcome away that is read"]];
  byId("keys").replaceChildren(...keys.flatMap(([key, text]) => [make("dt", "", key), make("dd", "", t(text))]));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, select, textarea, dialog")) return;
  const box = byId(document.body.dataset.view === "activity" ? "log-search" : "search");
  event.preventDefault();
  box.focus();
  box.select();
});

let isSummed = false;
function sumLater() {
  if (isSummed) return;
  isSummed = true;
  // Of very many outlets the sum takes a moment, and nobody reads it four times a second.
  setTimeout(() => { isSummed = false; showSummary(); }, store.items.size > 20000 ? 2000 : 250);
}

async function begin() {
  await loadWords();
  startOptions();
  startList();
  startDetail();
  for (const one of byId("views").children) {
    one.addEventListener("click", () => { setParameters({ view: one.dataset.view === "overview" ? "" : one.dataset.view }); showView(); });
  }
  addEventListener("popstate", () => { readAddress(); showView(); });
  byId("health").addEventListener("click", () => {
    showHealthDialog();
    byId("health-dialog").showModal();
    byId("health-title").focus();
  });
  let isFirst = true;
  listen((what) => {
    if (what === "happened") activity?.happened();
    if (["all", "health", "cut"].includes(what)) showHealth();
    if (what !== "happened" && what !== "measured") sumLater();
    if (what === "all") {
      if (isFirst) {
        isFirst = false;
        for (const one of byId("views").children) if (one.dataset.view === "activity") one.hidden = isOfBroker();
        showView();
        showSummary();
        showHealth();
      } else activity?.happened();
      followFragment();
    }
  });
  setInterval(showHealth, 2000);
  showView();
  showHealth();
  follow();
}

begin();

