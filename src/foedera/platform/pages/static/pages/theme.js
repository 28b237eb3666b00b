/* Runs before anything is drawn, so that a dark screen never flashes white. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("with-script");
  if (root.getAttribute("data-theme") !== "system" || !window.matchMedia) return;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function follow() {
    root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  }
  follow();
  dark.addEventListener("change", function () {
    follow();
    document.dispatchEvent(new CustomEvent("foedera:theme"));
  });
})();
