// The little that HTML cannot do alone: opening the palette by key, walking it with arrows.
document.addEventListener("DOMContentLoaded", () => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const open = () => { if (!palette.open) palette.showModal(); palette.querySelector("input").select(); };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.querySelectorAll("[data-opens=palette]").forEach((button) => button.addEventListener("click", open));
  palette.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [palette.querySelector("input"), ...palette.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });
});
// A link that is to be given to somebody is copied by one click, where the browser can.
document.addEventListener("DOMContentLoaded", () => {
  if (!navigator.clipboard) return;
  document.querySelectorAll("button[data-copies]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
      button.textContent = button.dataset.done;
    });
  });
});
// A sheet that is being written shows how it looks, a moment after the last key.
document.addEventListener("DOMContentLoaded", () => {
  const sheet = document.querySelector("form[data-preview]");
  const button = sheet && document.getElementById(sheet.dataset.preview);
  if (!button) return;
  let waiting;
  const show = () => { clearTimeout(waiting); waiting = setTimeout(() => sheet.requestSubmit(button), 900); };
  sheet.addEventListener("input", show);
  document.querySelectorAll(`select[form="${sheet.id}"]`).forEach((one) => one.addEventListener("change", show));
  show();
});
// One key for what is done often, and Ctrl Enter to save out of a long text.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable], dialog[open]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) { event.target.form.requestSubmit(); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (found) { event.preventDefault(); found.click(); }
});
