"use strict";
// Draws the charts of the page: each specification stands under the id of its place.
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const tip = {
  disableDefaultStyle: true,
  formatTooltip: (value) =>
    typeof value === "object"
      ? `<table>${Object.entries(value)
          .map(([name, text]) => `<tr><td>${escaped(name)}</td><td>${escaped(text)}</td></tr>`)
          .join("")}</table>`
      : escaped(value),
};

// Expressions are interpreted (`ast`), not compiled: the page's policy lets no text become code.
const options = { actions: false, renderer: "svg", ast: true, tooltip: tip };

const drawn = (place, spec) =>
  vegaEmbed(place, spec, options).catch((error) => {
    place.textContent = `The chart cannot be drawn: ${error.message}`;
    place.className = "wrong";
  });

const charts = JSON.parse(document.getElementById("charts").textContent);
Promise.all(Object.entries(charts).map(([id, spec]) => drawn(document.getElementById(id), spec))).then(() => {
  document.documentElement.dataset.drawn = "true";
});
