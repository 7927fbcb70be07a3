// Groups, loads and users of the configuration: what there is of them, and adding, changing and removing them.
import { button, byId, make, say, setText, t } from "./util.js";
import { get } from "./store.js";
import { call, checked, choice, complain, during, field, form, listLine, listMenu, row, setup, show, showDifference, tick } from "./setup-form.js";

// How many suggestions an entry shows at a time.
const mostSuggestions = 50;

function showList(title, about, empty, lines, addition) {
  const list = make("ul", "found");
  list.append(...lines);
  show(-1, title, make("p", "dim", about), lines.length ? list : make("p", "dim", empty), listMenu(addition));
  complain(setup.state.problem ?? "");
}

const removal = (change, name) => button("quiet danger", t("Remove"), (event) => during(event.target, "…", () => showDifference(change, setup.begin)), t("Remove {pdu}", { pdu: name }));

// What a number is that may be left empty.
const seconds = (label, value, key) => field(label, { type: "number", min: 0, step: "any", value: value ?? "" }, key);
const secondsOf = (box) => box.input.value === "" ? undefined : Number(box.input.value);
const textOf = (box) => box.input.value.trim() || undefined;

// ---- What can be named: outlets by their names, loads, groups

// The outlets that the agent knows, with what people call them and the load that each feeds.
async function outlets(exceptLoad) {
  const feeds = new Map(setup.state.loads.filter((one) => one.name !== exceptLoad).flatMap((one) => one.feeds.map((outlet) => [outlet, one.name])));
  const { pdus } = await get("api/v1/pdus");
  return pdus.flatMap((pdu) => pdu.outlets.map((one) => {
    const id = one.pdu + "/" + one.outlet;
    return { id, text: one.label ?? "", feeds: feeds.get(id) };
  }));
}

const loads = (prefix) => setup.state.loads.map((one) => ({ id: prefix + one.name, text: one.label ?? t("load") }));

// Some names in an order: each can be moved and taken out, and more are added by typing, with suggestions.
function listField(label, hint, values, options, key) {
  const box = make("fieldset", "field members");
  const chosen = [...values];
  const known = new Map(options.map((one) => [one.id, one]));
  const list = make("ol", "chosen");
  const input = Object.assign(make("input"), { type: "text", autocomplete: "off", spellcheck: false, placeholder: hint, id: "list-" + key });
  input.setAttribute("aria-label", t("Add to {list}", { list: label }));
  const suggestions = Object.assign(make("datalist"), { id: "suggestions-" + key });
  input.setAttribute("list", suggestions.id);
  const suggest = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = options.filter((one) => !chosen.includes(one.id) && words.every((word) => (one.id + " " + one.text).toLowerCase().includes(word)));
    suggestions.replaceChildren(...found.slice(0, mostSuggestions).map((one) => Object.assign(make("option"), { value: one.id, label: one.text })));
  };
  const draw = (focus) => {
    list.replaceChildren(...chosen.map((id, index) => {
      const line = make("li");
      const move = (by, sign, name) => {
        const press = button("quiet", sign, () => {
          [chosen[index], chosen[index + by]] = [chosen[index + by], chosen[index]];
          draw({ index: index + by, sign });
        }, t(name, { name: id }));
        press.disabled = index + by < 0 || index + by >= chosen.length;
        return press;
      };
      line.append(make("span", "name", id), make("span", "dim", known.get(id)?.text ?? ""), move(-1, "↑", "Move {name} up"), move(1, "↓", "Move {name} down"),
        button("quiet", "✕", () => { chosen.splice(index, 1); draw({ index: Math.min(index, chosen.length - 1), sign: "✕" }); say(t("{name} taken out", { name: id })); }, t("Take {name} out", { name: id })));
      return line;
    }));
    suggest();
    if (!focus) return;
    const buttons = [...(list.children[focus.index]?.querySelectorAll("button") ?? [])];
    (buttons.find((one) => one.textContent === focus.sign && !one.disabled) ?? buttons.find((one) => !one.disabled) ?? input).focus();
  };
  const add = () => {
    const id = input.value.trim();
    if (!id) return;
    if (!chosen.includes(id)) chosen.push(id);
    input.value = "";
    draw();
    input.focus();
  };
  input.addEventListener("input", suggest);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !input.value.trim()) return;
    event.preventDefault(); // it adds, and does not send the form
    add();
  });
  const line = make("div", "adding");
  line.append(input, suggestions, button("", t("Add"), add, t("Add to {list}", { list: label })));
  box.append(make("legend", "", label), list, line);
  draw();
  // What was typed and not added yet counts too.
  box.values = () => chosen.concat(input.value.trim() && !chosen.includes(input.value.trim()) ? [input.value.trim()] : []);
  return checked(box, input, key);
}

function entryForm(title, parts, fields, order, again) {
  const box = form(parts, t("Go on"), "…", () => { const change = order(); return showDifference(change.change, () => again(change.kept), change.after); }, fields);
  box.noValidate = true; // the agent says what is wrong, in its own words
  box.menu.prepend(button("quiet", t("Back"), setup.begin));
  show(-1, title, box);
}

// ---- Groups

export function showGroups() {
  showList(t("Groups"), t("Outlets and loads that are switched together, in an order."), t("There are no groups yet."), setup.state.groups.map((one) => listLine(one, "./#group/" + one.name,
    one.outlets.join(", "), button("", t("Change"), (event) => during(event.target, "…", () => showGroup(one, one.name)), t("Change {name}", { name: one.name })),
    removal({ remove_groups: [one.name] }, one.name))), button("primary", t("Add a group"), (event) => during(event.target, "…", () => showGroup())));
}

async function showGroup(known, was) {
  const names = await outlets();
  const name = field(t("Name in topics and commands"), { value: known?.name ?? "", maxLength: 64 }, "name");
  const label = field(t("What people call it"), { value: known?.label ?? "" }, "label");
  const members = listField(t("Outlets and loads, in the order of switching"), "bench/1", known?.outlets ?? [], names.concat(loads("load:")), "outlets");
  const stagger = seconds(t("Pause between two (s)"), known?.stagger_s, "stagger");
  const failure = choice(t("When one fails"), [["continue", t("switch the rest all the same")], ["stop", t("leave the rest alone")]], "on_failure", known?.on_failure ?? "continue");
  entryForm(was ? t("The group {name}", { name: was }) : t("A new group"), [row(name, label), members, row(stagger, failure)], [name, label, members, stagger, failure], () => {
    const kept = { name: name.input.value.trim(), was, label: textOf(label), outlets: members.values(), stagger_s: secondsOf(stagger), on_failure: failure.input.value };
    return { change: { groups: [kept] }, kept };
  }, (kept) => showGroup(kept, was));
}

// ---- Loads

export function showLoads() {
  showList(t("Loads"), t("One machine that several outlets feed: it has one state and is switched as one."), t("There are no loads yet."), setup.state.loads.map((one) => listLine(one, "./#load/" + one.name,
    [one.feeds.join(", "), one.requires && t("needs {names}", { names: one.requires.join(", ") })].filter(Boolean).join(" · "),
    button("", t("Change"), (event) => during(event.target, "…", () => showLoad(one, one.name)), t("Change {name}", { name: one.name })),
    removal({ remove_loads: [one.name] }, one.name))), button("primary", t("Add a load"), (event) => during(event.target, "…", () => showLoad())));
}

async function showLoad(known, was) {
  const names = (await outlets(was)).filter((one) => !one.feeds);
  const name = field(t("Name in topics and commands"), { value: known?.name ?? "", maxLength: 64 }, "name");
  const label = field(t("What people call it"), { value: known?.label ?? "" }, "label");
  const feeds = listField(t("The outlets that feed it"), "bench/1", known?.feeds ?? [], names, "feeds");
  const others = loads("").filter((one) => one.id !== was);
  const needs = listField(t("Loads that have to be on while it is"), t("name of a load"), known?.requires ?? [], others, "requires");
  const alone = tick(t("Its outlets take no commands of their own, except with force"), known?.exclusive, "exclusive");
  const offTime = seconds(t("Off for, in a cycle (s)"), known?.off_time_s, "off_time");
  const stagger = seconds(t("Pause between two outlets (s)"), known?.stagger_s, "stagger");
  const limit = seconds(t("A command is tried for (s)"), known?.limit_s, "limit");
  const fields = [name, label, feeds, needs, alone, offTime, stagger, limit];
  entryForm(was ? t("The load {name}", { name: was }) : t("A new load"), [row(name, label), feeds, needs, alone, row(offTime, stagger, limit),
    make("p", "dim", t("What is left empty is as its outlets have it; without a pause all are switched at once."))], fields, () => {
    const kept = { name: name.input.value.trim(), was, label: textOf(label), feeds: feeds.values(), requires: needs.values(), exclusive: alone.input.checked,
      off_time_s: secondsOf(offTime), stagger_s: secondsOf(stagger), limit_s: secondsOf(limit) };
    return { change: { loads: [kept] }, kept };
  }, (kept) => showLoad(kept, was));
}

// ---- Users

const roles = [["view", "see what is in the scope"], ["operate", "see and switch what is in the scope"], ["admin", "everything, users and devices too"], ["metrics", "read the metrics, and nothing else"]];

export async function showUsers() {
  let sessions = [];
  try { ({ sessions } = await call("", undefined, "api/v1/sessions")); } catch { /* how many there are is left out */ }
  const { users } = setup.state;
  showList(t("Users"), users ? t("Who may see and switch what, on the page, over HTTP and over MQTT. Secrets are kept as hashes.")
    : t("There are no users: whoever reaches this page may see and switch everything. As soon as there is one, the page asks everybody who it is. The first one has to be an admin."),
  t("There are no users yet."), (users ?? []).map((one) => {
    const open = sessions.filter((session) => session.user === one.name).length;
    const about = [one.role, one.scope?.join(" "), one.force && t("force"), one.proofs.map((proof) => t(proof)).join(", ") || t("signs in nowhere"),
      open && t("sessions: {n}", { n: open })].filter(Boolean).join(" · ");
    const ending = open ? button("", t("End sessions"), (event) => during(event.target, "…", async () => {
      const { ended } = await call("/" + encodeURIComponent(one.name) + "/end", {}, "api/v1/sessions");
      say(t("Sessions of {name} that were ended: {n}", { n: ended, name: one.name }));
      await setup.begin();
    }), t("End the sessions of {name}", { name: one.name })) : null;
    if (ending) ending.dataset.always = "";
    return listLine(one, null, about, ending, button("", t("Change"), () => showUser(one, one.name), t("Change {name}", { name: one.name })),
      removal({ remove_users: [one.name] }, one.name));
  }), button("primary", t("Add a user"), () => showUser()));
}

function showUser(known, was) {
  const isFirst = !setup.state.users;
  const name = field(t("User name"), { value: known?.name ?? "", maxLength: 64 }, "name");
  const role = choice(t("May do at most"), roles.map(([word, text]) => [word, word + ": " + t(text)]), "role", known?.role ?? (isFirst ? "admin" : "operate"));
  const everything = setup.state.pdus.map((one) => ({ id: one.name + "/*", text: t("PDU") })).concat(loads("load:"), setup.state.groups.map((one) => ({ id: "group:" + one.name, text: one.label ?? t("group") })));
  const scope = listField(t("What it sees and switches; empty for everything"), "rack1/*", known?.scope ?? [], everything, "scope");
  const force = tick(t("Its commands may carry force, which switches protected outlets"), known?.force, "force");
  const proofs = [["password", was ? t("a new password, which is shown once") : t("a password, which is shown once")],
    ["token", was ? t("a new token, which is shown once") : t("a token for a program, which is shown once")],
    ["", was ? t("what it has") : t("nothing here: by the broker or a proxy")]];
  const proof = choice(t("Signs in by"), was ? proofs.reverse() : proofs, "make", known?.make?.[0] ?? (was || known ? "" : "password"));
  const choose = () => {
    scope.hidden = !["view", "operate"].includes(role.input.value);
    force.hidden = role.input.value !== "operate";
  };
  role.input.addEventListener("change", choose);
  choose();
  entryForm(was ? t("The user {name}", { name: was }) : t("A new user"), [name, role, scope, force, proof], [name, role, scope, force, proof], () => {
    const kept = { name: name.input.value.trim(), was, role: role.input.value, scope: scope.hidden || !scope.values().length ? undefined : scope.values(),
      force: force.hidden ? undefined : force.input.checked, make: proof.input.value ? [proof.input.value] : undefined };
    return { change: { users: [kept] }, kept, after: (saved) => (saved.made?.length ? showMade(saved.made, isFirst) : setup.begin()) };
  }, (kept) => showUser(kept, was));
}

// Passwords and tokens that were made: here and never again.
function showMade(made, isFirst) {
  const parts = made.flatMap(({ user, kind, secret }) => {
    const text = make("code", "secret", secret);
    text.tabIndex = 0;
    text.setAttribute("aria-label", t(kind === "token" ? "The token of {name}" : "The password of {name}", { name: user }));
    const copied = make("span", "dim");
    copied.setAttribute("role", "status");
    const line = make("p", "made");
    line.append(text);
    // Browsers copy only on this machine or over HTTPS.
    if (navigator.clipboard) {
      line.append(button("", t("Copy"), async () => {
        try { await navigator.clipboard.writeText(secret); setText(copied, t("copied")); } catch { setText(copied, t("mark it and copy it by hand")); }
      }), copied);
    }
    return [make("h3", "", t(kind === "token" ? "The token of {name}" : "The password of {name}", { name: user })), line];
  });
  const box = form([...parts, make("p", "dim", t("It is shown this once: the agent keeps a hash of it. Keep it before you go on.")),
    ...(isFirst ? [make("p", "verdict bad", t("From now on the page asks everybody who it is, you too."))] : [])], t("I have kept it"), "…", setup.begin);
  show(-1, t("Keep this now"), box);
  byId("back").hidden = false;
}
