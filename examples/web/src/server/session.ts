/**
 * Who is signed in, and with which tokens. They are kept for this tab alone: it is one device, and another tab can be
 * somebody else.
 */
import { RefreshDocument, SignOutDocument, type TokensFragment } from '../generated';
import { anybody } from './anybody';

const KEPT_AS = 'parley.session';

export interface Tokens {
  userId: string;
  access: string;
  refresh: string;
}

export class Session {
  private refreshing: Promise<void> | undefined;

  constructor(
    private tokens: Tokens,
    private readonly ended: (why?: string) => void,
  ) {
    this.keep();
  }

  get userId() {
    return this.tokens.userId;
  }

  get authorization() {
    return `Bearer ${this.tokens.access}`;
  }

  /** New tokens, asked for once however many wait for them. Rejects when the server cannot be reached. */
  refresh(): Promise<void> {
    this.refreshing ??= this.exchange().finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  /** The server forgets this device; when it cannot be told, its tokens end by themselves. */
  async signOut() {
    sessionStorage.removeItem(KEPT_AS);
    await anybody.mutation(SignOutDocument, { refreshToken: this.tokens.refresh }).toPromise();
    this.ended();
  }

  private async exchange() {
    const { data, error } = await anybody.mutation(RefreshDocument, { refreshToken: this.tokens.refresh }).toPromise();
    const tokens = data && tokensOf(data.refreshToken);
    if (tokens) {
      this.tokens = tokens;
      this.keep();
    } else if (data) {
      sessionStorage.removeItem(KEPT_AS);
      this.ended('Your session has ended. Please sign in again.');
    } else {
      throw error;
    }
  }

  private keep() {
    sessionStorage.setItem(KEPT_AS, JSON.stringify(this.tokens));
  }
}

/** Undefined where the payload says why not. */
export function tokensOf(payload: TokensFragment): Tokens | undefined {
  const { token, refreshToken, user } = payload;
  return token && refreshToken && user ? { userId: user.id, access: token, refresh: refreshToken } : undefined;
}

/** What this tab has kept over a reload. */
export function keptTokens(): Tokens | undefined {
  const kept = sessionStorage.getItem(KEPT_AS);
  return kept ? (JSON.parse(kept) as Tokens) : undefined;
}
