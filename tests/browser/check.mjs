// Opens reports in Chromium and holds them to their word: no request, no script, text stays text, nothing cut off on a
// telephone, contrast of all text at least 4.5 to 1, every chart described, the keyboard led in reading order.
//
//     npm install --no-save playwright-core      # and Chromium, for instance from the package chromium of Debian
//     node tests/browser/check.mjs [--program target/debug/reelframe] [--chromium /usr/bin/chromium] [--pictures DIR]
//
// It makes a store of two accounts in which every text that comes from outside is hostile (captions, sounds, places,
// labels, and the title, question, column and chart of a section of one's own), one of sample_data/, one of forty accounts
// and one of an account with two reels. Each page is opened
// as it is, and again with its content security policy switched off: then it is the escaping alone that holds. --pictures
// keeps what the pages look like at 1280 and 375 px, light and dark, and as PDF. Exit code 1 where anything does not hold.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    program: { type: "string", default: join(ROOT, "target/debug/reelframe") },
    chromium: { type: "string", default: "/usr/bin/chromium" },
    pictures: { type: "string" },
  },
});

// From where it is called, so that it need not be installed within the project.
const playwright = await import(pathToFileURL(resolve("node_modules/playwright-core/index.js")));
const { chromium } = playwright.default ?? playwright;

// Each would leave a mark, ask somebody or break the page, were it not text.
const HOSTILE = [
  "<script>globalThis.ran = 1; fetch('https://evil.example/a')</script>",
  "</style><style>@import url(https://evil.example/b); body { display: none }</style>",
  "</svg><svg onload=\"globalThis.ran = 2\"><image href=\"https://evil.example/c\"/></svg>",
  "\"><img src=https://evil.example/d onerror='globalThis.ran = 3'>",
  "' onmouseover='globalThis.ran = 4' style='position:fixed;inset:0",
  "javascript:globalThis.ran=5",
  "]]><!--<meta http-equiv=refresh content='0;url=https://evil.example/e'>",
  "{{ title }}{% for x in y %}${globalThis.ran = 6} $\\alpha$ &lt;b&gt; &#x3c;i&#x3e;",
  "\u202egnp.exe \u2066isolated \u200f\u001b[31mred\u001b]0;title\u0007 \u009b2J \u0000\u0001",
  "[click](https://evil.example/f) | `cell` | ![x](https://evil.example/g)",
  `W${"e".repeat(10_000)}`,
  `Z${"\u0301".repeat(5_000)}algo`,
];

const problems = [];
const hold = (is, what) => is || problems.push(what);

function hostileStore(folder) {
  const pages = join(folder, "pages");
  for (const [account, first] of [["hostile.one", 0], ["hostile.two", 500]]) {
    mkdirSync(join(pages, account), { recursive: true });
    const items = Array.from({ length: 48 }, (_, at) => ({ media: reel(account, first + at) }));
    const body = { items, paging_info: { max_id: "", more_available: false }, status: "ok" };
    writeFileSync(join(pages, account, "001.json"), JSON.stringify(body));
  }
  const quoted = (text) => `"${text.replaceAll('"', '""').replace(/[\u0000-\u001f]/g, " ")}"`;
  const labels = `handle,label\nhostile.one,${quoted(HOSTILE[0])}\nhostile.two,${quoted(HOSTILE[3])}\n`;
  writeFileSync(join(folder, "accounts.csv"), labels);
  mkdirSync(join(folder, "own"));
  const column = "</svg><script>globalThis.ran=7</script>";
  HOSTILE.forEach((text, at) => {
    const line = text.replace(/[\r\n]/g, " ");
    const chart = at % 2 ? `horizontal_bar x=${column} y=hook` : `bar x=hook y=${column} by=account`;
    const sql = `SELECT account, hook, views AS "${column}" FROM reels ORDER BY reel_key ASC NULLS LAST`;
    const own = `-- title: ${line}\n-- question: ${line}\n-- chart: ${chart}\n${sql}\n`;
    writeFileSync(join(folder, "own", `9${String(at).padStart(2, "0")}_own.sql`), own);
  });
  run(folder, ["run", "--replay", "pages", "--accounts", "accounts.csv", "--queries", "own", "--observed-at", "2026-06-01T00:00:00Z"]);
}

/** Forty accounts of twelve reels, and one account of two. */
function plainStores(folder) {
  for (const [name, accounts, reels] of [["forty", 40, 12], ["two", 1, 2]]) {
    for (let account = 0; account < accounts; account += 1) {
      const handle = `${name}.${String(account).padStart(2, "0")}`;
      mkdirSync(join(folder, name, handle), { recursive: true });
      const items = Array.from({ length: reels }, (_, at) => {
        const plain = { caption: { text: `Morning bread, number ${at}\n#bread #oven` }, location: null, coauthor_producers: [], user: { pk: String(1000 + account), username: handle } };
        return { media: { ...reel(handle, 1 + at * 3 + account), ...plain } };
      });
      const body = { items, paging_info: { max_id: "", more_available: false }, status: "ok" };
      writeFileSync(join(folder, name, handle, "001.json"), JSON.stringify(body));
    }
    run(folder, ["run", "--store", `${name}.store`, "--replay", name, "--observed-at", "2026-06-01T00:00:00Z"]);
  }
}

function reel(account, number) {
  const text = HOSTILE[number % HOSTILE.length];
  const taken_at = 1_779_000_000 - number * 90_000;
  const pk = (BigInt(taken_at * 1000 - 60_000) - 1314220021721n) << 23n;
  return {
    pk: String(pk), id: `${pk}_77`, code: shortcode(pk), taken_at,
    caption: { text: `${text}\n#food #Tag${number % 4} @someone` },
    play_count: 1000 + 37 * ((number * 7919) % 501), ig_play_count: 1000 + 37 * ((number * 7919) % 501),
    like_count: 90 + (number % 11), comment_count: number % 7, like_and_view_counts_disabled: false,
    video_duration: 10 + (number % 50), clips_tab_pinned_user_ids: [],
    user: { pk: "77", username: account, full_name: text },
    coauthor_producers: number % 5 ? [] : [{ pk: "9", username: text }],
    location: { name: text, lat: 1, lng: 2 },
    clips_metadata: {
      audio_type: number % 3 ? "licensed_music" : text,
      music_info: { music_asset_info: { audio_asset_id: String(number % 6), title: text, display_artist: text } },
    },
  };
}

function shortcode(pk) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let code = "";
  for (let rest = pk; rest > 0n; rest /= 64n) code = letters[Number(rest % 64n)] + code;
  return code;
}

function run(folder, args) {
  return execFileSync(resolve(options.program), ["--quiet", ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** Opens a page and writes down all that it asks, runs and shows. */
async function open(browser, name, file, settings) {
  const context = await browser.newContext(settings);
  const asked = [];
  const page = await context.newPage();
  context.on("request", (request) => asked.push(request.url()));
  const said = [];
  page.on("dialog", (dialog) => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("console", (message) => said.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  // What waits for a pointer gets one.
  for (const handle of (await page.$$("td, svg text, h2, a")).slice(0, 400)) await handle.dispatchEvent("mouseover");
  await page.waitForTimeout(300);
  // What is folded is looked at, too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
  const looks = await page.evaluate(look);
  const found = await page.evaluate(() => ({
    ran: globalThis.ran,
    tags: [...new Set([...document.querySelectorAll("*")].map((element) => element.localName))],
    handlers: [...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames()).filter((name) => name.startsWith("on")),
    links: [...document.querySelectorAll("[href], [src]")].map((element) => element.getAttribute("href") ?? element.getAttribute("src")),
    text: document.body.textContent,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }));
  const at = (what) => `${name}, ${JSON.stringify(settings)}: ${what}`;
  hold(asked.length === 1 && asked[0].startsWith("file:"), at(`it asks for ${asked.slice(1).join(" ")}`));
  hold(found.ran === undefined, at(`script ${found.ran} ran`));
  hold(said.length === 0, at(said.join("; ")));
  const foreign = found.tags.filter((tag) => ["script", "img", "image", "iframe", "link", "object", "embed", "form", "input", "base", "use", "foreignObject"].includes(tag));
  hold(foreign.length === 0, at(`elements ${foreign}`));
  hold(found.handlers.length === 0, at(`attributes ${found.handlers}`));
  const odd = found.links.filter((link) => !/^(#[\w-]+|https:\/\/www\.instagram\.com\/reel\/[\w-]{1,64}\/)$/.test(link));
  hold(odd.length === 0, at(`links ${odd}`));
  hold(found.wide <= 0, at(`${found.wide} px wider than the screen`));
  hold(looks.cut.length === 0, at(`cut off at the edge: ${looks.cut.slice(0, 5).join(" | ")}`));
  hold(looks.faint.length === 0, at(`contrast under 4.5: ${looks.faint.slice(0, 5).join(" | ")}`));
  hold(looks.undescribed === 0, at(`${looks.undescribed} charts without a description`));
  hold(looks.dead.length === 0, at(`links to nothing on the page: ${looks.dead}`));
  hold(looks.jumps === 0, at(`the keyboard goes ${looks.jumps} times against the order of reading`));
  hold(!steers(found.text), at("it holds characters that steer a terminal or turn text"));
  if (options.pictures && !settings.bypassCSP) await picture(page, name, settings, found.height);
  await context.close();
  return found.text;
}

/** In the page: what a reader could not see, find or reach. */
function look() {
  const elements = [...document.querySelectorAll("body *")];
  const has = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const isShown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  const texts = elements.filter((element) => has(element) && isShown(element));
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const contrast = (element) => {
    const style = getComputedStyle(element);
    const [a, b] = [light(element.closest("svg") ? style.fill : style.color), light(behind(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const name = (element) => element.textContent.trim().slice(0, 40);
  const edge = document.documentElement.clientWidth;
  const isCut = (element) => {
    const box = element.getBoundingClientRect();
    return !element.closest(".scroll") && (box.right > edge + 1 || box.left < -1);
  };
  const reached = elements.filter((element) => element.tabIndex >= 0 && isShown(element));
  const charts = elements.filter((element) => element.localName === "svg" && !element.closest("[aria-hidden]"));
  return {
    faint: texts.filter((element) => contrast(element) < 4.5).map((element) => `${name(element)} ${contrast(element).toFixed(1)}`),
    cut: texts.filter(isCut).map(name),
    undescribed: charts.filter((chart) => chart.getAttribute("role") !== "img" || !chart.getAttribute("aria-label")).length,
    dead: [...document.querySelectorAll("a[href^='#']")].map((link) => link.getAttribute("href")).filter((href) => !document.getElementById(href.slice(1))),
    jumps: reached.filter((element) => element.tabIndex > 0).length,
  };
}

async function picture(page, name, settings, height) {
  mkdirSync(options.pictures, { recursive: true });
  const path = (end) => join(options.pictures, `${name}-${settings.viewport.width}-${settings.colorScheme}${end}`);
  // One picture of a whole page would be too tall to be looked at.
  for (let y = 0, at = 1; y < height; y += 2400, at += 1) {
    const clip = { x: 0, y, width: settings.viewport.width, height: Math.min(2400, height - y) };
    await page.screenshot({ path: path(`-${String(at).padStart(2, "0")}.png`), fullPage: true, clip });
  }
  if (settings.viewport.width > 600 && settings.colorScheme === "light") await page.pdf({ path: path(".pdf"), preferCSSPageSize: true });
}

const steers = (text) => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text);

const folder = mkdtempSync(join(tmpdir(), "reelframe-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: options.chromium, args: flags });
try {
  hostileStore(folder);
  plainStores(folder);
  run(folder, ["run", "--store", "sample", "--replay", join(ROOT, "sample_data")]);
  run(folder, ["report", "--store", "sample", "--per-account", "--format", "html", "--out", "clients"]);
  for (const [name, file] of [["hostile", "reels/latest/report.html"], ["sample", "sample/latest/report.html"], ["account", "clients/harbor.bakery.example.html"], ["forty", "forty.store/latest/report.html"], ["two", "two.store/latest/report.html"]]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1280, 375]) {
        for (const bypassCSP of colorScheme === "light" ? [false, true] : [false]) {
          const text = await open(browser, name, join(folder, file), { viewport: { width, height: 900 }, colorScheme, bypassCSP });
          if (name !== "hostile") continue;
          for (const start of ["<script>globalThis.ran = 1; fetch('https://evil.example/a')</script>", "</style><style>@import url(", "</svg><svg onload=\"globalThis.ran = 2\">", "\"><img src=https://evil.example/d onerror=", "javascript:globalThis.ran=5", "{{ title }}{% for x in y %}", `W${"e".repeat(100)}`]) {
            hold(text.includes(start), `hostile: the page does not show ${start} as text`);
          }
          hold(!text.includes("e".repeat(1_200)), "hostile: a text of 10,000 letters is shown whole");
        }
      }
    }
    console.log(`${name.padEnd(8)} looked at, light and dark, at 1280 and 375 px, with its policy and without`);
  }
  for (const text of [run(folder, ["report", "--queries", "own"]), readFileSync(join(folder, "reels/latest/report.md"), "utf8")]) {
    hold(!steers(text.replaceAll("\n", "")), "Markdown or the terminal's summary hold characters that steer a terminal or turn text");
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.log(problem.slice(0, 2_000));
console.log(problems.length === 0 ? "all holds" : `${problems.length} do not hold`);
process.exitCode = Math.min(problems.length, 1);
