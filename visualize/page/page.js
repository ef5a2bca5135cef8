(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { nodes, vertices, groups, looks } = data;
  const panel = document.getElementById("panel");
  const about = document.getElementById("about");
  const search = document.getElementById("search");
  const said = document.getElementById("said");
  const byId = new Map(nodes.map((node, number) => [node.id, number]));
  const vertexOf = new Map();
  vertices.forEach((vertex, place) => vertex.nodes.forEach((number) => vertexOf.set(number, place)));
  const restOf = new Map(); // which row of many a node without a row of its own is counted in
  groups.forEach((group, place) => group.rest && group.nodes.forEach((number) => restOf.set(number, place)));
  document.body.classList.add("live");

  // ---------------------------------------------------------------- sheets and tabs

  const sheets = new Map([...document.querySelectorAll(".sheet")].map((one) => [one.id, one.id === "timeline" ? new Times(one) : new Canvas(one)]));
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const current = () => [...sheets.values()].find((sheet) => !sheet.element.hidden);

  function turnTo(name) {
    for (const tab of tabs) {
      const chosen = tab.getAttribute("aria-controls") === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const [id, sheet] of sheets) sheet.element.hidden = id !== name;
    for (const legend of document.querySelectorAll("[data-of]")) legend.hidden = legend.dataset.of !== name;
    current().settle();
    const chosen = current().element.querySelector(".chosen") ?? lookedFor();
    if (chosen) current().show(chosen);
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
    button.addEventListener("click", () => {
      choose(number);
      about.focus(); // the button is gone
    });
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

  const counted = (count) => count === 1 ? "1 node" : `${count.toLocaleString("en")} nodes`;

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

  // ---------------------------------------------------------------- choosing

  let origin = null; // where the keyboard was before it went into the panel
  let returning = false;

  function open() {
    if (panel.hidden) current().keep(() => { panel.hidden = false; });
  }

  function close() {
    const inside = panel.contains(document.activeElement);
    if (!panel.hidden) current().keep(() => { panel.hidden = true; });
    mark();
    if (!inside || !origin) return;
    returning = true; // being back at a node is not choosing it
    origin.focus({ preventScroll: true });
    returning = false;
    origin = null;
  }

  function enter(from) { // the keyboard goes into the panel, and back when it is closed
    if (panel.hidden) return;
    origin = from;
    about.focus();
  }

  function mark(...elements) {
    for (const element of document.querySelectorAll(".chosen, .near")) element.classList.remove("chosen", "near");
    for (const element of elements.filter(Boolean)) {
      element.classList.add("chosen");
      const place = element.dataset.vertex;
      if (place === undefined) continue;
      for (const edge of document.querySelectorAll(`[data-tail="${place}"], [data-head="${place}"]`)) edge.classList.add("near");
    }
  }

  const drawnAs = (kind, key) => key === undefined ? null : document.querySelector(`[data-${kind}="${key}"]`);
  const drawnFor = (number) => [ // where a node stands: in the graph, and in the timeline
    drawnAs("vertex", vertexOf.get(number)),
    drawnAs("node", number) ?? drawnAs("group", restOf.get(number)),
  ];

  function choose(number) {
    tell(number);
    brought(drawnFor(number));
  }

  function chooseElement(element) {
    const { vertex, node, group } = element.dataset;
    if (node !== undefined) return choose(Number(node));
    const several = vertex === undefined ? groups[group] : vertices[vertex];
    if (several.nodes.length === 1 && several.total === 1) return choose(several.nodes[0]);
    if (!several.total && !several.nodes.length) return close();
    tellMany(several);
    return brought([element]);
  }

  function brought(elements) { // open the panel, and show in the picture what it tells of
    about.scrollTop = 0;
    open();
    mark(...elements);
    const here = elements.find((element) => element && current().element.contains(element));
    if (!here) return;
    current().stopAt(here);
    current().show(here);
  }

  for (const sheet of sheets.values()) {
    sheet.element.addEventListener("click", (event) => {
      const element = event.target.closest("[data-vertex], [data-node], [data-group]");
      if (sheet.moved > 4) return;
      if (element) chooseElement(element);
      else close();
    });
    sheet.element.addEventListener("focusin", (event) => {
      const element = event.target.closest("[data-vertex], [data-node], [data-group]");
      if (element && !returning && element.matches(":focus-visible")) chooseElement(element);
    });
  }
  document.getElementById("close").addEventListener("click", close);

  // ---------------------------------------------------------------- search and filters

  const filters = [...document.querySelectorAll(".filters button")];
  const edges = [...document.querySelectorAll("[data-tail]")];
  const gravity = Object.keys(looks); // the gravest state first
  let found = []; // the nodes that are looked for, the gravest first

  function sift() { // find what is looked for, if anything is, and fade the rest
    const words = search.value.trim().toLowerCase();
    const states = new Set(filters.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.state));
    const wanted = (number) => {
      const node = nodes[number];
      if (states.size && !states.has(node.state)) return false;
      return !words || node.id.toLowerCase().includes(words) || (node.task || "").toLowerCase().includes(words);
    };
    const sifting = Boolean(words || states.size);
    const kept = ({ vertex, node, group }) => {
      if (node !== undefined) return wanted(Number(node));
      const several = vertex === undefined ? groups[group] : vertices[vertex];
      return several.nodes.some(wanted) || (!words && several.states.some((state) => states.has(state)));
    };
    const faded = new Set();
    for (const stop of [...sheets.values()].flatMap((sheet) => sheet.stops)) {
      const fades = sifting && !kept(stop.dataset);
      stop.classList.toggle("dim", fades);
      if (fades && stop.dataset.vertex !== undefined) faded.add(stop.dataset.vertex);
    }
    for (const edge of edges) edge.classList.toggle("dim", faded.has(edge.dataset.tail) || faded.has(edge.dataset.head));
    document.body.classList.toggle("sifting", sifting);
    const rank = (number) => gravity.indexOf(nodes[number].state);
    found = sifting ? nodes.map((_, number) => number).filter(wanted).sort((one, other) => rank(one) - rank(other)) : [];
    said.textContent = sifting ? `${found.length} found` : "";
    return sifting;
  }

  function lookedFor() { // the first of it, where this sheet has it
    return found.length ? drawnFor(found[0]).find((element) => element && current().element.contains(element)) : undefined;
  }

  function list() { // what is looked for stands in the panel, and the first of it in sight
    if (!sift()) return close();
    about.replaceChildren(make("h2", found.length ? counted(found.length) : "No such node"));
    if (data.omitted) about.append(make("p", `${data.omitted.toLocaleString("en")} further nodes are not on this page.`, "quiet"));
    about.append(listed(found, 100));
    open();
    mark();
    const first = lookedFor();
    if (first) current().show(first);
    return undefined;
  }

  search.addEventListener("input", list);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      sift();
      if (found.length) {
        choose(found[0]);
        enter(search);
      }
    } else if (event.key === "Escape") {
      search.value = "";
      search.blur();
      list();
    }
    event.stopPropagation();
  });
  for (const button of filters) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      list();
    });
  }

  // ---------------------------------------------------------------- keys, buttons, size, paper

  const zooms = { in: () => current().zoom(1.3), out: () => current().zoom(1 / 1.3), fit: () => current().fit() };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zooms[button.dataset.zoom]());
  }
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = {
    "+": zooms.in, "=": zooms.in, "-": zooms.out, "_": zooms.out, "0": zooms.fit, "/": () => search.focus(), Escape: close,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const element = event.target.closest?.("[data-vertex], [data-node], [data-group]");
    const way = ways[event.key];
    if (about.contains(event.target) && way) return;
    if (element && (event.key === "Enter" || event.key === " ")) {
      chooseElement(element);
      enter(element);
    } else if (element && way) {
      const next = current().next(element, ...way);
      if (next === element) current().pan(-60 * way[0], -60 * way[1]);
      else next.focus({ preventScroll: true });
    } else if (way) current().pan(-60 * way[0], -60 * way[1]);
    else if (keys[event.key]) keys[event.key]();
    else return;
    event.preventDefault();
  });

  window.addEventListener("resize", () => current().settle());
  window.addEventListener("beforeprint", () => sheets.forEach((sheet) => sheet.printed(true)));
  window.addEventListener("afterprint", () => sheets.forEach((sheet) => sheet.printed(false)));
  turnTo(data.start);
})();
