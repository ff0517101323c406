// Shows what is told of somebody who speaks: everything as text, nothing as markup. It may be told before the page is there.
const BARS = 8;
const levels = new Array(BARS).fill(0);
const now = {};

function tell(told) {
  if (told.level !== now.level) {
    levels.push(told.level ?? 0);
    levels.shift();
  }
  Object.assign(now, told);
  show();
}

function show() {
  const said = document.getElementById("said");
  if (!said) return;
  for (const name of ["state", "notebook", "hint", "committed", "tentative"]) {
    document.getElementById(name).textContent = now[name] ?? "";
  }
  [...document.querySelectorAll("#meter i")].forEach((bar, at) => {
    bar.style.height = `${3 + Math.round(21 * levels[at])}px`;
  });
  // The last of it is what somebody looks for.
  said.scrollLeft = said.scrollWidth;
  document.body.classList.toggle("has-text", said.textContent.trim() !== "");
}

window.addEventListener("DOMContentLoaded", show);
