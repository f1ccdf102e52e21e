// Small line charts as SVG. Knows no codec and no server.

/**
 * @typedef {{ name: string, kind: string, points: [number, number][], dots?: boolean,
 *   bars?: [number, number, number][] }} Series points x, y; bars x, low, high
 * @typedef {{ low: number, high: number, logarithmic?: boolean, ticks: number[],
 *   label: string, format: (value: number) => string }} Axis
 */

/** How much larger letters and margins of a large chart are. */
const LARGE = 1.5;

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * Draws a chart into `holder`, which must have a width.
 * @param {HTMLElement} holder
 * @param {{ title: string, x: Axis, y: Axis, series: Series[],
 *   marks?: { x: number, label: string, kind: string }[], height?: number, large?: boolean }} chart
 *   large: with letters to be read from afar
 */
export function drawChart(holder, chart) {
  const width = Math.max(260, holder.clientWidth || 260);
  const height = chart.height ?? 240;
  const scale = chart.large ? LARGE : 1;
  const [left, right, top, bottom] = [58, 14, 14, 40].map((it) => it * scale);
  const { x: xAxis, y: yAxis } = chart;
  /** @param {Axis} axis @param {number} value */
  const share = (axis, value) => axis.logarithmic
    ? Math.log(value / axis.low) / Math.log(axis.high / axis.low)
    : (value - axis.low) / (axis.high - axis.low);
  const px = (/** @type {number} */ value) => left + share(xAxis, value) * (width - left - right);
  const py = (/** @type {number} */ value) => height - bottom - share(yAxis, value) * (height - top - bottom);
  const round = (/** @type {number} */ value) => value.toFixed(1);
  const root = svg("svg", { class: chart.large ? "plot large" : "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": chart.title });
  for (const tick of yAxis.ticks) {
    root.append(
      svg("line", { class: "grid", x1: left, x2: width - right, y1: round(py(tick)), y2: round(py(tick)) }),
      svg("text", { class: "soft", x: left - 6, y: round(py(tick) + 4), "text-anchor": "end" }, yAxis.format(tick)),
    );
  }
  for (const tick of xAxis.ticks) {
    root.append(
      svg("line", { class: "grid", x1: round(px(tick)), x2: round(px(tick)), y1: top, y2: height - bottom }),
      svg("text", { class: "soft", x: round(px(tick)), y: height - bottom + 16 * scale, "text-anchor": "middle" }, xAxis.format(tick)),
    );
  }
  root.append(
    svg("text", { class: "soft", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, xAxis.label),
    svg("text", { class: "soft", x: 11 * scale, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 ${11 * scale} ${(top + height - bottom) / 2})` }, yAxis.label),
  );
  for (const [number, mark] of (chart.marks ?? []).entries()) {
    if (mark.x < xAxis.low || mark.x > xAxis.high) continue;
    root.append(
      svg("line", { class: `mark-line ${mark.kind}`, x1: round(px(mark.x)), x2: round(px(mark.x)), y1: top, y2: height - bottom }),
      svg("text", { class: `mark-name ${mark.kind}`, x: round(px(mark.x) + 4), y: height - bottom - 6 - 13 * (number % 2) }, mark.label),
    );
  }
  for (const { name, kind, points, dots, bars } of chart.series) {
    const group = svg("g", { class: `series ${kind}` }, svg("title", {}, name));
    const inside = points.filter(([x]) => x >= xAxis.low && x <= xAxis.high);
    for (const [x, low, high] of bars ?? []) {
      group.append(svg("line", { class: "bar", x1: round(px(x)), x2: round(px(x)), y1: round(py(low)), y2: round(py(high)) }));
    }
    if (inside.length > 0) {
      const path = inside.map(([x, y], at) => `${at ? "L" : "M"}${round(px(x))} ${round(py(y))}`);
      group.append(svg("path", { class: "curve", d: path.join("") }));
    }
    if (dots) {
      for (const [x, y] of inside) group.append(svg("circle", { class: "dot", cx: round(px(x)), cy: round(py(y)), r: 3.4 }));
    }
    root.append(group);
  }
  holder.replaceChildren(root);
}

/**
 * Round numbers from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} count about how many
 */
export function niceTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
    ticks.push(Number(tick.toPrecision(12)));
  }
  return ticks;
}
