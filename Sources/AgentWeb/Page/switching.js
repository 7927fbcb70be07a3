// Switching with care: what is asked before, what a command may say, its preview, and what became of it.
import { button, byId, make, number, setText, t } from "./util.js";
import { nameOf, outcomeOf, outletsOf, preview, send, shownState, store, stuckSince, targetOf } from "./store.js";

export const actions = ["ON", "OFF", "CYCLE"];
const mostPreviewed = 200;

// What hangs on an item, and whether somebody protected it: the reasons to ask first.
function reasons(item) {
  const outlets = outletsOf(item);
  const loads = new Set(outlets.flatMap((one) => one.feeds ?? []));
  if (item.kind === "load") loads.delete(item);
  return { loads: [...loads], guarded: outlets.filter((one) => one.protected),
    dependents: item.kind === "load" ? store.wholes.filter((one) => one.kind === "load" && one.requires.includes(item.id)) : [] };
}

// A press on a button: done at once where nothing speaks against it.
export function act(item, action, isAsking) {
  const { loads, guarded, dependents } = reasons(item);
  const isSafe = action === "ON" ? item.kind !== "group" : item.kind === "outlet" && !loads.length && !dependents.length;
  if (isAsking || !isSafe || guarded.length) return openSwitch([item], action);
  send(item, { action });
}

let current = null;

export function openSwitch(items, action) {
  const dialog = byId("switch");
  const mine = { items, action, force: false, fields: {}, previews: new Map(), run: 0 };
  current = mine;
  mine.form = make("form");
  mine.form.method = "dialog";
  mine.title = make("h2");
  mine.title.id = "switch-title";
  mine.choice = make("div", "segments");
  mine.choice.setAttribute("role", "group");
  mine.choice.setAttribute("aria-label", t("Action"));
  for (const one of actions) {
    const choice = button("act big act-" + one.toLowerCase(), t({ ON: "On", OFF: "Off", CYCLE: "Cycle" }[one]), () => { mine.action = one; show(mine); ask(mine); });
    choice.dataset.choose = one;
    if (one !== "ON" && items.every((item) => item.offForbidden)) choice.disabled = true;
    mine.choice.append(choice);
  }
  mine.warnings = make("ul", "warnings");
  mine.options = make("div", "fields");
  const field = (name, label, type, more = {}) => {
    const box = make("label", "field");
    const input = Object.assign(make("input"), { type, name, autocomplete: "off" }, more);
    input.addEventListener("input", () => { mine.fields[name] = input.value; clearTimeout(mine.timer); mine.timer = setTimeout(() => ask(mine), 300); });
    box.append(make("span", "", label), input);
    mine.options.append(box);
    return box;
  };
  field("reason", t("Reason"), "text", { maxLength: 200, placeholder: t("for the audit trail") });
  const seconds = { min: 0, max: 86400, step: "any", inputMode: "decimal" };
  field("delay", t("Begin after (s)"), "number", seconds);
  mine.offTime = field("off_time", t("Off for (s)"), "number", { ...seconds, min: 0.1, max: 3600, placeholder: t("as configured") });
  mine.hold = field("for", t("Back after (s)"), "number", { ...seconds, min: 0.1, placeholder: t("never") });
  mine.force = make("label", "field check");
  mine.forceBox = Object.assign(make("input"), { type: "checkbox", name: "force" });
  mine.forceBox.addEventListener("change", () => { show(mine); ask(mine); });
  mine.force.append(mine.forceBox, make("span", "", t("Switch what is protected too")));
  mine.dependents = make("label", "field check");
  mine.dependentsBox = Object.assign(make("input"), { type: "checkbox", name: "with_dependents" });
  mine.dependentsBox.addEventListener("change", () => ask(mine));
  mine.dependents.append(mine.dependentsBox, make("span", "", t("First switch off the loads that need it")));
  mine.summary = make("p", "plan-summary");
  mine.summary.setAttribute("role", "status");
  mine.list = make("ul", "plan");
  mine.list.tabIndex = 0;
  mine.list.setAttribute("aria-label", t("What would happen, and what happened"));
  mine.no = button("", t("Leave it as it is"), () => dialog.close());
  mine.yes = make("button", "act big");
  mine.yes.type = "submit";
  const menu = make("menu");
  menu.append(mine.no, mine.yes);
  mine.form.append(mine.title, mine.choice, mine.warnings, mine.options, mine.force, mine.dependents, mine.summary, mine.list, menu);
  mine.form.addEventListener("submit", (event) => { event.preventDefault(); carryOut(mine); });
  dialog.replaceChildren(mine.form);
  dialog.onclose = () => { if (current === mine) current = null; };
  show(mine);
  dialog.showModal();
  mine.no.focus();
  ask(mine);
}

function show(mine) {
  const { items, action } = mine;
  const what = items.length === 1 ? targetOf(items[0]) : t("{n} selected", { n: items.length });
  setText(mine.title, t({ ON: "Switch on {what}?", OFF: "Switch off {what}?", CYCLE: "Cycle {what}?" }[action], { what }));
  for (const one of mine.choice.children) one.setAttribute("aria-pressed", String(one.dataset.choose === action));
  mine.offTime.hidden = action !== "CYCLE";
  mine.hold.hidden = action === "CYCLE";
  const all = items.map(reasons);
  const loads = [...new Set(all.flatMap((one) => one.loads))].filter((load) => !items.includes(load));
  const guarded = [...new Set(all.flatMap((one) => one.guarded))];
  const dependents = [...new Set(all.flatMap((one) => one.dependents))].filter((load) => !items.includes(load));
  const few = (list) => list.slice(0, 12).map((one) => one.kind === "outlet" ? targetOf(one) : nameOf(one)).join(", ")
    + (list.length > 12 ? " …" : "");
  const warnings = [];
  if (loads.length && action !== "ON") warnings.push(t("Feeds a load: {names}", { names: few(loads) }));
  if (dependents.length && action !== "ON") warnings.push(t("Needed by: {names}", { names: few(dependents) }));
  if (guarded.length) warnings.push(t("Protected, so that nobody switches it by mistake: {names}", { names: few(guarded) }));
  mine.warnings.replaceChildren(...warnings.map((text) => make("li", "", text)));
  mine.force.hidden = guarded.length === 0;
  mine.dependents.hidden = action !== "OFF" || dependents.length === 0;
  mine.yes.className = "act big act-" + action.toLowerCase();
  setText(mine.yes, t({ ON: "Switch on", OFF: "Switch off", CYCLE: "Cycle" }[action]));
  mine.yes.disabled = stuckSince() !== null || (items.length === 1 && guarded.length > 0 && !mine.forceBox.checked);
}

function orderFor(mine, item) {
  const order = { action: mine.action };
  const { fields } = mine;
  if (fields.reason?.trim()) order.reason = fields.reason.trim();
  for (const key of ["delay", mine.action === "CYCLE" ? "off_time" : "for"]) {
    const value = Number(fields[key]);
    if (fields[key] && value > 0) order[key] = value;
  }
  if (mine.forceBox.checked && !mine.force.hidden && outletsOf(item).some((one) => one.protected)) order.force = true;
  if (item.kind === "load" && mine.action === "OFF" && mine.dependentsBox.checked && !mine.dependents.hidden) order.with_dependents = true;
  return order;
}

// ---- The preview: a dry run of each

async function ask(mine) {
  mine.run += 1;
  const run = mine.run;
  mine.previews = new Map();
  const waiting = mine.items.slice(0, mostPreviewed);
  showPlan(mine);
  const one = async () => {
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      let result;
      try { result = await preview(item, orderFor(mine, item)); } catch { result = { status: "unknown", error: { message: t("no answer") } }; }
      if (current !== mine || mine.run !== run || mine.outcomes) return;
      mine.previews.set(item, result);
      if (mine.previews.size % 10 === 0 || !waiting.length) showPlan(mine);
    }
  };
  await Promise.all([one(), one(), one(), one()]);
}

const told = (problem) => (problem.code === "protected" ? t("protected") : problem.message);

function obstaclesOf(result) {
  const found = (result.plan?.obstacles ?? []).map(told);
  if (!result.plan && result.error) found.push(told(result.error));
  for (const member of [...(result.outlets ?? []), ...(result.loads ?? [])]) {
    found.push(...obstaclesOf(member).map((text) => (member.load ?? member.pdu + "/" + member.outlet) + ": " + text));
  }
  return [...new Set(found)];
}

function stepsOf(result) {
  const steps = [...(result.plan?.steps ?? []), ...[...(result.outlets ?? []), ...(result.loads ?? [])].flatMap(stepsOf)];
  return [...new Map(steps.map((step) => [step.after + step.outlet + step.action, step])).values()];
}

function planText(item, result) {
  const obstacles = obstaclesOf(result);
  if (obstacles.length) return t("would be refused: {why}", { why: obstacles.join("; ") });
  const steps = stepsOf(result);
  if (!steps.length) return t("nothing would be switched");
  const isOne = item.kind === "outlet";
  return steps.slice(0, 24).map((step) => (isOne ? "" : step.outlet + " ") + step.action
    + (step.after > 0 ? " " + t("after {n} s", { n: number(step.after, step.after % 1 ? 1 : 0) }) : "")).join(", ") + (steps.length > 24 ? " …" : "");
}

function showPlan(mine) {
  if (mine.outcomes) return;
  const refused = [...mine.previews.values()].filter((result) => obstaclesOf(result).length).length;
  const all = Math.min(mine.items.length, mostPreviewed);
  setText(mine.summary, mine.previews.size < all ? t("Asking what would happen…")
    : mine.items.length === 1 ? (refused ? t("Would be refused:") : t("What would happen:"))
    : t("{n} would be switched, {refused} refused", { n: mine.items.length - refused, refused }));
  mine.list.replaceChildren(...mine.items.slice(0, mostPreviewed).map((item) => {
    const result = mine.previews.get(item);
    const line = make("li");
    if (result && obstaclesOf(result).length) line.className = "bad";
    line.append(make("span", "state is-" + shownState(item), item.state ?? "?"), make("span", "name", targetOf(item)),
      make("span", "dim", result ? planText(item, result) : "…"));
    return line;
  }));
}

// ---- Doing it, and what became of it

function carryOut(mine) {
  const dialog = byId("switch");
  const isOne = mine.items.length === 1 && mine.items[0].kind === "outlet";
  if (isOne) {
    dialog.close();
    return send(mine.items[0], orderFor(mine, mine.items[0]));
  }
  mine.outcomes = new Map();
  for (const part of [mine.choice, mine.options, mine.warnings, mine.force, mine.dependents]) part.hidden = true;
  mine.yes.hidden = true;
  setText(mine.no, t("Close"));
  mine.no.focus();
  for (const item of mine.items) {
    send(item, orderFor(mine, item), (outcome) => {
      mine.outcomes.set(item, outcome);
      if (current !== mine || mine.isAsked) return;
      mine.isAsked = true;
      requestAnimationFrame(() => { mine.isAsked = false; showOutcomes(mine); });
    });
  }
}

function showOutcomes(mine) {
  const counts = { wait: 0, done: 0, bad: 0 };
  for (const outcome of mine.outcomes.values()) counts[outcome.kind] += 1;
  setText(mine.summary, t("{done} done, {bad} not done, {wait} under way", counts));
  const shown = mine.items.filter((item) => mine.outcomes.has(item)).slice(0, mostPreviewed);
  shown.sort((a, b) => Number(mine.outcomes.get(b).kind === "bad") - Number(mine.outcomes.get(a).kind === "bad"));
  mine.list.replaceChildren(...shown.map((item) => {
    const outcome = mine.outcomes.get(item);
    const line = make("li", outcome.kind);
    line.append(make("span", "state is-" + shownState(item), item.state ?? "?"), make("span", "name", targetOf(item)),
      make("span", "outcome " + outcome.kind, outcome.text));
    for (const member of outcome.members ?? []) line.append(make("span", "member outcome " + member.kind, member.text));
    return line;
  }));
}
export { outcomeOf };
