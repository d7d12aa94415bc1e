"use strict";
(() => {
  const source = document.getElementById("profiler-data");
  const root = document.getElementById("profiler");
  if (!source || !root) return;
  const data = JSON.parse(source.textContent);
  const at = {};
  const reset = (centre) => data.factors.forEach((f) => {
    at[f.name] = f.levels ? (centre ? f.levels[0] : f.at) : centre ? (f.from + f.to) / 2 : f.at;
  });
  reset(false);

  const actual = (f, c) => f.log
    ? f.low * Math.pow(f.high / f.low, (c + 1) / 2)
    : f.low + (f.high - f.low) * (c + 1) / 2;
  const text = (v, digits = 4) => {
    if (v === null || !Number.isFinite(v)) return "–";
    const short = Number(v.toPrecision(digits));
    return (Math.abs(short) >= 1e6 || (short && Math.abs(short) < 1e-4)
      ? short.toExponential() : String(short)).replace("-", "−");
  };
  const row = (r, x) => r.columns.map((c) => {
    let value = c.constant;
    for (const [name, power] of Object.entries(c.powers || {})) value *= Math.pow(x[name], power);
    for (const [name, levels] of Object.entries(c.levels || {})) value *= levels[x[name]] || 0;
    return value;
  });
  const back = (scale, eta) => {
    if (scale.name === "log") return Math.exp(eta);
    if (scale.name === "logit") return 1 / (1 + Math.exp(-eta));
    if (scale.name === "power") {
      return Math.pow(Math.max(scale.exponent * eta + 1, 1e-12), 1 / scale.exponent);
    }
    return eta;
  };
  const predict = (r, x) => {
    const z = row(r, x);
    const eta = z.reduce((sum, v, i) => sum + v * r.estimates[i], 0);
    const found = { mean: back(r.scale, eta) };
    if (r.covariance && r.t !== null) {
      let variance = 0;
      z.forEach((v, i) => z.forEach((w, j) => { variance += v * w * r.covariance[i][j]; }));
      const half = r.t * Math.sqrt(Math.max(variance, 0));
      found.ci = [back(r.scale, eta - half), back(r.scale, eta + half)];
      if (r.newVariance !== null) {
        const wide = r.tNew * Math.sqrt(Math.max(variance + r.newVariance, 0));
        found.pi = [back(r.scale, eta - wide), back(r.scale, eta + wide)];
      }
    }
    return found;
  };
  const grade = (wish, y) => {
    const { values, grades } = wish;
    if (y <= values[0]) return grades[0];
    for (let i = 1; i < values.length; i += 1) {
      if (y <= values[i]) {
        const share = (y - values[i - 1]) / (values[i] - values[i - 1]);
        return grades[i - 1] + share * (grades[i] - grades[i - 1]);
      }
    }
    return grades[grades.length - 1];
  };
  const overall = (means) => {
    let product = 1, count = 0;
    for (const [i, r] of data.responses.entries()) {
      const wish = r.desire, y = means[i];
      if (!wish) continue;
      const slack = 1e-9 * Math.max(Math.abs(y), 1e-300);
      if ((wish.low !== null && y < wish.low - slack)
        || (wish.high !== null && y > wish.high + slack)) return 0;
      if (wish.values.length) { product *= grade(wish, y); count += 1; }
    }
    return count ? Math.pow(product, 1 / count) : null;
  };

  const make = (tag, attributes = {}, content = "") => {
    const svg = ["svg", "path", "line", "circle"].includes(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (content) node.textContent = content;
    return node;
  };
  const W = 150, H = 96, STEPS = 40;
  const grid = make("div", { class: "profiler-grid" });
  grid.style.setProperty("--factors", data.factors.length);
  const drawn = [], told = [], sliders = [];
  data.responses.forEach((r) => {
    const head = make("div", { class: "profiler-head" });
    head.append(make("strong", {}, r.label), make("output", { "data-response": r.name }),
      make("small"));
    grid.append(head);
    told.push(head);
    drawn.push(data.factors.map((f) => {
      const cell = make("div", { class: "profiler-cell" });
      const svg = make("svg", { viewBox: `0 0 ${W} ${H}`, role: "img",
        "aria-label": `${r.label} along ${f.label}` });
      cell.append(svg);
      grid.append(cell);
      return svg;
    }));
  });
  const foot = make("div", { class: "profiler-head" });
  foot.append(make("strong", {}, "overall desirability"), make("output", { id: "desirability" }));
  grid.append(foot);
  data.factors.forEach((f) => {
    const cell = make("label", { class: "profiler-set" });
    cell.append(make("span", {}, f.unit ? `${f.label} (${f.unit})` : f.label));
    let input;
    if (f.levels) {
      input = make("select", { "data-factor": f.name });
      f.levels.forEach((level) => input.append(make("option", { value: level }, level)));
      input.addEventListener("change", () => { at[f.name] = input.value; draw(); });
    } else {
      input = make("input", { type: "range", min: f.from, max: f.to, step: "any",
        "data-factor": f.name });
      input.addEventListener("input", () => { at[f.name] = Number(input.value); draw(); });
    }
    const value = make("output");
    cell.append(input, value);
    grid.append(cell);
    sliders.push([f, input, value]);
  });

  const along = (r, f) => {
    const points = f.levels ? f.levels
      : Array.from({ length: STEPS + 1 }, (_, i) => f.from + (f.to - f.from) * i / STEPS);
    return points.map((p) => ({ p, ...predict(r, { ...at, [f.name]: p }) }));
  };
  const draw = () => {
    const means = data.responses.map((r) => predict(r, at).mean);
    data.responses.forEach((r, i) => {
      const now = predict(r, at);
      const [, output, small] = told[i].children;
      output.textContent = r.unit ? `${text(now.mean)} ${r.unit}` : text(now.mean);
      output.dataset.value = now.mean;
      small.textContent = [now.ci && `95 % confidence ${text(now.ci[0], 3)} to ${text(now.ci[1], 3)}`,
        now.pi && `one new run ${text(now.pi[0], 3)} to ${text(now.pi[1], 3)}`].filter(Boolean).join("; ");
      const curves = data.factors.map((f) => along(r, f));
      const all = curves.flat().flatMap((q) => [q.mean, ...(q.ci || [])]).filter(Number.isFinite);
      const low = Math.min(...all), span = (Math.max(...all) - low) || 1;
      const y = (v) => H - 5 - (H - 10) * (v - low) / span;
      data.factors.forEach((f, j) => {
        const svg = drawn[i][j], curve = curves[j], n = curve.length;
        const x = (k) => f.levels ? W * (k + 0.5) / n : W * k / (n - 1);
        svg.replaceChildren();
        if (curve[0].ci && n > 1) {
          const up = curve.map((q, k) => `${x(k)} ${y(q.ci[1])}`);
          const down = curve.map((q, k) => `${x(k)} ${y(q.ci[0])}`).reverse();
          svg.append(make("path", { class: "band", d: `M${[...up, ...down].join("L")}Z` }));
        }
        svg.append(make("path", { class: "mean",
          d: `M${curve.map((q, k) => `${x(k)} ${y(q.mean)}`).join("L")}` }));
        const place = f.levels ? x(f.levels.indexOf(at[f.name]))
          : W * (at[f.name] - f.from) / ((f.to - f.from) || 1);
        svg.append(make("line", { class: "here", x1: place, x2: place, y1: 0, y2: H }),
          make("circle", { class: "here", cx: place, cy: y(now.mean), r: 3 }));
      });
    });
    sliders.forEach(([f, input, value]) => {
      input.value = at[f.name];
      value.textContent = f.levels ? "" : text(actual(f, at[f.name]));
      if (!f.levels) input.setAttribute("aria-valuetext", `${text(actual(f, at[f.name]))} ${f.unit}`);
    });
    const total = overall(means);
    foot.hidden = false;
    foot.style.visibility = total === null ? "hidden" : "visible";
    document.getElementById("desirability")?.replaceChildren(text(total, 3));
  };
  const bar = make("div", { class: "profiler-bar" });
  [[data.start, false], ["Centre", true]].forEach(([name, centre]) => {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => { reset(centre); draw(); });
    bar.append(button);
  });
  root.replaceChildren(bar, grid);
  draw();
})();
