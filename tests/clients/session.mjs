// Who is signed in: the two tokens, and new ones for old.
const TOKENS = 'token refreshToken expiresAt errors { code message }';
const SIGN_IN = `mutation SignIn($input: TokenAuthInput!) { tokenAuth(input: $input) { ${TOKENS} } }`;
const REFRESH = `mutation Refresh($input: RefreshTokenInput!) { refreshToken(input: $input) { ${TOKENS} } }`;

export class Session {
  #refreshing;

  constructor(url) {
    this.url = url;
  }

  async signIn(username, password) {
    this.#keep((await this.#ask(SIGN_IN, { username, password })).tokenAuth);
    return this;
  }

  /** Whoever asks while this is under way waits for the same answer: a refresh token is good once. */
  refresh() {
    this.#refreshing ??= this.#ask(REFRESH, { refreshToken: this.refreshToken })
      .then((data) => this.#keep(data.refreshToken))
      .finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** For a live connection, which is told the token once, when it is opened. */
  async freshHeaders() {
    if (Date.parse(this.expiresAt) < Date.now() + 60_000) await this.refresh();
    return this.headers;
  }

  get headers() {
    return { Authorization: `Bearer ${this.token}` };
  }

  #keep({ errors, ...tokens }) {
    if (errors.length) throw new Error(errors[0].code); // TOKEN_EXPIRED and the like: sign in again
    Object.assign(this, tokens);
  }

  async #ask(query, input) {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].extensions.code);
    return data;
  }
}
