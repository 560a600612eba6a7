// Live: the episode that is played now: what the server tells of it, and what we ask for.
import { after, type Delta, type Frame, type Piece, whole } from "./replay";
import type { Viewer } from "./viewer.svelte";

export interface State {
  episode: string;
  is_playing: boolean;
  speed: number;
  seed: number; // the one the episode's own is made of
  is_over: boolean;
  problem: string;
  viewers: number;
  mine: number[]; // the seats we act for
  others: number[]; // those of other people
  legal: Record<string, string>; // of each of our seats what it may choose, a 0 or 1 for each choice
}

interface Message {
  episode?: string;
  tick?: number;
  key?: Piece["key"];
  delta?: Delta;
  state?: State;
  sentence?: string;
}

type Wish =
  | { do: "play" | "pause" | "step" }
  | { do: "speed"; speed: number }
  | { do: "restart"; seed: number }
  | { do: "take" | "give"; seat: number }
  | { do: "act"; seat: number; action: number[] };

// What keys mean to the agent we act for: the first action with such a word in its name.
const WORDS: Record<string, string[]> = {
  w: ["north", "up"], ArrowUp: ["north", "up"],
  s: ["south", "down"], ArrowDown: ["south", "down"],
  a: ["west", "left"], ArrowLeft: ["west", "left"],
  d: ["east", "right"], ArrowRight: ["east", "right"],
  x: ["noop", "rest", "stay", "wait"],
};
const MOST_TRIES = 6;

export class Live {
  state = $state.raw<State | null>(null);
  isAtEdge = $state(true); // whether the newest frame is shown, as it comes
  isLost = $state(false);
  private readonly viewer: Viewer;
  private socket: WebSocket | null = null;
  private frame: Frame | null = null;
  private episode = "";
  private tries = 0;
  private isClosed = false;

  constructor(viewer: Viewer) {
    this.viewer = viewer;
    this.connect();
  }

  // Whether the pace of the picture is the pace of the game.
  get isDriven(): boolean {
    return this.isAtEdge && !this.isLost && this.state !== null && !this.state.is_over;
  }

  isMine(seat: number | null): boolean {
    return seat !== null && !this.isLost && (this.state?.mine.includes(seat) ?? false);
  }

  private connect(): void {
    const address = new URL("api/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.hash = "";
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onopen = () => {
      this.isLost = false;
      this.tries = 0;
      this.episode = "";
    };
    socket.onmessage = (event) => this.hear(JSON.parse(String(event.data)) as Message);
    socket.onclose = (event) => {
      if (this.isClosed) return;
      this.isLost = true;
      if (event.code === 1013 || this.tries >= MOST_TRIES) return;
      setTimeout(() => !this.isClosed && this.connect(), 500 * 2 ** this.tries++);
    };
  }

  close(): void {
    this.isClosed = true;
    this.socket?.close();
  }

  send(wish: Wish): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(wish));
    else this.viewer.say("The game does not answer any more; what was played stays to be watched.");
  }

  private hear(message: Message): void {
    const { viewer } = this;
    if (message.sentence) viewer.say(sentence(message.sentence));
    const { tick } = message;
    if (tick !== undefined) {
      if (message.key) this.frame = whole(message.key, tick);
      else if (this.frame && message.delta) this.frame = after(this.frame, message.delta, tick);
      this.episode = message.episode ?? this.episode;
      if (this.frame && this.episode === viewer.head?.name) viewer.grow(this.frame);
    }
    if (message.state) {
      const { problem } = message.state;
      if (problem && problem !== this.state?.problem) viewer.fail(new Error(sentence(problem)));
      this.state = message.state;
      viewer.hearState(message.state);
    }
  }

  act(seat: number, action: number[]): void {
    this.send({ do: "act", seat, action });
  }

  // The key as an action of the selected agent; false if it is not ours, or the key means nothing to it.
  steer(key: string): boolean {
    const { agent, head } = this.viewer;
    if (agent === null || !this.isMine(agent) || !this.isDriven || !head?.heads) return false;
    const names = head.heads[0] ?? [];
    const number = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    const words = WORDS[key] ?? [];
    const found = number >= 0 && number < names.length ? number : names.findIndex((name) => words.some((word) => name.split("_").includes(word)));
    if (found < 0) return false;
    this.act(agent, head.heads.map((_, place) => (place ? 0 : found)));
    return true;
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
