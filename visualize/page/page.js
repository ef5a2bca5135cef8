"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { nodes, vertices, looks } = data;
  const panel = document.getElementById("panel");
  const about = document.getElementById("about");
  const search = document.getElementById("search");
  const said = document.getElementById("said");
  const byId = new Map(nodes.map((node, number) => [node.id, number]));
  const vertexOf = new Map();
  vertices.forEach((vertex, place) => vertex.nodes.forEach((number) => vertexOf.set(number, place)));
  document.body.classList.add("live");

  // ---------------------------------------------------------------- sheets: pan and zoom

  class Sheet {
    constructor(element) {
      this.element = element;
      this.svg = element.querySelector("svg");
      this.view = this.svg.querySelector(".view");
      this.width = this.svg.viewBox.baseVal.width;
      this.height = this.svg.viewBox.baseVal.height;
      this.scrolls = element.dataset.scrolls !== undefined;
      this.scale = 1;
      this.x = this.y = 0;
      this.pointers = new Map();
      this.touched = false;
      this.svg.removeAttribute("viewBox");
      for (const [kind, handle] of Object.entries({
        wheel: this.onWheel, pointerdown: this.onDown, pointermove: this.onMove, pointerup: this.onUp, pointercancel: this.onUp,
      })) element.addEventListener(kind, handle.bind(this), { passive: false });
    }

    get size() {
      return this.element.getBoundingClientRect();
    }

    apply() {
      const { width, height } = this.size;
      const slack = 60; // so much of the picture always stays in sight
      this.x = Math.min(width - slack, Math.max(slack - this.width * this.scale, this.x));
      this.y = Math.min(height - slack, Math.max(slack - this.height * this.scale, this.y));
      this.view.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
    }

    fit(legible = 0) {
      const { width, height } = this.size;
      if (!width || !height) return;
      const across = (width - 24) / this.width;
      const down = (height - 24) / this.height;
      this.least = Math.min(across, down, 1) / 2;
      this.scale = this.scrolls ? Math.min(across, 1.35) : Math.max(legible, Math.min(across, down, 1.35));
      this.x = Math.max(12, (width - this.width * this.scale) / 2);
      this.y = this.scrolls ? 12 : Math.max(12, (height - this.height * this.scale) / 2);
      this.touched = false;
      this.apply();
    }

    settle() { // the window or the panel changed: keep what the reader chose to look at, else fit anew
      if (this.touched) this.apply();
      else this.fit(0.5);
    }

    zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
      const scale = Math.min(8, Math.max(this.least, this.scale * factor));
      this.x = x - (x - this.x) * (scale / this.scale);
      this.y = y - (y - this.y) * (scale / this.scale);
      this.scale = scale;
      this.touched = true;
      this.apply();
    }

    pan(x, y) {
      this.x += x;
      this.y += y;
      this.touched = true;
      this.apply();
    }

    onWheel(event) {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      if (event.shiftKey || (this.scrolls && !event.ctrlKey)) {
        this.pan(-(event.shiftKey ? event.deltaX || event.deltaY : event.deltaX) * unit, event.shiftKey ? 0 : -event.deltaY * unit);
        return;
      }
      const { left, top } = this.size;
      const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad arrives as a wheel with ctrl, in small steps
      this.zoom(Math.exp(-event.deltaY * unit * speed), event.clientX - left, event.clientY - top);
    }

    onDown(event) {
      if (event.button) return;
      this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
      this.moved = 0;
    }

    onMove(event) {
      const before = this.pointers.get(event.pointerId);
      if (!before) return;
      const now = [event.clientX, event.clientY];
      this.moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (this.moved > 4 && !this.element.hasPointerCapture(event.pointerId)) {
        this.element.setPointerCapture(event.pointerId); // not at once: a click would go to the sheet
        this.element.classList.add("held");
      }
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
      this.pointers.set(event.pointerId, now);
      if (!other) {
        if (this.moved > 4) this.pan(now[0] - before[0], now[1] - before[1]);
        return;
      }
      const { left, top } = this.size;
      const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
      this.zoom(apart(now) / apart(before), (now[0] + other[0]) / 2 - left, (now[1] + other[1]) / 2 - top);
    }

    onUp(event) {
      this.pointers.delete(event.pointerId);
      this.element.classList.remove("held");
    }

    show(element, close) {
      const box = element.getBoundingClientRect();
      const { left, top, width, height } = this.size;
      const [x, y] = [box.left - left + box.width / 2, box.top - top + box.height / 2];
      if (close && this.scale < 0.5 && !this.scrolls) this.zoom(0.9 / this.scale, x, y);
      if (x < 40 || x > width - 40 || y < 30 || y > height - 30) {
        this.pan(this.scrolls ? 0 : width / 2 - x, height / 2 - y);
      }
    }
  }

  const sheets = new Map([...document.querySelectorAll(".sheet")].map((one) => [one.id, new Sheet(one)]));
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const current = () => [...sheets.values()].find((sheet) => !sheet.element.hidden);

  function turnTo(name) {
    for (const tab of tabs) {
      const chosen = tab.getAttribute("aria-controls") === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const [id, sheet] of sheets) sheet.element.hidden = id !== name;
    current().settle(); // a large picture is shown from its beginning, at a size that can be read
  }

  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => turnTo(tab.getAttribute("aria-controls")));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      next.focus();
      next.click();
      event.stopPropagation();
    });
  });

  // ---------------------------------------------------------------- details

  function make(name, text, ...classes) {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text; // text, never markup: users wrote it
    element.classList.add(...classes);
    return element;
  }

  function badge(state) {
    const element = make("span", looks[state].sign, "badge", state);
    element.setAttribute("aria-hidden", "true");
    return element;
  }

  function link(number) {
    const button = make("button", undefined, "node");
    button.type = "button";
    if (nodes[number].state) button.append(badge(nodes[number].state));
    button.append(make("bdi", nodes[number].id));
    button.addEventListener("click", () => choose(number, true));
    return button;
  }

  function named(id) {
    return byId.has(id) ? link(byId.get(id)) : make("bdi", id);
  }

  function listed(numbers, most) {
    const list = make("ol");
    for (const number of numbers.slice(0, most)) {
      const item = make("li");
      item.append(link(number));
      list.append(item);
    }
    if (numbers.length > most) list.append(make("li", `… ${(numbers.length - most).toLocaleString("en")} more`, "quiet"));
    return list;
  }

  function headed(title, ...content) {
    about.append(make("h3", title), ...content);
  }

  function valued(value, ...classes) {
    const found = [];
    if (value.note) found.push(make("p", value.note, "quiet"));
    if (value.text !== undefined) found.push(make("pre", value.text, ...classes));
    return found;
  }

  function pairs(entries) {
    const list = make("dl");
    for (const [name, content] of entries) {
      const told = make("dd");
      told.append(...(Array.isArray(content) ? content : [content]));
      list.append(make("dt", name), told);
    }
    return list;
  }

  function tell(number) {
    const node = nodes[number];
    about.replaceChildren();
    const title = make("h2");
    title.append(make("bdi", node.id));
    about.append(title);
    if (node.state) {
      const state = make("p", undefined, "state");
      state.append(badge(node.state), looks[node.state].word);
      if (node.cause) state.append(" because of ", named(node.cause));
      about.append(state);
    }
    if (node.about) about.append(make("p", node.about));
    if (node.error) {
      headed("Error", make("pre", node.error.text, "wrong"));
      const more = make("details");
      more.append(make("summary", "Traceback"), make("pre", node.error.trace));
      about.append(more);
    }
    if (node.times) headed("Time", pairs(node.times));
    if (node.tries) headed("Attempts", make("pre", node.tries.join("\n")));
    if (node.inputs) {
      headed("Inputs");
      for (const input of node.inputs) {
        const line = make("p", undefined, "input");
        line.append(make("bdi", input.name));
        (input.from || []).slice(0, 20).forEach((id, place) => line.append(place ? ", " : " from ", named(id)));
        if ((input.from || []).length > 20) line.append(` and ${input.from.length - 20} more`);
        about.append(line, ...valued(input));
      }
    }
    if (node.output) headed("Output", ...valued(node.output));
    if (node.log) headed("Log", make("pre", node.log.join("\n")));
    const facts = [["kind", node.kind]];
    if (node.task) facts.push(["task", make("bdi", node.task)]);
    if (node.parent) facts.push(["part of", named(node.parent)]);
    if (node.after) facts.push(["waits for", node.after.slice(0, 20).flatMap((id, place) => [place ? ", " : "", named(id)])]);
    for (const [name, value] of Object.entries(node.policy || {})) facts.push([name, value]);
    if (node.where) facts.push(["written at", node.where]);
    if (node.defined) facts.push(["task at", node.defined]);
    headed("Node", pairs(facts));
  }

  function tellMany(vertex) {
    about.replaceChildren(make("h2", vertex.label));
    if (vertex.counts) about.append(make("p", vertex.counts));
    if (vertex.total > vertex.nodes.length) {
      about.append(make("p", `${(vertex.total - vertex.nodes.length).toLocaleString("en")} of them have no details here.`, "quiet"));
    }
    headed("Nodes", listed(vertex.nodes, 500));
  }

  function open() {
    if (!panel.hidden) return;
    panel.hidden = false;
    current().settle();
  }

  function close() {
    if (!panel.hidden) {
      panel.hidden = true;
      current().settle();
    }
    mark(undefined, undefined);
  }

  function mark(place, number) {
    for (const element of document.querySelectorAll(".chosen, .near")) element.classList.remove("chosen", "near");
    if (place !== undefined) {
      document.querySelector(`[data-vertex="${place}"]`)?.classList.add("chosen");
      for (const edge of document.querySelectorAll(`[data-tail="${place}"], [data-head="${place}"]`)) edge.classList.add("near");
    }
    if (number !== undefined) document.querySelector(`[data-node="${number}"]`)?.classList.add("chosen");
  }

  function choose(number, bring) {
    tell(number);
    open();
    mark(vertexOf.get(number), number);
    about.scrollTop = 0;
    bringChosen(bring);
  }

  function chooseVertex(place, bring) {
    const vertex = vertices[place];
    if (vertex.nodes.length === 1 && vertex.total === 1) {
      choose(vertex.nodes[0], bring);
      return;
    }
    if (!vertex.total && !vertex.nodes.length) return;
    tellMany(vertex);
    open();
    mark(place, undefined);
    bringChosen(bring);
  }

  function bringChosen(close) {
    const chosen = current().element.querySelector(".chosen");
    if (chosen) current().show(chosen, close);
  }

  function chooseElement(element, bring) {
    if (element.dataset.vertex !== undefined) chooseVertex(Number(element.dataset.vertex), bring);
    else choose(Number(element.dataset.node), bring);
  }

  for (const sheet of sheets.values()) {
    sheet.element.addEventListener("click", (event) => {
      const element = event.target.closest("[data-vertex], [data-node]");
      if (element) chooseElement(element, false);
      else if (sheet.moved <= 4) close();
    });
    sheet.element.addEventListener("focusin", (event) => {
      const element = event.target.closest("[data-vertex], [data-node]");
      if (element && element.matches(":focus-visible")) chooseElement(element, true);
    });
  }
  document.getElementById("close").addEventListener("click", close);

  // ---------------------------------------------------------------- search and filters

  const filters = [...document.querySelectorAll(".filters button")];
  const drawn = [...document.querySelectorAll("[data-vertex]")];
  const rows = [...document.querySelectorAll("[data-node]")];

  function sift() {
    const words = search.value.trim().toLowerCase();
    const states = new Set(filters.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.state));
    const wanted = (number) => {
      const node = nodes[number];
      if (states.size && !states.has(node.state)) return false;
      return !words || node.id.toLowerCase().includes(words) || (node.task || "").toLowerCase().includes(words);
    };
    const sifting = Boolean(words || states.size);
    for (const element of drawn) {
      const vertex = vertices[element.dataset.vertex];
      const kept = vertex.nodes.some(wanted) || (!words && vertex.states.some((state) => states.has(state)));
      element.classList.toggle("dim", sifting && !kept);
    }
    for (const element of rows) element.classList.toggle("dim", sifting && !wanted(Number(element.dataset.node)));
    if (!words) {
      said.textContent = "";
      return [];
    }
    const found = nodes.map((_, number) => number).filter(wanted);
    said.textContent = `${found.length} found`;
    return found;
  }

  search.addEventListener("input", () => {
    const found = sift();
    if (!search.value.trim()) return;
    mark(undefined, undefined);
    const count = found.length === 1 ? "1 node" : `${found.length.toLocaleString("en")} nodes`;
    about.replaceChildren(make("h2", found.length ? count : "No such node"));
    if (data.omitted) about.append(make("p", `${data.omitted.toLocaleString("en")} further nodes are not on this page.`, "quiet"));
    about.append(listed(found, 100));
    open();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const found = sift();
      if (found.length) choose(found[0], true);
    } else if (event.key === "Escape") {
      search.value = "";
      sift();
      search.blur();
      close();
    }
    event.stopPropagation();
  });
  for (const button of filters) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      sift();
    });
  }

  // ---------------------------------------------------------------- keys, buttons, size

  const zooms = { in: () => current().zoom(1.3), out: () => current().zoom(1 / 1.3), fit: () => current().fit() };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zooms[button.dataset.zoom]());
  }
  const keys = {
    "+": zooms.in, "=": zooms.in, "-": zooms.out, "_": zooms.out, "0": zooms.fit,
    ArrowLeft: () => current().pan(60, 0), ArrowRight: () => current().pan(-60, 0),
    ArrowUp: () => current().pan(0, 60), ArrowDown: () => current().pan(0, -60),
    "/": () => search.focus(), Escape: close,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const element = event.target.closest?.("[data-vertex], [data-node]");
    if (element && (event.key === "Enter" || event.key === " ")) {
      chooseElement(element, false);
      event.preventDefault();
      return;
    }
    if (about.contains(event.target) && event.key.startsWith("Arrow")) return;
    if (!keys[event.key]) return;
    keys[event.key]();
    event.preventDefault();
  });

  window.addEventListener("resize", () => current().settle());
  turnTo(data.start);
})();
