// Builds the viewer into one HTML file, and notes beside it which sources it was built from.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const web = import.meta.dirname;
const root = resolve(web, "..");
const out = join(root, "src/coterie/server/static");
const games = join(root, "src/coterie/games");

// Every file the bundle comes from: all of web/ but what tools make there, and the pictures of the games.
function sources(): string[] {
  const made = new Set(["node_modules", "package-lock.json", "dist"]);
  const walk = (folder: string): string[] =>
    readdirSync(folder)
      .filter((name) => !made.has(name) && !name.startsWith("."))
      .flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? walk(path) : [path];
      });
  const views = walk(games).filter((path) => path.endsWith(".ts"));
  return [...walk(web), ...views].map((path) => relative(root, path)).sort();
}

// sha256 of names and contents; tests/house/test_viewer.py computes the same.
function hash(): string {
  const sum = createHash("sha256");
  for (const path of sources()) sum.update(`${path}\n`).update(readFileSync(join(root, path))).update("\n");
  return sum.digest("hex");
}

const onePage: Plugin = {
  name: "one-page",
  enforce: "post",
  generateBundle(_, bundle) {
    let html = "";
    let script = "";
    let style = "";
    for (const item of Object.values(bundle)) {
      if (item.type === "chunk") script += item.code;
      else if (item.fileName.endsWith(".css")) style += item.source;
      else if (item.fileName.endsWith(".html")) html = String(item.source);
    }
    const page = html
      .replace(/\s*<script[^>]*><\/script>/g, "")
      .replace(/\s*<link rel="stylesheet"[^>]*>/g, "")
      .replace("</head>", () => `<style>${style}</style></head>`)
      // A module's text in a page ends at its first closing tag, wherever that stands.
      .replace("</body>", () => `<script type="module">${script.replaceAll("</script", "<\\/script")}</script></body>`);
    for (const name of Object.keys(bundle)) delete bundle[name];
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "viewer.html"), page);
    writeFileSync(join(out, "viewer.sha256"), `${hash()}\n`);
    console.log(`viewer.html ${(page.length / 1000).toFixed(1)} kB`);
  },
};

export default defineConfig({
  root: web,
  plugins: [svelte(), onePage],
  resolve: { alias: { $board: join(web, "src/board"), $chart: join(web, "src/chart") } },
  build: { outDir: "dist", assetsInlineLimit: 1 << 20, modulePreload: false, cssCodeSplit: false, write: false },
});
