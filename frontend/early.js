// Before the first paint: the theme, text size and language that were chosen, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const kept = (name) => {
    try {
      return JSON.parse(localStorage.getItem("hearth.appearance") ?? "{}")[name];
    } catch {
      return undefined;
    }
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = kept("theme");
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";
  root.dataset.size = kept("size") ?? "normal";
})();
