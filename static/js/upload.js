// Sends the files of form[data-resume] chunk by chunk and goes on where a broken line stopped.
// Without it the same form is sent as it is. Its words come from the form's data-say-... attributes.
"use strict";
(() => {
  const LONGEST_SIDE = 2500;
  const MOST_BYTES = 10 * 1024 * 1024;
  const PAUSES = [1, 2, 4, 8, 15, 30, 60];
  const TRIES_OF_A_FAULT = 4;

  // A browser may forbid its storage; then only a reload begins anew.
  const kept = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* see above */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* see above */ } },
    keys(start) { try { return Object.keys(localStorage).filter((key) => key.startsWith(start)); } catch { return []; } },
  };

  class Said extends Error {}

  const paper = (form) => `upload:${form.elements.requirement.value}:`;
  const keyOf = (form, file) => `${paper(form)}${file.name}:${file.size}:${file.lastModified}`;
  const say = (form, name, values = {}) =>
    (form.dataset[name] || "").replace(/\{(\w+)\}/g, (whole, value) => values[value] ?? whole);

  function tell(form, text, isError = false) {
    const line = form.querySelector("[aria-live]");
    line.classList.toggle("error", isError);
    line.textContent = text;
  }

  // After a pause, or at once when the connection is back.
  const pause = (seconds) => new Promise((go) => {
    const timer = setTimeout(go, seconds * 1000);
    addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
  });

  async function ask(form, address, options = {}) {
    const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, ...options.headers };
    for (let tried = 0, faults = 0; ; tried += 1) {
      let answer = null;
      try {
        answer = await fetch(address, { credentials: "same-origin", ...options, headers });
      } catch { /* no connection: go on after a pause */ }
      if (answer && answer.status < 500 && answer.status !== 429) {
        if (answer.status === 404) return { status: 404 };
        const isJson = (answer.headers.get("Content-Type") || "").startsWith("application/json");
        if (!isJson) throw new Said(say(form, "sayFailed"));
        return { status: answer.status, ...(await answer.json()) };
      }
      if (answer) {
        faults += 1;
        const told = await answer.json().catch(() => ({}));
        if (faults === TRIES_OF_A_FAULT) throw new Said(told.error || say(form, "sayFailed"));
      }
      const seconds = PAUSES[Math.min(tried, PAUSES.length - 1)];
      tell(form, say(form, "sayWaiting", { seconds }));
      await pause(seconds);
    }
  }

  function post(form, address, fields) {
    return ask(form, address, { method: "POST", body: new URLSearchParams(fields) });
  }

  // A picture larger than is kept anyway is made smaller here: fewer bytes on a slow line.
  async function smaller(file) {
    if (!file.type.startsWith("image/")) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size <= MOST_BYTES && !/hei[cf]/.test(file.type)) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((go) => { canvas.toBlob(go, "image/jpeg", 0.85); });
      return blob && blob.size > 0 ? blob : file;
    } catch {
      return file;
    }
  }

  async function begin(form, file, blob) {
    const key = keyOf(form, file);
    const before = kept.get(key);
    if (before && before.size === blob.size) {
      const state = await ask(form, `${form.dataset.resume}${before.token}/`);
      if (state.status === 200) return { ...before, offset: state.offset };
    }
    const fields = { requirement: form.elements.requirement.value, filename: file.name, size: blob.size };
    const state = await post(form, form.dataset.resume, fields);
    if (state.status !== 201) throw new Said(state.error || say(form, "sayFailed"));
    kept.set(key, { token: state.token, chunk: state.chunk, size: blob.size, name: file.name });
    return state;
  }

  async function send(form, file, blob, progress) {
    const upload = await begin(form, file, blob);
    let offset = upload.offset;
    while (offset < blob.size) {
      progress(offset);
      const answer = await ask(form, `${form.dataset.resume}${upload.token}/`, {
        method: "PATCH",
        headers: { "Upload-Offset": String(offset), "Content-Type": "application/octet-stream" },
        body: blob.slice(offset, offset + upload.chunk),
      });
      if (answer.status !== 200 && answer.status !== 409) throw new Said(answer.error || say(form, "sayFailed"));
      offset = answer.offset;
    }
    progress(offset);
    return upload.token;
  }

  function forget(form) {
    kept.keys(paper(form)).forEach(kept.drop);
  }

  function leave(form) {
    const next = new URL(form.elements.next.value || "", location.href);
    if (next.pathname + next.search === location.pathname + location.search) location.reload();
    else location.assign(next);
  }

  async function sendAll(form) {
    const bar = form.querySelector("progress");
    const files = [...form.elements.files.files];
    const blobs = [];
    for (const file of files) blobs.push(await smaller(file));
    const whole = blobs.reduce((sum, blob) => sum + blob.size, 0) || 1;
    const fields = new URLSearchParams({ title: form.elements.title ? form.elements.title.value : "" });
    let before = 0;
    bar.hidden = false;
    for (const [place, file] of files.entries()) {
      const token = await send(form, file, blobs[place], (offset) => {
        const percent = Math.floor((100 * (before + offset)) / whole);
        bar.value = percent;
        tell(form, say(form, "saySending", { percent }));
      });
      before += blobs[place].size;
      fields.append("token", token);
    }
    const answer = await post(form, form.dataset.finish, fields);
    if (answer.status !== 200) {
      forget(form);
      throw new Said(answer.error || say(form, "sayFailed"));
    }
    forget(form);
    tell(form, answer.said || say(form, "sayDone"));
    leave(form);
  }

  async function submitted(event) {
    event.preventDefault();
    const form = event.currentTarget;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await sendAll(form);
    } catch (fault) {
      tell(form, fault instanceof Said ? fault.message : say(form, "sayFailed"), true);
      form.querySelector("progress").hidden = true;
      button.disabled = false;
    }
  }

  // What a reload cut off can be gone on with, once the person chooses the file again.
  async function remind(form) {
    for (const key of kept.keys(paper(form))) {
      const { token, name } = kept.get(key) || {};
      const state = token ? await ask(form, `${form.dataset.resume}${token}/`) : { status: 404 };
      if (state.status === 200) tell(form, say(form, "sayAgain", { file: name }));
      else kept.drop(key);
    }
  }

  for (const form of document.querySelectorAll("form[data-resume]")) {
    form.addEventListener("submit", submitted);
    remind(form).catch(() => {});
  }
})();
