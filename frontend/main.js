// Starts the interface. A file of its own, as the page's policy allows no script inside of it.
import init from "./hearth.js";
init({ module_or_path: "/hearth_bg.wasm" }).catch((error) => {
  document.body.dataset.failed = "true";
  console.error(error);
});
