/** The left pane: who one is, looking for something, all conversations, and how the connection is. */
import { useState } from 'react';
import { NewConversation } from '../people/NewConversation';
import { SearchResults } from '../search/SearchResults';
import { Avatar } from '../ui/Avatar';
import { Icon } from '../ui/Icon';
import { useMe } from '../ui/me';
import { ConnectionBar } from './ConnectionBar';
import { ConversationList } from './ConversationList';

interface Props {
  openId?: string;
  onSignOut: () => void;
}

export function Inbox({ openId, onSignOut }: Props) {
  const me = useMe();
  const [query, setQuery] = useState('');
  const [isStarting, setIsStarting] = useState(false);

  return (
    <nav className="inbox" aria-label="Conversations">
      <header className="bar">
        <Avatar name={me.displayName} url={me.avatarUrl} />
        <h1 className="grow cut">{me.displayName}</h1>
        <button type="button" className="round" aria-label="New conversation" onClick={() => setIsStarting(true)}>
          <Icon name="plus" />
        </button>
        <button type="button" className="round" aria-label="Sign out" onClick={onSignOut}>
          <Icon name="signOut" />
        </button>
      </header>
      <search className="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label="Search conversations and messages"
          placeholder="Search"
          maxLength={200}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </search>
      {query.trim() ? (
        <SearchResults query={query.trim()} openId={openId} onLeave={() => setQuery('')} />
      ) : (
        <ConversationList openId={openId} />
      )}
      <ConnectionBar />
      {isStarting && <NewConversation onClose={() => setIsStarting(false)} />}
    </nav>
  );
}
