"use strict";

const $ = id => document.getElementById(id);
const files = new Map(); // name -> {file, kind, address}
let encodable = new Set();
let running = null;

/** An element with text, never markup: everything that comes from metadata passes here. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

async function ask(path, body) {
  const request = body === undefined ? {} : {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(body),
    signal: running.signal,
  };
  const answer = await fetch(path, request);
  const json = await answer.json();
  if (!answer.ok) {
    throw new Error(json.error || `the server answered ${answer.status}`);
  }
  return json;
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}

const quoted = text => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Adds a part to the query; a text without quotes becomes a quoted one first. */
function add(part, sign = "+") {
  let query = $("query").value.trim();
  if (query && !query.includes(":") && !query.includes('"')) {
    query = quoted(query);
  }
  $("query").value = query ? `${query} ${sign} ${part}` : (sign === "-" ? `-${part}` : part);
}

function attach(list) {
  for (const file of list) {
    const kind = file.type.split("/")[0];
    if (kind !== "image" && kind !== "audio") {
      showError(`${file.name} is neither an image nor a sound`);
      continue;
    }
    if (!encodable.has(kind)) {
      showError(`this space has no encoder for ${kind}`);
      continue;
    }
    let name = file.name;
    for (let i = 2; files.has(name); i++) {
      name = `${i}-${file.name}`;
    }
    files.set(name, {file, kind, address: URL.createObjectURL(file)});
    add(`${kind}:${quoted(name)}`);
  }
  showAttached();
  $("query").focus();
}

function showAttached() {
  $("attached").replaceChildren(...[...files].map(([name, {kind, address}]) => {
    const remove = element("button", {type: "button", "aria-label": `Remove ${name}`}, "×");
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(address);
      files.delete(name);
      const part = `${kind}:${quoted(name)}`;
      const query = $("query");
      query.value = query.value.split(part).join("").replace(/^\s*[+-]\s*|\s*[+-]\s*$/g, "").replace(/([+-])\s+[+-]/g, "$1").trim();
      showAttached();
    });
    const shown = kind === "image"
      ? element("img", {src: address, alt: ""})
      : element("audio", {src: address, controls: "", preload: "metadata", "aria-label": name});
    return element("li", {}, shown, element("span", {title: name}, name), remove);
  }));
}

function showError(message) {
  $("error").textContent = message;
}

const asText = value => typeof value === "string" ? value : JSON.stringify(value);

function fields(metadata) {
  const list = element("dl");
  for (const [name, value] of Object.entries(metadata)) {
    const text = asText(value);
    const shown = /^https?:\/\/\S+$/.test(text)
      ? element("a", {href: text, target: "_blank", rel: "noopener noreferrer"}, text)
      : text;
    list.append(element("dt", {}, name), element("dd", {}, shown));
  }
  return list;
}

function media(hit, label) {
  if (!hit.media) {
    return [];
  }
  const shown = hit.type.startsWith("image/")
    ? element("img", {src: hit.media, alt: label, loading: "lazy"})
    : element("audio", {src: hit.media, controls: "", preload: "none", "aria-label": label});
  shown.addEventListener("error", () => shown.replaceWith(element("div", {class: "missing"}, "file cannot be shown")));
  return [shown];
}

function card(gallery, hit, rank) {
  const label = hit.label || `item ${hit.row}`;
  const place = `row:${gallery}/${hit.row}`;
  const more = element("button", {type: "button", title: "More like this", "aria-label": `More like ${label}`}, "+");
  more.addEventListener("click", () => { add(place); search(); });
  const less = element("button", {type: "button", title: "Less like this", "aria-label": `Less like ${label}`}, "−");
  less.addEventListener("click", () => { add(place, "-"); search(); });
  const body = element("div", {class: "body"}, element("div", {class: "label"}, label));
  if (Object.keys(hit.metadata).length > 0) {
    body.append(element("details", {}, element("summary", {}, "all fields"), fields(hit.metadata)));
  }
  body.append(element("div", {class: "foot"},
    element("span", {class: "score", title: "cosine similarity"}, hit.score.toFixed(3)),
    element("span", {class: "row", title: place}, `#${hit.row}`), more, less));
  return element("li", {value: rank}, ...media(hit, label), body);
}

async function search(remember = true) {
  const query = $("query").value.trim();
  if (!query) {
    return;
  }
  if (running) {
    running.abort();
  }
  const mine = running = new AbortController();
  document.body.classList.add("busy");
  showError("");
  $("status").textContent = "Searching …";
  try {
    const sent = {};
    for (const [name, {file}] of files) {
      if (query.includes(quoted(name)) || query.includes(`:${name}`)) {
        sent[name] = await base64(file);
      }
    }
    const gallery = $("gallery").value;
    const count = Number($("count").value);
    const found = await ask("/search", {query, gallery, k: count, files: sent});
    $("hits").className = found.modality;
    $("hits").replaceChildren(...found.hits.map((hit, i) => card(gallery, hit, i + 1)));
    $("status").textContent = `${found.hits.length} of ${found.rows.toLocaleString("en")} in ${gallery} (${found.modality}), `
      + `${found.seconds < 1 ? Math.max(1, Math.round(found.seconds * 1000)) + " ms" : found.seconds.toFixed(1) + " s"}`;
    document.title = `${query} – FreeBind search`;
    if (remember) {
      const address = "?" + new URLSearchParams({q: query, gallery, k: count});
      if (address !== location.search) {
        history.pushState(null, "", address);
      }
    }
  } catch (failure) {
    if (mine.signal.aborted) {
      return;
    }
    showError(failure.message);
    $("status").textContent = "";
    $("hits").replaceChildren();
  } finally {
    if (running === mine) {
      running = null;
      document.body.classList.remove("busy");
    }
  }
}

/** Takes the query from the address, so that results can be linked to and the back button works. */
function fromAddress() {
  const asked = new URLSearchParams(location.search);
  $("query").value = asked.get("q") || "";
  if ([...$("gallery").options].some(option => option.value === asked.get("gallery"))) {
    $("gallery").value = asked.get("gallery");
  }
  if ([...$("count").options].some(option => option.value === asked.get("k"))) {
    $("count").value = asked.get("k");
  }
  if (asked.get("q")) {
    return search(false);
  }
}

async function begin() {
  let known;
  try {
    known = await ask("/space");
  } catch (failure) {
    showError(failure.message);
    return;
  }
  encodable = new Set(known.encodable);
  $("space").textContent = known.space;
  $("gallery").replaceChildren(...known.galleries.map(gallery => element("option", {value: gallery.name},
    `${gallery.name} (${gallery.modality}, ${gallery.rows.toLocaleString("en")})`)));
  const first = known.galleries[0].name;
  $("row-example").textContent = `row:${first}/0`;
  $("query").placeholder = encodable.has("text") ? 'a dog barks, or "a dog" - "a beach" …' : `row:${first}/0`;
  $("attach").hidden = !encodable.has("image") && !encodable.has("audio");
  if (!encodable.has("text")) {
    $("hint").textContent = encodable.size === 0
      ? `This space has no encoders: ask by items, such as row:${first}/0.`
      : `This space has encoders for ${[...encodable].join(", ")}, but not for texts.`;
  }
  await fromAddress();
  document.documentElement.dataset.ready = "";
}

$("form").addEventListener("submit", event => { event.preventDefault(); search(); });
$("gallery").addEventListener("change", () => search());
$("count").addEventListener("change", () => search());
$("file").addEventListener("change", () => { attach($("file").files); $("file").value = ""; });
window.addEventListener("popstate", fromAddress);
window.addEventListener("dragover", event => {
  if (event.dataTransfer.types.includes("Files")) {
    event.preventDefault();
    document.body.classList.add("dropping");
  }
});
window.addEventListener("dragleave", event => {
  if (!event.relatedTarget) {
    document.body.classList.remove("dropping");
  }
});
window.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  attach(event.dataTransfer.files);
});
window.addEventListener("paste", event => {
  if (event.clipboardData.files.length > 0) {
    event.preventDefault();
    attach(event.clipboardData.files);
  }
});
window.addEventListener("keydown", event => {
  if (event.key === "/" && !["INPUT", "SELECT", "TEXTAREA"].includes(document.activeElement.tagName)) {
    event.preventDefault();
    $("query").focus();
    $("query").select();
  }
});
begin();
