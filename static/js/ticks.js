// Ticks of a checklist that are not kept yet go along with a decision; whoever leaves without is asked first.
// Without it, "Keep the ticks" keeps them.
"use strict";
(() => {
  const checking = document.getElementById("checking");
  const carriers = [checking, ...document.querySelectorAll("form[data-with-ticks]")];
  let unsaved = false;

  for (const point of checking.elements) {
    if (point.type === "radio") point.addEventListener("change", () => { unsaved = true; });
  }
  for (const form of carriers) {
    form.addEventListener("submit", () => { unsaved = false; });
    if (form === checking) continue;
    form.addEventListener("formdata", (event) => {
      for (const [name, value] of new FormData(checking)) {
        if (name.startsWith("point-")) event.formData.append(name, value);
      }
    });
  }
  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
})();
