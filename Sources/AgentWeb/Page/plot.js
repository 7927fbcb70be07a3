"use strict";
// Draws what something drew over the last hours: the mean as a line, minimum to maximum as a band, and nothing where
// nothing was measured.

const plotWidth = 600; // in the drawing's own units; it is stretched to the room there is
const plotHeight = 150;
const shortest = 15 * 60; // seconds that are shown at least

function inWatts(value) {
  if (value === undefined || value === null) return "unknown";
  return value.toFixed(value !== 0 && Math.abs(value) < 100 ? 1 : 0) + " W";
}

function clockTime(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function inWords(seconds) {
  if (seconds < 90 * 60) return Math.max(1, Math.round(seconds / 60)) + " min";
  return (seconds / 3600).toFixed(seconds % 3600 < 180 || seconds >= 36000 ? 0 : 1) + " h";
}

function niceTop(value) { // 1, 2 or 5 times a power of ten, at least the value
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value * 1.02) ?? 10 * power;
}

// What the drawing needs to know of an answer of the agent's: pieces without a gap, gaps, and the whole in figures.
function curveOf(history) {
  const { mean, min, max, bucket_s: bucket } = history;
  const start = Date.parse(history.from) / 1000;
  const bridge = Math.floor(1.5 * history.poll_s / bucket); // so many empty ones are only the time between two readings
  const pieces = [];
  const gaps = [];
  let last = -1;
  mean.forEach((value, index) => {
    if (value === null) return;
    const missing = index - last - 1;
    if (last < 0 || missing > bridge) {
      if (last >= 0) gaps.push([last + 1, index]);
      pieces.push([]);
    }
    pieces[pieces.length - 1].push(index);
    last = index;
  });
  if (mean.length - 1 - last > bridge + 1) gaps.push([last + 1, mean.length]);
  const known = mean.filter((value) => value !== null);
  return {
    start, bucket, mean, min, max, pieces, gaps, count: mean.length,
    lowest: Math.min(...min.filter((value) => value !== null)),
    highest: Math.max(...max.filter((value) => value !== null)),
    average: known.reduce((sum, value) => sum + value, 0) / known.length,
    unknown: gaps.reduce((sum, [from, to]) => sum + to - from, 0) * bucket,
  };
}

function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// A plot that keeps its place when newer data comes, for the keyboard's sake.
function plotView(name) {
  const view = { figure: make("figure", "plot"), area: make("div", "plot-area"), top: make("span", "plot-top dim"),
    zero: make("span", "plot-zero dim"), times: make("div", "plot-times dim"), readout: make("p", "plot-readout"),
    caption: make("figcaption") };
  view.svg = drawn("svg", { viewBox: "0 0 " + plotWidth + " " + plotHeight, preserveAspectRatio: "none",
    "aria-hidden": "true", focusable: "false" });
  view.area.append(view.svg, view.top, view.zero);
  view.area.tabIndex = 0;
  view.area.setAttribute("role", "slider");
  view.area.setAttribute("aria-label", "Power of " + name + " over time; arrow keys go through it");
  view.times.setAttribute("aria-hidden", "true");
  view.readout.setAttribute("aria-hidden", "true");
  view.figure.append(view.area, view.times, view.readout, view.caption);
  view.at = null;
  view.area.addEventListener("keydown", (event) => {
    if (!view.curve) return;
    const end = view.curve.count - 1;
    const at = view.at ?? end;
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + 10,
      PageDown: at - 10, Home: 0, End: end }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pointAt(view, Math.min(end, Math.max(0, to)));
  });
  view.area.addEventListener("pointermove", (event) => {
    if (!view.curve) return;
    const box = view.area.getBoundingClientRect();
    const index = Math.floor(view.indexAt((event.clientX - box.left) / box.width));
    pointAt(view, index >= 0 && index < view.curve.count ? index : null);
  });
  view.area.addEventListener("pointerleave", () => pointAt(view, null));
  view.area.addEventListener("blur", () => pointAt(view, null));
  return view;
}

function pointAt(view, index) {
  view.at = index;
  const { curve } = view;
  const at = index ?? curve.count - 1;
  const from = (curve.start + at * curve.bucket) * 1000;
  const said = clockTime(from) + ": " + (curve.mean[at] === null ? "not measured" : inWatts(curve.mean[at])
    + ", from " + inWatts(curve.min[at]) + " to " + inWatts(curve.max[at]));
  view.area.setAttribute("aria-valuemin", 0);
  view.area.setAttribute("aria-valuemax", curve.count - 1);
  view.area.setAttribute("aria-valuenow", at);
  view.area.setAttribute("aria-valuetext", said);
  setText(view.readout, index === null ? "" : said);
  view.cursor?.remove();
  view.cursor = null;
  if (index === null) return;
  const x = view.x(index + 0.5);
  view.cursor = drawn("line", { class: "cursor", x1: x, x2: x, y1: 0, y2: plotHeight });
  view.svg.append(view.cursor);
}

function drawPlot(view, history, now) {
  const isKnown = history.mean.some((value) => value !== null);
  view.area.hidden = view.times.hidden = view.readout.hidden = !isKnown;
  if (!isKnown) {
    view.curve = null;
    view.at = null;
    setText(view.caption, history.kept_s === 0 ? "No history is kept: web.history is 0s."
      : now === undefined ? "The device does not measure power here." : "Now " + inWatts(now) + ". Nothing older is kept.");
    return;
  }
  const curve = curveOf(history);
  view.curve = curve;
  const shown = Math.max(curve.count, shortest / curve.bucket);
  const top = niceTop(Math.max(curve.highest, 0));
  const bottom = curve.lowest < 0 ? -niceTop(-curve.lowest) : 0;
  const x = (index) => ((index + shown - curve.count) / shown * plotWidth).toFixed(1);
  const y = (value) => (plotHeight - (value - bottom) / (top - bottom) * plotHeight).toFixed(1);
  view.x = x;
  view.indexAt = (share) => share * shown - (shown - curve.count);
  const shapes = [];
  for (const [from, to] of curve.gaps) {
    shapes.push(drawn("rect", { class: "gap", x: x(from), y: 0, width: (x(to) - x(from)).toFixed(1), height: plotHeight }));
  }
  if (bottom < 0) shapes.push(drawn("line", { class: "zero", x1: 0, x2: plotWidth, y1: y(0), y2: y(0) }));
  for (const piece of curve.pieces) {
    const line = (values) => [x(piece[0]) + "," + y(values[piece[0]]),
      ...piece.map((index) => x(index + 0.5) + "," + y(values[index])),
      x(piece[piece.length - 1] + 1) + "," + y(values[piece[piece.length - 1]])];
    shapes.push(drawn("polygon", { class: "band", points: [...line(curve.max), ...line(curve.min).reverse()].join(" ") }));
    shapes.push(drawn("polyline", { class: "mean", points: line(curve.mean).join(" ") }));
  }
  view.svg.replaceChildren(...shapes);
  setText(view.top, inWatts(top));
  setText(view.zero, inWatts(bottom));
  const end = (curve.start + curve.count * curve.bucket) * 1000;
  const begin = end - shown * curve.bucket * 1000;
  view.times.replaceChildren(...[begin, (begin + end) / 2, end].map((time) => make("span", "", clockTime(time))));
  setText(view.caption, "Last " + inWords(curve.count * curve.bucket) + ": now " + inWatts(now)
    + ", mean " + inWatts(curve.average) + ", lowest " + inWatts(curve.lowest) + ", highest " + inWatts(curve.highest)
    + (curve.unknown > 0 ? "; not measured for " + inWords(curve.unknown) : "") + ".");
  pointAt(view, view.at === null ? null : Math.min(view.at, curve.count - 1));
}
