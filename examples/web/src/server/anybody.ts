/** The client for what needs nobody signed in: signing in, registering, new tokens. */
import { Client, fetchExchange } from 'urql';

export const GRAPHQL = '/graphql';

export const anybody = new Client({ url: GRAPHQL, exchanges: [fetchExchange], preferGetMethod: false });
