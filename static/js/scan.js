// Posts each scan without leaving the page, one after the other, keeps the focus and beeps.
// Without it the same form is sent as it is. Its words come from the form's data-say-... attributes.
"use strict";
(() => {
  const PAUSE = 2000;
  // Pitch in hertz and length in seconds: good is high and short, bad is low and long.
  const TONES = { good: [1320, 0.09], again: [660, 0.18], bad: [196, 0.5] };
  const form = document.querySelector("form[data-scan]");
  const field = form.elements.code;
  const place = document.getElementById("scanned");
  let sound = null;
  let queue = Promise.resolve();

  function beep(tone) {
    if (!TONES[tone]) return;
    const [pitch, length] = TONES[tone];
    try {
      sound ??= new AudioContext();
      const source = sound.createOscillator();
      const volume = sound.createGain();
      source.type = tone === "bad" ? "square" : "sine";
      source.frequency.value = pitch;
      volume.gain.value = 0.15;
      source.connect(volume).connect(sound.destination);
      source.start();
      source.stop(sound.currentTime + length);
    } catch { /* A machine without sound still shows the verdict. */ }
  }

  function tell(text) {
    const line = document.createElement("p");
    line.className = "verdict bad";
    line.textContent = text;
    part("last").replaceChildren(line);
    beep("bad");
  }

  const part = (name, of = place) => of.querySelector(`[data-part="${name}"]`);
  const pause = () => new Promise((go) => { setTimeout(go, PAUSE); });

  async function post(address, fields) {
    for (let told = false; ; told = true) {
      try {
        const answer = await fetch(address, { method: "POST", body: fields, headers: { "X-Scan": "list" }, credentials: "same-origin" });
        if (answer.status < 500) return answer;
      } catch { /* no connection: go on after a pause */ }
      if (!told) tell(form.dataset.sayWaiting);
      await pause();
    }
  }

  async function send(address, fields) {
    const answer = await post(address, fields);
    if (answer.status === 400) {
      tell(form.dataset.sayUnreadable);
      return;
    }
    const text = await answer.text();
    const came = document.createElement("template");
    came.innerHTML = text;
    if (!answer.ok || answer.redirected || !part("last", came.content)) {
      tell(form.dataset.saySignedOut);
      return;
    }
    // The live region itself stays, so that its change is read aloud.
    for (const name of ["last", "log"]) part(name).replaceChildren(...part(name, came.content).childNodes);
    beep(part("last").querySelector("[data-tone]")?.dataset.tone);
  }

  const later = (address, fields) => {
    queue = queue.then(() => send(address, fields)).catch(() => tell(form.dataset.saySignedOut));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    // Emptied at once: the scanner may type the next one before the answer is there.
    field.value = "";
    field.focus();
    later(form.action, fields);
  });
  place.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-scan-act]")) return;
    event.preventDefault();
    later(event.target.action, new URLSearchParams(new FormData(event.target)));
    field.focus();
  });
  // After a click elsewhere the scanner still types into the field.
  document.addEventListener("keydown", (event) => {
    if (document.activeElement === document.body && event.key.length === 1) field.focus();
  });
  field.focus();
})();
