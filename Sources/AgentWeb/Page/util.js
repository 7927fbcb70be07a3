// What every part of the page uses: elements, words, times and numbers. Everything that comes from devices, brokers and
// people is put in as text, never as markup.

export const byId = (id) => document.getElementById(id);

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function button(className, text, press, name) {
  const element = make("button", className, text);
  element.type = "button";
  if (name) element.setAttribute("aria-label", name);
  if (press) element.addEventListener("click", press);
  return element;
}

// ---- Words. English stands in the scripts; another language is a file lang-XX.json from English to it.

let words = {};
export let language = "en";

export async function loadWords() {
  const wanted = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("lang") ?? navigator.language;
  const short = /^[a-z]{2}/.exec(wanted.toLowerCase())?.[0] ?? "en";
  language = short === "en" ? (wanted.startsWith("en") ? wanted : "en") : "en";
  if (short !== "en") {
    try {
      const answer = await fetch("page/lang-" + short + ".json");
      if (answer.ok) {
        words = await answer.json();
        language = wanted;
      }
    } catch { /* English is known */ }
  }
  try { new Intl.DateTimeFormat(language); } catch { language = "en"; }
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.textContent.trim());
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.getAttribute("aria-label")));
  }
  for (const element of document.querySelectorAll("[data-t-hint]")) element.placeholder = t(element.placeholder);
}

export function t(text, values) {
  const said = words[text] ?? text;
  return values ? said.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole) : said;
}

// ---- Times: one form everywhere, in the reader's zone.

let timeForm = null;
export function time(value) {
  if (!value) return "";
  timeForm ??= new Intl.DateTimeFormat(language, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit",
    minute: "2-digit", second: "2-digit" });
  return timeForm.format(value instanceof Date ? value : new Date(value));
}

export function age(seconds) {
  if (seconds < 100) return Math.round(seconds) + " s";
  if (seconds < 6000) return Math.round(seconds / 60) + " min";
  if (seconds < 172800) return Math.round(seconds / 3600) + " h";
  return t("{n} d", { n: Math.round(seconds / 86400) });
}

// ---- Quantities, as the interface names them.

export const quantities = {
  power: ["Power", "W"], current: ["Current", "A"], voltage: ["Voltage", "V"], apparent_power: ["Apparent power", "VA"],
  power_factor: ["Power factor", ""], energy: ["Energy", "Wh"], frequency: ["Frequency", "Hz"],
  temperature: ["Temperature", "°C"], humidity: ["Humidity", "%"],
};

const forms = new Map();
export function number(value, digits) {
  const key = digits + language;
  if (!forms.has(key)) {
    forms.set(key, new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return forms.get(key).format(value);
}

export function amount(quantity, value) {
  if (value === undefined || value === null) return "";
  const unit = quantities[quantity]?.[1] ?? "";
  const size = Math.abs(value);
  if (quantity === "power" || quantity === "apparent_power") {
    if (size >= 10000) return number(value / 1000, 1) + " k" + unit;
    return number(value, size < 100 && value % 1 !== 0 ? 1 : 0) + " " + unit;
  }
  if (quantity === "energy") {
    return size >= 1000 ? number(value / 1000, size >= 100000 ? 0 : 1) + " kWh" : number(value, 0) + " Wh";
  }
  const digits = { current: 2, power_factor: 2, voltage: 0, frequency: 1, temperature: 1, humidity: 0 }[quantity] ?? 2;
  return number(value, digits) + (unit ? " " + unit : "");
}

// rack2 comes before rack10.
export const natural = (text) => text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(9, "0"));

// ---- What the address says: filters, search, sorting and view.

// A space is %20 for the agent, not a plus.
export const queryOf = (values) => new URLSearchParams(values).toString().replaceAll("+", "%20");

export function parameters() { return new URLSearchParams(location.search); }

export function setParameters(changes) {
  const all = parameters();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") all.delete(key); else all.set(key, value);
  }
  const text = all.toString();
  history.replaceState(null, "", location.pathname + (text ? "?" + text : "") + location.hash);
}

let newsTimer = 0;
export function say(text) { // for whoever listens instead of looking
  clearTimeout(newsTimer);
  byId("news").textContent = text;
  newsTimer = setTimeout(() => { byId("news").textContent = ""; }, 20000);
}
