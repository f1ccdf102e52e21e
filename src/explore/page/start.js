// Starts the page, served or exported: connects the bench with its controls. Holds no state.
import { answers } from "./answers.js";
import { Bench } from "./bench.js";
import { classPanel } from "./class_panel.js";
import { compressionControls } from "./compression_controls.js";
import { curves } from "./curves.js";
import { byId } from "./elements.js";
import { messageOf } from "./errors.js";
import { ExportedSource } from "./exported_source.js";
import { figures } from "./figures.js";
import { Gestures } from "./gestures.js";
import { explainControls } from "./help.js";
import { histogram } from "./histogram.js";
import { imageControls } from "./image_controls.js";
import { messages, showMessage } from "./messages.js";
import { profile } from "./profile.js";
import { presenter } from "./presenter.js";
import { Quiz } from "./quiz.js";
import { BenchQuestions } from "./quiz_questions.js";
import { ruler } from "./ruler.js";
import { ServerSource } from "./server_source.js";
import { listenToKeys } from "./stage_keys.js";
import { storyCards } from "./story_cards.js";
import { takeAway } from "./take_away.js";
import { target } from "./target.js";
import { uploads } from "./uploads.js";
import { searchQuiz } from "./search_quiz.js";
import { wholeImages } from "./whole_images.js";
import { viewControls } from "./view_controls.js";
import { windowPresets } from "./window_presets.js";

/** In the order in which they follow a change. */
const PARTS = [messages, imageControls, uploads, compressionControls, ruler, viewControls, windowPresets,
  histogram, takeAway, profile, figures, target, answers, wholeImages, storyCards, presenter, classPanel, searchQuiz, curves, explainControls];

async function start() {
  const exported = typeof EXPORTED === "undefined" ? undefined : EXPORTED;
  const source = exported ? new ExportedSource(exported) : new ServerSource();
  const bench = new Bench(source, await source.catalogue(), byId("stage"));
  new Gestures(bench.stage);
  listenToKeys(bench.stage);
  for (const part of PARTS) part(bench);
  const quiz = new Quiz(byId("quiz-body"), new BenchQuestions(bench), () => {
    bench.quiz = true;
    bench.writeLink();
  });
  window.page = { bench, quiz };
  await bench.change({});
  if (bench.quiz) {
    await quiz.start();
    byId("quiz").scrollIntoView({ block: "start" });
  }
  document.dispatchEvent(new CustomEvent("ready"));
}

start().catch((error) => showMessage(messageOf(error)));
