// Devices of the configuration: from nothing to a switched outlet, and later adding, naming and removing them.
import { button, byId, loadWords, make, say, setText, t } from "./util.js";
import { ask, outcomeOf } from "./store.js";

let state = null; // what the agent says of its configuration
const made = { broker: null, devices: [] }; // what a set-up has so far

async function call(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try { answer = await ask("api/v1/setup" + path, options); } catch { throw new Error(t("no answer of the agent")); }
  if (!answer.ok) throw new Error((await answer.text()).trim() || String(answer.status));
  return answer.json();
}

// ---- One step after the other

const isNew = () => state?.mode === "new";
const steps = ["Broker", "Device", "Names", "Look it over", "Try it"];

function show(number, title, ...parts) {
  const list = byId("steps");
  list.hidden = !isNew();
  list.replaceChildren(...steps.map((text, index) => {
    const one = make("li", index < number ? "is-past" : "", t(text));
    if (index === number) one.setAttribute("aria-current", "step");
    return one;
  }));
  complain("");
  setText(byId("title"), title);
  byId("step").replaceChildren(...parts.filter(Boolean));
  byId("title").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function complain(text) {
  byId("trouble").hidden = !text;
  setText(byId("trouble"), text);
  if (text) byId("trouble").scrollIntoView({ block: "nearest" });
}

// While something is asked, its button says so and cannot be pressed twice.
async function during(press, text, body) {
  const before = press.textContent;
  press.disabled = true;
  setText(press, text);
  complain("");
  try { return await body(); } catch (problem) { complain(problem.message); return undefined; } finally {
    press.disabled = false;
    setText(press, before);
  }
}

function field(label, more = {}) {
  const box = make("label", "field");
  const input = Object.assign(make("input"), { type: "text", autocomplete: "off", spellcheck: false, ...more });
  box.append(make("span", "", label), input);
  box.input = input;
  return box;
}

function choice(label, options) {
  const box = make("label", "field");
  const select = make("select");
  for (const [value, text] of options) select.append(Object.assign(make("option", "", text), { value }));
  box.append(make("span", "", label), select);
  box.input = select;
  return box;
}

function form(parts, press, text, body) {
  const one = make("form", "setup-form");
  const menu = make("div", "setup-menu");
  const go = make("button", "primary", press);
  menu.append(go);
  one.append(...parts, menu);
  one.menu = menu;
  one.go = go;
  one.addEventListener("submit", (event) => { event.preventDefault(); during(go, text, body); });
  return one;
}

// ---- The broker

function showBroker() {
  const found = state.brokers.find((one) => one.works);
  const known = made.broker ?? { address: (found ?? state.brokers[0]).address };
  const address = field(t("Address of the broker"), { value: known.address, required: true });
  const user = field(t("User name, where it wants one"), { value: known.username ?? "" });
  const password = field(t("Password"), { type: "password", value: known.password ?? "" });
  const verdict = make("p", "verdict");
  verdict.setAttribute("role", "status");
  const told = (works, text) => { verdict.className = "verdict " + (works ? "good" : "bad"); setText(verdict, text); };
  if (found) told(true, t("A broker answers at {address}.", { address: found.address }));
  else told(false, t("No broker answers on this machine. On Debian: apt install mosquitto. Or enter the address of another one."));
  const box = form([make("p", "dim", t("The broker is where commands come from and states go to.")), address, row(user, password), verdict],
    t("Try it and go on"), t("trying…"), async () => {
      const broker = { address: address.input.value.trim() };
      if (user.input.value.trim()) Object.assign(broker, { username: user.input.value.trim(), password: password.input.value });
      const trial = await call("/broker", broker);
      if (!trial.works) {
        anyway.hidden = false;
        return told(false, trial.problem);
      }
      made.broker = broker;
      showDevice();
    });
  const anyway = button("quiet", t("Take it all the same"), () => {
    made.broker = { address: address.input.value.trim(), username: user.input.value.trim() || undefined, password: password.input.value || undefined };
    showDevice();
  });
  anyway.hidden = true;
  box.menu.prepend(anyway);
  show(0, t("Which broker?"), box);
}

function row(...parts) {
  const box = make("div", "fields");
  box.append(...parts);
  return box;
}

// ---- A device: asked by its address, or looked for in a network

function showDevice(host = "") {
  const address = field(t("Address of the PDU or strip"), { value: host, required: true, placeholder: "192.0.2.20" });
  const kind = choice(t("What opens it"), [["", t("what devices are sold with")], ["strip", t("password of an EnerGenie strip")],
    ["2c", t("SNMP community")], ["3", t("SNMP version 3, user")]]);
  const secret = (label) => field(label, { type: "password" });
  const parts = {
    password: secret(t("Password of the strip (1 when it is new)")), community: secret(t("Community for reading")),
    write: secret(t("Community for switching, where it is another one")), user: field(t("User")),
    auth: choice(t("Authentication"), ["SHA", "SHA-256", "SHA-512", "SHA-224", "SHA-384", "MD5"].map((one) => [one, one])),
    passphrase: secret(t("Its passphrase")),
    privacy: choice(t("Encryption"), [["AES", "AES"], ["AES-192", "AES-192"], ["AES-256", "AES-256"], ["DES", "DES"], ["", t("none")]]),
    other: secret(t("Its passphrase, where it is another one")),
  };
  const wanted = { "": [], strip: ["password"], "2c": ["community", "write"], 3: ["user", "auth", "passphrase", "privacy", "other"] };
  const choose = () => { for (const [name, box] of Object.entries(parts)) box.hidden = !wanted[kind.input.value].includes(name); };
  kind.input.addEventListener("change", choose);
  choose();
  const tried = make("ul", "dim tried");
  const value = (name) => parts[name].input.value || undefined;
  const box = form([address, kind, row(...Object.values(parts)), tried], t("Ask it what it is"), t("asking…"), async () => {
    const order = { host: address.input.value.trim() };
    if (kind.input.value === "strip") order.password = value("password") ?? "1";
    if (kind.input.value === "2c") order.snmp = { community: value("community"), write_community: value("write") };
    if (kind.input.value === "3") {
      order.snmp = { user: value("user"), auth_protocol: value("auth"), auth_passphrase: value("passphrase"),
        privacy_protocol: value("privacy"), privacy_passphrase: value("other") };
    }
    const found = await call("/probe", order);
    tried.replaceChildren(...(found.id ? [] : found.tried.concat(found.notes)).map((line) => make("li", "", line)));
    if (found.id) return showNames(found);
    if (found.needs_password) {
      const again = kind.input.value === "strip";
      kind.input.value = "strip";
      choose();
      parts.password.input.focus();
      return complain(again ? t("It is an EnerGenie strip, and this is not its password, or somebody is logged in there.")
        : t("It is an EnerGenie strip. Enter its password."));
    }
    complain(t("No device was recognised at {host}. Where it speaks SNMP, choose what opens it.", { host: order.host }));
  });
  if (!isNew()) box.menu.prepend(button("quiet", t("Back"), begin));
  else box.menu.prepend(button("quiet", t("Back"), () => (made.devices.length ? showNext() : showBroker())));
  show(1, t("Which device?"), box, lookBox());
}

function lookBox() {
  const box = make("section", "setup-look");
  const network = field(t("Network"), { value: state.networks[0] ?? "", placeholder: "192.0.2.0/24", required: true });
  const list = make("ul", "found");
  const bar = make("progress");
  bar.hidden = true;
  bar.setAttribute("aria-label", t("Hosts asked"));
  const told = make("p", "dim");
  told.setAttribute("role", "status");
  const look = form([make("h3", "", t("Or look through a network")), make("p", "dim", t("Asks every address of it, a /22 at most. It reads and never writes. Ask whoever runs a network first.")),
    network, bar, told, list], t("Look for devices"), t("looking…"), async () => {
    list.replaceChildren();
    let now = await call("/scan", { network: network.input.value.trim() });
    bar.hidden = false;
    while (now.running && box.isConnected) {
      bar.max = now.all;
      bar.value = now.done;
      setText(told, t("{done} of {all} hosts asked", now));
      await new Promise((resolve) => setTimeout(resolve, 400));
      now = await call("/found");
    }
    bar.hidden = true;
    setText(told, now.found.length ? t("{n} devices found", { n: now.found.length }) : t("No device was found."));
    list.replaceChildren(...now.found.map((one) => {
      const line = make("li");
      line.append(make("span", "name", one.host), make("span", "dim", one.model), button("", t("Take this one"), () => {
        showDevice(one.host);
        if (one.driver !== "energenie") byId("step").querySelector("form").requestSubmit();
      }, t("Take {host}", { host: one.host })));
      return line;
    }));
  });
  look.go.className = "";
  box.append(look);
  return box;
}

// ---- Its names

function outletRows(outlets) {
  const table = make("table", "outlets");
  const head = make("tr");
  for (const text of [t("Outlet"), t("State"), t("Name"), t("Protected")]) head.append(Object.assign(make("th", "", text), { scope: "col" }));
  const body = make("tbody");
  const rows = outlets.map((one) => {
    const line = make("tr");
    const label = Object.assign(make("input"), { type: "text", maxLength: 60, value: one.label ?? one.name ?? "", autocomplete: "off" });
    label.setAttribute("aria-label", t("Name of outlet {n}", { n: one.number }));
    const guard = Object.assign(make("input"), { type: "checkbox", checked: Boolean(one.protected) });
    guard.setAttribute("aria-label", t("Outlet {n} is protected", { n: one.number }));
    const cells = [make("th", "", String(one.number)), make("td"), make("td"), make("td")];
    cells[0].scope = "row";
    cells[1].append(make("span", "state is-" + ({ ON: "on", OFF: "off" }[one.state] ?? "unknown"), one.state ?? "?"));
    cells[2].append(label);
    cells[3].append(guard);
    line.append(...cells);
    return { line, read: () => ({ number: one.number, label: label.value.trim() || undefined, protected: guard.checked || undefined }) };
  });
  body.append(...rows.map((one) => one.line));
  const top = make("thead");
  top.append(head);
  table.append(top, body);
  const wrap = make("div", "outlets-box");
  wrap.append(table);
  wrap.read = () => rows.map((one) => one.read()).filter((one) => one.label || one.protected);
  return wrap;
}

function showNames(found) {
  const suggested = made.devices.some((one) => one.name === found.name) ? found.name + "-" + (made.devices.length + 1) : found.name;
  const name = field(t("Its name in topics and commands"), { value: suggested, required: true, maxLength: 64, pattern: "[A-Za-z0-9_\\-]{1,64}",
    title: t("1 to 64 of A-Z a-z 0-9 _ -") });
  const table = outletRows(found.outlets);
  const about = make("p", "verdict good", [found.model, found.firmware && t("firmware {version}", { version: found.firmware }), found.found].filter(Boolean).join(" · "));
  const notes = make("ul", "warnings");
  notes.append(...found.notes.map((text) => make("li", "", text)));
  if (found.maturity && found.maturity !== "hardware") notes.append(make("li", "", t("This model was not tried on a real device yet. Try it first with nothing important plugged in.")));
  const box = form([about, notes, name, make("p", "dim", t("A protected outlet is only switched by a command that says so.")), table],
    t("Go on"), "…", async () => {
      const one = { found: found.id, name: name.input.value.trim(), outlets: table.read() };
      if (!isNew()) return showDifference({ add: [one] }, () => showNames(found), one.name);
      made.devices.push(one);
      showNext();
    });
  box.menu.prepend(button("quiet", t("Back"), () => showDevice(found.host)));
  show(2, t("What are its outlets called?"), box);
}

// Another device, or that was all.
function showNext() {
  const list = make("ul", "found");
  list.append(...made.devices.map((one, index) => {
    const line = make("li");
    line.append(make("span", "name", one.name), make("span", "dim", t("{n} outlets named", { n: one.outlets.length })),
      button("quiet", t("Leave it out"), () => { made.devices.splice(index, 1); if (made.devices.length) showNext(); else showDevice(); }, t("Leave {name} out", { name: one.name })));
    return line;
  }));
  const box = form([list], t("That is all"), "…", () => showDifference({ broker: made.broker, add: made.devices }, showNext, made.devices[0].name));
  box.menu.prepend(button("", t("Another device"), () => showDevice()));
  show(2, t("Another device?"), box);
}

// ---- What would be written, and writing it

function differenceOf(lines) {
  const box = make("pre", "difference");
  box.tabIndex = 0;
  box.setAttribute("aria-label", t("The difference"));
  box.append(...lines.map((line) => make("span", "line-" + line.kind, { same: "  ", new: "+ ", old: "- " }[line.kind] + line.text + "\n")));
  return box;
}

async function showDifference(change, back, pdu) {
  const preview = await call("/preview", { change });
  const parts = preview.files.flatMap((file) => [make("h3", "path", file.path), differenceOf(file.lines)]);
  if (preview.secrets.length) {
    parts.push(make("p", "dim", t("Passwords go to files that only their owner may read:") + " " + preview.secrets.join(", ")));
  }
  const box = form(parts, t("Write it"), t("writing…"), async () => {
    const saved = await call("/save", { change, seen: preview.seen });
    say(t("Written."));
    if (isNew()) return showStart(pdu);
    if (change.add) return showSwitch(pdu);
    await begin();
    if (saved.waiting.length) complain(t("Changes under {names} take effect at the next start.", { names: saved.waiting.join(", ") }));
  });
  box.menu.prepend(button("quiet", t("Back"), back));
  show(3, t("This would be written"), box);
}

// ---- The agent starts; then an outlet is switched

async function showStart(pdu) {
  show(4, t("The agent starts…"), make("p", "dim", t("It connects to the broker and reads the device.")));
  sessionStorage.removeItem("token");
  byId("back").hidden = false;
  await showSwitch(pdu);
}

async function read(pdu) {
  const answer = await fetch("api/v1/pdus/" + encodeURIComponent(pdu), { cache: "no-store", headers: headers() });
  return answer.ok ? answer.json() : null;
}

const headers = (more) => {
  const token = sessionStorage.getItem("token");
  return token ? { ...more, Authorization: "Bearer " + token } : { ...more };
};

async function showSwitch(pdu) {
  let seen = null;
  for (let tries = 0; tries < 120 && !(seen?.online && seen.outlets.some((one) => one.state)); tries += 1) {
    try { seen = await read(pdu); } catch { /* it is not there yet */ }
    if (seen?.online === false && tries > 20) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  if (!seen) return complain(t("The agent does not answer. The terminal where it was started says why."));
  const list = make("ul", "found try");
  list.append(...seen.outlets.map((one) => {
    const line = make("li");
    const mark = make("span");
    const word = (value) => { mark.className = "state is-" + ({ ON: "on", OFF: "off" }[value] ?? "unknown"); setText(mark, value ?? "?"); };
    word(one.state);
    const told = make("span", "outcome");
    told.setAttribute("role", "status");
    const press = (action, text) => button("act big act-" + action.toLowerCase(), text, async (event) => {
      event.target.disabled = true;
      told.className = "outcome wait";
      setText(told, t("{action} sent, waiting for the device", { action }));
      try {
        const answer = await ask("api/v1/pdus/" + encodeURIComponent(pdu) + "/outlets/" + one.outlet + "/command",
          { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ action, reason: "first try" }) });
        const text = await answer.text();
        const outcome = (answer.headers.get("Content-Type") ?? "").startsWith("application/json") ? outcomeOf(JSON.parse(text)) : { kind: "bad", text };
        told.className = "outcome " + outcome.kind;
        setText(told, outcome.text);
        if (outcome.kind === "done") word(JSON.parse(text).state);
      } catch {
        told.className = "outcome bad";
        setText(told, t("no answer: whether it was taken is not known"));
      }
      event.target.disabled = false;
    }, text + " " + pdu + "/" + one.outlet);
    line.append(mark, make("span", "name", one.label ?? pdu + "/" + one.outlet), told);
    const buttons = make("span", "buttons");
    if (one.protected) buttons.append(make("span", "dim", t("protected")));
    else buttons.append(press("ON", t("On")), press("OFF", t("Off")));
    line.append(buttons);
    return line;
  }));
  const menu = make("div", "setup-menu");
  const onward = make("a", "button primary", t("To the outlets"));
  onward.href = "./";
  if (!isNew()) menu.append(button("", t("More devices"), begin));
  else {
    const more = make("a", "button", t("More devices"));
    more.href = "setup.html";
    more.addEventListener("click", (event) => { event.preventDefault(); location.replace("setup.html"); location.reload(); });
    menu.append(more);
  }
  menu.append(onward);
  show(4, t("Try it: switch an outlet"), seen.online === false ? make("p", "verdict bad", t("{pdu} does not answer", { pdu }) + (seen.problem ? ": " + seen.problem : "")) : null,
    make("p", "dim", t("Choose one with nothing important plugged in. What is shown is what the device was read back as.")), list, menu);
}

// ---- What there is, for later

function showPDUs() {
  const list = make("ul", "found");
  list.append(...state.pdus.map((pdu) => {
    const line = make("li");
    line.append(make("span", "name", pdu.name), make("span", "dim", [pdu.driver, pdu.host].filter(Boolean).join(", ")));
    if (pdu.own && !state.problem) {
      line.append(button("", t("Name outlets"), () => showNaming(pdu), t("Name the outlets of {pdu}", { pdu: pdu.name })),
        button("quiet danger", t("Remove"), (event) => during(event.target, "…", () => showDifference({ remove: [pdu.name] }, begin)), t("Remove {pdu}", { pdu: pdu.name })));
    } else line.append(make("span", "dim", t("by hand")));
    return line;
  }));
  const menu = make("div", "setup-menu");
  if (!state.problem) {
    const undo = button("quiet", t("Take the last change back"), () => during(undo, "…", () => showDifference({ undo: true }, begin)));
    if (state.undo?.length) menu.append(undo);
    menu.append(button("primary", t("Add a device"), () => showDevice()));
  }
  show(-1, t("Devices"), make("p", "dim", t("What is added here stands in {file}. Files that people wrote are not changed.", { file: state.page_file })), list, menu);
  if (state.problem) complain(state.problem);
}

async function showNaming(pdu) {
  const live = await read(pdu.name).catch(() => null);
  const numbers = new Map(pdu.outlets.map((one) => [one.number, one]));
  const outlets = (live?.outlets ?? []).map((one) => ({ number: one.outlet, state: one.state, label: one.label, protected: one.protected }));
  for (const [number, one] of numbers) if (!outlets.some((known) => known.number === number)) outlets.push(one);
  const table = outletRows(outlets.sort((a, b) => a.number - b.number));
  const box = form([table], t("Go on"), "…", () => showDifference({ outlets: [{ pdu: pdu.name, outlets: table.read() }] }, () => showNaming(pdu)));
  box.menu.prepend(button("quiet", t("Back"), begin));
  show(-1, t("The outlets of {pdu}", { pdu: pdu.name }), box);
}

async function begin() {
  try { state = await call(""); } catch (problem) { return complain(problem.message); }
  byId("back").hidden = isNew();
  if (!isNew()) return showPDUs();
  if (state.problem) {
    complain(state.problem);
    return;
  }
  showBroker();
}

async function start() {
  await loadWords();
  const token = location.hash.slice(1);
  if (token) { // the link of the terminal: good once, so it leaves the address at once
    history.replaceState(null, "", location.pathname + location.search);
    try {
      const { key } = await call("/claim", { token });
      sessionStorage.setItem("token", key);
    } catch { /* it was used already, perhaps by this tab: whether the agent knows us is seen below */ }
  }
  await begin();
}
start();
