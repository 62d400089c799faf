// The audits of the GraphQL-over-HTTP specification, one after the other; prints what each has found.
import { serverAudits } from 'graphql-http';

const found = [];
for (const audit of serverAudits({ url: process.argv[2] })) {
  const { name, status, reason } = await audit.fn();
  found.push({ name, status, reason });
}
console.log(JSON.stringify(found));
