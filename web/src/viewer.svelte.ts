// Viewer: the controller: which replay, which tick, who is selected; every part of the page reads it.
import { Board } from "./board/board";
import { role, stageOf } from "./board/glyphs";
import type { Chart } from "./chart/chart";
import type { Pilot, StageView } from "./chart/stage";
import { DEFAULTS, fromLink, type Options, SPEEDS, toLink } from "./options";
import { type Agent, type Frame, type Head, type Overview, Reel, type Source, type Statistics, type Thing } from "./replay";
import { embedded, given, type Listed, listed, served } from "./sources";

const TRAIL = 40; // ticks
const SMOOTH = 16; // ticks a second up to which agents glide
const CALM = 120; // milliseconds
const GLIDE = 0.16; // seconds at most from cell to cell
const SAIL = 0.7; // and from spot to spot of a chart

export class Viewer {
  head = $state.raw<Head | null>(null);
  frame = $state.raw<Frame | null>(null);
  calm = $state.raw<Frame | null>(null); // the frame the panels tell of: nobody reads sixty of them a second
  overview = $state.raw<Overview | null>(null);
  statistics = $state.raw<Statistics | null>(null);
  shelf = $state.raw<Listed[] | null>(null);
  isPlaying = $state(false);
  isWaiting = $state(false);
  speed = $state(DEFAULTS.speed);
  agent = $state<number | null>(null);
  thing = $state<number | null>(null);
  follow = $state(false);
  shows = $state({ eyes: false, areas: false, grid: false, heat: false, trail: true, minimap: true, truth: true });
  theme = $state<"dark" | "light">("dark");
  panel = $state<"" | "help" | "shelf">("");
  error = $state("");
  notice = $state("");
  spoken = $state("");
  fps = $state(0);
  hover = $state.raw<{ row: number; col: number } | null>(null);
  readonly alone = embedded();

  board: Board | null = null;
  chart: Chart | null = null; // of a game that draws itself
  pilot = $state.raw<Pilot | null>(null); // the person at this page, if they play a seat of it
  isDirty = true;
  private reel: Reel | null = null;
  private before: Frame | undefined;
  private clock = 0;
  private movedAt = 0;
  private calmedAt = 0;
  private drawnAt = 0;
  private linkedAt = 0;
  private heat: Float32Array | null = null;
  private wanted = 0;
  private isFetching = false;
  private drawn: number[] = [];

  get tick(): number {
    return this.frame?.tick ?? 0;
  }

  get selected(): Agent | null {
    return this.agent === null ? null : (this.frame?.agents[this.agent] ?? null);
  }

  get object(): Thing | null {
    return this.frame?.objects.find((one) => one.id === this.thing) ?? null;
  }

  get hasMap(): boolean {
    return (this.head?.width ?? 0) > 0;
  }

  // What draws a game without a map.
  get stage(): StageView | undefined {
    return this.head?.scenery ? stageOf(this.head.game) : undefined;
  }

  // Whether what no player knows is shown: not to one who plays.
  get truth(): boolean {
    return this.shows.truth && !this.pilot;
  }

  // What the keys move and zoom.
  get plane(): Board | Chart | null {
    return this.stage ? this.chart : this.board;
  }

  get teams(): string[] {
    return this.frame?.teams.map((team) => team.name) ?? [];
  }

  // What the page is asked to show, by its link or by what is inside it.
  async start(): Promise<void> {
    const options = fromLink(location.hash);
    this.dress(options.theme || (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"));
    if (this.alone) return this.open(this.alone, options);
    if (options.replay) return this.open(served(options.replay), options);
    await this.browse();
    const only = this.shelf?.length === 1 ? this.shelf[0] : undefined;
    if (only) {
      this.panel = "";
      return this.open(served(only.name), options);
    }
  }

  async browse(): Promise<void> {
    this.panel = "shelf";
    if (this.alone) return;
    try {
      this.shelf = await listed();
    } catch (error) {
      this.fail(error);
    }
  }

  async load(name: string): Promise<void> {
    this.panel = "";
    await this.open(served(name), {});
  }

  async take(file: File): Promise<void> {
    if (this.alone) return this.fail(new Error("This page shows one replay; to open others run `coterie replay`."));
    this.say(`Opening ${file.name} …`);
    try {
      await this.load(await given(file));
      this.notice = "";
    } catch (error) {
      this.fail(error);
    }
  }

  async open(source: Source, options: Partial<Options>): Promise<void> {
    this.error = "";
    try {
      const { head, frame: sent } = await source.head(options.t ?? 0);
      const reel = new Reel(head, source);
      const first = Math.min(Math.max(options.t ?? head.first, head.first), head.last);
      const frame = sent ?? (await reel.single(first));
      Object.assign(this, { head, reel, overview: null, statistics: null, before: undefined, heat: null });
      this.agent = this.thing = null;
      this.isPlaying = false;
      this.board?.forget();
      this.show(frame);
      this.clock = frame.tick;
      if (this.hasMap) this.board?.fit(head, frame);
      this.chart?.fit(head, frame);
      this.apply(options);
      this.pulse(performance.now(), 0);
      performance.mark("first picture");
      document.title = `${head.mission || head.game} · coterie`;
      if (head.problem) this.say(`Note: ${head.problem}.`);
      await reel.want(first);
      this.digest(reel).catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  apply(options: Partial<Options>): void {
    if (options.agent !== undefined) this.select(options.agent);
    if (options.thing !== undefined) this.thing = options.thing;
    if (options.speed) this.speed = options.speed;
    if (options.follow !== undefined) this.follow = options.follow;
    for (const key of ["eyes", "areas", "grid", "heat", "trail", "minimap", "truth"] as const)
      if (options[key] !== undefined) this.shows[key] = options[key];
    if (options.theme) this.dress(options.theme);
    if (options.play) this.isPlaying = true;
    this.isDirty = true;
  }

  // What takes a while: the whole episode at a glance, coarse first.
  private async digest(reel: Reel): Promise<void> {
    for (const points of [96, 1024]) {
      const overview = await reel.overview(points);
      if (this.reel !== reel) return;
      this.overview = overview;
      this.heat = new Float32Array(reel.head.width * reel.head.height);
      for (const [cell, times] of overview.visits) this.heat[cell] = times;
      this.isDirty = true;
      if (reel.head.last - reel.head.first < points || this.alone) break;
    }
    await this.count();
  }

  async count(): Promise<void> {
    const reel = this.reel;
    if (!reel) return;
    const found = await reel.statistics(this.tick).catch(() => null);
    if (this.reel === reel) this.statistics = found;
  }

  fail(error: unknown): void {
    this.error = error instanceof Error ? error.message : String(error);
    this.notice = "";
    this.isPlaying = false;
  }

  say(text: string): void {
    this.notice = text;
    setTimeout(() => this.notice === text && (this.notice = ""), 6000);
  }

  dress(theme: "dark" | "light"): void {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    this.isDirty = true;
  }

  private show(frame: Frame): void {
    if (frame === this.frame) return;
    const near = this.frame && Math.abs(frame.tick - this.frame.tick) === 1;
    this.before = near ? (this.frame ?? undefined) : undefined;
    this.movedAt = performance.now();
    this.frame = frame;
    this.isDirty = true;
    if (!this.isPlaying || this.movedAt - this.calmedAt > CALM) this.settle();
  }

  // The panels tell of what the board shows.
  private settle(): void {
    this.calm = this.frame;
    this.calmedAt = performance.now();
  }

  // Shows a tick, at once if it is here, else as soon as it came; the last one asked for wins.
  async goTo(tick: number): Promise<void> {
    const { reel, head } = this;
    if (!reel || !head) return;
    const at = reel.aligned(Math.min(Math.max(Math.round(tick), head.first), head.last), 1);
    this.clock = at;
    this.wanted = at;
    const here = reel.frame(at);
    if (here) return this.arrive(here);
    if (!this.isFetching) await this.fetch(reel);
  }

  // Fetches what is wanted until nothing newer is: who scrubs wants many ticks and waits for none of them.
  private async fetch(reel: Reel): Promise<void> {
    this.isFetching = this.isWaiting = true;
    try {
      for (let at = -1; at !== this.wanted && this.reel === reel; ) {
        at = this.wanted;
        const frame = await reel.single(at);
        if (this.reel === reel) this.arrive(frame);
      }
      if (this.reel === reel) await reel.want(this.wanted);
    } catch (error) {
      this.fail(error);
    } finally {
      this.isFetching = this.isWaiting = false;
    }
  }

  private arrive(frame: Frame): void {
    this.show(frame);
    if (!this.isPlaying) this.speak();
  }

  step(by: number): void {
    this.isPlaying = false;
    this.settle();
    void this.goTo(this.tick + by * (this.head?.stride ?? 1));
  }

  toggle(): void {
    if (!this.head) return;
    const starts = !this.isPlaying;
    this.clock = this.tick;
    if (starts && this.tick >= this.head.last) void this.goTo(this.head.first);
    this.isPlaying = starts;
    if (!this.isPlaying) {
      this.settle();
      this.speak();
      void this.count();
    }
  }

  changeSpeed(by: number): void {
    const at = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.speed = SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)]!;
  }

  select(agent: number | null): void {
    const count = this.frame?.agents.length ?? 0;
    this.agent = agent !== null && agent >= 0 && agent < count ? agent : null;
    if (this.agent !== null) this.thing = null;
    else this.follow = this.shows.eyes = false;
    this.isDirty = true;
    this.settle();
    this.speak();
  }

  next(by: number): void {
    const count = this.frame?.agents.length ?? 0;
    if (count) this.select(this.agent === null ? (by > 0 ? 0 : count - 1) : (this.agent + by + count) % count);
  }

  selectAt(row: number, col: number): void {
    const agent = this.frame?.agents.find((one) => one.row === row && one.col === col);
    const thing = this.frame?.objects.find((one) => one.row === row && one.col === col);
    this.select(agent?.id ?? null);
    this.thing = agent ? null : (thing?.id ?? null);
    this.speak();
  }

  flip(key: keyof Viewer["shows"]): void {
    if (key === "eyes" && this.agent === null) this.select(0);
    this.shows[key] = !this.shows[key];
    this.isDirty = true;
  }

  // The picture in words.
  private speak(): void {
    const { frame, selected, object, head } = this;
    if (!frame || !head) return;
    let text = `Tick ${frame.tick} of ${head.last}.`;
    if (selected) {
      const name = role(selected);
      const place = selected.row >= 0 ? `, row ${selected.row}, column ${selected.col}` : "";
      text += ` Agent ${selected.id}${name && `, ${name}`}${place}. ${spell(selected.action)} ${selected.success ? "succeeded" : "failed"}.`;
      text += ` Reward ${round(selected.reward)}, return ${round(selected.return)}.`;
      const stock = Object.entries(selected.inventory ?? {}).map(([what, n]) => `${n} ${spell(what)}`);
      if (stock.length) text += ` Holds ${stock.join(", ")}.`;
    } else if (this.stage) text += ` ${this.stage.describe(head, frame)}`;
    else if (object) text += ` ${spell(object.kind)} at row ${object.row}, column ${object.col}${object.team ? `, of ${object.team}` : ""}.`;
    else if (frame.text) text += ` ${frame.text}`;
    this.spoken = text;
  }

  link(): string {
    return toLink({
      replay: this.head?.name ?? "", t: this.tick, agent: this.agent, thing: this.thing, follow: this.follow,
      ...this.shows,
    });
  }

  // One picture of the screen: moves the clock, follows, draws what changed.
  pulse(now: number, seconds: number): void {
    if (this.isPlaying) this.advance(seconds);
    const share = this.share(now);
    if (this.follow && this.selected && this.board) {
      const { camera } = this.board;
      const ease = 1 - Math.exp(-seconds * 9);
      const [dx, dy] = [this.selected.col + 0.5 - camera.x, this.selected.row + 0.5 - camera.y];
      camera.x += dx * ease;
      camera.y += dy * ease;
      if (Math.abs(dx) + Math.abs(dy) > 0.01) this.isDirty = true;
    }
    const rests = now - this.drawnAt > 120 && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.isDirty || share < 1 || rests) this.draw(now, share);
    if (now - this.linkedAt > 400 && this.head) {
      this.linkedAt = now;
      const link = this.link();
      if (location.hash !== link) history.replaceState(null, "", link);
    }
  }

  private share(now: number): number {
    if (!this.before || (this.isPlaying && this.speed > SMOOTH)) return 1;
    const longest = this.stage ? SAIL : GLIDE;
    const whole = this.isPlaying ? Math.min(1 / this.speed, Math.max(longest, 0.3)) : longest;
    return Math.min((now - this.movedAt) / 1000 / whole, 1);
  }

  private advance(seconds: number): void {
    const { reel, head } = this;
    if (!reel || !head || this.isFetching) return;
    const stride = this.speed <= 60 ? 1 : 2 ** Math.ceil(Math.log2(this.speed / 30));
    const clock = Math.min(this.clock + Math.min(seconds, 0.25) * this.speed, head.last);
    // The very last tick is shown, whatever the stride.
    const tick = clock >= head.last ? reel.aligned(head.last, 1) : reel.aligned(clock, stride);
    const step = clock >= head.last ? 1 : stride;
    const frame = reel.frame(tick, step);
    this.isWaiting = !frame;
    if (!frame) {
      reel.want(tick, step).catch((error: unknown) => this.fail(error));
      return;
    }
    this.clock = clock;
    const ahead = Math.min(tick + (head.piece * stride) / 2, head.last);
    reel.want(ahead, stride).catch((error: unknown) => this.fail(error));
    this.show(frame);
    if (clock >= head.last) this.toggle();
  }

  private trail(): { row: number; col: number }[] {
    const { selected, reel, head } = this;
    if (!selected || !this.shows.trail || !reel || !head) return [];
    const steps: { row: number; col: number }[] = [];
    for (let tick = Math.max(head.first, this.tick - TRAIL); tick <= this.tick; tick++) {
      const agent = reel.frame(tick)?.agents[selected.id];
      if (agent) steps.push(agent);
    }
    return steps;
  }

  private draw(now: number, share: number): void {
    const { board, head, frame } = this;
    this.isDirty = false;
    this.drawnAt = now;
    this.drawn = [...this.drawn.filter((at) => now - at < 1000), now];
    this.fps = this.drawn.length;
    if (head && frame && this.stage) this.chart?.draw({ head, frame, before: this.before, share, seconds: now / 1000, dark: this.theme === "dark", truth: this.truth });
    if (!board || !head || !frame || !this.hasMap) return;
    board.draw(
      {
        head, frame, before: this.before, share, selected: this.agent, thing: this.thing, hover: this.hover,
        trail: this.trail(), heat: this.shows.heat ? this.heat : null, shows: this.shows, theme: this.theme,
      },
      now / 1000,
    );
  }
}

export function spell(name: string): string {
  return name.replace(/^.*:/, "").replaceAll("_", " ").replaceAll(".", " ");
}

export function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1).replace(/\.?0+$/, "");
}
