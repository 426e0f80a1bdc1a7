"use strict";

// Numbers for people, as the command line writes them: significant digits, "," between thousands.

const dash = "\u2013";

function significant(value, digits = 3, keepingZeros = false) {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(digits));
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  if (magnitude < -5 || magnitude >= 16) return rounded.toExponential();
  const places = Math.max(0, digits - 1 - magnitude);
  let text = rounded.toFixed(places);
  if (!keepingZeros && text.includes(".")) text = text.replace(/\.?0+$/, "");
  const [whole, fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction ? `${grouped}.${fraction}` : grouped;
}

function scaled(value, unit, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  const prefixes = ["", "k", "M", "G", "T", "P", "E"];
  let place = 0;
  let number = Number(value.toPrecision(digits));
  while (number >= 1000 && place < prefixes.length - 1) {
    number /= 1000;
    place += 1;
  }
  return `${significant(number, digits, true)} ${prefixes[place]}${unit}`.trim();
}

const bytesText = (value) => scaled(value, "B");
const tokensText = (value) => `${significant(value)} tokens/s`;

function secondsText(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return dash;
  if (value >= 120) return `${significant(value / 60)} min`;
  if (value >= 1) return `${significant(value)} s`;
  if (value >= 1e-3) return `${significant(value * 1e3)} ms`;
  return `${significant(value * 1e6)} us`;
}
