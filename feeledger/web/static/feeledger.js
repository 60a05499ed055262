// Small comforts only: every page works without this file.
"use strict";

// After a refused form the reader starts at the list of what is wrong.
const summary = document.querySelector("[data-error-summary]");
if (summary) summary.focus();

// A long list of checkboxes is narrowed while typing; ticked ones stay in sight.
for (const box of document.querySelectorAll("[data-narrows]")) {
  const list = document.getElementById(box.dataset.narrows);
  const told = document.getElementById(box.dataset.tells);
  const narrow = () => {
    const words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of list.querySelectorAll("[data-words]")) {
      const hit = words.every((word) => entry.dataset.words.includes(word));
      entry.hidden = !hit && !entry.querySelector("input").checked;
      if (!entry.hidden) shown += 1;
    }
    for (const group of list.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    if (told) told.textContent = told.dataset.text.replace("{n}", shown);
  };
  box.addEventListener("input", narrow);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}

// "Print" needs a script; without one the browser's own command does.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
