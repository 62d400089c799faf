// The GraphiQL page: which operations it shows first, and how it sends them.
"use strict";

(() => {
  const place = document.getElementById("graphiql");
  const { url, csrfCookie } = place.dataset;
  const SIGNING_IN = ["tokenAuth", "register", "refreshToken"];
  let token = null; // of the newest sign-in on this page; kept here and nowhere else

  // GraphiQL's dialogs add a <style>, which the Content-Security-Policy lets through with this nonce alone.
  window.__webpack_nonce__ = document.currentScript.nonce;

  // GraphiQL writes what was typed into localStorage, passwords and (in its history) Authorization headers too.
  // Here it keeps them in memory: a reload brings the examples back and signs out.
  const kept = new Map();
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
    clear: () => kept.clear(),
    get length() {
      return kept.size;
    },
  };

  const json = (value) => JSON.stringify(value, null, 2);

  const examples = [
    {
      query: /* GraphQL */ `# 1. Log in: fill in Variables, press ▶ (Ctrl-Enter).
#    No account yet? The next tab makes one.
#
# The page remembers the token of the answer until
# it is reloaded, in memory alone, and sends it with
# whatever has no Authorization of its own in Headers:
# { "Authorization": "Bearer PASTE-THE-TOKEN-HERE" }
mutation LogIn($input: TokenAuthInput!) {
  tokenAuth(input: $input) {
    token
    expiresAt
    refreshToken
    user { id username }
    errors { code message field }
  }
}
`,
      variables: json({ input: { username: "", password: "" } }),
    },
    {
      query: /* GraphQL */ `# An account, signed in at once.
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    token
    user { id username }
    errors { code message field }
  }
}
`,
      variables: json({ input: { username: "", email: "", password: "" } }),
    },
    {
      query: /* GraphQL */ `# 2. Who am I? Null: nobody is signed in.
query WhoAmI {
  me { id username displayName email }
}
`,
    },
    {
      query: /* GraphQL */ `# 3. Whom can I write to? Copy an id.
query People {
  users(first: 20) {
    nodes { id username displayName }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    },
    {
      query: /* GraphQL */ `# 4. The one conversation with a person, made on
#    first use. Copy its id for the next tabs.
mutation Start($input: StartDirectConversationInput!) {
  startDirectConversation(input: $input) {
    conversation {
      id
      participants { nodes { user { username } } }
    }
    errors { code message field }
  }
}
`,
      variables: json({ input: { userId: "PASTE-THE-ID-OF-A-PERSON" } }),
    },
    {
      query: /* GraphQL */ `# 5. Say something.
mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) {
    message { id sequence body createdAt }
    errors { code message field }
  }
}
`,
      variables: json({ input: { conversationId: "PASTE-THE-ID-OF-A-CONVERSATION", body: "Hello from GraphiQL" } }),
    },
    {
      query: /* GraphQL */ `# 6. Read the newest messages.
query Read($id: ID!) {
  conversation(id: $id) {
    unreadCount
    messages(last: 20) {
      nodes {
        sequence
        sender { username }
        body
        createdAt
      }
    }
  }
}
`,
      variables: json({ id: "PASTE-THE-ID-OF-A-CONVERSATION" }),
    },
    {
      query: /* GraphQL */ `# 7. Listen: press ▶, then send something in another
#    window. ■ stops it. With a cursor in Variables, of
#    { eventCursor } or of an event, it begins with
#    what has happened since.
subscription Listen($after: String) {
  events(after: $after) {
    __typename
    cursor
    conversation { id title }
    ... on MessageSent { message { sequence body sender { username } } }
    ... on MessagesRead { user { username } participant { lastReadSequence } }
    ... on TypingChanged { user { username } isTyping }
  }
}
`,
      variables: json({ after: null }),
    },
  ];

  // Subscriptions go over WebSocket. `written` is what the headers editor holds.
  function run(params, { headers: written, documentAST } = {}) {
    return isSubscription(documentAST, params.operationName) ? listen(params, written) : send(params, written);
  }

  function isSubscription(document, name) {
    const operations = document?.definitions.filter((one) => one.kind === "OperationDefinition") ?? [];
    return operations.find((one) => !name || one.name?.value === name)?.operation === "subscription";
  }

  // A socket for each subscription, so that each has the token of its moment. Who wants to go on after it has ended
  // does so after the last cursor; the page does not do it by itself, because it knows of no cursor.
  function listen(params, written) {
    const authorization = complete(written).get("Authorization");
    const client = graphqlWs.createClient({
      url: new URL(url, location.href).href.replace("http", "ws"),
      connectionParams: authorization ? { Authorization: authorization } : {},
      retryAttempts: 0,
    });
    const subscribe = (screen) => ({
      unsubscribe: client.subscribe(params, {
        next: screen.next,
        complete: screen.complete,
        error: (ended) => end(screen, ended),
      }),
    });
    return { subscribe };
  }

  // `ended` is the errors of a refusal, or how the socket ended.
  function end(screen, ended) {
    if (!Array.isArray(ended)) {
      screen.error(new Error(ended.code ? `Closed: ${ended.code} ${ended.reason}` : "The socket broke."));
      return;
    }
    screen.next({ errors: ended });
    screen.complete();
  }

  // Queries and mutations, one POST each.
  async function send(params, written) {
    const response = await fetch(url, { method: "POST", headers: complete(written), body: JSON.stringify(params) });
    const answer = await response.json().catch(() => {
      throw new Error(`${response.status} ${response.statusText}: the answer is not GraphQL.`);
    });
    remember(answer.data);
    return answer;
  }

  // An Authorization that is written wins over the token remembered; without either, the session cookie counts.
  function complete(written) {
    const headers = new Headers(written);
    headers.set("Accept", "application/graphql-response+json, application/json;q=0.9");
    headers.set("Content-Type", "application/json");
    if (token && !headers.has("Authorization")) headers.set("Authorization", `Bearer ${token}`);
    if (!headers.has("Authorization")) headers.set("X-CSRFToken", cookie(csrfCookie));
    return headers;
  }

  function remember(data) {
    for (const field of SIGNING_IN) token = data?.[field]?.token ?? token;
  }

  // Read anew each time: signing in to the admin in another tab changes it.
  function cookie(name) {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
    return found ? found.slice(name.length + 1) : "";
  }

  const props = {
    fetcher: run,
    storage,
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    defaultTabs: examples,
    defaultEditorToolsVisibility: "variables",
    variables: examples[0].variables, // GraphiQL 4 shows the first tab of `defaultTabs` without its own
    isHeadersEditorEnabled: true,
    showPersistHeadersSettings: false,
  };
  ReactDOM.createRoot(place).render(React.createElement(GraphiQL, props));
})();
