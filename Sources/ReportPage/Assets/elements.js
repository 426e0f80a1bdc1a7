"use strict";

// The page is built from nodes, never from markup: names from files stay text.

const byId = (id) => document.getElementById(id);

/** An HTML element with attributes and children; strings become text. */
function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same in SVG. */
function graphic(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** A table with a caption for screen readers; columns with `number` keep to the right. */
function simpleTable(caption, columns, rows) {
  const cell = (name, text, isNumber) =>
    element(name, { class: isNumber ? "number" : null, scope: name === "th" ? "col" : null }, text);
  return element("table", {},
    element("caption", { class: "quiet" }, caption),
    element("thead", {},
      element("tr", {}, ...columns.map((column) => cell("th", column.title, column.number)))),
    element("tbody", {}, ...rows.map((row) =>
      element("tr", {}, ...columns.map((column) => cell("td", column.text(row), column.number))))));
}

function csvField(value) {
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\x00-\x1f]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdownField(value) {
  return String(value).replace(/[\r\n]+/g, " ").replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replace(/[\\|`*[\]~]/g, (mark) => `\\${mark}`);
}

/** Puts text on the clipboard and says so; without permission it is shown to be copied by hand. */
async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied.`);
  } catch {
    const area = byId("copy-area");
    area.value = text;
    byId("copy-box").hidden = false;
    area.focus();
    area.select();
    announce(`${what}: press Ctrl+C or Command+C to copy.`);
  }
}

function announce(text) {
  byId("announcement").textContent = text;
}
