// Draws what was measured: the mean as a line, minimum to maximum as a band, and grey where nothing was measured. A span
// that is dragged, or chosen with the keyboard, is zoomed into.
import { amount, make, setText, t, time } from "./util.js";

const width = 600; // in the drawing's own units; it is stretched to the room there is
const height = 190;

function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function inWords(seconds) {
  if (seconds < 5400) return Math.max(1, Math.round(seconds / 60)) + " min";
  if (seconds < 172800) return Math.round(seconds / 360) / 10 + " h";
  return t("{n} d", { n: Math.round(seconds / 86400) });
}

function niceStep(span) { // 1, 2 or 5 times a power of ten, for about four lines
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 5);
}

// Pieces without a gap, gaps, and the whole in figures.
function curveOf(history) {
  const { mean, min, max, bucket_s: bucket } = history;
  const start = Date.parse(history.from) / 1000;
  const bridge = Math.floor(1.5 * history.poll_s / bucket); // so many empty ones are only the time between two readings
  const pieces = [];
  const gaps = [];
  let last = -1;
  mean.forEach((value, index) => {
    if (value === null) return;
    if (last < 0 || index - last - 1 > bridge) {
      if (last >= 0) gaps.push([last + 1, index]);
      pieces.push([]);
    }
    pieces[pieces.length - 1].push(index);
    last = index;
  });
  if (last >= 0 && mean.length - 1 - last > bridge + 1) gaps.push([last + 1, mean.length]);
  const known = mean.filter((value) => value !== null);
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of min) if (value !== null && value < lowest) lowest = value;
  for (const value of max) if (value !== null && value > highest) highest = value;
  return { start, bucket, mean, min, max, pieces, gaps, count: mean.length, lowest, highest,
    average: known.reduce((sum, value) => sum + value, 0) / known.length,
    unknown: gaps.reduce((sum, [from, to]) => sum + to - from, 0) * bucket };
}

const isKnown = (history) => history?.mean.some((value) => value !== null);

// A plot that keeps its place when newer data comes, for the keyboard's sake. `zoom` is told what was chosen.
export function plotView(zoom) {
  const view = { figure: make("figure", "plot"), area: make("div", "plot-area"), times: make("div", "plot-times"),
    readout: make("p", "plot-readout"), caption: make("figcaption"), labels: make("div"), at: null };
  view.svg = drawn("svg", { viewBox: "0 0 " + width + " " + height, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" });
  view.area.append(view.svg, view.labels);
  view.area.tabIndex = 0;
  view.area.setAttribute("role", "slider");
  view.area.setAttribute("aria-label", t("Measured over time; arrow keys go through it, Enter zooms in, Backspace out"));
  view.times.setAttribute("aria-hidden", "true");
  view.readout.setAttribute("aria-hidden", "true");
  view.figure.append(view.area, view.times, view.readout, view.caption);
  const indexOf = (event) => {
    const box = view.area.getBoundingClientRect();
    const seconds = view.from + (event.clientX - box.left) / box.width * (view.until - view.from);
    return Math.min(view.curve.count - 1, Math.max(0, Math.floor((seconds - view.curve.start) / view.curve.bucket)));
  };
  const timeOf = (index) => (view.curve.start + index * view.curve.bucket) * 1000;
  view.area.addEventListener("keydown", (event) => {
    if (!view.curve) return;
    const end = view.curve.count - 1;
    const at = view.at ?? end;
    if (event.key === "Enter") {
      const half = Math.max(4, Math.round(view.curve.count / 8));
      zoom(timeOf(Math.max(0, at - half)), timeOf(Math.min(end, at + half) + 1));
    } else if (event.key === "Backspace") zoom(null);
    else {
      const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + 10,
        PageDown: at - 10, Home: 0, End: end }[event.key];
      if (to === undefined) return;
      pointAt(view, Math.min(end, Math.max(0, to)));
    }
    event.preventDefault();
  });
  let begun = null;
  view.area.addEventListener("pointerdown", (event) => { if (view.curve && event.isPrimary && event.pointerType === "mouse") { begun = indexOf(event); event.preventDefault(); view.area.focus(); } });
  view.area.addEventListener("pointermove", (event) => {
    if (!view.curve) return;
    const at = indexOf(event);
    pointAt(view, at);
    view.picked?.remove();
    if (begun === null || begun === at) return;
    const [from, to] = [Math.min(begun, at), Math.max(begun, at) + 1];
    view.picked = drawn("rect", { class: "picked", x: view.x(from), y: 0, width: view.x(to) - view.x(from), height });
    view.svg.append(view.picked);
  });
  addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const at = view.area.isConnected && view.curve ? indexOf(event) : begun;
    const [from, to] = [Math.min(begun, at), Math.max(begun, at) + 1];
    begun = null;
    view.picked?.remove();
    if (to - from >= 3) zoom(timeOf(from), timeOf(to));
  });
  view.area.addEventListener("dblclick", () => zoom(null));
  view.area.addEventListener("pointerleave", () => pointAt(view, null));
  view.area.addEventListener("blur", () => pointAt(view, null));
  return view;
}

function pointAt(view, index) {
  view.at = index;
  const { curve, quantity } = view;
  if (!curve) return;
  const at = index ?? curve.count - 1;
  const said = time(new Date((curve.start + at * curve.bucket) * 1000)) + ": " + (curve.mean[at] === null ? t("not measured")
    : t("{mean}, from {min} to {max}", { mean: amount(quantity, curve.mean[at]), min: amount(quantity, curve.min[at]), max: amount(quantity, curve.max[at]) }));
  view.area.setAttribute("aria-valuemin", 0);
  view.area.setAttribute("aria-valuemax", Math.max(1, curve.count - 1));
  view.area.setAttribute("aria-valuenow", at);
  view.area.setAttribute("aria-valuetext", said);
  setText(view.readout, index === null ? "" : said);
  view.cursor?.remove();
  view.cursor = null;
  if (index === null) return;
  const x = view.x(index + 0.5);
  view.cursor = drawn("line", { class: "cursor", x1: x, x2: x, y1: 0, y2: height });
  view.svg.append(view.cursor);
}

// Draws a history between two times, and another one beside it.
export function drawPlot(view, quantity, history, [from, until], now, other) {
  view.quantity = quantity;
  const known = isKnown(history);
  view.area.hidden = view.times.hidden = view.readout.hidden = !known;
  if (!known) {
    view.curve = null;
    setText(view.caption, history.kept_s === 0 ? t("No history is kept: web.history is 0s.")
      : t("Nothing was measured in this time.") + (now === undefined ? "" : " " + t("Now {value}.", { value: amount(quantity, now) })));
    return;
  }
  const curve = curveOf(history);
  const second = isKnown(other) ? curveOf(other) : null;
  Object.assign(view, { curve, from: from / 1000, until: until / 1000 });
  let top = Math.max(curve.highest, second?.highest ?? -Infinity);
  let bottom = Math.min(curve.lowest, second?.lowest ?? Infinity);
  // Only what has no meaning at zero is shown without it.
  if (!["voltage", "frequency", "temperature", "energy"].includes(quantity)) { bottom = Math.min(0, bottom); top = Math.max(0, top); }
  if (top - bottom < Math.abs(top) * 0.01 || top === bottom) { top += Math.abs(top) * 0.01 + 0.5; bottom -= bottom === 0 ? 0 : Math.abs(bottom) * 0.01 + 0.5; }
  const step = niceStep(top - bottom);
  top = Math.ceil(top * 1.0001 / step) * step;
  bottom = Math.floor(bottom / step) * step;
  const xOf = (one) => (index) => Number(((one.start + index * one.bucket - view.from) / (view.until - view.from) * width).toFixed(1));
  const y = (value) => Number((height - (value - bottom) / (top - bottom) * height).toFixed(1));
  view.x = xOf(curve);
  const shapes = [];
  const labels = [];
  for (let value = bottom; value < top - step / 2; value += step) {
    shapes.push(drawn("line", { class: "grid", x1: 0, x2: width, y1: y(value), y2: y(value) }));
    const label = make("span", "plot-y", amount(quantity, Math.abs(value) < step / 1000 ? 0 : value));
    label.style.top = (y(value) / height * 100) + "%";
    labels.push(label);
  }
  for (const [begin, end] of curve.gaps) shapes.push(drawn("rect", { class: "gap", x: view.x(begin), y: 0, width: Math.max(0, view.x(end) - view.x(begin)), height }));
  const lines = (one, className, hasBand) => {
    const x = xOf(one);
    for (const piece of one.pieces) {
      const line = (values) => [x(piece[0]) + "," + y(values[piece[0]]), ...piece.map((index) => x(index + 0.5) + "," + y(values[index])),
        x(piece[piece.length - 1] + 1) + "," + y(values[piece[piece.length - 1]])];
      if (hasBand) shapes.push(drawn("polygon", { class: "band", points: [...line(one.max), ...line(one.min).reverse()].join(" ") }));
      shapes.push(drawn("polyline", { class: className, points: line(one.mean).join(" ") }));
    }
  };
  lines(curve, "mean", true);
  if (second) lines(second, "mean other", false);
  view.svg.replaceChildren(...shapes);
  view.labels.replaceChildren(...labels);
  view.times.replaceChildren(...[0, 0.5, 1].map((part) => {
    const label = make("span", "", time(new Date(from + (until - from) * part)));
    label.style.left = part * 100 + "%";
    return label;
  }));
  setText(view.caption, (now === undefined ? "" : t("now {value}", { value: amount(quantity, now) }) + ", ")
    + t("mean {mean}, lowest {min}, highest {max}", { mean: amount(quantity, curve.average), min: amount(quantity, curve.lowest), max: amount(quantity, curve.highest) })
    + (curve.unknown > 0 ? "; " + t("not measured for {span}", { span: inWords(curve.unknown) }) : "") + ".");
  pointAt(view, view.at === null ? null : Math.min(view.at, curve.count - 1));
}
