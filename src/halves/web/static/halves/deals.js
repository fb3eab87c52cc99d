// Cards move by mouse and by arrows; each move is the card's own form, sent.
document.addEventListener("DOMContentLoaded", () => {
  const board = document.querySelector(".board");
  if (!board) return;
  const columns = [...board.querySelectorAll(".column")];
  const send = (card, stage) => {
    const form = card && card.querySelector("form");
    const option = form && [...form.elements.stage.options].find((one) => one.value === stage);
    if (option) { form.elements.stage.value = stage; form.requestSubmit(); }
  };
  let held;
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest(".card");
    if (held) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", held.id); }
  });
  columns.forEach((column) => {
    column.addEventListener("dragover", (event) => { if (held) { event.preventDefault(); column.classList.add("over"); } });
    column.addEventListener("dragleave", (event) => { if (!column.contains(event.relatedTarget)) column.classList.remove("over"); });
    column.addEventListener("drop", (event) => { event.preventDefault(); column.classList.remove("over"); send(held, column.dataset.stage); held = undefined; });
  });
  board.addEventListener("dragend", () => { held = undefined; columns.forEach((one) => one.classList.remove("over")); });
  const link = (card) => card && card.querySelector("a");
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".card");
    if (!card || event.target.closest("select, button") || event.ctrlKey || event.metaKey || event.altKey) return;
    const column = card.closest(".column"), cards = [...column.querySelectorAll(".card")];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key], step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (side && event.shiftKey) {
      const next = columns[columns.indexOf(column) + side];
      if (next) { event.preventDefault(); send(card, next.dataset.stage); }
    } else if (side || step) {
      let next = step && cards[cards.indexOf(card) + step];
      for (let at = columns.indexOf(column) + (side || 0); side && !next && columns[at]; at += side) next = columns[at].querySelector(".card");
      if (next) { event.preventDefault(); link(next).focus(); }
    }
  });
  const there = location.hash.startsWith("#deal-") && document.getElementById(location.hash.slice(1));
  if (there) link(there).focus();
});
