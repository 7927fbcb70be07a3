// Devices of the configuration: from nothing to a switched outlet, and later adding, naming and removing them.
import { button, byId, loadWords, make, setParameters, setText, t } from "./util.js";
import { ask, outcomeOf } from "./store.js";
import { area, call, choice, complain, during, field, form, isNew, listLine, listMenu, row, setup, show, showDifference } from "./setup-form.js";
import { showGroups, showLoads, showUsers } from "./setup-site.js";

const made = { broker: null, devices: [] }; // what a set-up has so far

// ---- The broker

function showBroker() {
  const found = setup.state.brokers.find((one) => one.works);
  const known = made.broker ?? { address: (found ?? setup.state.brokers[0]).address };
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
  const network = field(t("Network"), { value: setup.state.networks[0] ?? "", placeholder: "192.0.2.0/24", required: true });
  const list = make("ul", "found");
  const bar = make("progress");
  bar.hidden = true;
  bar.setAttribute("aria-label", t("Hosts asked"));
  const told = make("p", "dim");
  told.setAttribute("role", "status");
  // How far a look is, until it is over; then what it found.
  const follow = async (now) => {
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
  };
  const look = form([make("h3", "", t("Or look through a network")), make("p", "dim", t("Asks every address of it, a /22 at most. It reads and never writes. Ask whoever runs a network first.")),
    network, bar, told, list], t("Look for devices"), t("looking…"), async () => {
    list.replaceChildren();
    await follow(await call("/scan", { network: network.input.value.trim() }));
  });
  look.go.className = "";
  box.append(look);
  // One that was begun before, perhaps by a page that was left meanwhile.
  call("/found").then((now) => {
    if (!now.network || look.go.disabled) return;
    network.input.value = now.network;
    during(look.go, now.running ? t("looking…") : look.go.textContent, () => follow(now));
  }).catch(() => { /* there is none to follow */ });
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
      if (!isNew()) return showDifference({ add: [one] }, () => showNames(found), () => showSwitch(one.name));
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
  const box = form([list], t("That is all"), "…", () => showDifference({ broker: made.broker, add: made.devices }, showNext, () => showStart(made.devices[0].name)));
  box.menu.prepend(button("", t("Another device"), () => showDevice()));
  show(2, t("Another device?"), box);
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
  list.append(...setup.state.pdus.map((pdu) => listLine(pdu, "./#pdu/" + pdu.name, [pdu.driver, pdu.host].filter(Boolean).join(", "),
    button("", t("Name outlets"), () => showNaming(pdu), t("Name the outlets of {pdu}", { pdu: pdu.name })),
    button("quiet danger", t("Remove"), (event) => during(event.target, "…", () => showDifference({ remove: [pdu.name] }, begin)), t("Remove {pdu}", { pdu: pdu.name })))));
  show(-1, t("Devices"), make("p", "dim", t("What is added here stands in {file}. Files that people wrote are not changed.", { file: setup.state.page_file })), list,
    listMenu(button("primary", t("Add a device"), () => showDevice())));
  complain(setup.state.problem ?? "");
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
  try { setup.state = await call(""); } catch (problem) { return complain(problem.message); }
  byId("back").hidden = isNew();
  if (!isNew()) return { devices: showPDUs, groups: showGroups, loads: showLoads, users: showUsers }[area()]();
  if (setup.state.problem) {
    complain(setup.state.problem);
    return;
  }
  showBroker();
}
setup.begin = begin;
for (const one of byId("areas").children) {
  one.addEventListener("click", () => { setParameters({ area: one.dataset.area === "devices" ? null : one.dataset.area }); begin(); });
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
