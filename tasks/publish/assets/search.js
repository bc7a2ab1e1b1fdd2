// Search over all papers: an index a month, read from this site and merged here. Nothing is sent anywhere.
const form = document.getElementById("search");
const said = document.getElementById("said");
const found = document.getElementById("found");
const more = document.getElementById("more");
const config = JSON.parse(form.dataset.config);
const STEP = 20;
const HAN = /[\u3400-\u9fff\uf900-\ufaff]/;

let ready = null;
let pages = null; // what is still to be shown
let total = 0;
let shown = 0;
let asked = 0;

// As the index was made: Chinese in overlapping pairs of characters, all else as words.
function terms(query) {
  const out = [];
  for (const run of query.match(/[\u3400-\u9fff\uf900-\ufaff]+|[^\u3400-\u9fff\uf900-\ufaff]+/g) || []) {
    if (!HAN.test(run)) out.push(run.trim());
    else if (run.length === 1) out.push(run);
    else for (let i = 0; i + 1 < run.length; i += 1) out.push(run.slice(i, i + 2));
  }
  return out.filter(Boolean).join(" ");
}

async function open() {
  const base = new URL(config.search, document.baseURI).href;
  const pagefind = await import(`${base}pagefind.js`);
  await pagefind.options({ language: "en", baseUrl: "/" });
  await pagefind.init("en");
  await Promise.all(config.months.map((month) => pagefind.mergeIndex(`${base}${month}`, { language: "en" })));
  return pagefind;
}

function values() {
  return Object.fromEntries(new FormData(form).entries());
}

function filtersOf(v) {
  const filters = {};
  for (const name of ["direction", "tag", "organization"]) if (v[name]) filters[name] = v[name];
  if (v.from || v.to) {
    const days = config.days.filter((d) => (!v.from || d >= v.from) && (!v.to || d <= v.to));
    filters.date = { any: days.length ? days : ["none"] };
  }
  return filters;
}

function element(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text) node.textContent = text;
  return node;
}

function row(meta) {
  const item = element("li", "row");
  const title = element("h2", "title");
  const link = element("a", "", (config.language === "zh" && meta.translated) || meta.title);
  link.href = `papers/${encodeURIComponent(meta.file)}.html`;
  link.dir = "auto";
  title.append(link);
  item.append(title);
  if (config.language === "zh" && meta.translated) item.append(element("p", "original", meta.title));
  const gist = config.language === "zh" ? meta.gist_zh || meta.gist_en : meta.gist_en || meta.gist_zh;
  if (gist) item.append(element("p", "gist", gist));
  const facts = element("p", "facts");
  facts.append(element("time", "", meta.date));
  if (meta.organization) facts.append(element("span", "", meta.organization));
  if (meta.upvotes) facts.append(element("span", "", `▲ ${meta.upvotes}`));
  item.append(facts);
  return item;
}

async function* byMatch(results) {
  for (let at = 0; at < results.length; at += STEP) {
    yield* (await Promise.all(results.slice(at, at + STEP).map((r) => r.data()))).map((p) => p.meta);
  }
}

// Merged indexes come in the order of their matches alone, so that the months are asked one after the other.
async function* byDate(pagefind, term, filters) {
  for (const month of config.months) {
    const any = config.days.filter((d) => month.startsWith(d.slice(0, 7)) && (!filters.date || filters.date.any.includes(d)));
    if (!any.length) continue;
    const answer = await pagefind.search(term, { filters: { ...filters, date: { any } } });
    const metas = (await Promise.all(answer.results.map((r) => r.data()))).map((p) => p.meta);
    yield* metas.sort((a, b) => b.date.localeCompare(a.date));
  }
}

async function show(turn) {
  const rows = [];
  while (rows.length < STEP) {
    const { value: meta, done } = await pages.next();
    if (done || turn !== asked) break;
    if (meta.file) rows.push(row(meta));
    shown += 1;
  }
  if (turn !== asked) return;
  found.append(...rows);
  more.hidden = shown >= total;
}

async function search() {
  const v = values();
  const turn = (asked += 1);
  const filters = filtersOf(v);
  found.replaceChildren();
  more.hidden = true;
  shown = 0;
  if (!v.q && !Object.keys(filters).length) {
    said.textContent = "";
    return;
  }
  said.textContent = config.working;
  try {
    ready = ready || open();
    const pagefind = await ready;
    const term = terms(v.q || "") || null;
    const answer = await pagefind.search(term, { filters });
    if (turn !== asked) return;
    total = answer.results.length;
    said.textContent = total ? config.found.replace("{}", total) : config.none;
    pages = v.sort ? byDate(pagefind, term, filters) : byMatch(answer.results);
    await show(turn);
  } catch (error) {
    ready = null;
    if (turn === asked) said.textContent = config.broken;
    console.error(error);
  }
}

function remember() {
  const given = Object.entries(values()).filter(([, value]) => value);
  history.replaceState(null, "", given.length ? `?${new URLSearchParams(given)}` : location.pathname);
}

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements.namedItem(name);
  if (field) field.value = value;
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  remember();
  search();
});
form.addEventListener("change", () => {
  remember();
  search();
});
more.addEventListener("click", () => show(asked));
search();
