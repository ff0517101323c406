// Shows the content of the dictation bar: everything as text, nothing as markup. Content may come before the
// page is loaded.
const METER_BARS = 8;
const levels = new Array(METER_BARS).fill(0);
const barContent = {};

function updateContent(fields) {
  if (fields.level !== barContent.level) {
    levels.push(fields.level ?? 0);
    levels.shift();
  }
  Object.assign(barContent, fields);
  renderContent();
}

function renderContent() {
  const transcript = document.getElementById("transcript");
  if (!transcript) return;
  for (const name of ["state", "notebook", "hint", "committed", "tentative"]) {
    document.getElementById(name).textContent = barContent[name] ?? "";
  }
  [...document.querySelectorAll("#meter i")].forEach((bar, index) => {
    bar.style.height = `${3 + Math.round(21 * levels[index])}px`;
  });
  // The end of the text is the part that must be visible.
  transcript.scrollLeft = transcript.scrollWidth;
  document.body.classList.toggle("has-text", transcript.textContent.trim() !== "");
}

window.addEventListener("DOMContentLoaded", renderContent);
