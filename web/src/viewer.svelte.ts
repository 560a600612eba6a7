// Viewer: the controller: which replay, which tick, who is selected; every part of the page reads it.
import { Board } from "./board/board";
import { role, stageOf } from "./board/glyphs";
import type { Chart } from "./chart/chart";
import type { Pilot, StageView } from "./chart/stage";
import { Live, type State } from "./live.svelte";
import { DEFAULTS, fromLink, type Options, SPEEDS, toLink } from "./options";
import { type Agent, type Frame, type Head, type Overview, Reel, type Source, type Statistics, type Thing } from "./replay";
import { embedded, given, type Listed, listed, parted, type Parting, served } from "./sources";

const TRAIL = 40; // ticks
const SMOOTH = 16; // ticks a second up to which agents glide
const CALM = 120; // milliseconds from one telling of the panels to the next,
const CROWD = 25; // times the agents in the table over so many, for a long table takes long to tell
const GLIDE = 0.16; // seconds at most from cell to cell
const DIGEST = 3000; // milliseconds at least from one overview of a growing episode to the next
const SAIL = 0.7; // and from spot to spot of a chart

export const ROWS = 100; // of the table of agents, at most

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
  panel = $state<"" | "help" | "shelf" | "seed">("");
  wantsPartner = $state(false); // whether what is taken from the shelf goes beside this one
  partner = $state.raw<Viewer | null>(null); // shown beside this one, in step
  parting = $state.raw<Parting | null>(null); // where the two part
  live = $state.raw<Live | null>(null);
  error = $state("");
  notice = $state("");
  spoken = $state("");
  fps = $state(0);
  hover = $state.raw<{ row: number; col: number } | null>(null);
  readonly alone = embedded();

  readonly leader: Viewer | null; // whom this one goes in step with

  board: Board | null = null;
  chart: Chart | null = null; // of a game that draws itself
  isDirty = true;
  private reel: Reel | null = null;
  private before: Frame | undefined;
  clock = $state(0); // the tick it should show; of two replays one may have none there
  private movedAt = 0;
  private calmedAt = 0;
  private drawnAt = 0;
  private linkedAt = 0;
  private heat: Float32Array | null = null;
  private wanted = 0;
  private isFetching = false;
  private drawn: number[] = [];
  private isDigesting = false;
  private digestedAt = 0;
  private digestTook = 0;
  private digestedTo = -1;
  private isOpening = false;

  constructor(leader: Viewer | null = null) {
    this.leader = leader;
  }

  get tick(): number {
    return this.frame?.tick ?? 0;
  }

  get selected(): Agent | null {
    return this.agent === null ? null : (this.frame?.agents[this.agent] ?? null);
  }

  get object(): Thing | null {
    return this.frame?.objects.find((one) => one.id === this.thing) ?? null;
  }

  // Ticks of the timeline: of two replays side by side all that one of them has.
  get first(): number {
    return Math.min(this.head?.first ?? 0, this.partner?.head?.first ?? Infinity);
  }

  get last(): number {
    return Math.max(this.head?.last ?? 0, this.partner?.head?.last ?? 0);
  }

  // Whether the ticks go by, be it here or in the game that is played.
  get runs(): boolean {
    return this.live?.isDriven ? (this.live.state?.is_playing ?? false) : this.isPlaying;
  }

  get hasMap(): boolean {
    return (this.head?.width ?? 0) > 0;
  }

  // What draws a game without a map.
  get stage(): StageView | undefined {
    return this.head?.scenery ? stageOf(this.head.game) : undefined;
  }

  // The person at this page, if they play the selected seat of a chart, or the first.
  get pilot(): Pilot | null {
    const { live, head } = this;
    const seat = this.agent ?? 0;
    if (!this.stage || !live?.isDriven || !live.isMine(seat)) return null;
    const legal = live.state?.legal[seat] ?? "";
    return {
      seat,
      legal: (head?.heads?.[0] ?? []).map((_, action) => legal[action] !== "0"),
      act: (action) => live.act(seat, [action]),
    };
  }

  // Whether what no player knows is shown: not to one who plays.
  get truth(): boolean {
    return this.shows.truth && !this.live?.state?.mine.length;
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
    if (this.wantsPartner) return this.compare(name);
    await this.open(served(name), {});
  }

  // Another replay beside this one, in step with it.
  async compare(name: string): Promise<void> {
    this.wantsPartner = false;
    if (!this.head) return;
    const partner = new Viewer(this);
    await partner.open(served(name), { t: this.tick });
    if (partner.error) return this.fail(new Error(partner.error));
    this.partner = partner;
    this.parting = null;
    partner.select(this.agent);
    void this.goTo(this.tick);
    const own = this.head.name;
    try {
      const parting = await parted(own, name);
      if (this.partner === partner) this.parting = parting;
    } catch (error) {
      if (this.partner === partner) this.parting = { tick: null, lines: [String(error instanceof Error ? error.message : error)] };
    }
  }

  // Chooses what to show beside this one; if there is something already, shows this one alone.
  beside(): void {
    if (this.partner) return this.part();
    this.wantsPartner = true;
    void this.browse();
  }

  part(): void {
    this.partner = this.parting = null;
    this.isDirty = true;
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
      Object.assign(this, { head, reel, overview: null, statistics: null, before: undefined, heat: null, digestedTo: -1 });
      this.agent = this.thing = null;
      this.isPlaying = false;
      this.part();
      this.attend(head, options);
      this.board?.forget();
      this.show(frame);
      this.clock = frame.tick;
      if (this.hasMap && !this.leader) this.board?.fit(head, frame);
      if (!this.leader) this.chart?.fit(head, frame);
      this.apply(options);
      this.pulse(performance.now(), 0);
      performance.mark("first picture");
      if (!this.leader) document.title = `${head.mission || head.game} · coterie`;
      if (options.with && !this.leader) void this.compare(options.with);
      if (head.problem) this.say(`Note: ${head.problem}.`);
      await reel.want(frame.tick);
      if (!this.leader) this.digest(reel).catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  // Listens to the game if this is what is played now.
  private attend(head: Head, options: Partial<Options>): void {
    if (head.live && !this.leader) {
      this.live ??= new Live(this);
      this.live.isAtEdge = options.t === undefined;
    } else {
      this.live?.close();
      this.live = null;
    }
  }

  // The newest frame of the episode under way.
  grow(frame: Frame): void {
    const { reel, head, live } = this;
    if (!reel || !head || !live) return;
    reel.push(frame);
    if (frame.tick > head.last) this.head = reel.head = { ...head, last: frame.tick };
    if (!live.isAtEdge) return;
    this.clock = this.wanted = frame.tick;
    this.arrive(frame);
  }

  hearState(state: State): void {
    if (!this.live?.isAtEdge) return;
    this.speed = state.speed;
    if (state.episode && state.episode !== this.head?.name) void this.goLive();
    if (state.is_playing) this.isPlaying = false;
    else void this.fill();
  }

  // While it stands still: what the panels tell of, and the steps of the trail that went by too fast.
  private async fill(): Promise<void> {
    this.settle();
    if (!this.selected) return;
    await this.reel?.fill(this.tick).catch(() => undefined);
    this.isDirty = true;
  }

  // To the newest frame of what is played now.
  async goLive(): Promise<void> {
    const { live, head, agent } = this;
    if (!live || this.isOpening) return;
    this.isPlaying = false;
    live.isAtEdge = true;
    if (live.state?.episode === head?.name) {
      if (live.state) this.speed = live.state.speed;
      return this.seek(head?.last ?? 0);
    }
    this.isOpening = true;
    const { follow } = this;
    await this.open(served("live"), agent === null ? {} : { agent, follow });
    this.isOpening = false;
  }

  restart(seed: number): void {
    this.panel = "";
    if (this.live) this.live.isAtEdge = true;
    this.live?.send({ do: "restart", seed });
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

  // What takes a while: the whole episode at a glance, coarse first; while it is played, again and again.
  private async digest(reel: Reel): Promise<void> {
    const start = performance.now();
    this.isDigesting = true;
    this.digestedTo = reel.head.last;
    try {
      for (const points of this.live && !this.live.state?.is_over ? [256] : [96, 1024]) {
        const overview = await reel.overview(points);
        if (this.reel !== reel) return;
        this.overview = overview;
        this.heat = new Float32Array(reel.head.width * reel.head.height);
        for (const [cell, times] of overview.visits) this.heat[cell] = times;
        this.isDirty = true;
        if (reel.head.last - reel.head.first < points || this.alone) break;
      }
      await this.count();
    } finally {
      this.isDigesting = false;
      this.digestedAt = performance.now();
      this.digestTook = this.digestedAt - start;
    }
  }

  private digestAnew(now: number): void {
    const { reel, head } = this;
    if (!reel || !head?.live || this.isDigesting || this.digestedTo === head.last) return;
    const patience = this.live?.state?.is_over ? 0 : Math.max(DIGEST, this.digestTook * 4);
    if (now - this.digestedAt > patience) this.digest(reel).catch(() => undefined);
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
    if (!(this.leader ?? this).runs || this.movedAt - this.calmedAt > this.patience) this.settle();
  }

  // The panels tell of what the board shows.
  private get patience(): number {
    return CALM * Math.max(1, Math.min(this.frame?.agents.length ?? 0, ROWS) / CROWD);
  }

  private settle(): void {
    this.calm = this.frame;
    this.calmedAt = performance.now();
  }

  // Goes to a tick, as a person asks; of an episode under way the newest is where it goes on.
  async goTo(tick: number): Promise<void> {
    const { live, head } = this;
    if (live && head?.live) {
      const wasAtEdge = live.isAtEdge;
      live.isAtEdge = tick >= head.last && live.state?.episode === head.name;
      if (wasAtEdge && !live.isAtEdge) this.isPlaying = false;
    }
    await this.seek(tick);
  }

  // Shows a tick, at once if it is here, else as soon as it came; the last one asked for wins.
  private async seek(tick: number): Promise<void> {
    const { reel, head } = this;
    if (!reel || !head) return;
    if (this.partner) void this.partner.seek(tick);
    const clock = Math.min(Math.max(Math.round(tick), this.first), this.last);
    const at = reel.aligned(Math.min(Math.max(clock, head.first), head.last), 1);
    this.clock = this.partner ? clock : at;
    this.wanted = at;
    const here = reel.frame(at);
    if (here) this.arrive(here);
    else if (!this.isFetching) await this.fetch(reel);
  }

  // Fetches what is wanted until nothing newer is: who scrubs wants many ticks and waits for none of them.
  private async fetch(reel: Reel): Promise<void> {
    this.isFetching = this.isWaiting = true;
    try {
      while (this.reel === reel) {
        const at = this.wanted;
        const frame = await reel.single(at);
        if (this.reel !== reel) break;
        // One that came late does not take the place of the one wanted now, if that is here already.
        const wanted = at === this.wanted ? frame : reel.frame(this.wanted);
        this.arrive(wanted ?? frame);
        if (wanted) break;
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.isFetching = this.isWaiting = false;
    }
    // Its neighbours come after it was shown and keep nobody from going elsewhere meanwhile.
    if (this.reel === reel) reel.want(this.wanted).catch((error: unknown) => this.fail(error));
  }

  private arrive(frame: Frame): void {
    this.show(frame);
    if (!this.runs && !this.leader) this.speak();
  }

  step(by: number): void {
    const { live } = this;
    if (live?.isDriven && by > 0) return live.send({ do: "step" });
    this.isPlaying = false;
    this.settle();
    const at = this.partner ? this.clock : this.tick;
    void this.goTo(at + by * (this.head?.stride ?? 1));
  }

  toggle(): void {
    const { live } = this;
    if (!this.head) return;
    if (live?.isDriven) return live.send({ do: live.state?.is_playing ? "pause" : "play" });
    const starts = !this.isPlaying;
    if (!this.partner) this.clock = this.tick;
    if (starts && this.clock >= this.last) void this.seek(this.first);
    this.isPlaying = starts;
    if (!this.isPlaying) {
      this.settle();
      this.speak();
      void this.count();
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.live?.isDriven) this.live.send({ do: "speed", speed });
  }

  changeSpeed(by: number): void {
    const at = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.setSpeed(SPEEDS[Math.min(Math.max(at + by, 0), SPEEDS.length - 1)]!);
  }

  select(agent: number | null): void {
    if (this.leader && this.leader.agent !== agent && this.leader.partner === this) return this.leader.select(agent);
    const count = this.frame?.agents.length ?? 0;
    this.agent = agent !== null && agent >= 0 && agent < count ? agent : null;
    if (this.agent !== null) this.thing = null;
    else this.follow = this.shows.eyes = false;
    this.isDirty = true;
    this.settle();
    this.partner?.select(this.agent);
    if (!this.leader) this.speak();
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
    const leader = this.leader ?? this;
    for (const one of [leader, leader.partner]) if (one) Object.assign(one, { thing: this.thing, isDirty: true });
    leader.speak();
  }

  flip(key: keyof Viewer["shows"]): void {
    if (key === "eyes" && this.agent === null) this.select(0);
    this.shows[key] = !this.shows[key];
    if (this.partner) this.partner.shows[key] = this.shows[key];
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
      replay: this.live?.isAtEdge ? "live" : (this.head?.name ?? ""), with: this.partner?.head?.name ?? "",
      t: this.live?.isAtEdge ? 0 : this.tick, agent: this.agent, thing: this.thing, follow: this.follow,
      ...this.shows,
    });
  }

  // One picture of the screen: moves the clock, follows, draws what changed.
  pulse(now: number, seconds: number): void {
    if (this.isPlaying) this.advance(seconds);
    this.digestAnew(now);
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
    const { partner } = this;
    if (partner) {
      if (this.isDirty || partner.isDirty) this.isDirty = partner.isDirty = true;
      partner.shows = this.shows;
      partner.theme = this.theme;
      partner.pulse(now, seconds);
    }
    if (this.isDirty || share < 1 || rests) this.draw(now, share);
    if (now - this.linkedAt > 400 && this.head && !this.leader) {
      this.linkedAt = now;
      const link = this.link();
      if (location.hash !== link) history.replaceState(null, "", link);
    }
  }

  private share(now: number): number {
    const { runs, speed } = this.leader ?? this;
    if (!this.before || (runs && speed > SMOOTH)) return 1;
    const longest = this.stage ? SAIL : GLIDE;
    const whole = runs ? Math.min(1 / speed, Math.max(longest, 0.3)) : longest;
    return Math.min((now - this.movedAt) / 1000 / whole, 1);
  }

  private advance(seconds: number): void {
    const { reel, head, partner, live } = this;
    if (!reel || !head || this.isFetching) return;
    const stride = this.speed <= 60 ? 1 : 2 ** Math.ceil(Math.log2(this.speed / 30));
    const clock = Math.min(this.clock + Math.min(seconds, 0.25) * this.speed, this.last);
    const frames = [this, ...(partner ? [partner] : [])].map((one) => one.ahead(clock, stride));
    this.isWaiting = frames.some((frame) => !frame);
    if (this.isWaiting) return;
    this.clock = clock;
    this.show(frames[0]!);
    if (partner) partner.show(frames[1]!);
    if (clock < this.last) return;
    if (live && !live.state?.is_over) void this.goLive();
    else this.toggle();
  }

  // The frame at a time of the clock; undefined while it is on its way. What comes after it is asked for.
  private ahead(clock: number, stride: number): Frame | undefined {
    const { reel, head } = this;
    if (!reel || !head) return undefined;
    const wanted = Math.min(Math.max(clock, head.first), head.last);
    // The very last tick is shown, whatever the stride.
    const step = wanted >= head.last ? 1 : stride;
    const tick = reel.aligned(wanted, step);
    const frame = reel.frame(tick, step);
    const next = frame ? Math.min(tick + (head.piece * stride) / 2, head.last) : tick;
    reel.want(next, frame ? stride : step).catch((error: unknown) => this.fail(error));
    return frame;
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

// A policy's name without the folders it lies in.
export function plain(name: string): string {
  return name.replace(/\/+$/, "").replace(/^.*\//, "");
}

export function round(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1).replace(/\.?0+$/, "");
}
