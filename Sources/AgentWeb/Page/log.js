// What happened, from the audit trail: of the whole site, or of one thing.
import { button, make, queryOf, setText, t, time } from "./util.js";
import { get, store } from "./store.js";

const page = 60;

export const statusFilters = [["", "everything"], ["done", "what was done"],
  ["rejected,failed,unknown,expired,superseded", "what was not done"], ["seen", "changes at the device"],
  ["online,offline", "coming and going"]];

export function statusSelect(select, changed) {
  select.replaceChildren(...statusFilters.map(([value, text]) => {
    const option = make("option", "", t(text));
    option.value = value;
    return option;
  }));
  select.addEventListener("change", changed);
}

// A list that reads on when asked, and what is new when told. `path` is where the entries are; `query` what is wanted.
export function logView(box, { path, query, wants = () => true, pdu, outlet }) {
  const list = make("ol", "log");
  const note = make("p", "dim");
  note.setAttribute("role", "status");
  const older = button("", t("Older"), () => read(true));
  older.hidden = true;
  box.replaceChildren(list, note, older);
  let entries = [];
  let asked = 0;
  let timer = 0;
  let isEnd = false;

  async function read(isOlder) {
    asked += 1;
    const mine = asked;
    const last = entries[entries.length - 1];
    try {
      const parts = { limit: page, ...query() };
      if (isOlder && last) parts.before = last.number;
      const answer = (await get(path + "?" + queryOf(parts))).entries;
      if (mine !== asked) return;
      if (isOlder) entries.push(...answer);
      else {
        const oldest = answer.length ? answer[answer.length - 1].number : Infinity;
        entries = answer.concat(answer.length < page ? [] : entries.filter((one) => one.number < oldest));
      }
      if (isOlder || entries.length <= page) isEnd = answer.length < page;
      show();
    } catch (error) {
      setText(note, t("The audit trail cannot be read now: {why}", { why: error.message }));
    }
  }

  function show() {
    const shown = new Map([...list.children].map((item) => [item.dataset.number, item]));
    const wanted = entries.filter(wants);
    list.replaceChildren(...wanted.map((entry) => shown.get(String(entry.number)) ?? logItem(entry, { pdu, outlet })));
    setText(note, wanted.length ? "" : t("Nothing is written down."));
    older.hidden = isEnd;
  }

  read();
  return {
    show,
    again() { entries = []; list.replaceChildren(); read(); },
    happened() { clearTimeout(timer); timer = setTimeout(() => read(), 150); },
  };
}

const marks = { done: "on", online: "on", seen: "mixed" };

function logItem(entry, { pdu, outlet }) {
  const item = make("li");
  item.dataset.number = entry.number;
  const when = make("time", "dim", time(entry.time));
  when.dateTime = entry.time;
  const status = make("span", "status is-" + (marks[entry.status] ?? "bad"), t(entry.status));
  const what = make("span", "log-what");
  const isOne = outlet !== undefined;
  if (!isOne && entry.pdu && !(pdu && entry.outlet === undefined)) {
    const key = entry.outlet !== undefined ? entry.pdu + "/" + entry.outlet : entry.pdu;
    const known = store.items.get(key) ?? store.pdus.get(key);
    const link = make("a", "name", known?.label ?? key);
    link.href = "#" + (entry.outlet !== undefined && entry.outlet !== "all" ? "outlet/" : "pdu/") + (entry.outlet === "all" ? entry.pdu : key);
    what.append(link, known?.label ? make("span", "dim", " " + key) : "", ": ");
  }
  const whole = !entry.pdu && entry.target ? store.items.get(entry.target.replace("/", ":")) : null;
  if (whole) {
    const link = make("a", "name", whole.label ?? whole.id);
    link.href = "#" + entry.target;
    what.append(link, ": ");
  }
  const states = entry.after ? (entry.before && entry.before !== entry.after ? entry.before + " → " : "") + entry.after : "";
  // Who is known by a password comes before the name that anybody may give.
  const who = entry.user && entry.by && entry.by !== entry.user ? entry.user + " (" + entry.by + ")" : entry.user ?? entry.by;
  const words = { command: (entry.action ?? t("a command")) + (who ? " " + t("by {name}", { name: who }) : ""),
    change: t("changed at the device"), availability: t(entry.status === "online" ? "answers" : "does not answer") }[entry.kind];
  what.append(words + (states ? " · " + states : ""));
  const more = [entry.target && !whole ? t("for {target}", { target: entry.target }) : null,
    entry.reason ? t("because: {reason}", { reason: entry.reason }) : null, entry.message,
    entry.device_ms === undefined ? null : Math.round(entry.device_ms) + " ms"].filter(Boolean);
  if (more.length) what.append(make("span", "dim log-more", more.join(" · ")));
  item.append(when, status, what);
  return item;
}
