// What every part of the set-up uses: asking the agent, forms with errors beside their fields, and the look at a difference before
// it is written.
import { button, byId, make, parameters, say, setText, t } from "./util.js";
import { ask } from "./store.js";

export const setup = {
  state: null, // what the agent says of its configuration
  begin: null, // shows what there is
};

export async function call(path, body, base = "api/v1/setup") {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try { answer = await ask(base + path, options); } catch { throw new Error(t("no answer of the agent")); }
  if (answer.ok) return answer.json();
  const text = (await answer.text()).trim();
  let parts = null;
  try { parts = JSON.parse(text).problems; } catch { /* it is plain text */ }
  throw Object.assign(new Error(parts ? parts.map((one) => one.text).join("\n") : text || String(answer.status)), { parts });
}

// ---- One step after the other

export const isNew = () => setup.state?.mode === "new";
const steps = ["Broker", "Device", "Names", "Look it over", "Try it"];
export const areas = ["devices", "groups", "loads", "users"];
export const area = () => { const named = parameters().get("area"); return areas.includes(named) ? named : "devices"; };

export function show(number, title, ...parts) {
  const list = byId("steps");
  list.hidden = !isNew();
  list.replaceChildren(...steps.map((text, index) => {
    const one = make("li", index < number ? "is-past" : "", t(text));
    if (index === number) one.setAttribute("aria-current", "step");
    return one;
  }));
  byId("areas").hidden = isNew() || !setup.state;
  for (const one of byId("areas").children) {
    if (one.dataset.area === area()) one.setAttribute("aria-current", "page"); else one.removeAttribute("aria-current");
  }
  complain("");
  setText(byId("title"), title);
  byId("step").replaceChildren(...parts.filter(Boolean));
  byId("title").focus({ preventScroll: true });
  scrollTo(0, 0);
}

export function complain(text) {
  byId("trouble").hidden = !text;
  setText(byId("trouble"), text);
  if (text) byId("trouble").scrollIntoView({ block: "nearest" });
}

// While something is asked, its button says so and cannot be pressed twice. What is wrong with a field stands beside it.
export async function during(press, text, body, fields = []) {
  const before = press.textContent;
  press.disabled = true;
  setText(press, text);
  complain("");
  for (const one of fields) one.wrong("");
  try { return await body(); } catch (problem) {
    const others = [];
    for (const part of problem.parts ?? [{ text: problem.message }]) {
      const one = part.key && fields.find((known) => known.key === part.key && !known.hidden);
      if (one) one.wrong(part.text); else others.push(part.key ? [part.name, part.key, part.text].join(": ") : part.text);
    }
    complain(others.join("\n"));
    fields.find((one) => one.classList.contains("is-wrong"))?.input.focus();
    return undefined;
  } finally {
    press.disabled = false;
    setText(press, before);
  }
}

let lastID = 0;
function labelled(box, label, input, key) {
  const name = make("label", "", label);
  input.id = name.htmlFor = "field-" + (lastID += 1);
  box.append(name, input);
  return checked(box, input, key);
}

// Lets a field say what is wrong with it.
export function checked(box, input, key) {
  const told = make("span", "wrong");
  told.id = input.id + "-wrong";
  box.append(told);
  box.wrong = (text) => {
    setText(told, text);
    box.classList.toggle("is-wrong", Boolean(text));
    if (text) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", told.id);
    } else {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
  };
  return Object.assign(box, { input, key });
}

export function field(label, more = {}, key) {
  return labelled(make("div", "field"), label, Object.assign(make("input"), { type: "text", autocomplete: "off", spellcheck: false, ...more }), key);
}

export function choice(label, options, key, value) {
  const select = make("select");
  for (const [value, text] of options) select.append(Object.assign(make("option", "", text), { value }));
  if (value !== undefined) select.value = value;
  return labelled(make("div", "field"), label, select, key);
}

export function tick(label, isOn, key) {
  const input = Object.assign(make("input"), { type: "checkbox", checked: Boolean(isOn) });
  return labelled(make("div", "field check"), label, input, key);
}

export function row(...parts) {
  const box = make("div", "fields");
  box.append(...parts);
  return box;
}

export function form(parts, press, text, body, fields) {
  const one = make("form", "setup-form");
  const menu = make("div", "setup-menu");
  const go = make("button", "primary", press);
  menu.append(go);
  one.append(...parts, menu);
  one.menu = menu;
  one.go = go;
  one.addEventListener("submit", (event) => { event.preventDefault(); during(go, text, body, fields); });
  return one;
}

// ---- What would be written, and writing it

function differenceOf(lines) {
  const box = make("pre", "difference");
  box.tabIndex = 0;
  box.setAttribute("aria-label", t("The difference"));
  box.append(...lines.map((line) => make("span", "line-" + line.kind, { same: "  ", new: "+ ", old: "- " }[line.kind] + line.text + "\n")));
  return box;
}

// `after` shows what comes when it is written; else what there is then.
export async function showDifference(change, back, after) {
  const preview = await call("/preview", { change });
  const parts = preview.files.flatMap((file) => [make("h3", "path", file.path), differenceOf(file.lines)]);
  if (preview.secrets.length) {
    parts.push(make("p", "dim", t("Passwords go to files that only their owner may read:") + " " + preview.secrets.join(", ")));
  }
  const box = form(parts, t("Write it"), t("writing…"), async () => {
    const saved = await call("/save", { change, seen: preview.seen });
    say(t("Written."));
    if (after) return after(saved);
    await setup.begin();
    if (saved.waiting.length) complain(t("Changes under {names} take effect at the next start.", { names: saved.waiting.join(", ") }));
  });
  box.menu.prepend(button("quiet", t("Back"), (event) => during(event.target, t("Back"), async () => back())));
  show(3, t("This would be written"), box);
}

// ---- A list of what there is

// The buttons below a list: a step back, and what adds to it.
export function listMenu(...buttons) {
  const menu = make("div", "setup-menu");
  if (setup.state.problem) return menu;
  const undo = button("quiet", t("Take the last change back"), () => during(undo, "…", () => showDifference({ undo: true }, setup.begin)));
  if (setup.state.undo?.length) menu.append(undo);
  menu.append(...buttons);
  return menu;
}

// One of it, with what can be done to it, or with where it stands when somebody wrote it by hand.
export function listLine(one, link, about, ...buttons) {
  const line = make("li");
  const name = make(link ? "a" : "span", "name", one.label ? one.label + " (" + one.name + ")" : one.name);
  if (link) name.href = link;
  line.append(name, make("span", "dim", about));
  const presses = buttons.filter((press) => press && (press.dataset.always !== undefined || (one.own && !setup.state.problem)));
  if (presses.length) {
    const box = make("span", "buttons");
    box.append(...presses);
    line.append(box);
  }
  if (!one.own) {
    line.append(make("span", "dim stands", one.place?.line ? t("by hand: {file}, line {line}", one.place)
      : t("by hand: {file}", { file: one.place?.file ?? setup.state.file })));
  }
  return line;
}
