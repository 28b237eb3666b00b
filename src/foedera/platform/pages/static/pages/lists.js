/* Behaviour of lists: what may come next in the search box, panels that stay open. Without it the same is typed and clicked. */
(function () {
  "use strict";

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  /* ------------------------------------------------------------------ what may come next in a query */

  function box() { return document.querySelector("input[data-query]"); }
  function options() { return document.getElementById("list-search-options"); }

  function place() {
    var input = box();
    var at = document.getElementById("list-search-at");
    // Named only while it is asked for, so that the address of the list does not hold it.
    if (input && at) {
      at.name = "at";
      at.value = String(input.selectionStart);
    }
  }

  function close() {
    var list = options();
    var input = box();
    if (!list || !input) return;
    list.hidden = true;
    list.textContent = "";
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function chosen() {
    var list = options();
    return list && list.querySelector("[aria-selected=true]");
  }

  function mark(option) {
    var input = box();
    all("[role=option]", options()).forEach(function (other) {
      other.setAttribute("aria-selected", other === option ? "true" : "false");
    });
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function insert(option) {
    var input = box();
    var text = option.getAttribute("data-insert");
    var start = Number(option.getAttribute("data-start"));
    var end = Number(option.getAttribute("data-end"));
    var behind = input.value.slice(end);
    // A finished value is followed by a blank, a name by its value.
    var inserted = /:$/.test(text) || /^[\s,)]/.test(behind) ? text : text + " ";
    input.value = input.value.slice(0, start) + inserted + behind;
    var at = start + inserted.length;
    input.setSelectionRange(at, at);
    input.focus();
    close();
    if (/:$/.test(text)) ask();
  }

  function ask() {
    place();
    window.htmx.trigger(box(), "asked");
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches && event.target.matches("input[data-query]")) place();
  }, true);

  document.addEventListener("keydown", function (event) {
    if (!event.target.matches || !event.target.matches("input[data-query]")) return;
    var list = options();
    var found = all("[role=option]", list);
    var open = !list.hidden && found.length > 0;
    var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && open) {
      var index = found.indexOf(chosen());
      mark(found[index < 0 ? (step > 0 ? 0 : found.length - 1) : (index + step + found.length) % found.length]);
      event.preventDefault();
    } else if (event.key === "ArrowDown" && !open) {
      ask();
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === "Tab") && open && chosen()) {
      insert(chosen());
      event.preventDefault();
    } else if (event.key === "Escape" && open) {
      close();
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter") {
      close();
    }
  }, true);

  document.addEventListener("mousedown", function (event) {
    var option = event.target.closest && event.target.closest("#list-search-options [role=option]");
    if (option) {
      event.preventDefault();
      insert(option);
    }
  });
  document.addEventListener("focusout", function (event) {
    if (event.target.matches && event.target.matches("input[data-query]")) close();
  });

  document.body.addEventListener("htmx:afterSwap", function (event) {
    var list = options();
    if (!list || event.detail.target !== list) return;
    var input = box();
    var at = document.getElementById("list-search-at");
    at.removeAttribute("name");
    var open = document.activeElement === input && list.querySelector("[role=option]") !== null;
    list.hidden = !open;
    input.setAttribute("aria-expanded", open ? "true" : "false");
    input.removeAttribute("aria-activedescendant");
  });
  // A query that is not understood is answered with the list that says so.
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var target = event.detail.target;
    if (event.detail.xhr.status === 422 && target && target.id === "list-view") {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.body.addEventListener("htmx:configRequest", function (event) {
    if (!event.detail.elt.matches("input[data-query]")) delete event.detail.parameters.at;
  });

  /* ------------------------------------------------------------------ panels that stay as they were left */

  function key(panel) { return "foedera:open:" + panel.getAttribute("data-remember"); }

  function reopen() {
    all("details[data-remember]").forEach(function (panel) {
      try {
        if (window.localStorage.getItem(key(panel)) === "1") panel.open = true;
      } catch (_refused) { /* The panel is opened by hand then. */ }
    });
  }

  document.addEventListener("toggle", function (event) {
    var panel = event.target;
    if (!panel.matches || !panel.matches("details[data-remember]")) return;
    try {
      window.localStorage.setItem(key(panel), panel.open ? "1" : "0");
    } catch (_refused) { /* It is opened by hand the next time. */ }
  }, true);
  document.body.addEventListener("htmx:load", function (event) {
    if (event.detail.elt.id === "list-view") reopen();
  });
  window.addEventListener("load", reopen);
})();
