"use strict";
// One outlet or PDU in detail: what it measures, what it drew, and what happened to it. The fragment of the address says
// which, as #outlet/bench/1 or #pdu/bench, so that it can be linked to.

let detail = null; // { pdu, outlet, plot, entries, … } while it is open
const logPage = 50;
const units = { current: ["Current", "A"], voltage: ["Voltage", "V"], power: ["Power", "W"],
  apparent_power: ["Apparent power", "VA"], power_factor: ["Power factor", ""], energy: ["Energy", "Wh"],
  frequency: ["Frequency", "Hz"], temperature: ["Temperature", "°C"], humidity: ["Humidity", "%"] };

const linkTo = (pdu, outlet) => "#" + (outlet === undefined ? "pdu/" : "outlet/") + encodeURIComponent(pdu)
  + (outlet === undefined ? "" : "/" + outlet);

function wantedDetail() {
  const parts = location.hash.slice(1).split("/");
  try {
    if (parts[0] === "pdu" && parts.length === 2) return { pdu: decodeURIComponent(parts[1]) };
    if (parts[0] === "outlet" && parts.length === 3) return { pdu: decodeURIComponent(parts[1]), outlet: Number(parts[2]) };
  } catch { /* no name of anything */ }
  return null;
}

function followFragment() {
  const wanted = wantedDetail();
  if (!wanted) { if (detail) byId("detail").close(); return; }
  if (detail && detail.pdu === wanted.pdu && detail.outlet === wanted.outlet) return;
  openDetail(wanted);
}

function openDetail(wanted) {
  const data = pdus.get(wanted.pdu)?.data;
  const outlet = data?.outlets.find((one) => one.outlet === wanted.outlet);
  const isKnown = data && (wanted.outlet === undefined || outlet);
  const name = outlet ? title(outlet) : data?.label ?? wanted.pdu;
  const path = "api/v1/pdus/" + encodeURIComponent(wanted.pdu) + (outlet ? "/outlets/" + outlet.outlet : "");
  detail = { ...wanted, isKnown, path, entries: [], plot: plotView(name), drawnAt: 0 };
  byId("detail-body").hidden = !isKnown;
  byId("detail-plot").replaceChildren(detail.plot.figure);
  byId("detail-filter").value = "";
  byId("detail-log").replaceChildren();
  byId("detail-log-note").textContent = "";
  byId("detail-older").hidden = true;
  byId("detail-buttons").replaceChildren();
  if (outlet) {
    const target = name + " (" + outlet.pdu + "/" + outlet.outlet + ")";
    byId("detail-buttons").append(buttons(target, (action) => switchOutlet(outlet, action, target)));
  }
  if (!byId("detail").open) byId("detail").showModal();
  byId("detail").scrollTop = 0;
  if (!isKnown) {
    setText(byId("detail-title"), "There is no " + wanted.pdu + (wanted.outlet === undefined ? "" : "/" + wanted.outlet));
    setText(byId("detail-about"), "This agent has no such " + (wanted.outlet === undefined ? "PDU" : "outlet") + ".");
    byId("detail-state").hidden = true;
    return;
  }
  showDetail();
  loadPower();
  loadLog();
}

function detailOutlet() { return pdus.get(detail.pdu)?.data.outlets.find((one) => one.outlet === detail.outlet); }

function showDetail() {
  if (!detail?.isKnown) return;
  const data = pdus.get(detail.pdu)?.data;
  const outlet = detailOutlet();
  if (!data || (detail.outlet !== undefined && !outlet)) return;
  setText(byId("detail-title"), outlet ? title(outlet) : data.label ?? data.name);
  const state = byId("detail-state");
  state.hidden = false;
  if (outlet) showState(state, outlet); else showOnline(state, data);
  const change = outlet?.changed;
  setText(byId("detail-about"), [outlet ? outlet.pdu + "/" + outlet.outlet : data.name,
    outlet?.protected ? "protected" : null, outlet?.off_forbidden ? "never off" : null,
    outlet ? data.label : data.driver, data.model, data.location,
    data.online === false ? "does not answer: " + (data.problem ?? "") : null,
    change ? changeText(change) : null].filter(Boolean).join(" · "));
  tellIn(byId("detail-outcome"), outlet?.outcome);
  const measured = (outlet ?? data).measurements;
  const list = byId("detail-measured");
  const parts = Object.keys(units).filter((key) => measured[key] !== undefined).map((key) => {
    const [name, unit] = units[key];
    const value = measured[key].toLocaleString([], { maximumFractionDigits: key === "energy" ? 0 : 2 });
    return [name, value + (unit ? " " + unit : "")];
  });
  const text = JSON.stringify(parts);
  if (list.dataset.shown !== text) {
    list.dataset.shown = text;
    list.replaceChildren(...parts.map(([name, value]) => {
      const pair = make("div");
      pair.append(make("dt", "dim", name), make("dd", "", value));
      return pair;
    }));
  }
  byId("detail").classList.toggle("old", data.online === false);
}

async function loadPower() {
  const mine = detail;
  mine.drawnAt = Date.now();
  try {
    const history = await get(mine.path + "/history");
    if (detail !== mine) return;
    const now = (detailOutlet() ?? pdus.get(mine.pdu)?.data)?.measurements.power;
    drawPlot(mine.plot, history, pdus.get(mine.pdu)?.data.online === false ? undefined : now);
  } catch { /* it is asked for again with the next reading */ }
}

function logPath(mine, more) {
  const filter = byId("detail-filter").value;
  return mine.path + "/log?limit=" + logPage + (filter ? "&status=" + filter : "") + (more ?? "");
}

async function loadLog(isOlder) {
  const mine = detail;
  const last = mine.entries[mine.entries.length - 1];
  try {
    const { entries } = await get(logPath(mine, isOlder && last ? "&before=" + last.number : ""));
    if (detail !== mine) return;
    if (isOlder) mine.entries.push(...entries);
    else {
      // What was shown of older times stays.
      const oldest = entries.length ? entries[entries.length - 1].number : Infinity;
      mine.entries = entries.concat(entries.length < logPage ? [] : mine.entries.filter((one) => one.number < oldest));
    }
    if (isOlder || mine.entries.length <= logPage) byId("detail-older").hidden = entries.length < logPage;
    setText(byId("detail-log-note"), mine.entries.length ? "" : "Nothing is written down.");
    showLog(mine);
  } catch (error) {
    setText(byId("detail-log-note"), "The audit trail cannot be read now: " + error.message);
  }
}

function showLog(mine) {
  const shown = new Map([...byId("detail-log").children].map((item) => [item.dataset.number, item]));
  byId("detail-log").replaceChildren(...mine.entries.map((entry) => shown.get(String(entry.number)) ?? logItem(entry)));
}

function logItem(entry) {
  const item = make("li");
  item.dataset.number = entry.number;
  const time = make("time", "dim", new Date(entry.time).toLocaleString([], { dateStyle: "short", timeStyle: "medium" }));
  time.dateTime = entry.time;
  const isGood = entry.status === "done" || entry.status === "online";
  const pill = make("span", "pill" + (isGood ? " on" : entry.status === "seen" ? "" : " bad"), entry.status);
  const where = detail.outlet === undefined && entry.outlet !== undefined ? "outlet " + entry.outlet + ": " : "";
  const what = { command: (entry.action ?? "a command") + (entry.by ? " by " + entry.by : ""),
    change: "changed at the device", availability: entry.status === "online" ? "answers" : "does not answer" }[entry.kind];
  const states = entry.after ? ": " + (entry.before && entry.before !== entry.after ? entry.before + " → " : "")
    + entry.after : "";
  const text = make("span", "log-what", where + what + states);
  const more = [entry.target ? "for " + entry.target : null, entry.reason ? "because: " + entry.reason : null,
    entry.message, entry.device_ms === undefined ? null : "device: " + Math.round(entry.device_ms) + " ms"].filter(Boolean);
  item.append(time, pill, text);
  if (more.length) item.append(make("span", "dim log-more", more.join(" · ")));
  return item;
}

// Something happened: what is open is brought up to date.
function tellDetail(name, data) {
  if (!detail?.isKnown || data.pdu !== detail.pdu) return;
  if (name === "telemetry" || name === "availability") {
    if (name === "availability" || Date.now() - detail.drawnAt > 10000) loadPower();
  }
  const concerns = detail.outlet === undefined || data.outlet === undefined || data.outlet === detail.outlet;
  if (name === "telemetry" || !concerns) return;
  clearTimeout(detail.logTimer);
  detail.logTimer = setTimeout(() => { if (detail) loadLog(); }, 100);
}

function refreshDetail() { // after everything was asked for again
  followFragment();
  if (!detail?.isKnown) return;
  showDetail();
  loadPower();
  loadLog();
}

function startDetail() {
  const dialog = byId("detail");
  dialog.addEventListener("close", () => {
    detail = null;
    if (wantedDetail()) history.pushState(null, "", location.pathname + location.search);
  });
  byId("detail-close").addEventListener("click", () => dialog.close());
  byId("detail-older").addEventListener("click", () => loadLog(true));
  byId("detail-filter").addEventListener("change", () => { detail.entries = []; loadLog(); });
  addEventListener("hashchange", followFragment);
}
