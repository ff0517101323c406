// Shows what is told of somebody who speaks: everything as text, nothing as markup.
const BARS = 8;
const levels = new Array(BARS).fill(0);

function tell(told) {
  for (const name of ["state", "notebook", "hint", "committed", "tentative"]) {
    const place = document.getElementById(name);
    if (place && name in told) place.textContent = told[name] ?? "";
  }
  if ("level" in told) {
    levels.push(told.level);
    levels.shift();
    [...document.querySelectorAll("#meter i")].forEach((bar, at) => {
      bar.style.height = `${3 + Math.round(21 * levels[at])}px`;
    });
  }
  const said = document.getElementById("said");
  if (said) {
    // The last of it is what somebody looks for.
    said.scrollLeft = said.scrollWidth;
    document.body.classList.toggle("has-text", said.textContent.trim() !== "");
  }
}
