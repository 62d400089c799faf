// apollo-upload-client and urql, each sending a file of its own making; prints what they were answered.
import { ApolloClient, InMemoryCache, gql } from '@apollo/client/core';
import { Client, fetchExchange } from '@urql/core';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';

const [url, token] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}`, 'apollo-require-preflight': 'true' };
const text = `mutation Upload($input: UploadAttachmentInput!) {
  uploadAttachment(input: $input) { attachment { filename contentType size url } errors { code } }
}`;
const variables = (name) => ({ input: { file: new File([`from ${name}`], `${name}.txt`, { type: 'text/plain' }) } });

const apollo = new ApolloClient({ link: new UploadHttpLink({ uri: url, headers }), cache: new InMemoryCache() });
const urql = new Client({ url, exchanges: [fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
const answers = {
  apollo: (await apollo.mutate({ mutation: gql(text), variables: variables('apollo') })).data,
  urql: (await urql.mutation(text, variables('urql')).toPromise()).data,
};
for (const [name, data] of Object.entries(answers)) {
  const { url: link, ...attachment } = data.uploadAttachment.attachment;
  answers[name] = { ...attachment, content: await (await fetch(link)).text() };
}
console.log(JSON.stringify(answers));
