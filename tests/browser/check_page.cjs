// Open a page of ours in headless Chromium, as people with a phone, a desk, daylight and none do, and say what is
// wrong: errors on the console, requests to anything but the file, accessibility (axe), sideways scrolling.
//
//   npm install --prefix SCRATCH axe-core playwright-core
//   NODE_PATH=SCRATCH/node_modules node tests/browser/check_page.cjs PAGE.html... [--shots FOLDER]
//
// CHROMIUM names the browser; /usr/bin/chromium if unset. Exit status 1 if anything is wrong. Not part of `make
// test`, which needs neither a browser nor npm.

const { mkdirSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const axe = require("axe-core");
const { chromium } = require("playwright-core");

const SIZES = [[390, 844], [1280, 900]];
const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

async function look(browser, file, [width, height], colorScheme, shots) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  const address = pathToFileURL(file).href;
  const wrong = [];
  page.on("console", (said) => said.type() === "error" && wrong.push(`console: ${said.text()}`));
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("request", (asked) => {
    if (asked.url() !== address && !asked.url().startsWith("data:")) wrong.push(`request: ${asked.url()}`);
  });
  await page.goto(address, { waitUntil: "load" });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) wrong.push(`scrolls sideways by ${wide} pixels`);
  if (shots) {
    const name = `${path.basename(file, ".html")}-${width}-${colorScheme}.png`;
    await page.screenshot({ path: path.join(shots, name), fullPage: true });
  }
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  for (const { id, help, nodes } of violations) {
    wrong.push(`axe ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`);
  }
  await page.close();
  return { wrong, rules: passes.length };
}

async function main() {
  const words = process.argv.slice(2);
  const at = words.indexOf("--shots");
  const shots = at < 0 ? null : words.splice(at, 2)[1];
  if (shots) mkdirSync(shots, { recursive: true });
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: FLAGS, chromiumSandbox: false });
  let count = 0;
  for (const file of words) {
    for (const size of SIZES) {
      for (const scheme of ["light", "dark"]) {
        const { wrong, rules } = await look(browser, path.resolve(file), size, scheme, shots);
        count += wrong.length;
        const verdict = wrong.length ? `${wrong.length} wrong` : `nothing wrong, ${rules} axe rules passed`;
        console.log(`${path.basename(file)} ${size.join("x")} ${scheme}: ${verdict}`);
        wrong.forEach((line) => console.log(`  ${line}`));
      }
    }
  }
  await browser.close();
  process.exit(count ? 1 : 0);
}

main();
