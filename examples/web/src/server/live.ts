/**
 * The live connection: one WebSocket, which comes back by itself and goes on after the last cursor it has seen. It can
 * be dropped by hand, to see that nothing is lost.
 */
import { type Client, createClient } from 'graphql-ws';
import { createContext, useContext } from 'react';
import type { FollowSubscription } from '../generated';
import { GRAPHQL } from './anybody';
import type { Session } from './session';
import { Store, useStore } from './store';

export interface Connection {
  state: 'connecting' | 'live' | 'broken' | 'dropped';
  /** How many changes came that had been missed, when it was last live again. */
  caughtUp: number;
}

interface Sink {
  next(result: { data?: unknown }): void;
  error(error: unknown): void;
  complete(): void;
}

const FORBIDDEN = 4403; // the token has expired, or its session was revoked
const SILENCE = 10_000; // milliseconds; then the server is asked whether it is there, and as long again for its answer
const LONGEST_WAIT = 10_000;

export class Live {
  readonly connection = new Store<Connection>({ state: 'connecting', caughtUp: 0 });
  private readonly client: Client;
  private readonly gate = new Gate();
  private silence: ReturnType<typeof setTimeout> | undefined;
  private needsToken = false;
  private missed = 0;

  constructor(private readonly session: Session) {
    this.client = createClient({
      url: `${location.origin.replace('http', 'ws')}${GRAPHQL}`,
      connectionParams: () => this.parameters(),
      retryAttempts: Infinity,
      shouldRetry: () => true,
      retryWait: (attempts) => this.patience(attempts),
      keepAlive: SILENCE,
      on: {
        connected: () => (this.missed = 0),
        closed: (event) => this.closed((event as CloseEvent).code),
        ping: (received) => {
          if (!received) this.silence = setTimeout(() => this.client.terminate(), SILENCE);
        },
        pong: (received) => {
          if (received) clearTimeout(this.silence);
        },
      },
    });
  }

  /** Subscribes; after a break the same subscription goes on after the last cursor. */
  follow(request: { query: string; variables: unknown }, sink: Sink): () => void {
    const variables = { ...(request.variables as { after: string }) };
    return this.client.subscribe<FollowSubscription>(
      { query: request.query, variables },
      {
        next: (result) => {
          const event = result.data?.events;
          variables.after = event?.cursor ?? variables.after;
          if (event) this.count(event);
          sink.next(result);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      },
    );
  }

  /** Cuts the connection, and keeps it so until `reconnect`. */
  drop() {
    this.gate.close();
    this.client.terminate();
    this.connection.set({ state: 'dropped', caughtUp: 0 });
  }

  reconnect() {
    this.connection.set({ state: 'connecting', caughtUp: 0 });
    this.gate.open();
  }

  dispose() {
    this.gate.open();
    void this.client.dispose();
  }

  private closed(code: number) {
    clearTimeout(this.silence);
    this.needsToken ||= code === FORBIDDEN;
    if (this.connection.get().state !== 'dropped') this.connection.set({ state: 'broken', caughtUp: 0 });
  }

  /** What comes before CaughtUp was missed; then everything is live. */
  private count(event: FollowSubscription['events']) {
    if (event.__typename === 'CaughtUp') this.connection.set({ state: 'live', caughtUp: this.missed });
    else if (event.cursor) this.missed += 1;
  }

  /** Never rejects: with an old token the server closes the socket, and the next attempt asks for a new one again. */
  private async parameters() {
    if (this.needsToken) {
      await this.session.refresh().then(
        () => (this.needsToken = false),
        () => undefined,
      );
    }
    return { Authorization: this.session.authorization };
  }

  private async patience(attempts: number) {
    const longest = Math.min(LONGEST_WAIT, 250 * 2 ** attempts);
    await new Promise((done) => setTimeout(done, longest * (0.5 + Math.random() / 2)));
    await this.gate.passed();
  }
}

/** Lets nobody through while it is closed. */
class Gate {
  private way = Promise.resolve();
  private unlock = () => {};

  close() {
    this.unlock();
    this.way = new Promise((open) => (this.unlock = open));
  }

  open() {
    this.unlock();
  }

  passed() {
    return this.way;
  }
}

export const LiveContext = createContext<Live | undefined>(undefined);

export function useLive(): Live {
  return useContext(LiveContext)!;
}

export function useConnection(): Connection {
  return useStore(useLive().connection);
}
