// Pleasantries of the staff pages. Every page is whole without this file.
"use strict";

const changed = new WeakSet();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-warn-unsaved]");
  if (form) changed.add(form);
});

document.addEventListener("submit", (event) => changed.delete(event.target));

window.addEventListener("beforeunload", (event) => {
  const unsaved = [...document.querySelectorAll("form[data-warn-unsaved]")].some((form) => changed.has(form));
  if (unsaved) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const source = document.getElementById(copy.dataset.copy);
    const words = copy.querySelector("span") || copy;
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    copy.dataset.before ??= words.textContent;
    words.textContent = copy.dataset.copied || copy.dataset.before;
    setTimeout(() => { words.textContent = copy.dataset.before; }, 2000);
  }
  if (event.target.closest("[data-print]")) window.print();
});

// htmx sends the same token the forms carry, and only to this site (mode is same-origin).
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
});

const reveal = (root) => {
  const can = { copy: Boolean(navigator.clipboard), print: true };
  root.querySelectorAll("[data-copy], [data-print]").forEach((button) => {
    button.hidden = "copy" in button.dataset && !can.copy;
  });
};

document.addEventListener("htmx:after:swap", () => reveal(document));
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => reveal(document));
else reveal(document);
