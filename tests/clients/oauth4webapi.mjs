// oauth4webapi: discovery, introspection and revocation with either way to send the client's secret.
import { text } from 'node:stream/consumers';
import * as oauth from 'oauth4webapi';

const { base_url: origin, oauth: held, pnut } = JSON.parse(await text(process.stdin));
const insecure = { [oauth.allowInsecureRequests]: true };
const client = { client_id: held.client_id };

const token = async () => {
  const answer = await fetch(`${origin}/v1/oauth/access_token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: pnut.client_id,
      client_secret: pnut.client_secret,
    }),
  });
  return (await answer.json()).access_token;
};
const issuer = new URL(origin);
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
);
const life = async (authentication) => {
  const subject = await token();
  const active = async () => (await oauth.processIntrospectionResponse(
    server,
    client,
    await oauth.introspectionRequest(server, client, authentication, subject, insecure),
  )).active;
  const before = await active();
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, subject, insecure),
  );
  return [before, await active()];
};
const refused = async (authentication) => {
  const answer = await oauth.introspectionRequest(server, client, authentication, 'x', insecure);
  return oauth.processIntrospectionResponse(server, client, answer).then(
    () => 'accepted',
    (error) => [error.status, error.cause?.[0]?.scheme ?? error.error],
  );
};

console.log(JSON.stringify({
  issuer: server.issuer === origin,
  post: await life(oauth.ClientSecretPost(held.client_secret)),
  basic: await life(oauth.ClientSecretBasic(held.client_secret)),
  wrong_post: await refused(oauth.ClientSecretPost('wrong')),
  wrong_basic: await refused(oauth.ClientSecretBasic('wrong')),
}));
