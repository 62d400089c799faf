/**
 * What is known, normalised by id. A changed object that comes with an event or an answer is right everywhere at once;
 * what is said here is only what an object cannot say itself: which lists it belongs to.
 */
import { type Cache, cacheExchange, type Entity } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import type { FollowSubscription, SendMutation, StartDirectMutation, StartGroupMutation } from '../generated';

const OTHER_PAGES = ['after', 'around', 'before', 'filters'];

export function newCache(me: string) {
  return cacheExchange({
    keys: { ReactionGroup: () => null },
    possibleTypes: {}, // every fragment here is on an object type
    resolvers: {
      Query: { conversations: relayPagination() },
      Conversation: { messages: relayPagination() },
    },
    updates: {
      Subscription: {
        events: (result, _, cache) => take((result as FollowSubscription).events, cache, me),
      },
      Mutation: {
        sendMessage: (result, _, cache) => {
          const { message } = (result as SendMutation).sendMessage;
          if (message) appendMessage(cache, message);
        },
        startDirectConversation: (result, _, cache) => {
          listConversation(cache, (result as StartDirectMutation).startDirectConversation.conversation);
        },
        createConversation: (result, _, cache) => {
          listConversation(cache, (result as StartGroupMutation).createConversation.conversation);
        },
      },
    },
  });
}

function take(event: FollowSubscription['events'], cache: Cache, me: string) {
  switch (event.__typename) {
    case 'MessageSent':
      listConversation(cache, event.conversation);
      appendMessage(cache, event.message);
      break;
    case 'ConversationStarted':
      listConversation(cache, event.conversation);
      break;
    case 'ParticipantJoined':
      if (event.user?.id !== me || !event.conversation) break;
      listConversation(cache, event.conversation);
      cache.invalidate('Query', 'conversation', { id: event.conversation.id }); // that it was not there is known no more
      break;
    case 'ConversationEnded':
      unlistConversation(cache, event.conversationId);
      cache.invalidate('Query', 'conversation', { id: event.conversationId });
      break;
  }
}

/** At the end of the newest page; a page that was not loaded yet will bring it. */
function appendMessage(cache: Cache, message: { id: string; conversation: { id: string } }) {
  const conversation: Entity = { __typename: 'Conversation', ...message.conversation };
  for (const { fieldName, fieldKey, arguments: given } of cache.inspectFields(conversation)) {
    if (fieldName === 'messages' && !OTHER_PAGES.some((name) => given?.[name])) {
      link(cache, cache.resolve(conversation, fieldKey) as Entity, { __typename: 'Message', id: message.id });
    }
  }
}

/** In the inbox, wherever: it is sorted where it is shown. */
function listConversation(cache: Cache, conversation: { id: string } | null | undefined) {
  const page = conversation && inboxPages(cache)[0];
  if (page) link(cache, page, { __typename: 'Conversation', id: conversation.id });
}

function unlistConversation(cache: Cache, id: string) {
  for (const page of inboxPages(cache)) {
    const gone = cache.keyOfEntity({ __typename: 'Conversation', id });
    cache.link(page, 'nodes', nodesOf(cache, page).filter((key) => key !== gone));
  }
}

function inboxPages(cache: Cache): Entity[] {
  const fields = cache.inspectFields('Query').filter(({ fieldName }) => fieldName === 'conversations');
  return fields.map(({ fieldKey }) => cache.resolve('Query', fieldKey) as Entity);
}

function link(cache: Cache, page: Entity, entity: { __typename: string; id: string }) {
  const key = cache.keyOfEntity(entity);
  const nodes = nodesOf(cache, page);
  if (key && !nodes.includes(key)) cache.link(page, 'nodes', [...nodes, key]);
}

function nodesOf(cache: Cache, page: Entity) {
  return (cache.resolve(page, 'nodes') ?? []) as string[];
}
