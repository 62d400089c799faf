/** How the live connection is, and the button that drops it: nothing is lost by that. */
import { type Connection, useConnection, useLive } from '../server/live';

export function ConnectionBar() {
  const live = useLive();
  const connection = useConnection();
  const isDropped = connection.state === 'dropped';

  return (
    <footer className="connection" data-state={connection.state}>
      <p role="status" className="grow">
        {sentenceFor(connection)}
      </p>
      <button type="button" className="small" onClick={() => (isDropped ? live.reconnect() : live.drop())}>
        {isDropped ? 'Reconnect' : 'Drop the connection'}
      </button>
    </footer>
  );
}

function sentenceFor({ state, caughtUp }: Connection): string {
  switch (state) {
    case 'connecting':
      return 'Connecting …';
    case 'broken':
      return 'Connection lost. Trying again …';
    case 'dropped':
      return 'Connection dropped. What happens now comes when you reconnect.';
    case 'live':
      return caughtUp ? `Live again, and caught up: ${caughtUp} ${caughtUp === 1 ? 'change' : 'changes'}.` : 'Live';
  }
}
