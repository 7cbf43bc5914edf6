// Asks the browser for a passkey, or to make one, and sends its answer with the form that stands ready.
"use strict";
(() => {
  const known = window.PublicKeyCredential;
  if (!known || !known.parseRequestOptionsFromJSON) return;

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const part = (name) => form.querySelector(`[data-passkey-${name}]`);
    const isNew = form.dataset.kind === "new";
    part("without").hidden = true;
    part("offer").hidden = false;

    part("offer").querySelector("button").addEventListener("click", async () => {
      part("problem").hidden = true;
      const options = JSON.parse(form.dataset.passkey);
      try {
        const answer = isNew
          ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });
        form.elements.passkey.value = JSON.stringify(answer.toJSON());
        form.submit();
      } catch {
        // The person closed the browser's window, or has no such passkey here.
        part("problem").hidden = false;
      }
    });
  }
})();
