// Before the first paint: applies the stored theme and text size, so that nothing flashes.
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return JSON.parse(localStorage.getItem("hearth.appearance") ?? "{}")[name];
    } catch {
      return undefined;
    }
  };
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = stored("theme");
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";
  root.dataset.size = stored("size") ?? "normal";
})();
