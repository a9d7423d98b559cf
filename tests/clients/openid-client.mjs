// openid-client: discovery, introspection and revocation with its default, client_secret_post.
import { text } from 'node:stream/consumers';
import * as client from 'openid-client';

const { base_url: origin, oauth, pnut } = JSON.parse(await text(process.stdin));

const issued = await fetch(`${origin}/v1/oauth/access_token`, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: pnut.client_id,
    client_secret: pnut.client_secret,
  }),
});
const { access_token: token } = await issued.json();

const config = await client.discovery(new URL(origin), oauth.client_id, oauth.client_secret, undefined, {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
});
const metadata = config.serverMetadata();
const before = await client.tokenIntrospection(config, token);
await client.tokenRevocation(config, token);
const after = await client.tokenIntrospection(config, token);
const stranger = await client.discovery(new URL(origin), oauth.client_id, 'wrong', undefined, {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
});
const refused = await client.tokenIntrospection(stranger, token).then(
  () => 'accepted',
  (error) => error.error ?? error.cause?.[0]?.scheme ?? error.code,
);

console.log(JSON.stringify({
  issuer: metadata.issuer === origin,
  introspection: metadata.introspection_endpoint_auth_methods_supported,
  revocation: metadata.revocation_endpoint_auth_methods_supported,
  before: [before.active, before.client_id === pnut.client_id],
  after: after.active,
  refused,
}));
