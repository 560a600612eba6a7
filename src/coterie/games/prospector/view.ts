// The picture of Prospector: its star map, and beside it the pilot's instruments and controls.
import type { GameView } from "$board/brush";
import type { Bar, Box, Deeds, Panel, Row, Spot, StageView } from "$chart/stage";
import type { Frame, Head } from "../../../../web/src/replay";
import { draw } from "./view_map";
import {
  doubt, ENDS, heat, NODE, orbit, ORBIT, ORE, ORES, plain, placesOf, type Rock, type Scene, type Scenery, sceneOf, sceneryOf, seen, SELECT, SHIP, threatOf, TRAVEL, whole,
} from "./view_scene";

function bounds(head: Head): Box {
  const at = placesOf(sceneryOf(head));
  const [xs, ys] = [at.map(([x]) => x), at.map(([, y]) => y)];
  const room = ORBIT + 0.2;
  return { left: Math.min(...xs) - room, right: Math.max(...xs) + room, top: Math.min(...ys) - room, bottom: Math.max(...ys) + room };
}

function spots(head: Head, frame: Frame, truth: boolean): Spot[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const at = placesOf(scenery);
  const nodes = [...seen(scenery, scene, truth)].sort((one, other) => one - other).map((index): Spot => {
    const node = scenery.nodes[index]!;
    const lane = scenery.nodes[scene.node]!.lanes.findIndex((one) => one.node === index);
    const way = scenery.nodes[scene.node]!.lanes[lane];
    const threat = way && threatOf(scenery, scene, scene.node, index, truth);
    const known = scene.known[index];
    return {
      id: `node:${index}`, x: at[index]![0], y: at[index]![1], radius: node.kind === "station" ? 0.3 : NODE * 1.6,
      label: name(scenery, index),
      tip: [
        ...(way ? [`${way.ticks} ticks and ${whole(way.fuel)} fuel from here`, `threat ${threat!.isGuess ? "unknown" : threat!.value.toFixed(2)}`] : []),
        ...(known?.left === undefined ? (index ? ["not visited yet"] : []) : [`${Math.round(100 * known.left)} % left, best yield ${known.best ? known.best.toFixed(2) : "unknown"}`]),
        ...(known && index ? [`hazard ${known.hazard.toFixed(2)}`] : []),
      ],
      ...(lane >= 0 ? { deed: TRAVEL + lane } : {}),
    };
  });
  const here = scene.asteroids.map((rock, slot): Spot => {
    const [x, y] = orbit(scenery, scene.node, slot);
    return { id: `rock:${slot}`, x, y, radius: 0.08, label: `asteroid ${slot}`, tip: told(rock, scene), deed: SELECT + slot };
  });
  return [...here, ...nodes];
}

const name = (scenery: Scenery, index: number) => {
  const node = scenery.nodes[index]!;
  return index ? `field ${index}, ${node.kind === "hazard" ? "hazardous" : "a cluster"}, ${node.hops} ${node.hops === 1 ? "hop" : "hops"} from home` : "the station";
};

function told(rock: Rock, scene: Scene): string[] {
  if (rock.depletion >= 1) return ["nothing left"];
  const best = ORES.map((ore, index) => [plain(ore), rock.mix[index]!] as const).sort((one, other) => other[1] - one[1]).slice(0, 2);
  return [
    `about ${best.map(([ore, share]) => `${Math.round(100 * share)} % ${ore}`).join(", ")}`,
    `about ${whole(worth(rock.mix, scene))} credits a unit`,
    `${Math.round(100 * (1 - rock.depletion))} % left, stability ${rock.stability.toFixed(2)}, confidence ${rock.confidence.toFixed(2)}`,
  ];
}

const did = (action: string, scene: Scene) => (action.startsWith("travel") ? `flew to ${scene.node ? `field ${scene.node}` : "the station"}` : plain(action));

const worth = (mix: number[], scene: Scene) => ORES.reduce((sum, ore, index) => sum + mix[index]! * scene.price[ore]!, 0);

function caption(head: Head, frame: Frame): string {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  return `tick ${whole(scene.tick)} of ${whole(scenery.ticks)} · ${name(scenery, scene.node)}${ENDS[scene.end] ? ` · ${ENDS[scene.end]}` : ""}`;
}

function describe(head: Head, frame: Frame): string {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const agent = frame.agents[0];
  const { ship, worth: has } = scene;
  return [
    `The ship is at ${name(scenery, scene.node)}, at tick ${scene.tick}.`,
    agent?.action ? `Last action: ${did(agent.action, scene)}.` : "",
    `Fuel ${whole(ship.fuel!)}, hull ${whole(ship.hull!)}, heat ${whole(ship.heat!)}, hold ${whole(ship.load!)}, credits ${whole(has.credits!)}.`,
    ENDS[scene.end] ? `The voyage is over: ${ENDS[scene.end]}.` : "",
  ].join(" ").trim();
}

function panels(head: Head, frame: Frame, truth: boolean): Panel[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const agent = frame.agents[0]!;
  const { ship, most, supplies } = { ...scene, most: scenery.most };
  const amount = (value: number) => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(1));
  const voyage: Panel = {
    kind: "facts", title: "Voyage", note: ENDS[scene.end] || (agent.action ? `${did(agent.action, scene)}, ${scene.last_ticks} ${scene.last_ticks === 1 ? "tick" : "ticks"}` : "at the start"),
    facts: [["reward", amount(agent.reward)], ["return", amount(agent.return)], ["credits", whole(scene.worth.credits!)], ["hold", whole(scene.worth.hold!)]],
  };
  const low: Record<string, boolean> = { fuel: ship.fuel! < 150, hull: ship.hull! < 30, heat: ship.heat! > 70, tool: ship.tool! < 25, alert: ship.alert! > 60 };
  const gauges: Panel = {
    kind: "gauges", title: "Ship", note: `kits ${supplies.repair_kits} · stabilizers ${supplies.stabilizers} · decoys ${supplies.decoys}`,
    gauges: Object.entries(most).map(([what, top]) => ({ label: what, text: whole(ship[what]!), share: ship[what]! / top, colour: SHIP[what]!, warns: !!low[what] })),
  };
  const hold: Panel = {
    kind: "stack", title: "Hold", note: `${whole(ship.load!)} of ${most.load}`,
    parts: ORES.map((ore) => ({ label: plain(ore), text: scene.cargo[ore]!.toFixed(1), share: scene.cargo[ore]! / most.load!, colour: ORE[ore]! })),
  };
  const market: Panel = {
    kind: "rows", title: "Market", note: "price, against its base, and stock", columns: ["", "price", "", "stock"],
    rows: ORES.map((ore): Row => ({
      id: ore, label: plain(ore), tip: `${plain(ore)}: ${scene.price[ore]!.toFixed(1)}, base ${scenery.base[ore]}`,
      columns: [scene.price[ore]!.toFixed(1), { value: scene.price[ore]! / scenery.base[ore]! / 2, truth: 0.5, colour: ORE[ore]! }, scene.inventory[ore]!.toFixed(0)],
    })),
  };
  return [voyage, gauges, hold, { kind: "curves", title: "price" }, ...(scene.asteroids.length ? [survey(scenery, scene, truth)] : []), market, { kind: "curves", title: "worth" }];
}

function survey(scenery: Scenery, scene: Scene, truth: boolean): Panel {
  const known = scene.asteroids.reduce((sum, rock) => sum + rock.confidence, 0) / scene.asteroids.length;
  return {
    kind: "rows", title: "Asteroids here", note: `confidence ${known.toFixed(2)}`, columns: ["", "mix", "stable", "left", "a unit"],
    rows: scene.asteroids.map((rock, slot): Row => {
      const own = truth ? scenery.nodes[scene.node]!.asteroids[slot] : undefined;
      const spread = doubt(rock.confidence);
      const mix = rock.mix.map((share, index): Bar => ({ value: share / 0.6, spread: spread / 0.6, truth: own && own.mix[index]! / 0.6, colour: ORE[ORES[index]!]! }));
      return {
        id: String(slot), label: String(slot), tip: [`asteroid ${slot}`, ...told(rock, scene)].join("\n"), on: slot === scene.selected, gone: rock.depletion >= 1, deed: SELECT + slot,
        columns: [
          mix,
          { value: rock.stability, spread: spread, truth: own?.stability, colour: heat(0.75 - 0.7 * rock.stability) },
          `${Math.round(100 * (1 - rock.depletion))} %`,
          rock.depletion < 1 ? whole(worth(rock.mix, scene)) : "–",
        ],
      };
    }),
  };
}

const METHODS = { conservative: "gently", standard: "as usual", aggressive: "hard" };

function deeds(head: Head, frame: Frame): Deeds[] {
  const [scenery, scene] = [sceneryOf(head), sceneOf(frame)];
  const names = head.heads?.[0] ?? head.actions;
  const at = (name: string) => names.indexOf(name);
  const deed = (name: string, label: string, hint = "") => ({ action: at(name), label, hint });
  const fly = scenery.nodes[scene.node]!.lanes.map((lane, index) =>
    deed(`travel_${index}`, `${lane.node ? lane.node : "home"} · ${lane.ticks} t`, `${whole(lane.fuel)} fuel and more with a full hold, to ${name(scenery, lane.node)}`));
  const groups: Deeds[] = [
    { title: "Fly", rows: [{ deeds: fly }, { deeds: [deed("hold_drift", "drift", "1 tick; alert falls, the ship cools"), deed("emergency_burn", "burn", "18 fuel; hides from pirates for 4 ticks")] }] },
  ];
  if (scene.node)
    groups.push(
      { title: "Look", rows: [{ deeds: [deed("wide_scan", "scan all", "3 ticks, 5 fuel"), deed("focused_scan", "scan one", "2 ticks, 4 fuel"), deed("deep_scan", "scan deep", "4 ticks, 8 fuel"), deed("passive_threat_listen", "listen", "2 ticks; threats of the lanes")] }] },
      { title: "Mine", rows: [{ deeds: [...Object.entries(METHODS).map(([method, label]) => deed(`mine_${method}`, label, `${method}: 1 tick`)), deed("stabilize", "stabilize", "2 ticks, one stabilizer")] }] },
    );
  groups.push({
    title: "Care", rows: [{ deeds: [deed("active_cooldown", "cool", "2 ticks, 2 fuel, heat −20"), deed("tool_maintenance", "mend tool", "one kit, +25"), deed("hull_patch", "patch hull", "one kit, +20"), deed("refine", "refine", "2 ticks: iron and nickel to rare isotopes")] }],
  });
  const held = ORES.filter((ore) => scene.cargo[ore]! > 0);
  const row = (ore: string) => ({ label: `${plain(ore)} ${scene.cargo[ore]!.toFixed(1)}`, colour: ORE[ore]! });
  if (!scene.node) {
    if (held.length) groups.push({ title: "Sell", rows: held.map((ore) => ({ ...row(ore), deeds: [25, 50, 100].map((part) => deed(`sell_${ore}_${part}`, part === 100 ? "all" : `${part} %`)) })) });
    const tanks = ([["small", 120, 60], ["medium", 260, 120], ["large", 480, 210]] as const).map(([size, fuel, price]) => deed(`buy_fuel_${size}`, `${fuel} fuel`, `${price} credits`));
    const things = [deed("buy_repair_kit", "kit", "150 credits"), deed("buy_stabilizer", "stabilizer", "175 credits"), deed("buy_decoy", "decoy", "110 credits"), deed("full_overhaul", "overhaul", "280 credits: hull and tool as new")];
    groups.push({ title: "Buy", rows: [{ deeds: tanks }, { deeds: things }] });
    groups.push({ title: "Station", rows: [{ deeds: [deed("dock", "lie low", "alert −20"), { ...deed("cash_out", "cash out", "ends the voyage"), asks: "Cash out and end the voyage?" }] }] });
  } else if (held.length) {
    groups.push({ title: "Throw out", rows: [{ deeds: held.map((ore) => deed(`jettison_${ore}`, `${plain(ore)} ${scene.cargo[ore]!.toFixed(0)}`, "alert −8")) }] });
  }
  return groups.map((group) => ({ ...group, rows: group.rows.map((one) => ({ ...one, deeds: one.deeds.filter(({ action }) => action >= 0) })) }));
}

const stage: StageView = {
  bounds, spots, draw, caption, describe, panels, deeds,
  curves: [{ field: "price", label: "market prices" }, { field: "worth", label: "credits and hold" }, { field: "ship", label: "ship, in per cent", most: "most" }],
  marks: {
    pirates: { label: "pirates", colour: "#e4594f" }, fractures: { label: "fracture", colour: "#e8913a" }, earned: { label: "sold for", colour: "#3fb57c" },
    destroyed: { label: "destroyed", colour: "#e4594f" }, stranded: { label: "stranded", colour: "#e4594f" }, cashed_out: { label: "cashed out", colour: "#d8a21f" }, timed_out: { label: "time is up", colour: "#8a94a8" },
  },
};

export const view: GameView = { stage, resources: { ...ORE, ...SHIP } };
