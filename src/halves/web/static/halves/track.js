// Sends page views, link clicks and events of a site to halves.
//
//   <script async src="https://HOUSE/t.js" data-key="WRITE KEY"></script>
//
// Nothing is kept in the browser until halves.consent(true). Who asks not to be tracked (GPC, DNT)
// sends nothing until then; halves.consent(false) forgets the id and sends nothing any more.
(() => {
  const script = document.currentScript, key = script && script.dataset.key;
  if (!key) return;
  const to = new URL("/v1/batch", script.src).href, name = "halves_id", early = window.halves;
  const asksNot = navigator.globalPrivacyControl || navigator.doNotTrack === "1" || window.doNotTrack === "1";
  const uuid = () => crypto.randomUUID ? crypto.randomUUID()
    : "10000000100040008000100000000000".replace(/[018]/g, (c) =>
      (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));
  const read = () => (document.cookie.match(/(?:^|; )halves_id=([\w-]+)/) || [])[1];
  const keep = (value, age) => {
    document.cookie = `${name}=${value};path=/;max-age=${age};SameSite=Lax` +
      (location.protocol === "https:" ? ";Secure" : "");
  };
  // A cookie is there only where consent was given before. Else the id lives as long as the page.
  let agreed = read() ? true : null, id = read() || uuid(), user, traits, waiting = [], held = [], tries = 0, timer, last;

  const context = () => {
    const query = new URLSearchParams(location.search), campaign = {};
    for (const [one, value] of query)
      if (one.startsWith("utm_")) campaign[one === "utm_campaign" ? "name" : one.slice(4)] = value.slice(0, 200);
    const found = {
      page: { path: location.pathname, referrer: document.referrer, search: location.search, title: document.title.slice(0, 200), url: location.href.slice(0, 2000) },
      locale: navigator.language, userAgent: navigator.userAgent, library: { name: "halves.js" },
    };
    if (Object.keys(campaign).length) found.campaign = campaign;
    return found;
  };
  const may = () => agreed || (agreed === null && !asksNot);
  const add = (type, said) => {
    const event = { type, messageId: uuid(), timestamp: new Date().toISOString(), context: context(), ...said };
    if (!may() || (type === "identify" && !agreed)) {
      if (agreed === null && held.length < 50) held.push(event);  // until they say so
      return;
    }
    put(event);
  };
  const put = (event) => {
    event.anonymousId = id;
    if (user && agreed) event.userId = user;
    waiting.push(event);
    if (!timer) timer = setTimeout(send, 800);
  };
  const body = (some) => JSON.stringify({ batch: some, writeKey: key, sentAt: new Date().toISOString() });
  const send = () => {
    timer = 0;
    const some = waiting.splice(0, 20);
    if (!some.length) return;
    // Plain text: a browser then asks no leave first.
    fetch(to, { method: "POST", body: body(some), keepalive: true, credentials: "omit", headers: { "Content-Type": "text/plain" } })
      .then((answer) => { if (answer.status === 429 || answer.status > 499) throw 0; tries = 0; })
      .catch(() => { if (tries < 6) { waiting = some.concat(waiting).slice(0, 100); timer = setTimeout(send, 1000 * 2 ** tries++); } })
      .then(() => { if (waiting.length && !timer) timer = setTimeout(send, 800); });
  };
  const leave = () => {
    if (document.visibilityState === "hidden" && waiting.length) navigator.sendBeacon(to, body(waiting.splice(0, 20)));
  };
  const halves = {
    page: (title, properties) => { last = location.href; add("page", { name: title, properties }); },
    track: (event, properties) => add("track", { event, properties }),
    identify: (userId, said) => { user = userId; traits = said; add("identify", { userId, traits }); },
    reset: () => { user = traits = undefined; id = uuid(); if (agreed) keep(id, 31536000); },
    consent: (said) => {
      agreed = !!said;
      if (!agreed) { keep("", 0); waiting = []; held = []; user = undefined; id = uuid(); return; }
      keep(id, 31536000);
      held.splice(0).forEach(put);
    },
    push: (call) => halves[call[0]] && halves[call[0]](...call.slice(1)),
  };
  document.addEventListener("visibilitychange", leave);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (link && (link.host !== location.host || "halves" in link.dataset))
      halves.track("Link Clicked", { href: link.href.slice(0, 1000), text: link.textContent.trim().slice(0, 100) });
  });
  const moved = () => { if (location.href.split("#")[0] !== (last || "").split("#")[0]) halves.page(); };
  const pushed = history.pushState;
  history.pushState = function (...said) { pushed.apply(this, said); setTimeout(moved); };
  addEventListener("popstate", () => setTimeout(moved));
  window.halves = halves;
  if (Array.isArray(early)) early.forEach(halves.push);
  if (script.dataset.page !== "no") halves.page();
})();
