// Opens reports in Chromium and holds them to their word: no request, no script, text stays text, nothing wider than a
// telephone.
//
//     npm install --no-save playwright-core      # and Chromium, for instance from the package chromium of Debian
//     node tests/browser/check.mjs [--program target/debug/reelframe] [--chromium /usr/bin/chromium] [--pictures DIR]
//
// It makes a store of two accounts in which every text that comes from outside is hostile (captions, sounds, places,
// labels, and the title, question, column and chart of a section of one's own), and one of sample_data/. Each page is opened
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
  const found = await page.evaluate(() => ({
    ran: globalThis.ran,
    tags: [...new Set([...document.querySelectorAll("*")].map((element) => element.localName))],
    handlers: [...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames()).filter((name) => name.startsWith("on")),
    links: [...document.querySelectorAll("[href], [src]")].map((element) => element.getAttribute("href") ?? element.getAttribute("src")),
    text: document.body.textContent,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
    clipped: [...document.querySelectorAll("svg")].flatMap((svg) => {
      const frame = svg.getBoundingClientRect();
      const outside = (box) => box.left < frame.left - 2 || box.right > frame.right + 2 || box.bottom > frame.bottom + 2;
      return [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim() && outside(text.getBoundingClientRect())).map((text) => text.textContent);
    }),
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
  hold(found.clipped.length === 0, at(`cut off in pictures: ${found.clipped.slice(0, 5)}`));
  hold(!steers(found.text), at("it holds characters that steer a terminal or turn text"));
  if (options.pictures && !settings.bypassCSP) await picture(page, name, settings, found.height);
  await context.close();
  return found.text;
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
  run(folder, ["run", "--store", "sample", "--replay", join(ROOT, "sample_data")]);
  run(folder, ["report", "--store", "sample", "--per-account", "--format", "html", "--out", "clients"]);
  for (const [name, file] of [["hostile", "reels/latest/report.html"], ["sample", "sample/latest/report.html"], ["account", "clients/harbor.bakery.example.html"]]) {
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
