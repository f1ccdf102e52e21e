// Starts the page of a class: asks for the code, then the quiz. Holds no answer.
import { ClassQuestions, join } from "./class_questions.js";
import { byId, element, input } from "./elements.js";
import { messageOf } from "./errors.js";
import { Quiz } from "./quiz.js";
/** @import { Joined } from "./class_questions.js" */

/** Where the browser keeps what it was told, so that a page that is loaded again goes on. */
const KEPT = "phantom-limit class";

/** @param {Joined} joined */
function begin(joined) {
  byId("join").hidden = true;
  byId("quiz").hidden = false;
  byId("quiz-title").after(element("p", { class: "lead" }, `${joined.title}, ${joined.codec}.`));
  new Quiz(byId("quiz-body"), new ClassQuestions(joined), () => {});
}

/** @param {string} code */
async function enter(code) {
  byId("join-said").textContent = "";
  try {
    const joined = await join(code);
    sessionStorage.setItem(KEPT, JSON.stringify(joined));
    begin(joined);
  } catch (error) {
    byId("join-said").textContent = messageOf(error);
  }
}

/**
 * Goes on where the page was left, unless the class is over.
 * @param {Joined} joined
 * @param {string} code of another class, or empty
 */
async function goOn(joined, code) {
  try {
    await new ClassQuestions(joined).pose();
    begin(joined);
  } catch {
    sessionStorage.removeItem(KEPT);
    if (code) await enter(code);
  }
}

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(input("code").value);
});
const kept = sessionStorage.getItem(KEPT);
const code = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
if (kept) goOn(JSON.parse(kept), code);
else if (code) enter(code);
