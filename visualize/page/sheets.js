"use strict";
// The sheets of a page: what can be panned and zoomed, and where the keyboard goes in it. page.js knows what they show.

class Sheet { // what both sheets have: stops for the keyboard, of which Tab reaches one, and dragging by pointers
  constructor(element) {
    this.element = element;
    this.stops = [...element.querySelectorAll("[data-vertex], [data-node], [data-group]")];
    this.pointers = new Map();
    for (const stop of this.stops) stop.tabIndex = -1;
    if (this.stops.length) this.stopAt(this.stops[0]);
    for (const [kind, handle] of Object.entries({
      wheel: this.onWheel, pointerdown: this.onDown, pointermove: this.onMove, pointerup: this.onUp, pointercancel: this.onUp,
    })) element.addEventListener(kind, handle.bind(this), { passive: false });
  }

  get size() {
    return this.element.getBoundingClientRect();
  }

  stopAt(stop) {
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = stop;
    stop.tabIndex = 0;
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
}

const outside = (low, high, start, end) => low < start ? start - low : high > end ? Math.max(end - high, start - low) : 0;

class Canvas extends Sheet { // the graph
  constructor(element) {
    super(element);
    this.svg = element.querySelector("svg");
    this.view = this.svg.querySelector(".view");
    this.width = this.svg.viewBox.baseVal.width;
    this.height = this.svg.viewBox.baseVal.height;
    this.scale = 1;
    this.x = this.y = 0;
    this.touched = false; // whether the reader has chosen what to look at
    this.printed(false);
  }

  printed(on) { // paper shows the whole picture, the window a part of it
    if (on) {
      this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
      this.view.removeAttribute("transform");
    } else {
      this.svg.removeAttribute("viewBox");
      this.apply();
    }
  }

  apply() {
    const { width, height } = this.size;
    if (!width || !height) return;
    const slack = 60; // so much of the picture always stays in sight
    this.x = Math.min(width - slack, Math.max(slack - this.width * this.scale, this.x));
    this.y = Math.min(height - slack, Math.max(slack - this.height * this.scale, this.y));
    this.view.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${this.scale})`);
  }

  fit(legible = 0) { // what does not fit at a legible size is shown from its first vertex on
    const { width, height } = this.size;
    if (!width || !height) return;
    const fitting = Math.min((width - 24) / this.width, (height - 24) / this.height, 1.35);
    const first = this.stops[0]?.getBBox() ?? { x: 0, y: 0, width: 0, height: 0 };
    const placed = (room, long, middle) => long <= room - 24
      ? (room - long) / 2
      : Math.min(12, Math.max(room - 12 - long, room / 2 - middle));
    this.least = Math.min(fitting, 1) / 2;
    this.scale = Math.max(legible, fitting);
    this.x = placed(width, this.width * this.scale, (first.x + first.width / 2) * this.scale);
    this.y = placed(height, this.height * this.scale, (first.y + first.height / 2) * this.scale);
    this.touched = false;
    this.apply();
  }

  settle() {
    if (this.touched) this.apply();
    else this.fit(0.9);
  }

  keep(change) { // what is drawn keeps its size and place while the window for it changes
    change();
    this.touched = true;
    this.apply();
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
    if (event.shiftKey) {
      this.pan(-(event.deltaX || event.deltaY) * unit, 0);
      return;
    }
    const { left, top } = this.size;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad arrives as a wheel with ctrl, in small steps
    this.zoom(Math.exp(-event.deltaY * unit * speed), event.clientX - left, event.clientY - top);
  }

  show(element) { // no further than it takes
    const { left, right, top, bottom } = this.size;
    const box = element.getBoundingClientRect();
    const [x, y] = [outside(box.left, box.right, left + 24, right - 24), outside(box.top, box.bottom, top + 24, bottom - 24)];
    if (x || y) this.pan(x, y);
  }

  next(element, x, y) { // the nearest that lies in a direction
    const middle = (one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return [(left + right) / 2, (top + bottom) / 2];
    };
    const from = middle(element);
    let [nearest, least] = [element, Infinity];
    for (const stop of this.stops) {
      const to = middle(stop);
      const [along, across] = [(to[0] - from[0]) * x + (to[1] - from[1]) * y, (to[0] - from[0]) * y + (to[1] - from[1]) * x];
      const far = along + 2 * Math.abs(across);
      if (along > 2 && far < least) [nearest, least] = [stop, far];
    }
    return nearest;
  }
}

class Times extends Sheet { // the timeline: the browser scrolls it, and only time is stretched
  constructor(element) {
    super(element);
    this.ruler = element.querySelector(".ruler");
    this.chart = this.ruler.querySelector(".chart");
    this.marks = [...element.querySelectorAll("[data-marks]")];
    this.stretch = 1;
  }

  printed() {
    this.mark(); // paper shows it unstretched, as the style sheet says
  }

  mark() { // as many marks as there is room for
    const counts = this.marks.map((group) => Number(group.dataset.marks));
    const room = this.chart.getBoundingClientRect().width / 80;
    const chosen = Math.max(Math.min(...counts), ...counts.filter((count) => count <= room));
    for (const group of this.marks) group.toggleAttribute("hidden", Number(group.dataset.marks) !== chosen);
  }

  fit() {
    this.zoom(1 / this.stretch);
  }

  settle() {
    this.mark();
  }

  keep(change) {
    const before = this.chart.getBoundingClientRect().width;
    change();
    this.zoom(before / this.chart.getBoundingClientRect().width, 0);
  }

  zoom(factor, x = this.size.width / 2) { // the time at x stays where it is
    const before = this.chart.getBoundingClientRect();
    this.stretch = Math.min(32, Math.max(1, this.stretch * factor));
    this.element.style.setProperty("--zoom", this.stretch);
    const after = this.chart.getBoundingClientRect();
    const place = this.size.left + x;
    this.element.scrollLeft += after.left + (place - before.left) * (after.width / before.width) - place;
    this.mark();
  }

  pan(x, y) {
    this.element.scrollBy(-x, -y);
  }

  onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.01), event.clientX - this.size.left);
  }

  onDown(event) {
    if (event.pointerType === "mouse" && event.target.closest(".times")) super.onDown(event); // fingers scroll
  }

  show(element) {
    const { top, bottom, left, width } = this.size;
    const row = element.getBoundingClientRect();
    this.element.scrollTop -= outside(row.top, row.bottom, top + this.ruler.offsetHeight + 8, bottom - 24);
    const bar = element.querySelector(".chart > *")?.getBoundingClientRect();
    const name = element.querySelector(".name").offsetWidth;
    if (bar && (bar.right < left + name || bar.left > left + width)) this.element.scrollLeft += bar.left - left - (name + width) / 2;
  }

  next(element, x, y) {
    return this.stops[this.stops.indexOf(element) + y] ?? element;
  }
}
