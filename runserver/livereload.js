// The browser's side of live reload: reloads the page when another build than
// the one that made it answers, and exchanges style sheets in place. See
// livereload.go.
//
// All pages of a browser share one event stream, since browsers open six
// connections to a host and a stream keeps one of them busy: a shared worker
// holds it, or, where there are none, one of the pages. Where that can't be
// agreed on either, each page that can be seen has its own.
(() => {
  "use strict";

  const isWorker = typeof SharedWorkerGlobalScope === "function" && self instanceof SharedWorkerGlobalScope;
  const events = "/__gostart/events";

  // listen passes on what the server sends, and returns how to end that.
  function listen(origin, deliver) {
    let source, again;
    const open = () => {
      source = new EventSource(origin + events);
      source.onmessage = (message) => deliver(JSON.parse(message.data));
      source.onerror = () => {
        // It connects again by itself, unless something else has answered.
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 5000);
      };
    };
    open();
    return () => {
      clearTimeout(again);
      source.close();
    };
  }

  if (isWorker) {
    const pages = new Set();
    let last;
    listen(location.origin, (event) => {
      last = event;
      for (const page of pages) page.postMessage(event);
    });
    self.onconnect = ({ ports: [page] }) => {
      pages.add(page);
      page.onmessage = () => pages.delete(page); // it says goodbye
      if (last) page.postMessage(last);
    };
    return;
  }

  const tag = document.currentScript;
  const once = Symbol.for("gostart.livereload");
  if (window[once] || window.origin === "null") return; // a sandboxed frame has no origin
  Object.defineProperty(window, once, { value: true });
  tag.remove();

  const failed = "failed" in tag.dataset;
  let build = tag.dataset.build;
  const made = Number(tag.dataset.at);

  // What the page before this one left, when it reloaded itself.
  const key = () => "gostart.livereload " + location.href;
  const left = take();
  if (!failed) scrollBack(left);

  function take() {
    try {
      const text = sessionStorage.getItem(key());
      sessionStorage.removeItem(key());
      return JSON.parse(text) || {};
    } catch {
      return {}; // storage is denied
    }
  }

  function receive(event) {
    if (event.id === build || event.at < made) return;
    if (event.css && event.from === build && exchange(event)) build = event.id;
    else reload(event.id);
  }

  // A navigation that has begun is not cut off: its request may be waiting for
  // the very build that an event is about. Links to a download or another
  // program, such as an editor, are none; an answer that leaves the page where it
  // is can't be told from a slow one.
  let leavingUntil = 0;
  let stays = false;
  let timer;
  window.navigation?.addEventListener("navigate", ({ destination, downloadRequest }) => {
    stays = downloadRequest !== null || !destination.url.startsWith("http");
  });
  addEventListener("beforeunload", () => {
    if (!stays) leavingUntil = performance.now() + 10000;
    stays = false;
  });

  function reload(id) {
    clearTimeout(timer);
    const wait = leavingUntil - performance.now();
    if (wait > 0) {
      timer = setTimeout(reload, wait, id);
      return;
    }
    // A page that comes back as it was is kept by something, such as a service
    // worker: reloading it for ever would not help.
    if (left.id === id && left.build === build) return;
    const { x, y } = failed ? left : { x: scrollX, y: scrollY };
    try {
      sessionStorage.setItem(key(), JSON.stringify({ id, build, x, y }));
    } catch {
      // storage is denied or full
    }
    location.reload();
  }

  // scrollBack scrolls to where the page was. Browsers do that too, but give up
  // when the page is not long enough once it has loaded, and know nothing of an
  // error page in between.
  function scrollBack({ x, y }) {
    if (!(x || y) || history.scrollRestoration === "manual") return;
    let goOn = true;
    for (const input of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      addEventListener(input, () => (goOn = false), { once: true, passive: true });
    }
    const until = performance.now() + 5000;
    const step = () => {
      if (!goOn || performance.now() > until) return;
      const box = document.scrollingElement;
      const reaches = box && box.scrollHeight - box.clientHeight >= Math.floor(y) && box.scrollWidth - box.clientWidth >= Math.floor(x);
      if (reaches) scrollTo({ left: x, top: y, behavior: "instant" });
      else requestAnimationFrame(step);
    };
    step();
  }

  // exchange loads the style sheets of an event anew; the old ones stay until
  // the new ones apply. False if the page does not have one of them: another
  // may import it.
  const before = new WeakMap(); // the link that a link replaces
  const replaced = new WeakSet();

  function exchange(event) {
    const links = [...document.querySelectorAll('link[rel~="stylesheet" i][href]')].filter((link) => !replaced.has(link));
    const found = event.css.map((path) => links.filter((link) => serves(link, path)));
    if (found.some((links) => links.length === 0)) return false;
    for (const link of new Set(found.flat())) {
      const fresh = link.cloneNode();
      const url = new URL(link.href);
      url.searchParams.set("gostart", event.id);
      fresh.href = url;
      fresh.onload = () => {
        for (let old = before.get(fresh); old; old = before.get(old)) old.remove();
      };
      fresh.onerror = () => reload(event.id);
      before.set(fresh, link);
      replaced.add(link);
      link.after(fresh);
    }
    return true;
  }

  function serves(link, path) {
    const url = new URL(link.href);
    return url.origin === location.origin && decodeURI(url.pathname).endsWith("/" + path);
  }

  // The three ways to hear of events. Each returns how to end it.
  function throughWorker() {
    const worker = new SharedWorker(tag.src, { name: "gostart live reload" });
    worker.port.onmessage = (message) => receive(message.data);
    worker.onerror = () => {
      hangUp();
      connect = throughLeader; // it could not be loaded
      hangUp = connect();
    };
    return () => {
      worker.port.postMessage("goodbye");
      worker.port.close();
    };
  }

  function throughLeader() {
    if (!navigator.locks || !window.BroadcastChannel) return alone();
    const channel = new BroadcastChannel("gostart.livereload");
    const waiting = new AbortController();
    let last, end, release;
    channel.onmessage = ({ data }) => {
      if (data !== "last?") receive(data);
      else if (end && last) channel.postMessage(last);
    };
    const lead = () => {
      end = listen(location.origin, (event) => {
        last = event;
        channel.postMessage(event);
        receive(event);
      });
      return new Promise((resolve) => (release = resolve));
    };
    navigator.locks.request("gostart.livereload", { signal: waiting.signal }, lead).catch(() => {}); // gave up waiting
    channel.postMessage("last?");
    return () => {
      waiting.abort();
      end?.();
      release?.();
      channel.close();
    };
  }

  function alone() {
    let end;
    const follow = () => {
      if (!document.hidden) end ??= listen(location.origin, receive);
      else end = end?.();
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      end?.();
    };
  }

  let connect = window.SharedWorker && !("noWorker" in tag.dataset) ? throughWorker : throughLeader;
  let hangUp;
  try {
    hangUp = connect();
  } catch {
    connect = throughLeader; // workers are denied
    hangUp = connect();
  }
  addEventListener("pagehide", () => hangUp());
  addEventListener("pageshow", (event) => {
    if (event.persisted) hangUp = connect(); // it comes out of the browser's memory
  });
})();
