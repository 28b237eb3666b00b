/* Behaviour of the pages. Nothing here is needed to read or to write, save for charts, maps and the palette.
   No inline handlers, no inline styles, no evaluation: the content security policy allows none of them. */
(function () {
  "use strict";

  var words = {};
  var wordsBlock = document.getElementById("script-words");
  if (wordsBlock) words = JSON.parse(wordsBlock.textContent);

  function say(key, values) {
    return (words[key] || "").replace(/\{(\w+)\}/g, function (_all, name) {
      return values && name in values ? values[name] : "";
    });
  }

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function announce(text) {
    var place = document.getElementById("announcer");
    if (place) place.textContent = text;
  }

  function isTyping(target) {
    return target.closest && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  }

  /* ------------------------------------------------------------------ menus */

  document.addEventListener("click", function (event) {
    all("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("focusin", function (event) {
    all("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  function foldNavigation() {
    var narrow = window.matchMedia("(max-width: 56em)");
    all("[data-fold-when-narrow]").forEach(function (menu) {
      function follow() { menu.open = !narrow.matches; }
      follow();
      narrow.addEventListener("change", follow);
    });
  }

  /* ------------------------------------------------------------------ palette */

  var palette = document.getElementById("palette");
  var paletteUrl = document.body.getAttribute("data-palette");

  function startPalette() {
    var input = document.getElementById("palette-input");
    var list = document.getElementById("palette-list");
    var state = document.getElementById("palette-state");
    var results = [];
    var chosen = -1;
    var waiting = 0;
    var asked = 0;

    function show() {
      list.textContent = "";
      results.forEach(function (result, index) {
        var item = document.createElement("li");
        item.id = "palette-" + index;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", index === chosen ? "true" : "false");
        [["label", result.label], ["hint", result.hint], ["kind", result.kind]].forEach(function (part) {
          if (!part[1]) return;
          var span = document.createElement("span");
          span.className = "result-" + part[0];
          span.textContent = part[1];
          item.appendChild(span);
        });
        item.addEventListener("click", function () { go(index); });
        list.appendChild(item);
      });
      input.setAttribute("aria-expanded", results.length ? "true" : "false");
      mark();
    }

    function mark() {
      all("[role=option]", list).forEach(function (item, index) {
        var is = index === chosen;
        item.setAttribute("aria-selected", is ? "true" : "false");
        if (is) item.scrollIntoView({ block: "nearest" });
      });
      if (chosen >= 0) input.setAttribute("aria-activedescendant", "palette-" + chosen);
      else input.removeAttribute("aria-activedescendant");
    }

    function go(index) {
      var result = results[index];
      if (!result) return;
      var address = new URL(result.url, location.href);
      if (address.origin === location.origin) location.assign(address.href);
    }

    function ask() {
      var number = ++asked;
      state.textContent = say("searching");
      fetch(paletteUrl + (paletteUrl.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(input.value), {
        headers: { Accept: "application/json" }, credentials: "same-origin"
      }).then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      }).then(function (found) {
        if (number !== asked) return;
        results = Array.isArray(found) ? found : found.results || [];
        chosen = results.length ? 0 : -1;
        show();
        state.textContent = results.length ? say("results", { count: results.length }) : say("nothingFound");
      }).catch(function () {
        if (number !== asked) return;
        results = [];
        chosen = -1;
        show();
        state.textContent = say("searchFailed");
      });
    }

    input.addEventListener("input", function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(ask, 120);
    });
    input.addEventListener("keydown", function (event) {
      var step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && results.length) {
        chosen = (chosen + step + results.length) % results.length;
        mark();
        event.preventDefault();
      } else if (event.key === "Enter") {
        event.preventDefault();
        go(chosen);
      }
    });
    palette.addEventListener("click", function (event) {
      if (event.target === palette) palette.close();
    });
    all("[data-open-palette]").forEach(function (button) { button.addEventListener("click", open); });

    function open() {
      if (palette.open) return;
      palette.showModal();
      input.select();
      ask();
    }
    return open;
  }

  var openPalette = palette && paletteUrl && palette.showModal ? startPalette() : null;

  /* ------------------------------------------------------------------ keys */

  document.addEventListener("keydown", function (event) {
    var target = event.target;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k" && openPalette) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape") {
      all("details.menu[open]").forEach(function (menu) {
        var inside = menu.contains(document.activeElement);
        menu.open = false;
        if (inside) menu.querySelector("summary").focus();
      });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || (palette && palette.open)) return;
    if (event.key === "/") {
      var search = document.getElementById("search-everything") || document.getElementById("list-search");
      if (openPalette) openPalette();
      else if (search) search.focus();
      else return;
      event.preventDefault();
    } else if (event.key === "j" || event.key === "k") {
      if (moveInList(event.key === "j" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "x") {
      var row = target.closest && target.closest("[data-records] tbody tr");
      var box = row && row.querySelector("input[name=selected]");
      if (box) {
        box.checked = !box.checked;
        box.dispatchEvent(new Event("change", { bubbles: true }));
        event.preventDefault();
      }
    }
  });

  function moveInList(step) {
    var rows = all("[data-records] tbody tr");
    if (!rows.length) return false;
    var present = document.activeElement && document.activeElement.closest("[data-records] tbody tr");
    var index = present ? rows.indexOf(present) + step : step > 0 ? 0 : rows.length - 1;
    var row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    var target = row.querySelector("th a, a") || row.querySelector("input");
    if (!target) {
      row.tabIndex = -1;
      target = row;
    }
    target.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  /* ------------------------------------------------------------------ selection */

  function countSelection() {
    var form = document.querySelector("[data-bulk]");
    if (!form) return;
    var boxes = all("[data-records] input[name=selected]");
    var checked = boxes.filter(function (box) { return box.checked; });
    var everything = form.querySelector("[data-bulk-all]");
    boxes.forEach(function (box) { box.closest("tr").classList.toggle("selected", box.checked); });
    form.classList.toggle("bulk-on", checked.length > 0 || Boolean(everything && everything.checked));
    form.querySelector("[data-bulk-count]").textContent = say("selected", { count: checked.length });
    var page = document.querySelector("[data-select-page]");
    if (page) {
      page.checked = boxes.length > 0 && checked.length === boxes.length;
      page.indeterminate = checked.length > 0 && checked.length < boxes.length;
    }
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-select-page]")) {
      all("[data-records] input[name=selected]").forEach(function (box) { box.checked = event.target.checked; });
      countSelection();
    } else if (event.target.matches("input[name=selected], [data-bulk-all]")) {
      countSelection();
    }
  });

  /* ------------------------------------------------------------------ finding what a field may name */

  var lookups = 0;

  function lookUp(input) {
    var list = document.getElementById(input.getAttribute("list"));
    if (!list) {
      list = document.createElement("datalist");
      list.id = "lookup-" + lookups++;
      input.insertAdjacentElement("afterend", list);
      input.setAttribute("list", list.id);
    }
    var url = input.getAttribute("data-lookup");
    var typedNow = input.value;
    if (typedNow.trim().length < 2 || all("option", list).some(function (option) { return option.value === typedNow; })) return;
    fetch(url + (url.indexOf("?") < 0 ? "?" : "&") + "q=" + encodeURIComponent(typedNow), {
      headers: { Accept: "application/json" }, credentials: "same-origin"
    }).then(function (response) {
      return response.ok ? response.json() : [];
    }).then(function (found) {
      if (input.value !== typedNow) return;
      list.textContent = "";
      found.forEach(function (entry) {
        var option = document.createElement("option");
        option.value = entry.value;
        option.label = entry.label;
        list.appendChild(option);
      });
    }).catch(function () { /* Without suggestions the field is still typed in. */ });
  }

  var lookupWaiting = 0;
  document.addEventListener("input", function (event) {
    var input = event.target;
    if (!input.matches || !input.matches("input[data-lookup]")) return;
    window.clearTimeout(lookupWaiting);
    lookupWaiting = window.setTimeout(function () { lookUp(input); }, 150);
  });

  /* ------------------------------------------------------------------ asking before, and what was typed */

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-confirm]");
    if (button && !window.confirm(button.getAttribute("data-confirm"))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  var unsaved = false;
  var sentKey = "foedera:sent";

  function memory() {
    try {
      return window.sessionStorage;
    } catch (_refused) {
      return null;
    }
  }

  function nameOf(form) {
    return "foedera:typed:" + (document.body.getAttribute("data-user") || "") + ":" + form.getAttribute("data-keep");
  }

  function kept(form) {
    return all("input, textarea, select", form).filter(function (field) {
      return field.name && !/^(hidden|password|file|submit|button)$/.test(field.type) && !field.hasAttribute("data-forget");
    });
  }

  function typed(form) {
    var values = {};
    kept(form).forEach(function (field) {
      var value;
      if (field.type === "checkbox" || field.type === "radio") value = field.checked ? [field.value] : [];
      else if (field.multiple) value = all("option", field).filter(function (o) { return o.selected; }).map(function (o) { return o.value; });
      else value = [field.value];
      values[field.name] = (values[field.name] || []).concat(value);
    });
    return values;
  }

  function restore(form, values) {
    var changed = false;
    var places = {};
    kept(form).forEach(function (field) {
      if (!(field.name in values)) return;
      var wanted = values[field.name];
      if (field.type === "checkbox" || field.type === "radio") {
        var on = wanted.indexOf(field.value) >= 0;
        changed = changed || field.checked !== on;
        field.checked = on;
      } else if (field.multiple) {
        all("option", field).forEach(function (option) {
          var is = wanted.indexOf(option.value) >= 0;
          changed = changed || option.selected !== is;
          option.selected = is;
        });
      } else {
        var place = places[field.name] || 0;
        places[field.name] = place + 1;
        if (place < wanted.length && field.value !== wanted[place]) {
          field.value = wanted[place];
          changed = true;
        }
      }
    });
    return changed;
  }

  function startForms(root) {
    var store = memory();
    var failed = document.body.hasAttribute("data-failed");
    if (store && !failed) {
      var sent = store.getItem(sentKey);
      // A form that was sent and does not come back was taken: what was typed is kept no longer.
      if (sent && !all("form[data-keep]").some(function (form) { return nameOf(form) === sent; })) store.removeItem(sent);
      store.removeItem(sentKey);
    }
    all("form[data-keep]", root).forEach(function (form) {
      if (!store || form.hasAttribute("data-bound")) return;
      var found = store.getItem(nameOf(form));
      if (!found) return;
      var before = typed(form);
      var values;
      try {
        values = JSON.parse(found);
      } catch (_broken) {
        store.removeItem(nameOf(form));
        return;
      }
      if (restore(form, values)) {
        unsaved = true;
        offerToDiscard(form, before, store);
      }
    });
  }

  function offerToDiscard(form, before, store) {
    var notice = document.createElement("div");
    notice.className = "notice notice-blue restored";
    notice.setAttribute("role", "status");
    var text = document.createElement("div");
    text.textContent = say("restored");
    var button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = say("discard");
    button.addEventListener("click", function () {
      restore(form, before);
      store.removeItem(nameOf(form));
      unsaved = false;
      notice.remove();
    });
    notice.appendChild(text);
    notice.appendChild(button);
    form.parentNode.insertBefore(notice, form);
  }

  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (!form) return;
    if (form.hasAttribute("data-warn")) unsaved = true;
    if (form.hasAttribute("data-keep")) {
      var store = memory();
      try {
        if (store) store.setItem(nameOf(form), JSON.stringify(typed(form)));
      } catch (_full) {
        /* The memory of the tab is full: the warning on leaving still stands. */
      }
    }
  });
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented) return;
    var form = event.target;
    var store = memory();
    unsaved = false;
    if (!store) return;
    if (form.hasAttribute("data-keep")) store.setItem(sentKey, nameOf(form));
    if (form.hasAttribute("data-sign-out")) {
      Object.keys(store).forEach(function (key) { if (key.indexOf("foedera:") === 0) store.removeItem(key); });
    }
  });
  document.addEventListener("click", function (event) {
    var cancel = event.target.closest("[data-cancel]");
    if (!cancel) return;
    var form = cancel.closest("form");
    var store = memory();
    unsaved = false;
    if (form && store && form.hasAttribute("data-keep")) store.removeItem(nameOf(form));
  });
  window.addEventListener("beforeunload", function (event) {
    if (unsaved) event.preventDefault();
  });

  /* ------------------------------------------------------------------ partial updates */

  document.body.addEventListener("htmx:configRequest", function (event) {
    var token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    trouble("");
    var asked = event.detail.target ? event.detail.target.id : "";
    var swapped = asked === "list" || asked === "list-view" ? document.getElementById(asked) : null;
    if (swapped) {
      countSelection();
      var line = swapped.querySelector("[data-announce]");
      announce(say("updated") + " " + (line ? line.textContent.trim() : ""));
      if (document.activeElement === document.body) {
        swapped.tabIndex = -1;
        swapped.focus({ preventScroll: true });
      }
    }
    pictures(document);
  });
  document.body.addEventListener("htmx:beforeRequest", function (event) {
    var from = event.detail.elt;
    if (from && from.hasAttribute("data-to-top")) document.getElementById("content").scrollIntoView();
  });
  document.body.addEventListener("htmx:sendError", function () { trouble(say("connectionLost")); });
  document.body.addEventListener("htmx:responseError", function (event) {
    trouble(say("serverError", { status: event.detail.xhr.status }));
  });
  // A page that came in place of a part (signed out meanwhile, a failure) is shown whole, never inside the part.
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (/^\s*<!doctype/i.test(event.detail.serverResponse || "") && event.detail.xhr.status < 400) {
      event.detail.shouldSwap = false;
      location.assign(event.detail.xhr.responseURL || location.href);
    }
  });

  function trouble(text) {
    var place = document.getElementById("trouble");
    if (place) place.textContent = text;
  }

  /* ------------------------------------------------------------------ charts */

  var charts = [];

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function themed(option) {
    var ink = colour("--ink");
    var quiet = colour("--quiet");
    var line = colour("--line");
    function axis(given) {
      if (Array.isArray(given)) return given.map(axis);
      return Object.assign({}, given, {
        axisLabel: Object.assign({ color: quiet }, given.axisLabel),
        nameTextStyle: Object.assign({ color: quiet }, given.nameTextStyle),
        axisLine: Object.assign({ lineStyle: { color: line } }, given.axisLine),
        axisTick: Object.assign({ lineStyle: { color: line } }, given.axisTick),
        splitLine: Object.assign({ lineStyle: { color: line } }, given.splitLine)
      });
    }
    var result = Object.assign({
      color: ["--bar-blue", "--bar-green", "--bar-amber", "--bar-violet", "--bar-red", "--bar-grey"].map(colour),
      grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true }
    }, option, {
      animation: false,
      backgroundColor: "transparent",
      // Hatching tells the series apart where colour alone would; the description stands in the page.
      aria: { enabled: true, label: { enabled: false }, decal: { show: Array.isArray(option.series) && option.series.length > 1 } },
      textStyle: Object.assign({ color: ink, fontFamily: getComputedStyle(document.body).fontFamily }, option.textStyle)
    });
    if (option.xAxis) result.xAxis = axis(option.xAxis);
    if (option.yAxis) result.yAxis = axis(option.yAxis);
    if (option.legend) result.legend = Object.assign({ textStyle: { color: ink }, inactiveColor: quiet, type: "scroll", top: 0 }, option.legend);
    // The tooltip is drawn on the canvas: one made of HTML would carry inline styles.
    if (option.tooltip !== false) {
      result.tooltip = Object.assign({ trigger: "item", confine: true, backgroundColor: colour("--raised"), borderColor: line, textStyle: { color: ink } },
        option.tooltip, { renderMode: "richText" });
    }
    return result;
  }

  function drawChart(box) {
    var data = document.getElementById(box.getAttribute("data-chart"));
    var chart = window.echarts.init(box, null, { renderer: "canvas" });
    var option = JSON.parse(data.textContent);
    chart.setOption(themed(option));
    chart.on("click", function (event) {
      var url = event.data && event.data.url;
      if (url && new URL(url, location.href).origin === location.origin) location.assign(url);
    });
    charts.push({ chart: chart, option: option });
    if (window.ResizeObserver) new ResizeObserver(function () { chart.resize(); }).observe(box);
  }

  function failedPicture(box) {
    box.textContent = say("pictureFailed");
    box.removeAttribute("aria-busy");
    var table = box.closest(".picture") && box.closest(".picture").querySelector("details.folded:last-of-type");
    if (table) table.open = true;
  }

  var libraryAsked = null;

  function library() {
    if (!libraryAsked) {
      libraryAsked = new Promise(function (resolve, reject) {
        if (window.echarts) {
          resolve();
          return;
        }
        var script = document.createElement("script");
        script.src = document.body.getAttribute("data-echarts");
        script.onload = resolve;
        script.onerror = reject;
        document.head.appendChild(script);
      });
    }
    return libraryAsked;
  }

  document.addEventListener("foedera:theme", function () {
    charts.forEach(function (entry) { entry.chart.setOption(themed(entry.option), true); });
  });
  window.addEventListener("beforeprint", function () { charts.forEach(function (entry) { entry.chart.resize(); }); });

  /* ------------------------------------------------------------------ maps */

  var SVG = "http://www.w3.org/2000/svg";
  var WIDTH = 1000;

  function svg(name, attributes, parent) {
    var element = document.createElementNS(SVG, name);
    Object.keys(attributes || {}).forEach(function (key) { element.setAttribute(key, attributes[key]); });
    if (parent) parent.appendChild(element);
    return element;
  }

  // Robinson's table of the parallels (Robinson, 1974): length of the parallel and distance from the equator, every 5 degrees.
  var LENGTH = [1, 0.9986, 0.9954, 0.99, 0.9822, 0.973, 0.96, 0.9427, 0.9216, 0.8962, 0.8679, 0.835, 0.7986, 0.7597, 0.7186, 0.6732, 0.6213, 0.5722, 0.5322];
  var DISTANCE = [0, 0.062, 0.124, 0.186, 0.248, 0.31, 0.372, 0.434, 0.4958, 0.5571, 0.6176, 0.6769, 0.7346, 0.7903, 0.8435, 0.8936, 0.9394, 0.9761, 1];

  function robinson(longitude, latitude) {
    var at = Math.min(Math.abs(latitude), 90) / 5;
    var below = Math.min(Math.floor(at), 17);
    var part = at - below;
    var length = LENGTH[below] + (LENGTH[below + 1] - LENGTH[below]) * part;
    var distance = DISTANCE[below] + (DISTANCE[below + 1] - DISTANCE[below]) * part;
    return [0.8487 * length * longitude * Math.PI / 180, -1.3523 * distance * (latitude < 0 ? -1 : 1)];
  }

  // For one country: an equal-area cone (Albers) over its own parallels, so that the north is not blown up.
  function albers(first, second) {
    var radian = Math.PI / 180;
    if (Math.abs(first + second) < 10) return function (longitude, latitude) { return [longitude * radian, -latitude * radian]; };
    var n = (Math.sin(first * radian) + Math.sin(second * radian)) / 2;
    var c = Math.pow(Math.cos(first * radian), 2) + 2 * n * Math.sin(first * radian);
    return function (longitude, latitude) {
      var r = Math.sqrt(Math.max(0, c - 2 * n * Math.sin(latitude * radian))) / n;
      var angle = n * longitude * radian;
      return [r * Math.sin(angle), r * Math.cos(angle)];
    };
  }

  function rings(geometry) {
    if (!geometry) return [];
    if (geometry.type === "Polygon") return geometry.coordinates;
    if (geometry.type === "MultiPolygon") return [].concat.apply([], geometry.coordinates);
    if (geometry.type === "GeometryCollection") return [].concat.apply([], geometry.geometries.map(rings));
    return [];
  }

  function drawMap(box) {
    var description = JSON.parse(document.getElementById(box.getAttribute("data-map")).textContent);
    var place = box.querySelector(".map");
    Promise.all([geoJson(description.geometry), description.contestedGeometry ? geoJson(description.contestedGeometry) : null])
      .then(function (found) {
        paint(box, place, description, found[0], found[1]);
        place.removeAttribute("aria-busy");
      }).catch(function () { failedPicture(place); });
  }

  function geoJson(url) {
    return fetch(url, { credentials: "same-origin" }).then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.json();
    });
  }

  function nameOfArea(feature) {
    var properties = feature.properties || {};
    var language = document.documentElement.lang.slice(0, 2);
    return properties["name_" + language] || properties.name || properties.name_en || properties.code || "";
  }

  function paint(box, place, description, geometry, overlay) {
    var centre = description.centre === null || description.centre === undefined ? 0 : description.centre;
    function turned(longitude) {
      var result = longitude - centre;
      while (result > 180) result -= 360;
      while (result < -180) result += 360;
      return result;
    }
    var south = 90, north = -90, west = 180, east = -180;
    geometry.features.forEach(function (feature) {
      rings(feature.geometry).forEach(function (ring) {
        ring.forEach(function (point) {
          var x = turned(point[0]);
          west = Math.min(west, x); east = Math.max(east, x);
          south = Math.min(south, point[1]); north = Math.max(north, point[1]);
        });
      });
    });
    // A ring that reaches nothing but the far south (Antarctica) would take a fifth of a world map.
    function isFarSouth(ring) { return ring.every(function (point) { return point[1] < -59; }); }
    var worldwide = east - west > 200 && north - south > 100;
    var project = worldwide ? robinson : albers(south + (north - south) / 6, north - (north - south) / 6);
    var offset = worldwide ? 0 : (west + east) / 2;
    // A ring across the edge of the map is cut into pieces there rather than drawn across the whole picture.
    function projected(feature, see) {
      return rings(feature.geometry).filter(function (ring) { return !worldwide || !isFarSouth(ring); }).map(function (ring) {
        var before = null;
        var pieces = [[]];
        ring.forEach(function (point) {
          var longitude = turned(point[0]);
          if (before !== null && Math.abs(longitude - before) > 180) pieces.push([]);
          before = longitude;
          var xy = project(longitude - offset, point[1]);
          if (see) see(xy);
          pieces[pieces.length - 1].push(xy);
        });
        return pieces;
      });
    }
    var left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    var drawn = geometry.features.map(function (feature) {
      return projected(feature, function (xy) {
        left = Math.min(left, xy[0]); right = Math.max(right, xy[0]);
        top = Math.min(top, xy[1]); bottom = Math.max(bottom, xy[1]);
      });
    });
    var scale = WIDTH / (right - left);
    var height = (bottom - top) * scale;
    var picture = svg("svg", { preserveAspectRatio: "xMidYMid meet", focusable: "false" });
    var definitions = svg("defs", {}, picture);
    var identifier = place.id + "-hatch";
    var pattern = svg("pattern", { id: identifier, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, definitions);
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch-line" }, pattern);
    var contested = {};
    description.contested.forEach(function (area) { area.codes.forEach(function (code) { contested[code] = area.label; }); });
    var above = svg("g", {});
    function pathOf(feature) {
      return feature.map(function (pieces) {
        return pieces.map(function (piece) {
          return piece.length < 2 ? "" : "M" + piece.map(function (xy) {
            return ((xy[0] - left) * scale).toFixed(1) + " " + ((xy[1] - top) * scale).toFixed(1);
          }).join("L") + "Z";
        }).join("");
      }).join("");
    }
    function hatch(path, text) {
      var shape = svg("path", { d: path, fill: "url(#" + identifier + ")", class: "hatched", "fill-rule": "evenodd" }, above);
      shape.addEventListener("mouseenter", function () { line.textContent = text; });
    }
    var line = box.querySelector("[data-map-words]");
    geometry.features.forEach(function (feature, index) {
      var path = pathOf(drawn[index]);
      if (!path) return;
      var code = feature.properties && feature.properties[description.property];
      var value = description.values[code];
      var name = value ? value.label : nameOfArea(feature);
      var text = name + ": " + (value ? value.text : say("noValue")) + (contested[code] ? " (" + say("contested") + ")" : "");
      var parent = picture;
      if (value && value.url) {
        parent = svg("a", { href: value.url, "aria-label": text }, picture);
        parent.addEventListener("focus", function () { line.textContent = text; });
      }
      var shape = svg("path", { d: path, class: "area area-" + (value ? value.class : "none"), "fill-rule": "evenodd" }, parent);
      shape.addEventListener("mouseenter", function () { line.textContent = text; });
      if (contested[code]) {
        hatch(path, text);
        if (value && value.url) above.lastChild.setAttribute("pointer-events", "none");
      }
    });
    (overlay ? overlay.features : []).forEach(function (feature) {
      var inside = rings(feature.geometry).some(function (ring) {
        return ring.some(function (point) {
          var x = turned(point[0]);
          return x >= west && x <= east && point[1] >= south && point[1] <= north;
        });
      });
      var path = inside ? pathOf(projected(feature)) : "";
      if (path) hatch(path, nameOfArea(feature) + " (" + say("contested") + ")");
    });
    picture.appendChild(above);
    place.textContent = "";
    place.appendChild(picture);
    box.addEventListener("mouseleave", function () { line.textContent = ""; });

    var zoom = 1, x = WIDTH / 2, y = height / 2;
    function frame() {
      var w = WIDTH / zoom, h = height / zoom;
      x = Math.max(w / 2, Math.min(WIDTH - w / 2, x));
      y = Math.max(h / 2, Math.min(height - h / 2, y));
      picture.setAttribute("viewBox", [x - w / 2, y - h / 2, w, h].map(function (n) { return n.toFixed(1); }).join(" "));
    }
    frame();
    all("[data-map-zoom]", box).forEach(function (button) {
      button.addEventListener("click", function () {
        var way = button.getAttribute("data-map-zoom");
        if (way === "all") { zoom = 1; x = WIDTH / 2; y = height / 2; }
        else zoom = Math.max(1, Math.min(24, zoom * (way === "in" ? 1.6 : 1 / 1.6)));
        frame();
      });
    });
    var dragged = null;
    picture.addEventListener("pointerdown", function (event) {
      if (zoom > 1) dragged = { px: event.clientX, py: event.clientY, x: x, y: y, far: false };
    });
    picture.addEventListener("pointermove", function (event) {
      if (!dragged) return;
      var perPixel = WIDTH / zoom / picture.clientWidth;
      if (Math.abs(event.clientX - dragged.px) + Math.abs(event.clientY - dragged.py) > 4) dragged.far = true;
      x = dragged.x - (event.clientX - dragged.px) * perPixel;
      y = dragged.y - (event.clientY - dragged.py) * perPixel;
      frame();
    });
    picture.addEventListener("click", function (event) { if (dragged && dragged.far) event.preventDefault(); dragged = null; }, true);
    picture.addEventListener("pointerleave", function () { dragged = null; });
    picture.addEventListener("dragstart", function (event) { event.preventDefault(); });
  }

  function pictures(root) {
    all("[data-map]:not([data-drawn])", root).forEach(function (box) {
      box.setAttribute("data-drawn", "");
      drawMap(box);
    });
    var boxes = all("[data-chart]:not([data-drawn])", root);
    if (!boxes.length) return;
    boxes.forEach(function (box) { box.setAttribute("data-drawn", ""); });
    library().then(function () { boxes.forEach(drawChart); }, function () { boxes.forEach(failedPicture); });
  }

  /* ------------------------------------------------------------------ passkeys */

  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    trouble(say("keyFailed"));
  });

  /* ------------------------------------------------------------------ what ends by itself */

  function countDown(place) {
    var until = Date.parse(place.getAttribute("data-until"));
    function show() {
      var seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
      var rest = seconds % 60;
      place.textContent = seconds
        ? say("timeLeft", { time: Math.floor(seconds / 60) + ":" + (rest < 10 ? "0" : "") + rest })
        : say("timeOver");
      if (seconds) window.setTimeout(show, 1000);
    }
    // Every second would be too much for who listens; the sentence beside it says until when.
    place.setAttribute("aria-hidden", "true");
    show();
  }

  /* ------------------------------------------------------------------ start */

  all("[data-until]").forEach(countDown);

  foldNavigation();
  startForms(document);
  countSelection();
  pictures(document);
  var fault = document.querySelector("[data-focus]");
  if (fault) fault.focus();
})();
