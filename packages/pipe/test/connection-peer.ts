import { Channel } from '@mp/core/internal';
import { type Connection, type PipeOptions, pipe } from '@mp/pipe';
import { encode } from '@mp/serde/internal';
import { type Exit, type Fixture, type PeerKind, spawnPeer } from '@mp/testing';

/** What a peer says to a command. */
export interface Said {
  value?: unknown;
  elapsed?: number;
  error?: string;
  code?: string;
  message?: string;
}

/** A process or thread that has the other end of a connection and uses it as it is told. */
export class ConnectionPeer {
  readonly fixture: Fixture;
  /** Whether it was told to end, in whatever way. */
  ended = false;

  /** @param fixture runs `serve()` of fixtures/serve-connection.mjs */
  constructor(fixture: Fixture) {
    this.fixture = fixture;
  }

  /** Calls a method of its connection. */
  async call(call: string, ...args: unknown[]): Promise<Said> {
    this.say({ do: 'call', call, args });
    return this.answer();
  }

  /** Gives a command that takes its time. It has begun when this resolves; the answer is there later. */
  async begin(command: { do: string; [key: string]: unknown }): Promise<void> {
    this.say({ ...command, notice: true });
    await this.fixture.line();
  }

  async read(read: string): Promise<unknown> {
    this.say({ do: 'read', read });
    return (await this.answer()).value;
  }

  async answer(): Promise<Said> {
    return JSON.parse(await this.fixture.line());
  }

  say(command: { do: string; [key: string]: unknown }): void {
    if (command.do === 'exit' || command.do === 'end') this.ended = true;
    this.fixture.say(JSON.stringify(command));
  }

  /** Ends it where it stands: SIGKILL, or `worker.terminate()`. */
  kill(): Promise<Exit> {
    this.ended = true;
    return this.fixture.kill();
  }

  /** Ends it; it closes its end before. */
  end(): Promise<Exit> {
    this.say({ do: 'end' });
    return this.fixture.exited;
  }
}

/** A connection, and a peer that has its other end. */
export interface Pair {
  here: Connection;
  there: ConnectionPeer;
}

const PIPE_PEER = new URL('./fixtures/pipe-peer.mjs', import.meta.url);

/** Gives `end` to a new peer. */
export async function peerWith(end: Connection, kind: PeerKind): Promise<ConnectionPeer> {
  const channel = Channel.create(4096);
  const { bytes, pins } = encode(end, channel.carrier);
  channel.send(bytes, 0);
  pins.sent();
  const peer = new ConnectionPeer(spawnPeer(kind, PIPE_PEER, { args: [channel.segment.file] }));
  await peer.fixture.line();
  channel.close();
  return peer;
}

/** A pipe whose left end is here and whose right one is a peer's. */
export async function pipePair(kind: PeerKind, options?: PipeOptions): Promise<Pair> {
  const [here, other] = pipe(options);
  return { here, there: await peerWith(other, kind) };
}
