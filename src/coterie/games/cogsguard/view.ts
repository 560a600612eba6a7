// The picture of CoGsGuard: junctions and extractors, the hub and its stations, and what cogs of each role wear.
import {
  arc, bolt, box, type Brush, type GameView, gear, heart, INK, line, oval, shape, TEAM, TEAM_DIM,
} from "$board/brush";

type Holder = { inventory: Record<string, number>; vibe: string };

const ROLES = ["aligner", "scrambler", "miner", "scout"];

// Gear decides; who has none yet shows what it is about to fetch.
function role(agent: Holder): string {
  return ROLES.find((name) => agent.inventory[name]) ?? "";
}

function extractor(b: Brush, light: string, dark: string, emblem: (b: Brush) => void): void {
  b.shadow();
  b.part(box(0.2, 0.7, 0.6, 0.15, 0.05), "#5a5566", 0.04);
  b.part(shape([0.26, 0.74], [0.32, 0.5], [0.68, 0.5], [0.74, 0.74]), "#7d7789", 0.04);
  b.part(oval(0.5, 0.38, 0.28), dark).fill(oval(0.5, 0.36, 0.25, 0.24), light);
  b.fill(oval(0.41, 0.26, 0.09, 0.05), "rgba(255, 255, 255, 0.55)");
  emblem(b);
}

function station(b: Brush, roof: string, sign: (b: Brush) => void): void {
  b.shadow();
  b.part(box(0.16, 0.46, 0.68, 0.38, 0.05), "#d9c7a2").fill(box(0.16, 0.7, 0.68, 0.14, 0.05), "#b89f75");
  b.part(shape([0.08, 0.48], [0.2, 0.2], [0.8, 0.2], [0.92, 0.48]), roof);
  b.fill(shape([0.31, 0.48], [0.36, 0.2], [0.5, 0.2], [0.5, 0.48]), "rgba(255, 255, 255, 0.3)");
  b.fill(shape([0.69, 0.48], [0.64, 0.2], [0.8, 0.2], [0.92, 0.48]), "rgba(255, 255, 255, 0.3)");
  b.part(oval(0.5, 0.66, 0.17), "#fffaf0", 0.03);
  sign(b);
}

const GEAR_COLOURS = { aligner: "#ee5d7a", scrambler: "#8f6fe0", miner: "#e5a524", scout: "#4fa56a" };

function pick(b: Brush, x: number, y: number, size: number): void {
  b.stroke(line([x - size * 0.7, y + size * 0.8], [x + size * 0.4, y - size * 0.4]), "#8a5f3f", size * 0.3);
  b.stroke(line([x - size * 0.3, y - size * 0.8], [x + size * 0.5, y - size * 0.5], [x + size * 0.8, y + size * 0.3]), "#6d7486", size * 0.32);
}

function glass(b: Brush, x: number, y: number, size: number): void {
  b.stroke(line([x + size * 0.35, y + size * 0.35], [x + size * 0.9, y + size * 0.9]), "#8a5f3f", size * 0.32);
  b.part(oval(x - size * 0.1, y - size * 0.1, size * 0.6), "#bfe6f5", size * 0.12);
}

const glyphs: GameView["glyphs"] = {
  junction: (b) => {
    b.shadow(0.5, 0.86, 0.3, 0.09);
    b.part(shape([0.26, 0.86], [0.36, 0.66], [0.64, 0.66], [0.74, 0.86]), "#565165");
    b.part(box(0.43, 0.34, 0.14, 0.38, 0.04), "#8b8699", 0.04).fill(box(0.43, 0.34, 0.06, 0.38, 0.03), "#a7a2b5");
    b.part(shape([0.5, 0.04], [0.72, 0.28], [0.5, 0.52], [0.28, 0.28]), TEAM);
    b.fill(shape([0.5, 0.04], [0.72, 0.28], [0.5, 0.52]), TEAM_DIM);
    b.fill(shape([0.44, 0.16], [0.49, 0.1], [0.42, 0.24]), "rgba(255, 255, 255, 0.8)");
  },
  oxygen_extractor: (b) =>
    extractor(b, "#8fdcf5", "#4ba8cf", (brush) => {
      for (const [x, y, r] of [[0.43, 0.42, 0.075], [0.57, 0.35, 0.06], [0.56, 0.49, 0.04]] as const)
        brush.stroke(oval(x, y, r), "#ffffff", 0.03);
    }),
  carbon_extractor: (b) =>
    extractor(b, "#6b6a78", "#3b3a47", (brush) => {
      brush.fill(shape([0.5, 0.24], [0.62, 0.31], [0.62, 0.44], [0.5, 0.51], [0.38, 0.44], [0.38, 0.31]), "#24232d");
      brush.fill(shape([0.5, 0.24], [0.62, 0.31], [0.5, 0.38], [0.38, 0.31]), "#8b8a99");
    }),
  germanium_extractor: (b) =>
    extractor(b, "#a8d672", "#6b9e3f", (brush) => {
      brush.part(shape([0.5, 0.2], [0.6, 0.36], [0.5, 0.52], [0.4, 0.36]), "#e5f7b8", 0.02);
      brush.fill(shape([0.5, 0.2], [0.6, 0.36], [0.5, 0.52]), "#c2e07f");
    }),
  silicon_extractor: (b) =>
    extractor(b, "#d3a8f0", "#9467b8", (brush) => {
      brush.part(box(0.39, 0.25, 0.22, 0.22, 0.03), "#f3e4ff", 0.02);
      for (const at of [0.45, 0.55]) {
        brush.stroke(line([at, 0.27], [at, 0.45]), "#9467b8", 0.02).stroke(line([0.41, at - 0.14], [0.59, at - 0.14]), "#9467b8", 0.02);
      }
    }),
  hub: (b) => {
    b.shadow(0.5, 0.9, 0.42, 0.08);
    b.part(gear(0.5, 0.5, 0.47, 12, 0.13), TEAM).fill(arc(0.5, 0.5, 0.38, 0, 1), TEAM_DIM);
    b.part(oval(0.5, 0.5, 0.29), "#3a3648", 0.03).fill(oval(0.5, 0.5, 0.23), "#fff1cf");
    b.part(heart(0.5, 0.49, 0.14), "#ee5d7a", 0.03);
  },
  aligner: (b) => station(b, GEAR_COLOURS.aligner, (brush) => brush.fill(heart(0.5, 0.66, 0.09), GEAR_COLOURS.aligner)),
  scrambler: (b) => station(b, GEAR_COLOURS.scrambler, (brush) => brush.fill(bolt(0.5, 0.66, 0.12), GEAR_COLOURS.scrambler)),
  miner: (b) => station(b, GEAR_COLOURS.miner, (brush) => pick(brush, 0.5, 0.66, 0.12)),
  scout: (b) => station(b, GEAR_COLOURS.scout, (brush) => glass(brush, 0.49, 0.65, 0.11)),
  "worn.aligner": (b) => {
    b.stroke(line([0.5, 0.16], [0.5, 0.06]), INK, 0.04).part(heart(0.5, 0.05, 0.07), GEAR_COLOURS.aligner, 0.025);
    b.part(arc(0.5, 0.34, 0.2, 1.08, 1.92), GEAR_COLOURS.aligner, 0.03);
  },
  "worn.scrambler": (b) => {
    b.part(shape([0.27, 0.34], [0.24, 0.1], [0.38, 0.2], [0.5, 0.02], [0.62, 0.2], [0.76, 0.1], [0.73, 0.34]), GEAR_COLOURS.scrambler, 0.03);
    b.fill(bolt(0.5, 0.23, 0.09), "#ffe27a");
  },
  "worn.miner": (b) => {
    b.part(arc(0.5, 0.31, 0.23, 1, 2), GEAR_COLOURS.miner, 0.03).part(box(0.22, 0.28, 0.56, 0.06, 0.03), "#c98a17", 0.02);
    b.part(oval(0.5, 0.19, 0.065), "#fff6c9", 0.025);
  },
  "worn.scout": (b) => {
    b.part(shape([0.24, 0.33], [0.33, 0.1], [0.72, 0.13], [0.76, 0.33]), GEAR_COLOURS.scout, 0.03);
    b.stroke(line([0.26, 0.29], [0.75, 0.29]), "#2f6b45", 0.05);
    b.part(shape([0.66, 0.13], [0.86, 0.0], [0.78, 0.2]), "#e8604c", 0.02);
  },
};

export const view: GameView = {
  glyphs,
  role,
  worn: (agent) => {
    const name = role(agent);
    return name ? [`worn.${name}`] : [];
  },
  teams: { cogs: "#37b3a0", clips: "#e8604c", neutral: "#c9c4b8" },
  resources: {
    oxygen: "#7fd3f0", carbon: "#7a7989", germanium: "#a8d672", silicon: "#c99aec",
    aligner: GEAR_COLOURS.aligner, scrambler: GEAR_COLOURS.scrambler, miner: GEAR_COLOURS.miner, scout: GEAR_COLOURS.scout,
  },
};
