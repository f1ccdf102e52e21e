// The class on the presenter's page: how to join, who answers, and the curve beside networks and ideal
// observer. Keeps no answer.
import { byId, element } from "./elements.js";
import { drawResult } from "./quiz_result.js";
/** @import { Bench } from "./bench.js" */

/** Milliseconds between two looks at the class. */
const PAUSE = 2000;

/** What stands above and below the chart while presenting, in CSS pixels. */
const AROUND = 230;

/** Codec and path of a class. */
const CLASS_QUERY = { codec: "jpeg2000", path: /** @type {const} */ ("native") };

/** @param {Bench} bench */
export function classPanel(bench) {
  const { source, catalogue } = bench;
  byId("class-absent").hidden = catalogue.shares || source.isStatic;
  byId("class").hidden = !catalogue.shares;
  if (!catalogue.shares) return;
  byId("class-code").replaceChildren(
    element("img", { src: "api/class.svg", alt: "QR code of the quiz for the class", width: 300, height: 300 }));
  const [{ id, classes }] = catalogue.phantoms;
  const curves = bench.curvesOf({ ...CLASS_QUERY, phantom: id });
  /** @type {ClassStanding | null} */
  let shown = null;
  const draw = () => { if (shown) show(shown, curves, classes); };
  const look = async () => {
    try {
      const standing = await source.standing();
      if (JSON.stringify(standing) !== JSON.stringify(shown)) {
        shown = standing;
        draw();
      }
    } catch {
      // The program has ended or is busy; the last curve stays.
    }
    setTimeout(look, PAUSE);
  };
  look();
  new ResizeObserver(draw).observe(byId("class"));
}

/**
 * @param {ClassStanding} standing
 * @param {Curve[]} curves
 * @param {number} classes
 */
function show({ address, code, joined, answers, done, levels }, curves, classes) {
  byId("class-address").textContent = address;
  byId("class-word").textContent = code;
  byId("class-count").textContent =
    `${joined} ${joined === 1 ? "student" : "students"}, ${answers} answers, ${done} finished`;
  drawResult(byId("class-chart"), byId("class-legend"), {
    name: "The class", legend: "the class, with 95 % intervals over students",
    points: levels.map(({ reached, share }) => [reached, share]),
    bars: levels.flatMap(({ reached, interval }) => (interval ? [[reached, interval[0], interval[1]]] : [])),
  }, curves, classes, document.body.classList.contains("of-students") ? innerHeight - AROUND : undefined);
}
